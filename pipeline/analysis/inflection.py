"""Inflection points by the paper: where the TV curve has an extremum against its surroundings.

The function of Castro's blog post on GANterpretations (``get_inflection_points``), which the released program calls
with ``type='min'``: https://psc-g.github.io/posts/research/creativity/ganterpretations/.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

ROLLING_LENGTH = 200
"""Steps before and after, whose means an extremum is measured against: 0.58 s each."""
DEFAULT_THRESHOLD = 0.035
HIGHEST_MINIMUM = 8e-2

Kind = Literal["min", "max", "both"]


def inflection_points(
    curve: NDArray[np.float64],
    threshold: float,
    *,
    kind: Kind = "min",
    highest_minimum: float = HIGHEST_MINIMUM,
    rolling_length: int = ROLLING_LENGTH,
) -> NDArray[np.int64]:
    """Find the inflection points of a curve; the first and last step always are.

    A step is an extremum if its value lies on the same side of both neighbours, on the same side of the mean of the
    `rolling_length` steps that end one before its left neighbour and of the mean of those after it, and is further
    than `threshold` from both means. After an extremum the search goes on `rolling_length` steps later, whether `kind`
    lets it count or not.

    Parameters
    ----------
    curve : float64, shape (steps,)
    threshold : float
        In the curve's unit.
    kind : {"min", "max", "both"}
        ``min`` takes only what is no higher than its left neighbour and than `highest_minimum`, ``max`` only what is
        no lower than its left neighbour.

    Returns
    -------
    int64, shape (points,)
        Ascending; at least two (the same one twice where the curve has but one step).
    """
    points = [0]
    earliest = 0
    for step in _possible_extrema(curve, threshold, rolling_length):
        if step < earliest or not _is_extremum(curve, step, threshold, rolling_length):
            continue
        earliest = step + rolling_length
        value, left = curve[step], curve[step - 1]
        if kind == "min" and (value > left or value > highest_minimum):
            continue
        if kind == "max" and value < left:
            continue
        points.append(step)
    points.append(curve.size - 1)
    return np.array(points, dtype=np.int64)


def _is_extremum(curve: NDArray[np.float64], step: int, threshold: float, rolling_length: int) -> bool:
    """Decide one step with the blog's own arithmetic, since its rounding decides ties."""
    value = curve[step]
    from_before = value - np.mean(curve[step - rolling_length - 1 : step - 1])
    from_after = value - np.mean(curve[step + 1 : step + rolling_length + 1])
    return bool(
        np.sign(from_before) == np.sign(from_after) and abs(from_before) > threshold and abs(from_after) > threshold
    )


def _possible_extrema(curve: NDArray[np.float64], threshold: float, rolling_length: int) -> list[int]:
    """Return the few steps that are worth deciding one by one: neighbours exactly, means within rounding."""
    # The last step has no right neighbour, and the first ones have no full stretch before them.
    steps = np.arange(rolling_length + 1, curve.size - 1)
    if steps.size == 0:
        return []
    value = curve[steps]
    same_side = np.sign(value - curve[steps - 1]) == np.sign(value - curve[steps + 1])
    steps, value = steps[same_side], value[same_side]

    sums = np.concatenate(([0.0], np.cumsum(curve)))
    ends = np.minimum(steps + rolling_length + 1, curve.size)
    from_before = value - (sums[steps - 1] - sums[steps - rolling_length - 1]) / rolling_length
    from_after = value - (sums[ends] - sums[steps + 1]) / (ends - steps - 1)
    # A bound on the rounding of running sums, with room to spare.
    slack = 4 * np.finfo(np.float64).eps * curve.size * float(np.abs(curve).max())
    far = (np.abs(from_before) > threshold - slack) & (np.abs(from_after) > threshold - slack)
    opposite = (np.minimum(from_before, from_after) < -slack) & (np.maximum(from_before, from_after) > slack)
    possible: list[int] = steps[far & ~opposite].tolist()
    return possible
