"""How strongly a listener hears each candidate, and as which kind of change.

Each kind (a chord, a key, a timbre, a voice that enters, an ending, a level, a tempo) has a weighted sum of its own,
and a candidate is a change if it is one of any kind: what speaks for a new chord need not speak for a drum. Every value
counts twice: by itself, which says *whether* something changes, and as a share of the largest within a second around,
which says *when*.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.ear.choosing.evidence import Evidence
from pipeline.analysis.ear.choosing.weights import BIASES, NEARBY_WEIGHTS, WEIGHTS

NEARBY_S = 1.0
_LEAST_LARGEST = 0.05  # below it a largest value is no value, and shares of it say nothing


def rate(evidence: Evidence) -> NDArray[np.float64]:
    """Return the log odds that each candidate is a change, shape (candidates,): of all kinds together."""
    kinds = np.tile(np.array(BIASES), (evidence.times_s.size, 1))
    for name, weights in WEIGHTS.items():
        kinds += np.multiply.outer(np.log1p(evidence.column(name)), weights)
    for name, weights in NEARBY_WEIGHTS.items():
        kinds += np.multiply.outer(_share_nearby(np.log1p(evidence.column(name)), evidence.times_s), weights)
    scores: NDArray[np.float64] = np.logaddexp.reduce(kinds, axis=1)
    return scores


def _share_nearby(values: NDArray[np.float32], times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each value by the largest among the candidates within `NEARBY_S`."""
    first = np.searchsorted(times_s, times_s - NEARBY_S)
    end = np.searchsorted(times_s, times_s + NEARBY_S, side="right")
    largest = np.array([values[a:b].max() for a, b in zip(first, end, strict=True)])
    share: NDArray[np.float64] = np.zeros(0)
    if values.size:
        share = (values / np.maximum(largest, _LEAST_LARGEST)).astype(np.float64)
    return share
