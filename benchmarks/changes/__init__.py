"""Are the changes found that a listener hears? A benchmark of sounds whose changes are known.

``python -m benchmarks.changes`` measures; see docs/changes.md. Whoever tunes an ear takes sounds from `sounds`, which
hands out the tuning side only, and scores points with `score`.
"""

from benchmarks.changes.metrics import Point, score
from benchmarks.changes.recordings.catalogue import sounds
from benchmarks.changes.truth import Change, Sound, Truth

__all__ = ["Change", "Point", "Sound", "Truth", "score", "sounds"]
