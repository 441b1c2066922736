"""Step one to five: from a sound to its analysis, with its limits and its progress."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.analyze import Analysis, analyze, analyze_by_ear
from pipeline.errors import ErrorCode, PipelineError
from pipeline.media.sound_file import Sound, all_blocks, channel_blocks
from pipeline.recipe import Recipe
from pipeline.render.values import RenderJob
from pipeline.render.watch import Watch
from pipeline.sound import SAMPLE_RATE_HZ


def listen(job: RenderJob, watch: Watch) -> Analysis:
    """Find the inflection points of the part that is wanted.

    Raises
    ------
    PipelineError
        ``TOO_LONG``, ``START_AFTER_END`` or ``POINT_AFTER_END``.
    """
    sound, limit_s = job.sound, job.limits.max_duration_s
    if sound.length_s > limit_s:
        raise PipelineError(ErrorCode.TOO_LONG, limit_s=limit_s, duration_s=sound.length_s)
    total_s = math.ceil(sound.length_s)

    def report(done_s: int) -> None:
        watch.report("analyzing", min(total_s, done_s), total_s)

    return analyze_sound(sound, job.recipe, report)


def analyze_sound(sound: Sound, recipe: Recipe, report: Callable[[int], None]) -> Analysis:
    """Analyze a part of a sound as a recipe says, which its version decides too.

    Parameters
    ----------
    report : callable
        Told how many seconds are behind it, and at last of all of them.

    Raises
    ------
    PipelineError
        See `listen`.
    """
    by_ear = recipe.preset == "auto" and recipe.version >= 2 and recipe.threshold is None
    if by_ear:
        channels = max(1, sound.info.channels) if recipe.channel == "all" else 1
        return analyze_by_ear(
            _reported(_channels(sound, recipe), report),
            channels,
            scene_count=recipe.scene_count,
            sensitivity=recipe.sensitivity,
            shortest_scene_s=recipe.shortest_scene_s,
            points_s=recipe.points_s,
        )
    return analyze(
        _reported(channel_blocks(sound, recipe.channel), report),
        preset=recipe.preset,
        threshold=recipe.threshold,
        scene_count=recipe.scene_count,
        shortest_scene_s=recipe.shortest_scene_s,
        points_s=recipe.points_s,
    )


def _channels(sound: Sound, recipe: Recipe) -> Iterator[NDArray[np.float64]]:
    """Read what is listened to; float64, shape (any, channels)."""
    if recipe.channel == "all":
        yield from all_blocks(sound)
        return
    for block in channel_blocks(sound, recipe.channel):
        yield block[:, None]


def _reported(blocks: Iterator[NDArray[np.float64]], report: Callable[[int], None]) -> Iterator[NDArray[np.float64]]:
    samples = 0
    for block in blocks:
        report(samples // SAMPLE_RATE_HZ)
        samples += len(block)
        yield block
    report(math.ceil(samples / SAMPLE_RATE_HZ))
