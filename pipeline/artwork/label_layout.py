"""Where names go when there is less room than there are names."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MOST_PANELS = 30
"""A storyboard of more scenes shows some of them."""


def spread(wanted: NDArray[np.float64], gaps: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """Move positions apart as little as possible, in the sense of least squares.

    With the gaps taken off, "in order and at least so far apart" becomes "not descending", and the nearest such
    sequence is what isotonic regression finds (pool adjacent violators; Ayer et al. 1955). Bounds only clip it.

    Parameters
    ----------
    wanted : float64, shape (n,)
        Ascending.
    gaps : float64, shape (n - 1,)
        Least distances of neighbours; their sum must not exceed ``high - low``.
    low, high : float
        Bounds of the result.

    Returns
    -------
    float64, shape (n,)
    """
    if len(wanted) == 0:
        return wanted.copy()
    offsets = np.concatenate([[0.0], np.cumsum(gaps)])
    if offsets[-1] > high - low + 1e-9:
        raise ValueError("the gaps take more room than there is")
    pools: list[tuple[float, int]] = []
    for value in wanted - offsets:
        mean, count = float(value), 1
        while pools and pools[-1][0] > mean:
            before, length = pools.pop()
            mean = (before * length + mean * count) / (length + count)
            count += length
        pools.append((mean, count))
    level = np.concatenate([np.full(count, mean) for mean, count in pools])
    placed: NDArray[np.float64] = np.clip(level, low, high - offsets[-1]) + offsets
    return placed


def thin_out(count: int, most: int) -> NDArray[np.int64]:
    """Choose at most `most` of `count` positions, evenly, the first and the last among them.

    Returns
    -------
    int64, shape (min(count, most),)
        Ascending.
    """
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))
