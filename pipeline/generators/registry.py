"""Which generator draws a clip, and at which size; opened only where clips are made."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path

from pipeline.errors import ErrorCode, PipelineError
from pipeline.generator import SIZES_PX, ImageGenerator
from pipeline.generators.biggan.names import MODELS, RANDOM_MODELS, model_of_size, parse_name
from pipeline.generators.biggan.weights.download import is_cached

AUTO = "auto"
SKETCH = "sketch"
SKETCH_SIZE_PX = 512
KNOWN_MODELS = (AUTO, SKETCH, *MODELS)

# Where no size is asked for: the largest that a processor draws in a reasonable time, then what else is at hand.
_PREFERRED_SIZES_PX = (256, 512, 128)


def choose_model(model: str, size_px: int | None, cache_dir: Path) -> tuple[str, int]:
    """Choose the model and the size of its pictures; nothing is loaded or downloaded.

    Parameters
    ----------
    model : str
        ``auto`` (BigGAN if its weights are in the cache, else sketch), ``sketch``, ``biggan-deep-256``,
        ``random:biggan-deep-128`` (untrained, for measuring), or a folder that holds a model.
    size_px : int or None
        As asked for; None leaves it to the model. A BigGAN has one size.
    cache_dir : Path
        Where weights are kept.

    Returns
    -------
    name : str
        Never ``auto``.
    size_px : int

    Raises
    ------
    PipelineError
        ``UNKNOWN_MODEL`` with ``model``, ``known`` and ``suggestions``; ``UNKNOWN_SIZE`` with ``size`` and the
        ``sizes`` that would do; ``WEIGHTS_MISSING`` or ``WEIGHTS_CORRUPT`` for a folder that holds no model.
    """
    if size_px is not None and size_px not in SIZES_PX:
        raise _unknown_size(size_px, SIZES_PX)
    if model == AUTO:
        for size in _PREFERRED_SIZES_PX if size_px is None else (size_px,):
            if is_cached(model_of_size(size), cache_dir):
                return model_of_size(size), size
        model = SKETCH
    if model == SKETCH:
        return SKETCH, size_px or SKETCH_SIZE_PX
    try:
        own_size_px = parse_name(model).size_px
    except PipelineError as error:
        if error.code is not ErrorCode.UNKNOWN_MODEL:
            raise
        suggestions = tuple(get_close_matches(model.lower(), (*KNOWN_MODELS, *RANDOM_MODELS), n=3))
        raise PipelineError(
            ErrorCode.UNKNOWN_MODEL, model=model, known=KNOWN_MODELS, suggestions=suggestions
        ) from error
    if size_px not in (None, own_size_px):
        raise _unknown_size(size_px, (own_size_px,))
    return model, own_size_px


def open_generator(
    model: str,
    size_px: int,
    *,
    cache_dir: Path,
    precision: str = "auto",
    progress: Callable[[int, int], None] | None = None,
) -> ImageGenerator:
    """Open a generator that `choose_model` chose.

    Parameters
    ----------
    model, size_px : str, int
        As returned by `choose_model`.
    cache_dir : Path
        Where weights are kept, and put when they must be downloaded first.
    precision : {"auto", "float32", "bfloat16", "float16"}
        Precision of BigGAN's arithmetic.
    progress : callable, optional
        Told of a download: bytes there, and bytes in all.

    Raises
    ------
    PipelineError
        ``WEIGHTS_MISSING``, ``WEIGHTS_DOWNLOAD_FAILED``, ``WEIGHTS_CORRUPT``, ``OUT_OF_MEMORY``.
    """
    # Each brings heavy libraries along (a tensor library, a rasteriser), so only what is wanted is imported.
    if model == SKETCH:
        from pipeline.generators.sketch import open_sketch

        return open_sketch(size_px)
    from pipeline.generators.biggan.generator import open_biggan

    return open_biggan(model, cache_dir=cache_dir, precision=precision, progress=progress)


def _unknown_size(size_px: int, sizes_px: tuple[int, ...]) -> PipelineError:
    return PipelineError(ErrorCode.UNKNOWN_SIZE, size=str(size_px), sizes=tuple(str(size) for size in sizes_px))
