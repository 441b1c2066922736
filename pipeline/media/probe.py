"""What sound a file holds: ffmpeg's listing of it, and a first second that decodes."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from pathlib import Path

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
from pipeline.media.media_type import MediaType, media_type
from pipeline.processes.child import run
from pipeline.processes.deadline import Deadline
from pipeline.sound import SAMPLE_RATE_HZ, clean_title

PROBE_TIMEOUT_S = 30.0
_COUNTED_BLOCK_SAMPLES = 1 << 18
_LISTING_BYTES = 1 << 20


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
        Channels of the first sound stream.
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
    command = sound_command(path, kind, "-t", "1", "-c:a", "pcm_s16le", "-f", "wav", "pipe:1", loglevel="info")
    done = run(
        command, deadline=Deadline.after(PROBE_TIMEOUT_S), max_stderr_bytes=_LISTING_BYTES, cage=sound_cage(path)
    )
    refuse_killed(done.exit, path)
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
            title = clean_title(match[1])
    return Listing(codec, duration_s, has_streams, has_video, title)


def _wav_header(wav: bytes) -> tuple[int, int] | None:
    """Return channels and sample rate of a streamed wav, or None where it holds no sample."""
    start = wav.find(b"fmt ")
    samples = wav.find(b"data", start)
    if start < 0 or samples < 0 or len(wav) <= samples + 8:
        return None
    channels, sample_rate_hz = struct.unpack_from("<HI", wav, start + 10)
    return channels, sample_rate_hz


def _count_samples(path: Path, kind: MediaType, channels: int) -> int:
    filters = [pan_filter("left", channels), *part_filters(0.0, LONGEST_SOUND_S)]
    command = sound_command(path, kind, "-af", ",".join(filters), "-f", "f64le", "pipe:1")
    return sum(block.size for block in read_blocks(path, command, _COUNTED_BLOCK_SAMPLES))
