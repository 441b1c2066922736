"""The sample sound: twenty seconds of music to try everything with (scripts/make_sample_sound.py composed it)."""

from pathlib import Path


def sample_sound() -> Path:
    """Return the path of the bundled sample, an m4a of 20 s that every browser plays."""
    return Path(__file__).with_name("sample.m4a")
