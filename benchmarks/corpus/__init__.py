"""Hundreds of odd sound files, made by script from a seed, and what becomes of them on the real road."""
