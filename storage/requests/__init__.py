"""What was asked for: its life, its price, whose turn it is."""
