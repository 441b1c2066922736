"""Inflection points of preset ``auto``: the most prominent extrema of the TV curve, as many as are wanted.

The paper's rule, turned round. There a threshold is given and the points come as they may; on many a recording that is
one point or three hundred. Here the wanted number is given and the threshold is solved for.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ROLLING_LENGTH = 200
"""Steps before and after, whose means an extremum is measured against: 0.58 s each, as in the paper."""

LEAST_PROMINENCE = 0.03
"""Below it an extremum is no event: steady noise reaches about 0.02 on the scale of loudness."""


def prominent_points(
    curve: NDArray[np.float64], *, count: int, threshold: float | None, shortest: int
) -> tuple[NDArray[np.int64], float]:
    """Choose inflection points: the most prominent extrema, none too close to another or to an end.

    They are taken one by one, by prominence and, where that is much alike, by distance from those already taken, so
    that a steady beat does not spend all its scenes at the beginning. Without a threshold exactly `count` points come
    back if the curve is long enough for them: where it has fewer events (silence, a held tone), the longest scenes are
    divided evenly. With one, only what reaches it is taken.

    Parameters
    ----------
    curve : float64, shape (steps,), steps > 1
    count : int
        The most points, both ends included, at least 2.
    threshold : float or None
        The least prominence; None solves for it.
    shortest : int
        Least number of steps between two points.

    Returns
    -------
    points : int64, shape (points,)
        Ascending, first 0, last steps - 1.
    threshold : float
        The least prominence among the chosen extrema; given back as `threshold` it chooses the same ones.
    """
    least = LEAST_PROMINENCE if threshold is None else threshold
    steps, prominences = extrema(curve)
    reaching = prominences >= least
    steps, prominences = steps[reaching], prominences[reaching]

    last = curve.size - 1
    even_length = last / (count - 1)
    distances = np.minimum(steps, last - steps)
    chosen = [0, last]
    taken = []
    while len(chosen) < count and steps.size:
        far_enough = np.minimum(distances, even_length)
        worth = np.where(distances >= max(1, shortest), prominences * far_enough / (far_enough + even_length / 4), 0.0)
        best = int(np.argmax(worth))
        if worth[best] <= 0.0:
            break
        chosen.append(int(steps[best]))
        taken.append(float(prominences[best]))
        distances = np.minimum(distances, np.abs(steps - steps[best]))
    chosen.sort()
    if threshold is None:
        chosen = divide_evenly(chosen, count, max(1, shortest))
        least = min(taken, default=least)
    return np.array(chosen, dtype=np.int64), least


def extrema(curve: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Find the local extrema that lie on one side of their surroundings, and how far.

    The surroundings are the mean over 200 steps before and the mean over 200 after (fewer at the ends); the prominence
    is the mean of the distances to the two. A plateau counts once, in its middle.

    Returns
    -------
    steps : int64, shape (extrema,)
        Ascending.
    prominences : float64, shape (extrema,)
    """
    changes = np.flatnonzero(np.diff(curve))
    starts = np.concatenate(([0], changes + 1))
    ends = np.concatenate((changes, [curve.size - 1]))
    levels = curve[starts]
    direction = np.sign(np.diff(levels))
    turning = np.flatnonzero(direction[:-1] != direction[1:]) + 1
    steps = (starts[turning] + ends[turning]) // 2
    side = direction[turning - 1]  # upwards into a maximum

    sums = np.concatenate(([0.0], np.cumsum(curve)))
    # Measured from the plateau's edges: its own breadth is no part of its surroundings.
    first, last = starts[turning], ends[turning] + 1
    before, after = np.maximum(first - ROLLING_LENGTH, 0), np.minimum(last + ROLLING_LENGTH, curve.size)
    above_before = side * (curve[steps] - (sums[first] - sums[before]) / (first - before))
    above_after = side * (curve[steps] - (sums[after] - sums[last]) / (after - last))
    stands_out = (above_before > 0.0) & (above_after > 0.0)
    prominences = (above_before + above_after) / 2.0
    return steps[stands_out].astype(np.int64), prominences[stands_out]


def divide_evenly(points: list[int], count: int, shortest: int) -> list[int]:
    """Add points until there are `count`, each time where the scenes are longest, none shorter than `shortest`."""
    lengths = np.diff(points)
    parts = np.ones(lengths.size, dtype=np.int64)
    for _ in range(count - len(points)):
        longest = np.where(lengths // (parts + 1) >= shortest, lengths / parts, 0.0)
        scene = int(np.argmax(longest))
        if longest[scene] == 0.0:
            break
        parts[scene] += 1
    divided = [
        start + length * part // pieces
        for start, length, pieces in zip(points[:-1], lengths.tolist(), parts.tolist(), strict=True)
        for part in range(pieces)
    ]
    return [*divided, points[-1]]
