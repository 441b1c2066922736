"""Latents and class vectors to pixels, in this process."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.generators.sketch.blend import blend
from pipeline.generators.sketch.finish import finish
from pipeline.generators.sketch.picture import compose
from pipeline.generators.sketch.posing import Poses
from pipeline.generators.sketch.raster import Canvas
from pipeline.generators.sketch.traits import traits

_BATCH = 16  # frames posed at once: NumPy's overhead is spread, and the arrays stay in the cache


class Painter:
    """Draws frames of one size; keeps its canvas between calls.

    Parameters
    ----------
    size_px : int
        Width and height.
    """

    def __init__(self, size_px: int) -> None:
        self._canvas = Canvas(size_px)
        self._size_px = size_px

    def paint(
        self,
        latents: NDArray[np.float32],
        class_vectors: NDArray[np.float32],
        truncation: float,
        poses: NDArray[np.float32] | None = None,
    ) -> NDArray[np.uint8]:
        """Draw one picture per row, as `ImageGenerator.generate` and `PosingGenerator.generate_posed` say."""
        out = np.empty((len(latents), self._size_px, self._size_px, 3), dtype=np.uint8)
        for start in range(0, len(latents), _BATCH):
            rows = slice(start, start + _BATCH)
            posed = None if poses is None else Poses(poses[rows].astype(np.float64))
            pictures = compose(*blend(class_vectors[rows]), traits(latents[rows], truncation), posed)
            for frame in range(len(pictures.curves)):
                finish(self._canvas.draw(pictures, frame), out[start + frame])
        return out

    def close(self) -> None:
        """Give the canvas back."""
        self._canvas.close()
