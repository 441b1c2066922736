"""The one careful way of calling ffmpeg on a sound.

Whatever a stranger sends reaches ffmpeg in the same way: a regular local file, its kind known by its bytes, the
demuxer pinned, no protocol but ``file`` and ``pipe``, the first sound stream and nothing else, a bound on what comes
out and on how long it may hang.
"""

from __future__ import annotations

import os
import select
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ErrorCode, PipelineError
from pipeline.media.media_type import MediaType
from pipeline.processes.cage.cage import Cage
from pipeline.processes.child import PIPE, Child
from pipeline.processes.deadline import Deadline
from pipeline.processes.exit import Exit
from pipeline.recipe import Channel
from pipeline.sound import SAMPLE_RATE_HZ

LONGEST_SOUND_S = 86_400.0
"""No more than a day is ever decoded, whatever a file claims or hides."""

DECODE_TIMEOUT_S = 6 * 3600.0
"""How long a decoding may take in all; whoever reads it slowly (a film that is drawn from it) counts too."""

STALL_TIMEOUT_S = 60.0
"""How long ffmpeg may stay silent before it is taken for hung; it skips an hour of sound in seconds."""

SOUND_DECODERS = (
    *("aac", "ac3", "alac", "amrnb", "amrwb", "eac3", "flac", "mp2", "mp2float", "mp3", "mp3float", "opus", "vorbis"),
    *("adpcm_ima_qt", "adpcm_ima_wav", "adpcm_ms", "gsm_ms", "pcm_alaw", "pcm_mulaw", "pcm_s8", "pcm_u8"),
    *("pcm_s16be", "pcm_s16le", "pcm_s24be", "pcm_s24le", "pcm_s32be", "pcm_s32le"),
    *("pcm_f32be", "pcm_f32le", "pcm_f64be", "pcm_f64le"),
)
"""The only decoders that a sound may call for; those of pictures, of which ffmpeg has hundreds, are never opened."""

_MAX_ALLOCATION_BYTES = 512 << 20
_BYTES_PER_SAMPLE = 8


def ffmpeg() -> str:
    """Return the path of the ffmpeg that imageio-ffmpeg ships."""
    executable: str = imageio_ffmpeg.get_ffmpeg_exe()
    return executable


def input_arguments(path: Path, kind: MediaType) -> list[str]:
    """Return the ffmpeg options that open one file of a kind that its bytes have told, and nothing else."""
    return [
        "-protocol_whitelist",
        "file,pipe",
        "-f",
        kind.demuxer,
        *kind.demuxer_options,
        "-i",
        # With its protocol spelled out and from the root, a name may begin with a dash or hold a colon.
        f"file:{path.absolute()}",
    ]


def sound_command(path: Path, kind: MediaType, *output: str, loglevel: str = "error") -> list[str]:
    return [
        ffmpeg(),
        "-hide_banner",
        "-nostdin",
        "-loglevel",
        loglevel,
        "-max_alloc",
        str(_MAX_ALLOCATION_BYTES),
        "-codec_whitelist",
        ",".join(SOUND_DECODERS),
        # One thread decodes any sound hundreds of times faster than it plays; more cost memory, which is rationed.
        "-threads",
        "1",
        *input_arguments(path, kind),
        "-map",
        "0:a:0",
        # Not a system call for every packet.
        "-flush_packets",
        "0",
        *output,
    ]


def pan_filter(channel: Channel, channels: int) -> str:
    """Return the ffmpeg filters that leave one channel, computed in double precision."""
    if channel == "mix" and channels > 1:
        share = 1 / channels
        gains = "+".join(f"{share!r}*c{index}" for index in range(channels))
    else:
        gains = "c1" if channel == "right" and channels > 1 else "c0"
    # Frames of an mp3 are short, and handing each one through every filter costs as much as decoding it.
    return f"asetnsamples=n=16384:p=0,aformat=sample_fmts=dblp,pan=mono|c0={gains}"


def part_filters(start_s: float, duration_s: float) -> list[str]:
    """Return the ffmpeg filters that give a part of a sound at 44.1 kHz, exact to the sample.

    The part is counted out after resampling: seeking in the file would be quicker and is not exact in an mp3.
    """
    start = round(start_s * SAMPLE_RATE_HZ)
    end = start + max(1, round(duration_s * SAMPLE_RATE_HZ))
    return [f"aresample={SAMPLE_RATE_HZ}", f"atrim=start_sample={start}:end_sample={end}"]


def sound_cage(path: Path, *writes: Path) -> Cage:
    """Return what ffmpeg may do with a stranger's file: read it, fill a folder of ours if need be, and nothing else."""
    return Cage(reads=(path.absolute(),), writes=tuple(place.absolute() for place in writes if place.exists()))


def read_blocks(path: Path, command: list[str], block_samples: int) -> Iterator[NDArray[np.float64]]:
    """Run ffmpeg on a file and cut what it writes into blocks; it ends with the reader's interest, or on a hang.

    Raises
    ------
    PipelineError
        ``BROKEN_MEDIA`` where it hangs; ``DECODER_FAILED`` where something has killed it.
    """
    deadline = Deadline.after(DECODE_TIMEOUT_S)
    with Child.start(command, deadline=deadline, stdout=PIPE, cage=sound_cage(path), bufsize=0) as child:
        assert child.stdout is not None
        while True:
            block = bytearray(block_samples * _BYTES_PER_SAMPLE)
            view = memoryview(block)
            filled = 0
            while filled < len(block):
                if not select.select([child.stdout], [], [], STALL_TIMEOUT_S)[0]:
                    raise PipelineError(ErrorCode.BROKEN_MEDIA, path=str(path))
                read = os.readv(child.stdout.fileno(), [view[filled:]])
                if not read:
                    break
                filled += read
            samples = filled // _BYTES_PER_SAMPLE
            if samples:
                yield np.frombuffer(block, dtype="<f8", count=samples)
            if filled < len(block):
                refuse_killed(child.wait(), path)
                return


def refuse_killed(ended: Exit, path: Path) -> None:
    """Refuse what ffmpeg has left when it did not end by itself.

    Raises
    ------
    PipelineError
        ``BROKEN_MEDIA`` where its deadline came first or it crashed, for that is the file's doing; ``DECODER_FAILED``
        where somebody else killed it, for then the file is not to blame.
    """
    if ended.timed_out or ended.crashed:
        raise PipelineError(ErrorCode.BROKEN_MEDIA, path=str(path))
    if ended.interrupted:
        raise PipelineError(ErrorCode.DECODER_FAILED, reason=str(ended))
