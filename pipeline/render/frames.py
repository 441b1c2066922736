"""From a path through (z, c) to pictures: a batch at a time, never more than a few in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.latent_path import FramePath, mix
from pipeline.generator import ImageGenerator
from pipeline.recipe import Recipe


def draw_frames(
    generator: ImageGenerator, recipe: Recipe, path: FramePath, report: Callable[[int, int], None]
) -> Iterator[NDArray[np.uint8]]:
    """Draw every frame of a path in order.

    Parameters
    ----------
    recipe : Recipe
        With its scenes chosen.
    report : callable
        Told before every batch, and at the end, how many frames are drawn, and of how many.

    Yields
    ------
    uint8, shape (frames, size_px, size_px, 3)
        Batches as large as suit the generator.
    """
    count = len(path.segments)
    for start in range(0, count, generator.batch_size):
        report(start, count)
        frames = slice(start, min(start + generator.batch_size, count))
        yield generator.generate(*mix(path, recipe.scenes, recipe.truncation, frames), recipe.truncation)
    report(count, count)
