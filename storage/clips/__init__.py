"""Finished clips, and their files."""
