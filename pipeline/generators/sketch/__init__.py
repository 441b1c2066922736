"""A generator that needs no download: it draws each of the thousand categories itself.

`open_sketch` is all that the renderer needs; ``docs/sketch.md`` says how the drawings are made and how to improve one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.generator import ImageGenerator

__all__ = ["open_sketch"]


def open_sketch(size_px: int = 512, workers: int | None = None) -> ImageGenerator:
    """Open the drawing generator.

    Parameters
    ----------
    size_px : int
        128, 256 or 512.
    workers : int, optional
        How many processes draw; None takes one for each core that this process may use. They start with the first
        request that is worth it.

    Raises
    ------
    PipelineError
        ``UNKNOWN_SIZE``.
    """
    from pipeline.generators.sketch.generator import SketchGenerator

    return SketchGenerator(size_px, workers)
