"""A few small frames of the clip, picked as the frames go by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

TILE_COUNT = 12
TILE_SIDE_PX = 120
"""What a poster has room for."""


class FilmStrip:
    """Pick frames at even distances out of a stream, and keep them small.

    Parameters
    ----------
    frame_count : int
        Frames of the whole clip.
    tile_count : int
        Wanted tiles; fewer where the clip has fewer frames.
    side_px : int
        Width and height of a tile.
    """

    def __init__(self, frame_count: int, *, tile_count: int = TILE_COUNT, side_px: int = TILE_SIDE_PX) -> None:
        count = min(tile_count, frame_count)
        # A tile stands for an equal part of the clip, and shows the frame in the middle of it.
        self.frame_indices: NDArray[np.int64] = ((np.arange(count) + 0.5) * frame_count / count).astype(np.int64)
        self._side_px = side_px
        self._tiles: list[NDArray[np.uint8]] = []

    def add(self, first_index: int, frames: NDArray[np.uint8]) -> None:
        """Look at the next frames of the clip.

        Parameters
        ----------
        first_index : int
            Position in the clip of the first of them.
        frames : uint8, shape (frames, height, width, 3)
            RGB.
        """
        size = (self._side_px, self._side_px)
        for index in self.frame_indices[len(self._tiles) :]:
            if not first_index <= index < first_index + len(frames):
                break
            picture = Image.fromarray(frames[index - first_index])
            self._tiles.append(np.asarray(picture.resize(size, Image.Resampling.LANCZOS)))

    @property
    def tiles(self) -> NDArray[np.uint8]:
        """The tiles so far: uint8, shape (tiles, side_px, side_px, 3)."""
        return np.array(self._tiles, np.uint8).reshape(-1, self._side_px, self._side_px, 3)
