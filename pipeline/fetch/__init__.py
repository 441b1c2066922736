"""Bring the sound behind a link here, in a process of its own that is kept on a short lead."""
