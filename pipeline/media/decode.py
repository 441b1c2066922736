"""Sound files in, mono samples out: a thin shell around one careful way of calling ffmpeg.

Whatever a stranger sends reaches ffmpeg in the same way: a regular local file, its kind known by its bytes, the
demuxer pinned, no protocol but ``file`` and ``pipe``, the first sound stream and nothing else, a bound on what comes
out and on how long it may hang.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import select
import struct
import subprocess
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ErrorCode, PipelineError
from pipeline.media.media_type import MediaType, media_type
from pipeline.recipe import Channel
from pipeline.sound import SAMPLE_RATE_HZ

BLOCK_SAMPLES = 1 << 18
"""Six seconds: large enough that Python's share of the work is nothing, small enough for the cache."""

LONGEST_SOUND_S = 86_400.0
"""No more than a day is ever decoded, whatever a file claims or hides."""

PROBE_TIMEOUT_S = 30.0
STALL_TIMEOUT_S = 60.0
"""How long ffmpeg may stay silent before it is taken for hung; it skips an hour of sound in seconds."""

EXTRACT_TIMEOUT_S = 600.0

SOUND_DECODERS = (
    *("aac", "ac3", "alac", "amrnb", "amrwb", "eac3", "flac", "mp2", "mp2float", "mp3", "mp3float", "opus", "vorbis"),
    *("adpcm_ima_qt", "adpcm_ima_wav", "adpcm_ms", "gsm_ms", "pcm_alaw", "pcm_mulaw", "pcm_s8", "pcm_u8"),
    *("pcm_s16be", "pcm_s16le", "pcm_s24be", "pcm_s24le", "pcm_s32be", "pcm_s32le"),
    *("pcm_f32be", "pcm_f32le", "pcm_f64be", "pcm_f64le"),
)
"""The only decoders that a sound may call for; those of pictures, of which ffmpeg has hundreds, are never opened."""

_MAX_ALLOCATION_BYTES = 512 << 20
_BYTES_PER_SAMPLE = 8


@dataclass(frozen=True, slots=True)
class SoundInfo:
    """What a file says of the sound in it.

    Attributes
    ----------
    container, codec : str
        ``ogg``, ``opus``.
    duration_s : float
        As the container claims; counted where it claims nothing. Only decoding tells the truth: `decode_blocks`.
    channels : int
        Of the first sound stream.
    sample_rate_hz : int
        As decoded.
    has_video : bool
        Whether there are moving pictures; a cover picture is none.
    title : str or None
        The tag, cleaned of control characters.
    """

    container: str
    codec: str
    duration_s: float
    channels: int
    sample_rate_hz: int
    has_video: bool
    title: str | None


def ffmpeg() -> str:
    """Return the path of the ffmpeg that imageio-ffmpeg ships."""
    executable: str = imageio_ffmpeg.get_ffmpeg_exe()
    return executable


def input_arguments(path: Path) -> list[str]:
    """Return the ffmpeg options that open one checked file and nothing else.

    Raises
    ------
    PipelineError
        ``FILE_MISSING``, ``FILE_EMPTY``, ``PLAYLIST``, ``NOT_MEDIA``.
    """
    return _input_arguments(path, media_type(path))


def _input_arguments(path: Path, kind: MediaType) -> list[str]:
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


def _command(path: Path, kind: MediaType, *output: str, loglevel: str = "error") -> list[str]:
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
        *_input_arguments(path, kind),
        "-map",
        "0:a:0",
        # Not a system call for every packet.
        "-flush_packets",
        "0",
        *output,
    ]


# --- what is in the file -------------------------------------------------------------------------------------------


def probe(path: Path) -> SoundInfo:
    """Find out what sound a file holds, and that some of it decodes.

    Raises
    ------
    PipelineError
        ``FILE_MISSING``, ``FILE_EMPTY``, ``PLAYLIST``, ``NOT_MEDIA``; ``NO_SOUND`` for pictures alone;
        ``BROKEN_MEDIA`` where nothing decodes.
    """
    kind = media_type(path)
    # One second of sound is decoded beside the listing: streams can be announced and yet hold nothing.
    command = _command(path, kind, "-t", "1", "-c:a", "pcm_s16le", "-f", "wav", "pipe:1", loglevel="info")
    try:
        done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=PROBE_TIMEOUT_S)
    except subprocess.TimeoutExpired as error:
        raise PipelineError(ErrorCode.BROKEN_MEDIA, path=str(path)) from error
    listing = parse_listing(done.stderr.decode("utf-8", "replace"))
    if listing.codec is None:
        code = ErrorCode.NO_SOUND if listing.has_streams else ErrorCode.BROKEN_MEDIA
        raise PipelineError(code, path=str(path))
    header = _wav_header(done.stdout)
    if header is None:
        raise PipelineError(ErrorCode.BROKEN_MEDIA, path=str(path))
    channels, sample_rate_hz = header
    duration_s = listing.duration_s
    if duration_s is None:
        duration_s = _count_samples(path, kind, channels) / SAMPLE_RATE_HZ
    return SoundInfo(
        container=kind.container,
        codec=listing.codec,
        duration_s=duration_s,
        channels=channels,
        sample_rate_hz=sample_rate_hz,
        has_video=listing.has_video,
        title=listing.title,
    )


@dataclass(frozen=True, slots=True)
class Listing:
    """What ffmpeg's listing of an input says."""

    codec: str | None = None
    duration_s: float | None = None
    has_streams: bool = False
    has_video: bool = False
    title: str | None = None


_STREAM = re.compile(r"^  Stream #0:\d+[^:]*: (Audio|Video|Subtitle|Data|Attachment): (\w+)(.*)$")
_DURATION = re.compile(r"^  Duration: (\d+):(\d\d):(\d\d\.\d+)")
_TITLE = re.compile(r"^ {4,}title\s*: (.*)$", re.IGNORECASE)


def parse_listing(text: str) -> Listing:
    """Read the listing that ffmpeg prints of its input (in English in every locale).

    The title is the container's, or else the first sound stream's (Ogg keeps it there); a chapter's is not taken.
    """
    codec: str | None = None
    duration_s: float | None = None
    has_streams = has_video = False
    title: str | None = None
    part = "container"
    for line in text.splitlines():
        if line.startswith("Output #"):
            break
        if match := _DURATION.match(line):
            duration_s = int(match[1]) * 3600 + int(match[2]) * 60 + float(match[3])
        elif line.startswith("  Chapter"):
            part = "chapter"
        elif match := _STREAM.match(line):
            has_streams = True
            part = "other"
            if match[1] == "Audio" and codec is None:
                codec = match[2]
                part = "sound"
            has_video |= match[1] == "Video" and "(attached pic)" not in match[3]
        elif title is None and part in ("container", "sound") and (match := _TITLE.match(line)):
            title = _clean_title(match[1])
    return Listing(codec, duration_s, has_streams, has_video, title)


def _clean_title(text: str) -> str | None:
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.split())[:200] or None


def _wav_header(wav: bytes) -> tuple[int, int] | None:
    """Return channels and sample rate of a streamed wav, or None where it holds no sample."""
    start = wav.find(b"fmt ")
    samples = wav.find(b"data", start)
    if start < 0 or samples < 0 or len(wav) <= samples + 8:
        return None
    channels, sample_rate_hz = struct.unpack_from("<HI", wav, start + 10)
    return channels, sample_rate_hz


# --- samples -------------------------------------------------------------------------------------------------------


def decode_blocks(
    path: Path,
    *,
    start_s: float = 0.0,
    duration_s: float | None = None,
    channel: Channel = "left",
    limit_s: float | None = None,
    block_samples: int = BLOCK_SAMPLES,
) -> Iterator[NDArray[np.float64]]:
    """Decode one channel of a sound, block after block, in constant memory.

    Samples of a sound that is already at 44.1 kHz are not altered.

    Parameters
    ----------
    path : Path
        A file of a kind that `pipeline.media.media_type` knows.
    start_s, duration_s : float, float or None
        The part to decode; None means up to the end.
    channel : {"left", "right", "mix"}
        The first channel, the second, or the mean of all; of a mono sound they are the same.
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
        What `probe` raises, and ``TOO_LONG``, ``START_AFTER_END``, ``BROKEN_MEDIA``; the first two after the last
        block that was within bounds.
    """
    info = probe(path)
    limit_samples = None if limit_s is None else math.floor(limit_s * SAMPLE_RATE_HZ)
    longest = LONGEST_SOUND_S if limit_samples is None else (limit_samples + 1) / SAMPLE_RATE_HZ
    wanted_s = longest if duration_s is None else min(duration_s, longest)
    filters = [pan_filter(channel, info.channels), *part_filters(start_s, wanted_s)]
    command = _command(path, media_type(path), "-af", ",".join(filters), "-f", "f64le", "pipe:1")

    count = 0
    for block in _read_blocks(path, command, block_samples):
        count += block.size
        if limit_samples is not None and count > limit_samples:
            rest_s = max(0.0, info.duration_s - start_s)
            claimed_s = rest_s if duration_s is None else min(rest_s, duration_s)
            raise PipelineError(
                ErrorCode.TOO_LONG, limit_s=float(limit_s or 0.0), duration_s=max(claimed_s, count / SAMPLE_RATE_HZ)
            )
        yield block
    if count == 0:
        raise _nothing_there(path, start_s, info.duration_s)


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


def extract_sound(path: Path, out: Path, *, start_s: float = 0.0, duration_s: float | None = None) -> float:
    """Write the part of a sound that a clip uses as a wav: 16 bit, 44.1 kHz, mono or stereo.

    Sample for sample the same part that `decode_blocks` gives with the same arguments.

    Returns
    -------
    float
        Its duration in seconds: its samples by 44 100.

    Raises
    ------
    PipelineError
        What `probe` raises, and ``START_AFTER_END``, ``BROKEN_MEDIA``, ``DISK_FULL``, ``OUTPUT_NOT_WRITABLE``;
        nothing is left of a file that could not be finished.
    """
    info = probe(path)
    layouts = "mono" if info.channels == 1 else "stereo"
    filters = [
        f"aformat=channel_layouts={layouts}",
        *part_filters(start_s, LONGEST_SOUND_S if duration_s is None else duration_s),
    ]
    command = _command(path, media_type(path), "-af", ",".join(filters), "-c:a", "pcm_s16le", "-f", "wav")
    finished = False
    try:
        done = subprocess.run([*command, "-y", f"file:{out.absolute()}"], capture_output=True, stdin=subprocess.DEVNULL)
        if b"No space left on device" in done.stderr:
            raise PipelineError(ErrorCode.DISK_FULL, path=str(out))
        samples = _wav_samples(out)
        if samples is None:
            raise PipelineError(ErrorCode.OUTPUT_NOT_WRITABLE, path=str(out))
        if samples == 0:
            raise _nothing_there(path, start_s, info.duration_s)
        finished = True
    except subprocess.TimeoutExpired as error:
        raise PipelineError(ErrorCode.BROKEN_MEDIA, path=str(path)) from error
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


def _count_samples(path: Path, kind: MediaType, channels: int) -> int:
    filters = [pan_filter("left", channels), *part_filters(0.0, LONGEST_SOUND_S)]
    command = _command(path, kind, "-af", ",".join(filters), "-f", "f64le", "pipe:1")
    return sum(block.size for block in _read_blocks(path, command, BLOCK_SAMPLES))


def _read_blocks(path: Path, command: list[str], block_samples: int) -> Iterator[NDArray[np.float64]]:
    """Run ffmpeg on a file and cut what it writes into blocks; it ends with the reader's interest, or on a hang."""
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
    )
    assert process.stdout is not None
    try:
        while True:
            block = bytearray(block_samples * _BYTES_PER_SAMPLE)
            view = memoryview(block)
            filled = 0
            while filled < len(block):
                if not select.select([process.stdout], [], [], STALL_TIMEOUT_S)[0]:
                    raise PipelineError(ErrorCode.BROKEN_MEDIA, path=str(path))
                read = os.readv(process.stdout.fileno(), [view[filled:]])
                if not read:
                    break
                filled += read
            samples = filled // _BYTES_PER_SAMPLE
            if samples:
                yield np.frombuffer(block, dtype="<f8", count=samples)
            if filled < len(block):
                return
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
