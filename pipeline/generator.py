"""What the renderer asks of whatever draws its pictures."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

LATENT_DIM = 128
NUM_CLASSES = 1000
SIZES_PX = (128, 256, 512)

POSES = (
    "camera_x",
    "camera_y",
    "camera_zoom",
    "sway",
    "bounce",
    "nod",
    "limbs",
    "wings",
    "mouth",
    "blink",
)
"""What a pose says, one column each; all zero is the picture as it is.

The camera's place is in hundredths of the picture, to the right and down; its zoom is what is added to one. The others
are about −1 … 1, or 0 … 1 of what can only be one way: lean to a side, sink and spread, drop the head, swing legs and
arms, beat wings, open the mouth, close the eyes."""


@runtime_checkable
class PosingGenerator(Protocol):
    """A generator that moves what is in its picture by itself, besides what it promises as an `ImageGenerator`."""

    def generate_posed(
        self,
        latents: NDArray[np.float32],
        class_vectors: NDArray[np.float32],
        truncation: float,
        poses: NDArray[np.float32],
    ) -> NDArray[np.uint8]:
        """Draw one picture per row, as `ImageGenerator.generate` does, each in its pose.

        Parameters
        ----------
        poses : float32, shape (frames, len(POSES))
            See `POSES`.
        """
        ...


class ImageGenerator(Protocol):
    """A class-conditional generator G(z, c) of square pictures.

    Attributes
    ----------
    name : str
        What a recipe calls it: ``sketch``, ``biggan-deep-256``.
    size_px : int
        Width and height of a picture.
    latent_dim, num_classes : int
        Lengths of z and c (128 and 1000 for BigGAN-deep).
    batch_size : int
        How many pictures at once suit it best; a hint.
    """

    @property
    def name(self) -> str: ...
    @property
    def size_px(self) -> int: ...
    @property
    def latent_dim(self) -> int: ...
    @property
    def num_classes(self) -> int: ...
    @property
    def batch_size(self) -> int: ...

    def generate(
        self, latents: NDArray[np.float32], class_vectors: NDArray[np.float32], truncation: float
    ) -> NDArray[np.uint8]:
        """Draw one picture per row.

        Parameters
        ----------
        latents : float32, shape (frames, latent_dim)
            Already scaled by the truncation, as BigGAN takes them.
        class_vectors : float32, shape (frames, num_classes)
            Non-negative rows that sum to one.
        truncation : float
            In (0, 1]; chooses BigGAN's batch-norm statistics.

        Returns
        -------
        uint8, shape (frames, size_px, size_px, 3)
            RGB.
        """
        ...

    def close(self) -> None:
        """Give back memory and processes; the generator is not used afterwards."""
        ...
