"""The one careful way of calling ffmpeg on a sound.

Whatever a stranger sends reaches ffmpeg in the same way: a regular local file, its kind known by its bytes, the
demuxer pinned, no protocol but ``file`` and ``pipe``, decoders of sound alone, a bound on memory and on how long it may
hang.
"""

from __future__ import annotations

import os
import select
from collections.abc import Sequence
from pathlib import Path

import imageio_ffmpeg

from pipeline.errors import ErrorCode, PipelineError
from pipeline.media.media_type import MediaType
from pipeline.processes.cage.cage import Cage
from pipeline.processes.child import Child
from pipeline.processes.environment import child_environment
from pipeline.processes.exit import Exit

LONGEST_SOUND_S = 86_400.0
"""No more than a day is ever decoded, whatever a file claims or hides."""

STALL_TIMEOUT_S = 20.0
"""How long ffmpeg may stay silent before it is taken for hung; it decodes an hour of sound in seconds."""

SOUND_DECODERS = (
    *("aac", "aac_latm", "ac3", "alac", "amrnb", "amrwb", "eac3", "flac", "mp1", "mp1float", "mp2", "mp2float"),
    *("mp3", "mp3float", "opus", "speex", "vorbis", "wmav1", "wmav2", "wmapro", "wmalossless", "wmavoice"),
    *("adpcm_g722", "adpcm_g726", "adpcm_g726le", "g722", "g726", "g726le", "adpcm_ima_apm", "adpcm_ima_qt"),
    *("adpcm_ima_wav", "adpcm_ima_ws", "adpcm_ms", "adpcm_swf", "adpcm_yamaha", "gsm", "gsm_ms", "ilbc"),
    *("mace3", "mace6", "nellymoser", "qcelp", "qdm2", "truespeech", "s302m"),
    *("pcm_alaw", "pcm_mulaw", "pcm_s8", "pcm_s8_planar", "pcm_u8", "pcm_u16be", "pcm_u16le"),
    *("pcm_u24be", "pcm_u24le", "pcm_u32be", "pcm_u32le", "pcm_s16be", "pcm_s16be_planar", "pcm_s16le"),
    *("pcm_s16le_planar", "pcm_s24be", "pcm_s24le", "pcm_s24le_planar", "pcm_s32be", "pcm_s32le", "pcm_s32le_planar"),
    *("pcm_s64be", "pcm_s64le", "pcm_f16le", "pcm_f24le", "pcm_f32be", "pcm_f32le", "pcm_f64be", "pcm_f64le"),
    *("pcm_bluray", "pcm_dvd"),
)
"""The only decoders that a sound may call for; those of pictures, of which ffmpeg has hundreds, are never opened."""

MEMORY_BYTES = 384 << 20
"""Address space for one ffmpeg, of which its own code takes half; what it decodes is the same from 256 MB on."""

_MAX_ALLOCATION_BYTES = 256 << 20
_MOST_MESSAGES_BYTES = 16 << 20


def ffmpeg() -> str:
    """Return the path of the ffmpeg that imageio-ffmpeg ships."""
    executable: str = imageio_ffmpeg.get_ffmpeg_exe()
    return executable


def input_command(
    path: Path, kind: MediaType, *, loglevel: str = "error", decoders: Sequence[str] = SOUND_DECODERS
) -> list[str]:
    """Return the ffmpeg command that opens one file of a kind that its bytes have told, and nothing else."""
    return [
        ffmpeg(),
        "-hide_banner",
        "-nostdin",
        "-loglevel",
        loglevel,
        "-max_alloc",
        str(_MAX_ALLOCATION_BYTES),
        "-codec_whitelist",
        ",".join(decoders),
        "-filter_threads",
        "1",
        # One thread decodes any sound hundreds of times faster than it plays; more cost memory, which is rationed.
        "-threads",
        "1",
        "-protocol_whitelist",
        "file,pipe",
        *(("-skip_initial_bytes", str(kind.skip_bytes)) if kind.skip_bytes else ()),
        "-f",
        kind.demuxer,
        *kind.demuxer_options,
        "-i",
        # With its protocol spelled out and from the root, a name may begin with a dash or hold a colon.
        f"file:{path.absolute()}",
    ]


def sound_cage(path: Path) -> Cage:
    """Return what ffmpeg may do with a stranger's file: read it, and nothing else."""
    return Cage(reads=(path.absolute(),), memory_bytes=MEMORY_BYTES, file_bytes=_MOST_MESSAGES_BYTES)


def sound_environment() -> dict[str, str]:
    """Return the environment of an ffmpeg in a `sound_cage`.

    The C library would reserve address space for every thread; where that is rationed it asks in vain at every frame,
    which took ten times as long as the decoding.
    """
    return child_environment(extra={"MALLOC_ARENA_MAX": "1"})


def read_pipe(child: Child, buffer: memoryview, path: Path) -> int:
    """Fill a buffer from a child's standard output; less than all of it only at the end.

    Raises
    ------
    PipelineError
        ``BROKEN_MEDIA`` where nothing comes for `STALL_TIMEOUT_S`.
    """
    assert child.stdout is not None
    filled = 0
    while filled < len(buffer):
        if not select.select([child.stdout], [], [], STALL_TIMEOUT_S)[0]:
            raise PipelineError(ErrorCode.BROKEN_MEDIA, path=str(path))
        read = os.readv(child.stdout.fileno(), [buffer[filled:]])
        if not read:
            break
        filled += read
    return filled


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
