"""Sound files in, samples out: one channel block after block for the analysis, the chosen part as a wav for a clip."""

from __future__ import annotations

import contextlib
import math
import wave
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ErrorCode, PipelineError
from pipeline.media.ffmpeg import (
    LONGEST_SOUND_S,
    pan_filter,
    part_filters,
    read_blocks,
    refuse_killed,
    sound_cage,
    sound_command,
)
from pipeline.media.media_type import media_type
from pipeline.media.sound_file import Sound
from pipeline.processes.child import run
from pipeline.processes.deadline import Deadline
from pipeline.recipe import Channel
from pipeline.sound import SAMPLE_RATE_HZ

BLOCK_SAMPLES = 1 << 18
"""Six seconds: large enough that Python's share of the work is nothing, small enough for the cache."""

EXTRACT_TIMEOUT_S = 600.0
_LARGEST_WAV_BYTES = 1 << 32


def decode_blocks(
    sound: Sound,
    *,
    channel: Channel = "left",
    limit_s: float | None = None,
    block_samples: int = BLOCK_SAMPLES,
) -> Iterator[NDArray[np.float64]]:
    """Decode one channel of a sound, block after block, in constant memory.

    Samples of a sound that is already at 44.1 kHz are not altered.

    Parameters
    ----------
    sound : Sound
        A file and the part of it to decode.
    channel : {"left", "right", "mix", "all"}
        The first channel, the second, or the mean of all; ``all`` stands for the first where only one can be heard.
        Of a mono sound they are the same.
    limit_s : float or None
        The longest part that is allowed, by the count of samples, not by what the file claims.
    block_samples : int
        Length of every block but the last.

    Yields
    ------
    float64, shape (block_samples,) or shorter at the end
        Samples at `SAMPLE_RATE_HZ`, full scale at ±1.

    Raises
    ------
    PipelineError
        ``TOO_LONG``, ``START_AFTER_END``, ``BROKEN_MEDIA``; the first two after the last block that was within bounds.
    """
    filters = pan_filter(channel, sound.info.channels)
    for block in _decoded(sound, filters, 1, limit_s, block_samples):
        yield block[:, 0]


def decode_channels(
    sound: Sound, *, limit_s: float | None = None, block_samples: int = BLOCK_SAMPLES
) -> Iterator[NDArray[np.float64]]:
    """Decode all channels of a sound, block after block, as `decode_blocks` does one.

    Yields
    ------
    float64, shape (block_samples, channels) or fewer rows at the end
        Samples at `SAMPLE_RATE_HZ`, full scale at ±1.
    """
    channels = max(1, sound.info.channels)
    # In another order than the file's nothing would be gained, and ffmpeg needs a name for every layout it makes.
    filters = "asetnsamples=n=16384:p=0,aformat=sample_fmts=dbl"
    return _decoded(sound, filters, channels, limit_s, max(1, block_samples // channels))


def _decoded(
    sound: Sound, filters: str, channels: int, limit_s: float | None, block_samples: int
) -> Iterator[NDArray[np.float64]]:
    path, start_s = sound.path, sound.start_s
    limit_samples = None if limit_s is None else math.floor(limit_s * SAMPLE_RATE_HZ)
    longest = LONGEST_SOUND_S if limit_samples is None else (limit_samples + 1) / SAMPLE_RATE_HZ
    wanted_s = longest if sound.duration_s is None else min(sound.duration_s, longest)
    chain = ",".join([filters, *part_filters(start_s, wanted_s)])
    command = sound_command(path, media_type(path), "-af", chain, "-f", "f64le", "pipe:1")

    count = 0
    for flat in read_blocks(path, command, block_samples * channels):
        block = flat[: flat.size - flat.size % channels].reshape(-1, channels)
        count += len(block)
        if limit_samples is not None and count > limit_samples:
            heard_s = count / SAMPLE_RATE_HZ
            raise PipelineError(
                ErrorCode.TOO_LONG, limit_s=float(limit_s or 0.0), duration_s=max(sound.claimed_s, heard_s)
            )
        yield block
    if count == 0:
        raise _nothing_there(path, start_s, sound.info.duration_s)


def extract_sound(sound: Sound, out: Path) -> float:
    """Write the part of a sound that a clip uses as a wav: 16 bit, 44.1 kHz, mono or stereo.

    Sample for sample the same part that `decode_blocks` gives of the same sound.

    Returns
    -------
    float
        Its duration in seconds: its samples by 44 100.

    Raises
    ------
    PipelineError
        ``START_AFTER_END``, ``BROKEN_MEDIA``, ``DISK_FULL``, ``OUTPUT_NOT_WRITABLE``; nothing is left of a file that
        could not be finished.
    """
    path, info, start_s, duration_s = sound.path, sound.info, sound.start_s, sound.duration_s
    layouts = "mono" if info.channels == 1 else "stereo"
    filters = [
        f"aformat=channel_layouts={layouts}",
        *part_filters(start_s, LONGEST_SOUND_S if duration_s is None else duration_s),
    ]
    command = sound_command(path, media_type(path), "-af", ",".join(filters), "-c:a", "pcm_s16le", "-f", "wav")
    if not out.parent.is_dir():
        raise PipelineError(ErrorCode.OUTPUT_NOT_WRITABLE, path=str(out))
    finished = False
    try:
        done = run(
            [*command, "-y", f"file:{out.absolute()}"],
            deadline=Deadline.after(EXTRACT_TIMEOUT_S),
            cage=replace(sound_cage(path, out.parent, out), file_bytes=_LARGEST_WAV_BYTES),
        )
        if "No space left on device" in done.exit.last_words:
            raise PipelineError(ErrorCode.DISK_FULL, path=str(out))
        refuse_killed(done.exit, path)
        samples = _wav_samples(out)
        if samples is None:
            raise PipelineError(ErrorCode.OUTPUT_NOT_WRITABLE, path=str(out))
        if samples == 0:
            raise _nothing_there(path, start_s, info.duration_s)
        finished = True
    finally:
        if not finished:
            with contextlib.suppress(OSError):
                out.unlink()
    return samples / SAMPLE_RATE_HZ


def _wav_samples(path: Path) -> int | None:
    try:
        with wave.open(str(path), "rb") as file:
            return file.getnframes()
    except (OSError, EOFError, wave.Error):
        return None


def _nothing_there(path: Path, start_s: float, duration_s: float) -> PipelineError:
    if start_s > 0:
        return PipelineError(ErrorCode.START_AFTER_END, start_s=start_s, duration_s=duration_s)
    return PipelineError(ErrorCode.BROKEN_MEDIA, path=str(path))
