"""Why something is a change, in the words that a person would use."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.ear.meaning.reason_weights import REASON_WEIGHTS

REASONS = tuple(REASON_WEIGHTS)


def reasons(clues: NDArray[np.float64]) -> tuple[str, ...]:
    """Name the likeliest reason of each candidate.

    Parameters
    ----------
    clues : float64, shape (candidates, clues)
        See `clues.clues`.
    """
    weights = np.array(list(REASON_WEIGHTS.values()))
    scores = clues @ weights[:, :-1].T + weights[:, -1]
    return tuple(REASONS[index] for index in scores.argmax(axis=1))
