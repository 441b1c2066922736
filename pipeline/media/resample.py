"""Reading a canonical sound at the paper's rate: our own file, through ffmpeg's resampler, in double precision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ErrorCode, PipelineError
from pipeline.media.canonical import SampleFormat
from pipeline.media.ffmpeg import LONGEST_SOUND_S, ffmpeg, read_pipe, refuse_killed, sound_cage, sound_environment
from pipeline.processes.child import PIPE, Child
from pipeline.processes.deadline import Deadline
from pipeline.recipe import Channel
from pipeline.sound import SAMPLE_RATE_HZ

READ_TIMEOUT_S = 6 * 3600.0
"""How long a reading may take in all; whoever reads it slowly (a film that is drawn from it) counts too."""

_BYTES_PER_SAMPLE = 8
_STEREO = 2
_WITH_A_USUAL_LAYOUT = (3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 24)
"""Numbers of channels whose loudspeakers ffmpeg guesses where a file does not name them, as players do."""

# An own file needs no rationing; many channels in double precision need room.
_MEMORY_BYTES = 1 << 30


def canonical_input(path: Path) -> list[str]:
    """Return the ffmpeg options that open a canonical sound."""
    return ["-protocol_whitelist", "file,pipe", "-f", "wav", "-i", f"file:{path.absolute()}"]


def pan_filter(channel: Channel, channels: int) -> str:
    """Return the ffmpeg filters that leave one channel, or all for ``all``, computed in double precision."""
    # In another order than the file's nothing would be gained, and ffmpeg needs a name for every layout it makes.
    packed = "asetnsamples=n=16384:p=0,aformat=sample_fmts=dbl"
    if channel == "all":
        return packed
    if channel == "mix" and channels > 1:
        share = 1 / channels
        gains = "+".join(f"{share!r}*c{index}" for index in range(channels))
    else:
        gains = "c1" if channel == "right" and channels > 1 else "c0"
    return f"{packed}p,pan=mono|c0={gains}"


def part_samples(start_s: float, duration_s: float | None, begins_s: int = 0) -> tuple[int, int]:
    """Return the first sample of a part at 44.1 kHz and how many it has at the most.

    Parameters
    ----------
    start_s, duration_s : float, float or None
        The part, in seconds of the whole sound.
    begins_s : int
        How many seconds at its beginning the canonical sound leaves out.
    """
    first = round(start_s * SAMPLE_RATE_HZ) - begins_s * SAMPLE_RATE_HZ
    return first, max(1, round((LONGEST_SOUND_S if duration_s is None else duration_s) * SAMPLE_RATE_HZ))


def trim_filter(first: int, count: int) -> str:
    """Return the ffmpeg filter that leaves so many samples.

    They are counted out after resampling, so that the samples of a part are those of the whole.
    """
    return f"atrim=start_sample={first}:end_sample={first + count}"


def playing_filter(form: SampleFormat) -> str:
    """Return the ffmpeg filter that brings a canonical sound to 44.1 kHz, and to stereo where it has more channels.

    Nothing clips: the mix is as much softer as its loudest channel could need. Where nobody knows what
    loudspeakers they are for, channels go left and right in turn.
    """
    resample = f"aresample={SAMPLE_RATE_HZ}"
    if form.channels <= _STEREO:
        return resample
    if form.channel_mask or form.channels in _WITH_A_USUAL_LAYOUT:
        return f"{resample}:ochl=stereo:rematrix_maxval=1"
    sides = [range(side, form.channels, _STEREO) for side in range(_STEREO)]
    mixes = ["+".join(f"{1 / len(side)!r}*c{index}" for index in side) for side in sides]
    return f"pan=stereo|c0={mixes[0]}|c1={mixes[1]},{resample}"


def resampled_blocks(
    path: Path, part: tuple[int, int], channels: int, channel: Channel, block_frames: int
) -> Iterator[NDArray[np.float64]]:
    """Read a part of a canonical sound at 44.1 kHz; see `part_samples`.

    Yields
    ------
    float64, shape (block_frames, 1), or (block_frames, channels) for ``all``; fewer rows at the end
    """
    columns = channels if channel == "all" else 1
    filters = f"{pan_filter(channel, channels)},aresample={SAMPLE_RATE_HZ},{trim_filter(*part)}"
    command = [ffmpeg(), "-hide_banner", "-nostdin", "-loglevel", "error", "-filter_threads", "1", "-threads", "1"]
    command += canonical_input(path)
    command += ["-af", filters, "-c:a", "pcm_f64le", "-flush_packets", "0", "-f", "f64le", "pipe:1"]
    deadline = Deadline.after(READ_TIMEOUT_S)
    cage = replace(sound_cage(path), memory_bytes=_MEMORY_BYTES)
    with Child.start(
        command, deadline=deadline, stdout=PIPE, environment=sound_environment(), cage=cage, bufsize=0
    ) as child:
        while True:
            buffer = bytearray(block_frames * columns * _BYTES_PER_SAMPLE)
            filled = read_pipe(child, memoryview(buffer), path)
            frames = filled // (columns * _BYTES_PER_SAMPLE)
            if frames:
                yield np.frombuffer(buffer, "<f8", frames * columns).reshape(frames, columns)
            if filled < len(buffer):
                ended = child.wait()
                refuse_killed(ended, path)
                if not ended.ok:
                    raise PipelineError(ErrorCode.DECODER_FAILED, reason=str(ended))
                return
