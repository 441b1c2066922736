"""Whether people are understood: what they write, in which room, and the right reading of it."""
