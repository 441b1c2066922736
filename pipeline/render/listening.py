"""Step one to five: from a sound to its analysis, with its limits and its progress."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.analyze import Analysis, analyze
from pipeline.media.decode import decode_blocks
from pipeline.render.values import RenderJob
from pipeline.render.watch import Watch
from pipeline.sound import SAMPLE_RATE_HZ


def listen(job: RenderJob, watch: Watch) -> Analysis:
    """Find the inflection points of the part that is wanted.

    Raises
    ------
    PipelineError
        ``TOO_LONG``, ``START_AFTER_END`` or ``BROKEN_MEDIA``.
    """
    recipe = job.recipe
    return analyze(
        _watched_blocks(job, watch),
        preset=recipe.preset,
        threshold=recipe.threshold,
        scene_count=recipe.scene_count,
        shortest_scene_s=recipe.shortest_scene_s,
    )


def _watched_blocks(job: RenderJob, watch: Watch) -> Iterator[NDArray[np.float64]]:
    total_s = math.ceil(min(job.sound.claimed_s, job.limits.max_duration_s))
    samples = 0
    for block in decode_blocks(job.sound, channel=job.recipe.channel, limit_s=job.limits.max_duration_s):
        watch.report("analyzing", min(total_s, samples // SAMPLE_RATE_HZ), total_s)
        samples += block.size
        yield block
    watch.report("analyzing", total_s, total_s)
