"""Inflection points that somebody has placed: a person, a story, a studio.

They are moments of the clip, in seconds from its first frame, in order. Its beginning and its end are points by
themselves and are never among them.
"""

from __future__ import annotations

from collections.abc import Sequence

GivenPoints = tuple[float, ...]

MAX_GIVEN_POINTS = 998
"""With the two ends as many scenes as can be asked for."""
SHORTEST_GIVEN_SCENE_S = 0.05
"""About a frame: what is shorter cannot be seen."""
_ROUNDING_S = 1e-5
_LATEST_S = 86_400.0
# A sound is decoded a codec's frame longer or shorter than the one that the points were placed on.
_NEARLY_THE_END_S = 0.1


def misplaced(points_s: Sequence[float]) -> float | None:
    """Return the first point that does not come later than the one before (or the beginning); None if all do."""
    before_s = 0.0
    for point_s in points_s:
        if not before_s + SHORTEST_GIVEN_SCENE_S - _ROUNDING_S <= point_s <= _LATEST_S:
            return point_s
        before_s = point_s
    return None


def beyond(points_s: Sequence[float], duration_s: float) -> float | None:
    """Return a point that a clip of this length does not reach, None if it reaches all."""
    return points_s[-1] if points_s and points_s[-1] > duration_s + _NEARLY_THE_END_S else None


def moved(points_s: GivenPoints, by_s: float, duration_s: float | None) -> GivenPoints:
    """Return the same moments of a sound in a clip that shows another part of it.

    Parameters
    ----------
    by_s : float
        How much later the new clip begins.
    duration_s : float or None
        How long it is at the most.
    """
    last_s = _LATEST_S if duration_s is None else duration_s - SHORTEST_GIVEN_SCENE_S
    shifted = (round(point_s - by_s, 6) for point_s in points_s)
    return tuple(point_s for point_s in shifted if SHORTEST_GIVEN_SCENE_S <= point_s <= last_s)
