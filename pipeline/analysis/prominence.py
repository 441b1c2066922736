"""Inflection points of preset ``auto``: the most prominent peaks of the TV curve, as many as are wanted.

The paper's rule, turned round. There a threshold is given and the points come as they may; on many a recording that is
one point or three hundred. Here the wanted number is given and the threshold is solved for.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.inflection import ROLLING_LENGTH

LEAST_PROMINENCE = 0.06
"""Below it a peak is no event: those of a minute of steady noise reach 0.05."""

ATTACK_SHARE = 0.9
ATTACK_STEPS = 64
"""An entry is heard where its rise is nearly over, not where a held sound happens to be at its fullest: up to 0.19 s
before the peak, the first step that reaches nine tenths of it."""


def prominent_points(
    curve: NDArray[np.float64], *, count: int, threshold: float | None, shortest: int
) -> tuple[NDArray[np.int64], float]:
    """Choose inflection points: the most prominent peaks, none too close to another or to an end.

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
        The least prominence among the chosen peaks; given back as `threshold` it chooses the same ones.
    """
    least = LEAST_PROMINENCE if threshold is None else threshold
    steps, prominences = peaks(_by_ear(curve))
    reaching = prominences >= least
    steps, prominences = steps[reaching], prominences[reaching]

    last = curve.size - 1
    # A little less than evenly, or entries that come evenly would each be a hair too early.
    even_length = 0.9 * last / (count - 1)
    distances = np.minimum(steps, last - steps)
    chosen = [0, last]
    taken = []
    while len(chosen) < count and steps.size:
        far_enough = np.minimum(distances, even_length)
        worth = np.where(distances >= max(1, shortest), prominences * far_enough / (far_enough + even_length / 2), 0.0)
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


def _by_ear(curve: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bring a curve of power to the scale of amplitude, in [0, 1]; there a quiet entry counts beside a loud one."""
    largest = curve.max()
    return np.sqrt(curve / largest) if largest > 0.0 else curve


def peaks(curve: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Find the local maxima that lie above their surroundings: where their attack is over, and how far they stand out.

    The surroundings are the mean over 200 steps before and the mean over 200 after (fewer at the ends of the sound);
    the prominence is the mean of the distances to the two. A plateau counts once.

    Returns
    -------
    steps : int64, shape (peaks,)
        Never falling.
    prominences : float64, shape (peaks,)
    """
    changes = np.flatnonzero(np.diff(curve))
    starts = np.concatenate(([0], changes + 1))
    ends = np.concatenate((changes, [curve.size - 1])) + 1
    rises = np.diff(curve[starts]) > 0.0
    tops = np.flatnonzero(rises[:-1] & ~rises[1:]) + 1
    # Measured from a plateau's two edges: its own breadth is no part of its surroundings.
    first, end = starts[tops], ends[tops]

    sums = np.concatenate(([0.0], np.cumsum(curve)))
    before, after = np.maximum(first - ROLLING_LENGTH, 0), np.minimum(end + ROLLING_LENGTH, curve.size)
    above_before = curve[first] - (sums[first] - sums[before]) / (first - before)
    above_after = curve[first] - (sums[after] - sums[end]) / (after - end)
    stands_out = (above_before > 0.0) & (above_after > 0.0)
    prominences: NDArray[np.float64] = (above_before + above_after)[stands_out] / 2.0
    return _attacks(curve, first[stands_out]), prominences


def _attacks(curve: NDArray[np.float64], tops: NDArray[np.int64]) -> NDArray[np.int64]:
    """Move each peak back to the first step nearby that reaches nine tenths of it."""
    nearby = np.maximum(tops[:, None] + np.arange(-ATTACK_STEPS, 1), 0)
    reached = curve[nearby] >= ATTACK_SHARE * curve[tops][:, None]
    attacks: NDArray[np.int64] = nearby[np.arange(tops.size), reached.argmax(axis=1)]
    return attacks


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
