"""One thin adapter to each chat."""
