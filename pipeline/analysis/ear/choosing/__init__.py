"""From evidence to points: what speaks for a change, how much, and the best set of N."""
