"""Crashes on purpose: `python -m benchmarks.chaos`."""
