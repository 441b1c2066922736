"""How unlike is what comes after a moment to what went before? Two-sample distances at several lengths.

A kernel of Foote's (2000, "Automatic audio segmentation using a measure of audio novelty") compares every frame with
every other; the difference of two means by their spread needs running sums only, so an hour costs seconds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BLOCK_ROWS = 8192  # a block's running sums stay small, and so does their rounding
LEAST_ROWS = 4
"""A side that has fewer rows (at the ends of the sound) says nothing."""


def contrast(
    rows: NDArray[np.float32], *, length: int, gap_before: int, gap_after: int, floor: float, joint: bool = False
) -> NDArray[np.float32]:
    """Compare `length` rows before each row with `length` rows from it on.

    With means μ, residual variances s² and n rows on either side, the distance is the root mean square over the
    dimensions of Δμ / √(s² + floor²). From Δμ is taken what both sides' slopes explain: if both rise, the lesser slope
    times the distance of the two middles; so a crescendo has no contrast in it, while a step, whose sides are level,
    keeps all of it.

    Parameters
    ----------
    rows : float32, shape (rows, dimensions)
    length : int
        Rows on either side; fewer near the ends.
    gap_before : int
        Rows that are left out just before the moment: their windows already hold what follows.
    gap_after : int
        Rows that are left out from the moment on.
    floor : float
        In the rows' unit: a difference below it is none, however steady both sides are.
    joint : bool
        True adds up squared differences and variances over the dimensions before dividing, so that strong dimensions
        count more; False divides each by its own, so that all count alike.

    Returns
    -------
    float32, shape (rows,)
    """
    count = len(rows)
    result = np.zeros(count, dtype=np.float32)
    for first in range(0, count, BLOCK_ROWS):
        moments = np.arange(first, min(count, first + BLOCK_ROWS))
        low = max(0, first - gap_before - length)
        high = min(count, int(moments[-1]) + gap_after + length)
        sums = _Sums(rows[low:high])
        before = sums.side(np.maximum(moments - gap_before - length, 0) - low, moments - gap_before - low)
        after = sums.side(moments + gap_after - low, np.minimum(moments + gap_after + length, count) - low)
        result[moments] = _distance(before, after, floor, joint)
    return result


class _Side:
    """Mean, slope and residual variance of some rows; each of shape (moments, dimensions)."""

    def __init__(
        self,
        count: NDArray[np.float64],
        middle: NDArray[np.float64],
        mean: NDArray[np.float64],
        slope: NDArray[np.float64],
        variance: NDArray[np.float64],
    ) -> None:
        self.count, self.middle, self.mean, self.slope, self.variance = count, middle, mean, slope, variance


class _Sums:
    """Running sums of x, x² and i·x."""

    def __init__(self, rows: NDArray[np.float32]) -> None:
        values = rows.astype(np.float64)
        offset = values.mean(axis=0)
        values -= offset
        self._index = np.arange(len(values), dtype=np.float64)[:, None] - len(values) / 2
        self._offset = offset
        self._first = _running(values)
        self._tilted = _running(values * self._index)
        self._second = _running(np.square(values, out=values))

    def side(self, start: NDArray[np.int64], end: NDArray[np.int64]) -> _Side:
        last = len(self._first) - 1
        start, end = np.clip(start, 0, last), np.clip(end, 0, last)
        count = (end - start).astype(np.float64)[:, None]
        n = np.maximum(count, 1.0)
        middle = (start + end - 1)[:, None] / 2 + self._index[0]
        mean = (self._first[end] - self._first[start]) / n
        tilted = (self._tilted[end] - self._tilted[start]) - middle * mean * n
        spread = np.maximum(n * (n**2 - 1) / 12, 1.0)
        slope = tilted / spread
        variance = (self._second[end] - self._second[start]) / n - mean**2 - slope * tilted / n
        return _Side(count, middle, mean, slope, np.maximum(variance, 0.0))


def _running(values: NDArray[np.float64]) -> NDArray[np.float64]:
    sums = np.zeros((len(values) + 1, values.shape[1]))
    np.cumsum(values, axis=0, out=sums[1:])
    return sums


def _distance(before: _Side, after: _Side, floor: float, joint: bool) -> NDArray[np.float64]:
    difference = after.mean - before.mean
    lesser = np.minimum(np.abs(before.slope), np.abs(after.slope))
    explained = np.where(before.slope * after.slope > 0, np.sign(after.slope) * lesser, 0.0)
    explained *= after.middle - before.middle
    explained = np.clip(explained, np.minimum(difference, 0.0), np.maximum(difference, 0.0))
    difference -= explained
    pooled = (before.count * before.variance + after.count * after.variance) / np.maximum(before.count + after.count, 1)
    if joint:
        square = (difference**2).mean(axis=1) / (pooled.mean(axis=1) + floor**2)
    else:
        square = (difference**2 / (pooled + floor**2)).mean(axis=1)
    distance: NDArray[np.float64] = np.sqrt(square)
    enough = (before.count[:, 0] >= LEAST_ROWS) & (after.count[:, 0] >= LEAST_ROWS)
    return np.where(enough, distance, 0.0)
