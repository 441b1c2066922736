"""Children of ours: one way to start them, a deadline on each, and none that outlives whoever started it."""
