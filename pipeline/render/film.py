"""From frames to the mp4: how it is encoded, and the encoding itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.artwork.film_strip import FilmStrip
from pipeline.atomic_files import require_free_space
from pipeline.media.bitrate import Encoding, choose_encoding
from pipeline.media.mp4 import read_mp4
from pipeline.media.sound_file import Sound
from pipeline.media.tags import clip_tags
from pipeline.media.video import VideoWriter, reencode_smaller
from pipeline.overlap import Overlap
from pipeline.render.scenario import Scenario
from pipeline.render.values import RenderJob
from pipeline.render.watch import Watch

# A generous guess of what a clip takes at constant quality; a disk with less than that is as good as full.
_CLIP_BITS_PER_PIXEL = 0.15
_AUDIO_BPS = 160_000
_SMALL_FILES_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class FilmPlan:
    """How a clip is encoded, settled before its first frame is drawn.

    Attributes
    ----------
    out : Path
        Where the film is made.
    sound : Sound
        What is heard.
    size_px, fps : int
        Size and rate of the frames as drawn.
    encoding : Encoding
    tags : mapping of str to str
    max_bytes : int or None
        The largest file that will do.
    """

    out: Path
    sound: Sound
    size_px: int
    fps: int
    encoding: Encoding
    tags: Mapping[str, str]
    max_bytes: int | None


def plan_film(job: RenderJob, scenario: Scenario, out: Path) -> FilmPlan:
    """Choose bits and tags, and see that the disk can hold it all.

    Parameters
    ----------
    out : Path
        Where the film is made.

    Raises
    ------
    PipelineError
        ``CANNOT_FIT`` or ``DISK_FULL``.
    """
    size_px, fps, max_bytes = scenario.size_px, scenario.recipe.fps, job.limits.max_bytes
    duration_s = scenario.analysis.duration_s
    tags = clip_tags(scenario.recipe, title=scenario.heading, labels=scenario.names)
    encoding = choose_encoding(
        duration_s=duration_s,
        side_px=size_px,
        fps=fps,
        max_bytes=max_bytes,
        tags_bytes=sum(len(text.encode()) for text in tags.values()),
    )
    require_free_space(job.targets.clip.parent, _bytes_needed(duration_s, size_px, fps, max_bytes))
    return FilmPlan(out, job.sound, size_px, fps, encoding, tags, max_bytes)


def film(plan: FilmPlan, frames: Iterator[NDArray[np.uint8]], strip: FilmStrip, watch: Watch) -> int:
    """Encode frames as they are drawn: while a batch is drawn, the one before is encoded.

    Returns
    -------
    int
        Width and height of the encoded picture.
    """
    writer = VideoWriter(
        plan.out,
        sound=plan.sound.path,
        sound_filter=plan.sound.playing_filter,
        size_px=plan.size_px,
        fps=plan.fps,
        encoding=plan.encoding,
        tags=plan.tags,
    )
    # Leaving by an error, ffmpeg is killed first (the inner context), so that nobody waits for it to take its frames.
    with Overlap(writer.write) as encoder, writer:
        drawn = 0
        for batch in frames:
            strip.add(drawn, batch)
            encoder.put(batch)
            drawn += len(batch)
            del batch
        watch.report("encoding", 0, 1)
        encoder.finish()
    watch.report("encoding", 1, 1)
    return _fit(plan.out, plan.encoding.side_px, plan.max_bytes)


def _bytes_needed(duration_s: float, size_px: int, fps: int, max_bytes: int | None) -> int:
    """Estimate what the disk must hold besides the sound: the clip, and the pictures beside it."""
    clip_bytes = duration_s * (size_px * size_px * fps * _CLIP_BITS_PER_PIXEL + _AUDIO_BPS) / 8
    if max_bytes is not None:
        clip_bytes = min(clip_bytes, max_bytes)
    return round(clip_bytes + _SMALL_FILES_BYTES)


def _fit(clip: Path, side_px: int, max_bytes: int | None) -> int:
    """Encode once more if the clip came out larger than planned; return its width."""
    if max_bytes is None or clip.stat().st_size <= max_bytes:
        return side_px
    reencode_smaller(clip, clip, max_bytes=max_bytes)
    return read_mp4(clip).width_px
