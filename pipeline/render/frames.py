"""From a film's motion to pictures: a batch at a time, never more than a few in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from pipeline.generator import ImageGenerator, PosingGenerator
from pipeline.motion.crop import cropped
from pipeline.motion.film_motion import FilmMotion, Rows


def draw_frames(
    generator: ImageGenerator, truncation: float, motion: FilmMotion, report: Callable[[int, int], None]
) -> Iterator[NDArray[np.uint8]]:
    """Draw every frame of a film in order.

    Parameters
    ----------
    truncation : float
        The recipe's.
    report : callable
        Told before every batch, and at the end, how many frames are drawn, and of how many.

    Yields
    ------
    uint8, shape (frames, size_px, size_px, 3)
        Batches as large as suit the generator.
    """
    count = len(motion.path.segments)
    for start in range(0, count, generator.batch_size):
        report(start, count)
        rows = motion.rows(slice(start, min(start + generator.batch_size, count)))
        yield _draw(generator, truncation, rows)
    report(count, count)


def _draw(generator: ImageGenerator, truncation: float, rows: Rows) -> NDArray[np.uint8]:
    """Draw frames in their poses: by the generator itself where it can, else by a camera before its pictures."""
    if rows.poses is None:
        return generator.generate(rows.latents, rows.class_vectors, truncation)
    if isinstance(generator, PosingGenerator):
        return generator.generate_posed(rows.latents, rows.class_vectors, truncation, rows.poses)
    return cropped(generator.generate(rows.latents, rows.class_vectors, truncation), rows.poses)
