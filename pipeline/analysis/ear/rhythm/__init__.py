"""Beat and bar, where there are any."""
