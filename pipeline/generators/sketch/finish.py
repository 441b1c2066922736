"""The last touch: a vignette and the grain of paper, the same in every frame so that it lies still in a film."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

_GRAIN_LEVELS = 7  # of 255
_VIGNETTE = 0.16  # how much darker the corners are
_GRAIN_SEED = 7


def finish(rgba: NDArray[np.uint8], out: NDArray[np.uint8]) -> None:
    """Darken the corners, add grain, and drop the alpha channel.

    Parameters
    ----------
    rgba : uint8, shape (size_px, size_px, 4)
    out : uint8, shape (size_px, size_px, 3)
        Written to.
    """
    light, grain = _paper(len(rgba))
    # 16-bit fixed point: pixel * light fits, and the high byte is the product. All four channels are multiplied and
    # then three copied, one at a time: NumPy is several times as slow at rows of three numbers.
    lit = ((rgba * light) >> 8).astype(np.uint8)
    for channel in range(3):
        np.add(lit[..., channel], grain, out=out[..., channel])


@cache
def _paper(size_px: int) -> tuple[NDArray[np.uint16], NDArray[np.uint8]]:
    """Return light, shape (size_px, size_px, 4), in 256ths, and grain, shape (size_px, size_px), in levels."""
    axis = np.linspace(-1.0, 1.0, size_px)
    distance = np.sqrt(axis[:, None] ** 2 + axis[None, :] ** 2) / np.sqrt(2.0)
    light = 1.0 - _VIGNETTE * np.clip((distance - 0.45) / 0.55, 0.0, 1.0) ** 1.6
    headroom = (255 - _GRAIN_LEVELS) / 255
    rng = np.random.default_rng(_GRAIN_SEED)
    fine = rng.normal(size=(size_px, size_px))
    coarse = np.repeat(np.repeat(rng.normal(size=(-(-size_px // 2),) * 2), 2, axis=0), 2, axis=1)[:size_px, :size_px]
    grain = np.clip(_GRAIN_LEVELS * (0.5 + 0.16 * fine + 0.12 * coarse), 0, _GRAIN_LEVELS)
    return (
        np.repeat(np.rint(256 * headroom * light).astype(np.uint16)[..., None], 4, axis=-1),
        np.rint(grain).astype(np.uint8),
    )
