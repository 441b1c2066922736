"""Closed curves of a fixed number of control points, so that any of them can become any other.

A curve is written as its corners and bends: ``"0,-1 1,0! 0,1 -1,0!"``. A plain point is passed smoothly, one with
an exclamation mark is a corner. Whatever its number of points, it becomes `SEGMENTS` cubic Bézier segments that run
clockwise from the one nearest to the top, and so the segments of two curves correspond.
"""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

SEGMENTS = 24
POINTS = 3 * SEGMENTS
"""Control points of a curve: (anchor, handle out, handle in) of each segment."""

_HANDLE = 0.37  # of the chord; 0.39 would round a square of four smooth points to a circle, less keeps bends calmer


@lru_cache(maxsize=4096)
def parse(text: str) -> tuple[tuple[float, float, bool], ...]:
    """Read a curve's points: (x, y, is_corner) of each.

    Raises
    ------
    ValueError
        For fewer than three points, more than `SEGMENTS`, or anything that is no point.
    """
    points = []
    for token in text.split():
        x, y = token.removesuffix("!").split(",")
        points.append((float(x), float(y), token.endswith("!")))
    if not 3 <= len(points) <= SEGMENTS:
        raise ValueError(f"a curve has 3 to {SEGMENTS} points, this one {len(points)}: {text!r}")
    return tuple(points)


@lru_cache(maxsize=4096)
def curve(points: tuple[tuple[float, float, bool], ...]) -> NDArray[np.float64]:
    """Lay a closed curve through points; kept, since scenes and families share most of theirs.

    Returns
    -------
    float64, shape (POINTS, 2)
        Control points: anchor, handle out, handle in, next anchor … Not to be written to.
    """
    anchors = np.array([point[:2] for point in points])
    corners = np.array([point[2] for point in points])
    following = np.roll(anchors, -1, axis=0)
    chords = following - anchors
    lengths = np.maximum(np.hypot(*chords.T), 1e-9)
    directions = chords / lengths[:, None]
    # The tangent of a bend is along the chord of its neighbours (Catmull-Rom): long straight runs stay straight.
    tangents = np.roll(chords, 1, axis=0) + chords
    tangents /= np.maximum(np.hypot(*tangents.T), 1e-9)[:, None]
    leaving = anchors + _HANDLE * lengths[:, None] * np.where(corners[:, None], directions, tangents)
    arriving = following - _HANDLE * lengths[:, None] * np.where(
        np.roll(corners, -1)[:, None], directions, np.roll(tangents, -1, axis=0)
    )
    segments = np.stack([anchors, leaving, arriving, following], axis=1)
    made = align(_split(segments)[:, :3].reshape(POINTS, 2))
    made.setflags(write=False)
    return made


@cache
def ellipse() -> NDArray[np.float64]:
    """Draw the unit circle, which is what an absent part grows from."""
    turn = 2 * np.pi / SEGMENTS
    angles = np.arange(SEGMENTS) * turn - np.pi / 2
    anchors = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    tangents = np.stack([-np.sin(angles), np.cos(angles)], axis=1)
    reach = 4 / 3 * np.tan(turn / 4)
    leaving = anchors + reach * tangents
    arriving = np.roll(anchors - reach * tangents, -1, axis=0)
    made = np.stack([anchors, leaving, arriving], axis=1).reshape(POINTS, 2)
    made.setflags(write=False)
    return made


def align(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn a curve clockwise and start it where its anchors lie nearest to those of the ellipse."""
    anchors = points[::3]
    following = np.roll(anchors, -1, axis=0)
    if np.sum(anchors[:, 0] * following[:, 1] - anchors[:, 1] * following[:, 0]) < 0:
        points = np.roll(points[::-1], 1, axis=0)
        anchors = points[::3]
    low, high = anchors.min(axis=0), anchors.max(axis=0)
    normal = (anchors - (low + high) / 2) / np.maximum((high - low) / 2, 1e-9)
    circle = ellipse()[::3]
    misfits = [np.sum((np.roll(normal, -shift, axis=0) - circle) ** 2) for shift in range(SEGMENTS)]
    return np.roll(points, -3 * int(np.argmin(misfits)), axis=0)


def _split(segments: NDArray[np.float64]) -> NDArray[np.float64]:
    """Halve the longest segments (de Casteljau) until there are `SEGMENTS`."""
    parts = list(segments)
    lengths = [_chord(part) for part in parts]
    while len(parts) < SEGMENTS:
        longest = lengths.index(max(lengths))
        a, b, c, d = parts[longest]
        ab, bc, cd = (a + b) / 2, (b + c) / 2, (c + d) / 2
        abc, bcd = (ab + bc) / 2, (bc + cd) / 2
        middle = (abc + bcd) / 2
        halves = [np.array([a, ab, abc, middle]), np.array([middle, bcd, cd, d])]
        parts[longest : longest + 1] = halves
        lengths[longest : longest + 1] = [_chord(half) for half in halves]
    return np.array(parts)


def _chord(segment: NDArray[np.float64]) -> float:
    return float(np.hypot(*(segment[3] - segment[0])))
