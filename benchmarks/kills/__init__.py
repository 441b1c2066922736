"""Real processes killed at random moments, and what is left of them."""
