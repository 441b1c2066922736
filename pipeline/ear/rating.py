"""How strongly a listener hears each candidate: a weighted sum of what speaks for it.

Every value counts twice: by itself, which says *whether* something changes, and as a share of the largest within a
second around, which says *when*. All weights are positive: nothing that is heard speaks against a change.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.ear.evidence import Evidence
from pipeline.ear.weights import BIAS, NEARBY_WEIGHTS, WEIGHTS

NEARBY_S = 1.0
_LEAST_LARGEST = 0.05  # below it a largest value is no value, and shares of it say nothing


def rate(evidence: Evidence) -> NDArray[np.float64]:
    """Return the log odds that each candidate is a change, shape (candidates,)."""
    scores = np.full(evidence.times_s.size, BIAS)
    for name, weight in WEIGHTS.items():
        scores += weight * np.log1p(evidence.column(name))
    for name, weight in NEARBY_WEIGHTS.items():
        scores += weight * _share_nearby(np.log1p(evidence.column(name)), evidence.times_s)
    return scores


def _share_nearby(values: NDArray[np.float32], times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    first = np.searchsorted(times_s, times_s - NEARBY_S)
    end = np.searchsorted(times_s, times_s + NEARBY_S, side="right")
    largest = np.array([values[a:b].max() for a, b in zip(first, end, strict=True)])
    if not values.size:
        return np.zeros(0)
    return (values / np.maximum(largest, _LEAST_LARGEST)).astype(np.float64)
