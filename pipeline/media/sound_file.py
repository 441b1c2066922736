"""A sound that was decoded once: its canonical file, what is in it, which part of it a clip uses, and its samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ErrorCode, PipelineError
from pipeline.media.canonical import read_format, read_frames
from pipeline.media.probe import SoundInfo
from pipeline.media.resample import part_samples, playing_filter, resampled_blocks, trim_filter
from pipeline.recipe import Channel
from pipeline.sound import SAMPLE_RATE_HZ, part_length_s

_Block = TypeVar("_Block")

BLOCK_SAMPLES = 1 << 18
"""Six seconds: large enough that Python's share of the work is nothing, small enough for the cache."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A part of a canonical sound (`pipeline.media.decode.decode_sound` makes it).

    Attributes
    ----------
    path : Path
        A file of ours, as `pipeline.media.canonical` describes it.
    info : SoundInfo
        What was heard.
    start_s, duration_s : float, float or None
        The part that is used, in seconds of the whole sound; None means up to the end.
    """

    path: Path
    info: SoundInfo
    start_s: float = 0.0
    duration_s: float | None = None

    @property
    def length_s(self) -> float:
        """The length of the part in seconds."""
        return part_length_s(self.info.duration_s, self.start_s, self.duration_s)

    def part(self, start_s: float = 0.0, duration_s: float | None = None) -> Sound:
        """Return another part of the same sound."""
        return replace(self, start_s=start_s, duration_s=duration_s)

    @property
    def part_samples(self) -> tuple[int, int]:
        """The part's first sample in its file at `SAMPLE_RATE_HZ`, and how many it has at the most."""
        return part_samples(self.start_s, self.duration_s, self.info.begins_s)

    @property
    def playing_filter(self) -> str:
        """The ffmpeg filter that leaves this part for loudspeakers: mono or stereo at `SAMPLE_RATE_HZ`.

        It leaves the very samples in time that are analyzed.
        """
        form, _ = read_format(self.path)
        trim = trim_filter(*self.part_samples)
        # 16 bits clip what no loudspeaker plays; an encoder would be led astray by it.
        return f"{playing_filter(form)},{trim},asetpts=PTS-STARTPTS,aformat=sample_fmts=s16"


def channel_blocks(
    sound: Sound, channel: Channel = "left", *, block_samples: int = BLOCK_SAMPLES
) -> Iterator[NDArray[np.float64]]:
    """Read one channel of a sound, block after block, in constant memory.

    Parameters
    ----------
    channel : {"left", "right", "mix", "all"}
        The first channel, the second, or the mean of all; ``all`` stands for the first where only one can be heard.
        Of a mono sound they are the same.
    block_samples : int
        Length of every block but the last.

    Yields
    ------
    float64, shape (block_samples,) or shorter at the end
        Samples at `SAMPLE_RATE_HZ`, full scale at ±1.

    Raises
    ------
    PipelineError
        ``START_AFTER_END``; what reading a file of ours may raise.
    """
    channels = sound.info.channels
    if sound.info.sample_rate_hz != SAMPLE_RATE_HZ:
        blocks = resampled_blocks(sound.path, sound.part_samples, channels, channel, block_samples)
        yield from (block[:, 0] for block in _any(sound, blocks))
        return
    for block in _any(sound, _frames(sound, block_samples)):
        if channel == "mix" and channels > 1:
            yield block.astype(np.float64) @ np.full(channels, 1 / channels)
        else:
            yield block[:, 1 if channel == "right" and channels > 1 else 0].astype(np.float64)


def all_blocks(sound: Sound, *, block_samples: int = BLOCK_SAMPLES) -> Iterator[NDArray[np.float64]]:
    """Read all channels of a sound, as `channel_blocks` does one.

    Yields
    ------
    float64, shape (block_samples // channels, channels), or fewer rows at the end
    """
    channels = sound.info.channels
    block_frames = max(1, block_samples // channels)
    if sound.info.sample_rate_hz != SAMPLE_RATE_HZ:
        yield from _any(sound, resampled_blocks(sound.path, sound.part_samples, channels, "all", block_frames))
        return
    for block in _any(sound, _frames(sound, block_frames)):
        yield block.astype(np.float64)


def _frames(sound: Sound, block_frames: int) -> Iterator[NDArray[np.float32]]:
    """Read a part of a sound that is at `SAMPLE_RATE_HZ` already: the same that a resampler would leave."""
    return read_frames(sound.path, *sound.part_samples, block_frames)


def _any(sound: Sound, blocks: Iterator[_Block]) -> Iterator[_Block]:
    """Pass blocks on, and refuse a part in which there is none."""
    empty = True
    for block in blocks:
        empty = False
        yield block
    if empty:
        raise PipelineError(ErrorCode.START_AFTER_END, start_s=sound.start_s, duration_s=sound.info.duration_s)
