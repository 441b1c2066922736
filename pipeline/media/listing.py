"""What a file says of itself, in ffmpeg's words: hints, until something is decoded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.errors import ErrorCode, PipelineError
from pipeline.media.ffmpeg import input_command, refuse_killed, sound_cage, sound_environment
from pipeline.media.media_type import MATROSKA, MP4, MediaType
from pipeline.processes.child import run
from pipeline.processes.deadline import Deadline
from pipeline.sound import clean_title

LISTING_TIMEOUT_S = 20.0
_LISTING_BYTES = 1 << 20

_MOST_PACKETS_BYTES = 24 << 20
"""Two hours of Opus; what has more is played without its holes."""

LOWEST_RATE_HZ = 1000
SHORTEST_HOLE_S = 0.1
_MOST_HOLES = 10_000

# Where a container gives the time of every packet and means it, a hole in the sound is a hole in time. Elsewhere times
# are guesses, and what is decoded plays on.
_KEEPS_TIME = (MP4.demuxer, MATROSKA.demuxer)


@dataclass(frozen=True, slots=True)
class Hole:
    """A pause in a track of which nothing is stored: a recorder was muted, a voice paused (DTX).

    Attributes
    ----------
    after_s : float
        How much sound there is before it.
    length_s : float
    """

    after_s: float
    length_s: float


@dataclass(frozen=True, slots=True)
class Track:
    """One sound stream.

    Attributes
    ----------
    index : int
        Its number among all streams of the file.
    codec : str
    start_s : float
        When it begins, on the clock of the file.
    is_default : bool
        Whether the file wants it to be the one that is played.
    sample_rate_hz : int
        As claimed; 0 where nothing is.
    holes : tuple of Hole
        Where time passes without sound, in order.
    """

    index: int
    codec: str
    start_s: float = 0.0
    is_default: bool = False
    sample_rate_hz: int = 0
    holes: tuple[Hole, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """What ffmpeg's listing of an input says.

    Attributes
    ----------
    tracks : tuple of Track
        Its sound streams, in the file's order.
    duration_s : float or None
        As claimed, or estimated from the file's size.
    start_s : float
        When the first of all sounds and pictures begins.
    has_streams : bool
        Whether there is anything at all.
    pictures : tuple of int
        The numbers of the streams of moving pictures; a cover is none.
    title : str or None
        The tag, cleaned of control characters.
    """

    tracks: tuple[Track, ...] = ()
    duration_s: float | None = None
    start_s: float = 0.0
    has_streams: bool = False
    pictures: tuple[int, ...] = ()
    title: str | None = None

    def delay_s(self, track: Track) -> float:
        """Return how much later than the file a track begins: the silence that a player lets pass first.

        Streams that begin before 0 do so for the decoder's sake (priming), and are played from 0 on.
        """
        return max(0.0, track.start_s - max(0.0, self.start_s))


def list_tracks(path: Path, kind: MediaType) -> Listing:
    """Ask ffmpeg what is in a file.

    Raises
    ------
    PipelineError
        ``NO_SOUND`` for pictures alone; ``BROKEN_MEDIA`` where nothing can be made out; ``DECODER_FAILED``.
    """
    done = run(
        [*input_command(path, kind, loglevel="info"), *_packets_of(kind)],
        deadline=Deadline.after(LISTING_TIMEOUT_S),
        max_stdout_bytes=_MOST_PACKETS_BYTES,
        max_stderr_bytes=_LISTING_BYTES,
        environment=sound_environment(),
        cage=sound_cage(path),
    )
    if not done.overflowed:
        refuse_killed(done.exit, path)
    listing = parse_listing(done.stderr.decode("utf-8", "replace"))
    listing = with_packets(listing, done.stdout)
    claims_sound = bool(listing.tracks)
    # A few bytes of such a track are minutes long, and ffmpeg handles every sample by itself.
    listing = replace(
        listing, tracks=tuple(track for track in listing.tracks if not 0 < track.sample_rate_hz < LOWEST_RATE_HZ)
    )
    if not listing.tracks:
        has_pictures_alone = listing.has_streams and not claims_sound
        code = ErrorCode.NO_SOUND if has_pictures_alone else ErrorCode.BROKEN_MEDIA
        raise PipelineError(code, path=str(path))
    return listing


def _packets_of(kind: MediaType) -> list[str]:
    """Return the ffmpeg options that print when packets are to be played, copied and not decoded.

    When pictures begin is not known from their header, and their decoders are not allowed.
    """
    # Pictures but the first are dropped here: with ``-frames:v 1`` the sound would end with them.
    streams = ["-copyts", "-map", "0:V?", "-map", "0:a?", "-c", "copy", "-bsf:v", "noise=drop=gt(n\\,0)"]
    first_sound = [] if kind.demuxer in _KEEPS_TIME else ["-frames:a", "1"]
    return [*streams, *first_sound, "-f", "framecrc", "pipe:1"]


def in_order_of_playing(tracks: Sequence[Track]) -> list[Track]:
    """Sort tracks as a player chooses among them: the one that is marked as default, else the first that plays."""
    return sorted(tracks, key=lambda track: not track.is_default)


_STREAM = re.compile(r"^  Stream #0:(\d+)[^:]*: (Audio|Video|Subtitle|Data|Attachment): (\w+)(.*)$")
_DURATION = re.compile(r"^  Duration: (?:(\d+):(\d\d):(\d\d\.\d+)|N/A)(?:, start: (-?\d+\.\d+))?")
_PACKET = re.compile(rb"^(\d+), +-?\w+, +(-?\d+), +(\d+),", re.MULTILINE)
_TIME_BASE = re.compile(rb"^#tb (\d+): (\d+)/(\d+)$", re.MULTILINE)
_RATE = re.compile(r", (\d+) Hz")
_STREAM_START = re.compile(r", start (-?\d+\.\d+)(?:,| |$)")
_TITLE = re.compile(r"^ {4,}title\s*: (.*)$", re.IGNORECASE)


def parse_listing(text: str) -> Listing:
    """Read the listing that ffmpeg prints of its input (in English in every locale).

    The title is the container's, or else the first sound stream's (Ogg keeps it there); a chapter's is not taken.
    """
    tracks: list[Track] = []
    duration_s: float | None = None
    start_s = 0.0
    has_streams = False
    pictures: list[int] = []
    title: str | None = None
    part = "container"
    for line in text.splitlines():
        if line.startswith("Output #"):
            break
        if match := _DURATION.match(line):
            if match[1]:
                duration_s = int(match[1]) * 3600 + int(match[2]) * 60 + float(match[3])
            start_s = float(match[4] or 0.0)
        elif line.startswith("  Chapter"):
            part = "chapter"
        elif match := _STREAM.match(line):
            has_streams = True
            part = "other"
            rest = match[4]
            if match[2] == "Audio":
                part = "other" if tracks else "sound"
                begins = _STREAM_START.search(rest)
                rate = _RATE.search(rest)
                tracks.append(
                    Track(
                        index=int(match[1]),
                        codec=match[3],
                        start_s=float(begins[1]) if begins else 0.0,
                        is_default="(default)" in rest,
                        sample_rate_hz=int(rate[1]) if rate else 0,
                    )
                )
            if match[2] == "Video" and "(attached pic)" not in rest:
                pictures.append(int(match[1]))
        elif title is None and part in ("container", "sound") and (match := _TITLE.match(line)):
            title = clean_title(match[1])
    return Listing(tuple(tracks), duration_s, start_s, has_streams, tuple(pictures), title)


def with_packets(listing: Listing, packets: bytes) -> Listing:
    """Correct when things begin, and find holes, by the packets that ffmpeg has copied.

    Of a track the listing knows better, where it says anything: it has counted what the decoder will leave out.

    Parameters
    ----------
    packets : bytes
        What its ``framecrc`` prints of pictures first, then of the tracks.
    """
    bases = {int(match[1]): int(match[2]) / max(1, int(match[3])) for match in _TIME_BASE.finditer(packets)}
    streams = [*listing.pictures, *(track.index for track in listing.tracks)]
    first_s: dict[int, float] = {}
    walks = {track.index: _Walk() for track in listing.tracks}
    for match in _PACKET.finditer(packets):
        number = int(match[1])
        if number >= len(streams) or number not in bases:
            continue
        index, at_s, length_s = streams[number], int(match[2]) * bases[number], int(match[3]) * bases[number]
        first_s[index] = min(at_s, first_s.get(index, at_s))
        if index in walks:
            walks[index].pass_packet(at_s, length_s)
    tracks = tuple(
        replace(track, start_s=track.start_s or first_s.get(track.index, 0.0), holes=tuple(walks[track.index].holes))
        for track in listing.tracks
    )
    starts = [*(first_s[index] for index in listing.pictures if index in first_s), *(track.start_s for track in tracks)]
    return replace(listing, tracks=tracks, start_s=min(starts, default=listing.start_s))


class _Walk:
    """Goes along the packets of one track."""

    def __init__(self) -> None:
        self.holes: list[Hole] = []
        self._sound_s = 0.0
        self._end_s: float | None = None
        self._usual_s = 0.0

    def pass_packet(self, at_s: float, length_s: float) -> None:
        """Note the hole before a packet, where there is one."""
        if self._end_s is not None and at_s - self._end_s > SHORTEST_HOLE_S and len(self.holes) < _MOST_HOLES:
            self.holes.append(Hole(self._sound_s, at_s - self._end_s))
        # Some recorders do not say how long a packet is; the one before was as long.
        self._usual_s = length_s or self._usual_s
        self._end_s = at_s + self._usual_s
        self._sound_s += self._usual_s
