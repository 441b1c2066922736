"""Where the camera is: it pushes, pulls and drifts, each scene in its own way, and never stops for long.

It goes by the same phase as everything else inside a scene, so it is the sound's change that moves it. It is always a
little nearer than the whole picture, so that there is room to look aside.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_LEAST_ZOOM, _MOST_ZOOM = 0.02, 0.15
_HALF = 50.0  # hundredths from the middle of the picture to its side
_LOOK = 0.75  # of the room there is
_PUSH_TURN, _ACROSS_TURN, _UP_TURN = 0.55, 0.37, 0.29
"""Turns by phase; no two in step, so that the way never closes."""


@dataclass(frozen=True, slots=True)
class Shot:
    """How the camera moves in one scene: where on each of its three waves it begins, and to which side it goes."""

    push: float
    across: float
    up: float
    side: float


def shot(seed: int) -> Shot:
    """Choose a scene's shot by the seed of its latent."""
    raw = np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(3,))).random_raw(4)
    turns = (raw >> np.uint64(11)).astype(np.float64) * 2.0**-53
    # It begins with a push or a pull under way, not at their turning points, and near the middle from side to side.
    push = (0.0 if turns[0] < 0.65 else np.pi) + 0.8 * (turns[1] - 0.5)
    return Shot(push, 1.2 * (turns[2] - 0.5), 2.0 * np.pi * turns[3], 1.0 if turns[2] * 7 % 1 < 0.5 else -1.0)


def camera(of: Shot, angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return x, y (hundredths) and zoom (added to one), float64 of shape (angles, 3)."""
    middle, swing = 0.5 * (_LEAST_ZOOM + _MOST_ZOOM), 0.5 * (_MOST_ZOOM - _LEAST_ZOOM)
    zoom = middle + swing * np.sin(of.push + _PUSH_TURN * angles)
    room = _HALF * zoom * _LOOK
    across = of.side * np.sin(of.across + _ACROSS_TURN * angles)
    up = 0.6 * np.sin(of.up + _UP_TURN * angles)
    return np.stack([room * across, room * up, zoom], axis=-1)
