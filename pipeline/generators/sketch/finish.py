"""The last touch: a vignette and the grain of paper, the same in every frame so that it lies still in a film."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

_GRAIN_LEVELS = 7  # of 255
_VIGNETTE = 0.16  # how much darker the corners are


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
    across, down = np.arange(size_px, dtype=np.uint32), np.arange(size_px, dtype=np.uint32)[:, None]
    fine, coarse = _noise(across, down, 1), _noise(across // 2, down // 2, 2)
    grain = np.clip(_GRAIN_LEVELS * (0.5 + 0.16 * fine + 0.12 * coarse), 0, _GRAIN_LEVELS)
    return (
        np.repeat(np.rint(256 * headroom * light).astype(np.uint16)[..., None], 4, axis=-1),
        np.rint(grain).astype(np.uint8),
    )


def _noise(across: NDArray[np.uint32], down: NDArray[np.uint32], layer: int) -> NDArray[np.float64]:
    """Return nearly normal numbers by place: whole numbers mixed, so that any language draws the same grain.

    The mixing is the end of MurmurHash3; the four bytes of its word add up to a bell.
    """
    word = across * np.uint32(0x9E3779B1) + down * np.uint32(0x85EBCA77) + np.uint32(layer * 0x27D4EB2F)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        word = (word ^ (word >> np.uint32(shift))) * np.uint32(factor)
    word ^= word >> np.uint32(16)
    total = sum((word >> np.uint32(8 * byte)) & np.uint32(255) for byte in range(4))
    return (np.asarray(total, dtype=np.float64) - 510.0) / 147.8
