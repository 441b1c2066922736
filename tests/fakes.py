"""Stand-ins that keep the promises of the real things."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.generator import LATENT_DIM, NUM_CLASSES


class ColourFields:
    """An `ImageGenerator` of smooth colour fields: each class a colour, each latent a tilt."""

    name = "sketch"
    latent_dim = LATENT_DIM
    num_classes = NUM_CLASSES

    def __init__(self, size_px: int = 128, batch_size: int = 8) -> None:
        self.size_px = size_px
        self.batch_size = batch_size
        self.batches: list[int] = []
        rng = np.random.default_rng(7)
        self._colours = rng.uniform(40, 215, (NUM_CLASSES, 3)).astype(np.float32)
        axis = np.linspace(-1, 1, size_px, dtype=np.float32)
        self._x, self._y = np.meshgrid(axis, axis)

    def generate(
        self, latents: NDArray[np.float32], class_vectors: NDArray[np.float32], truncation: float
    ) -> NDArray[np.uint8]:
        assert latents.dtype == class_vectors.dtype == np.float32
        assert latents.shape == (len(class_vectors), LATENT_DIM)
        assert class_vectors.shape[1] == NUM_CLASSES
        assert np.allclose(class_vectors.sum(axis=1), 1, atol=1e-5)
        assert 0 < truncation <= 1
        self.batches.append(len(latents))
        tilt = latents[:, 0, None, None] * self._x + latents[:, 1, None, None] * self._y
        fields = (class_vectors @ self._colours)[:, None, None, :] + 40 * tilt[..., None]
        return np.clip(fields, 0, 255).astype(np.uint8)

    def close(self) -> None:
        """Nothing is held."""
