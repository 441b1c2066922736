"""Where the camera is: it pushes, pulls and drifts, each scene in its own way, and never stops for long.

It goes by the same phase as everything else inside a scene, so it is the sound's change that moves it. It may see a
little more than the picture, of which a drawing has enough; finished pictures are always seen from nearer by.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST_ZOOM, MOST_ZOOM = -0.05, 0.10
ACROSS, UP = 3.0, 1.2
"""How far it looks aside and up, in hundredths of the picture."""
_TURN, _UP_TURN = 0.8, 0.47
"""Turns by phase. A push and a look aside take turns, so that one is quickest where the other rests."""


@dataclass(frozen=True, slots=True)
class Shot:
    """How the camera moves in one scene.

    Attributes
    ----------
    push : float
        Where on its way between near and far it begins, in radians; 0 is in the middle, coming nearer.
    up : float
        The same between up and down.
    side : float
        1 where it first goes to the right, −1 to the left.
    """

    push: float
    up: float
    side: float


def shot(seed: int) -> Shot:
    """Choose a scene's shot by the seed of its latent."""
    raw = np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(3,))).random_raw(3)
    turns = (raw >> np.uint64(11)).astype(np.float64) * 2.0**-53
    # Two of three begin far away and come nearer, the others near and leave; from side to side all begin in the middle.
    push = (-0.5 if turns[0] < 2 / 3 else 0.5) * np.pi
    return Shot(push, 2.0 * np.pi * turns[1], 1.0 if turns[2] < 0.5 else -1.0)


def camera(of: Shot, angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return x, y (hundredths) and zoom (added to one), float64 of shape (angles, 3)."""
    middle, swing = 0.5 * (LEAST_ZOOM + MOST_ZOOM), 0.5 * (MOST_ZOOM - LEAST_ZOOM)
    turned = of.push + _TURN * angles
    zoom = middle + swing * np.sin(turned)
    across = of.side * ACROSS * np.cos(turned)
    up = UP * np.sin(of.up + _UP_TURN * angles)
    return np.stack([across, up, zoom], axis=-1)
