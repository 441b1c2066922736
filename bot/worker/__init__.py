"""Makes clips of what was asked for; knows no chat."""
