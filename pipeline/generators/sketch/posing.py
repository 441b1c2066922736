"""What a pose does to a drawing: where the camera is, and how the figure dances.

A camera that moves sees what is near move more than what is far. The figure stands nearest; of the scene each part has
a depth of its own, so a push or a drift opens a space between them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.generator import POSES
from pipeline.generators.sketch.anatomy import SLOTS, Group
from pipeline.generators.sketch.traits import BEATS

_DEPTHS = {"sky": 0.25, "glow": 0.25, "orb": 0.3, "far": 0.4, "mid": 0.6, "near": 0.85}
_SCENE_DEPTH = 0.75  # decor, ground and paths: around the figure, and a little behind it
_DEPTH = np.array([_DEPTHS.get(slot.name, _SCENE_DEPTH) if slot.group is Group.SCENE else 1.0 for slot in SLOTS])
_IS_MOUTH = np.array([slot.name in {"mouth1", "mouth2"} for slot in SLOTS])
_IS_EYE = np.array([slot.name[:-1] in {"eye", "pupil", "glint"} for slot in SLOTS])
_MIDDLE = 50.0
# Of the swings, by number: two legs this way and two that way, and the tail behind them; the last one is the wings'.
_LIMB_BEATS = np.array([1.0, -1.0, -0.8, 0.8, 1.3, 0.0])
_WING_BEATS = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 1.0])
_SHUT = 0.88  # of an eye's height; a line remains


@dataclass(frozen=True, slots=True)
class Poses:
    """Poses of some frames by name; see `pipeline.generator.POSES`.

    Attributes
    ----------
    values : float64, shape (frames, len(POSES))
    """

    values: NDArray[np.float64]

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        """Values of one column over the frames."""
        column: NDArray[np.float64] = self.values[:, POSES.index(name)]
        return column

    @property
    def swings(self) -> NDArray[np.float64]:
        """What is added to the swings of arms, legs, tails and wings, shape (frames, BEATS)."""
        assert len(_LIMB_BEATS) == BEATS
        swings: NDArray[np.float64] = np.outer(self["limbs"], _LIMB_BEATS) + np.outer(self["wings"], _WING_BEATS)
        return swings

    @property
    def heights(self) -> NDArray[np.float64]:
        """By how much eyes and mouths become higher, a factor of shape (frames, slots)."""
        eyes = 1.0 - _SHUT * np.clip(self["blink"], 0.0, 1.0)
        mouths = 1.0 + 1.5 * np.clip(self["mouth"], 0.0, 1.0)
        return np.where(_IS_EYE, eyes[:, None], np.where(_IS_MOUTH, mouths[:, None], 1.0))


def no_poses(frames: int) -> Poses:
    """Poses that change nothing."""
    return Poses(np.zeros((frames, len(POSES))))


def seen_by_camera(
    place: NDArray[np.float64], axes: NDArray[np.float64], poses: Poses
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Move all parts as a camera does that comes nearer and looks aside.

    Parameters
    ----------
    place : float64, shape (frames, slots, 2)
    axes : float64, shape (frames, slots, 2, 2)
    poses : Poses

    Returns
    -------
    place, axes
        Of the same shapes.
    """
    zoom = 1.0 + poses["camera_zoom"][:, None] * _DEPTH
    look = np.stack([poses["camera_x"], poses["camera_y"]], axis=-1)[:, None] * _DEPTH[:, None]
    return _MIDDLE + (place - _MIDDLE) * zoom[..., None] - look, axes * zoom[..., None, None]
