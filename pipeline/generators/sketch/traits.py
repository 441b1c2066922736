"""What a latent does to a picture: pose, build, light and colour, each by its own direction in z."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pipeline.generator import LATENT_DIM

BEATS = 6
_FEATURES = (
    "shift_x", "shift_y", "scale", "lean", "width", "height",
    "head_turn", "head_x", "head_y", "head_scale", "eye_scale",
    "light", "warmth", "hour",
    "subject_hue", "subject_chroma", "subject_lightness",
    "scene_hue", "scene_chroma", "scene_x", "scene_y", "scene_scale",
    *(f"beat{beat}" for beat in range(BEATS)),
)  # fmt: skip
_SPREAD = 0.88  # standard deviation of a normal truncated at two


@dataclass(frozen=True, slots=True)
class Traits:
    """Features of some latents, each about standard normal, bounded by two, and smooth in z.

    Attributes
    ----------
    values : dict of float64, shape (frames,)
        By feature.
    beats : float64, shape (frames, BEATS)
        How far each of the swings is out.
    """

    values: dict[str, NDArray[np.float64]]
    beats: NDArray[np.float64]

    def __getitem__(self, feature: str) -> NDArray[np.float64]:
        """Values of one feature over the frames."""
        return self.values[feature]


def traits(latents: NDArray[np.floating], truncation: float) -> Traits:
    """Read the features of latents.

    The truncation that they were scaled by is divided out: BigGAN's pictures of a low truncation are nearer to the
    typical one, but these have no wilder ones to be kept away from.

    Parameters
    ----------
    latents : floating, shape (frames, LATENT_DIM)
    truncation : float
    """
    raw = (np.asarray(latents, dtype=np.float64) / truncation) @ _directions() / _SPREAD
    bounded = 2.0 * np.tanh(raw / 2.0)
    columns = dict(zip(_FEATURES, bounded.T, strict=True))
    return Traits(columns, bounded[:, -BEATS:])


@cache
def _directions() -> NDArray[np.float64]:
    """Orthonormal directions, one a feature, fixed for all time: they are part of what a seed looks like."""
    rows = np.arange(LATENT_DIM)[:, None] + 0.5
    waves = np.arange(1, len(_FEATURES) + 1)[None, :]
    # A cosine transform: orthogonal, spread over all of z, and the same on every machine, unlike random numbers.
    return np.asarray(np.sqrt(2.0 / LATENT_DIM) * np.cos(np.pi / LATENT_DIM * rows * waves))
