"""YouTube's challenge, solved in the fetch process: an engine without files, network or programs, and what it runs."""
