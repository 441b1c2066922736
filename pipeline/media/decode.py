"""From foreign bytes to the canonical sound: the one decoding of a file, which everything after it reads.

It goes by the timeline of a player: the track that is marked as default, its delay behind the pictures as silence, one
link of a chained file after another, and all of it in the rate and channels that it begins with. What the header claims
is a hint: what was decoded counts.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.atomic_files import require_free_space
from pipeline.errors import ErrorCode, PipelineError
from pipeline.file_errors import reading, writing
from pipeline.media.canonical import CanonicalWriter, SampleFormat
from pipeline.media.decoder import Decoder, decoding
from pipeline.media.ffmpeg import LONGEST_SOUND_S
from pipeline.media.listing import Listing, Track, in_order_of_playing, list_tracks
from pipeline.media.media_type import OGG, MediaType, media_type
from pipeline.media.ogg_chain import links
from pipeline.media.probe import MOST_TRACKS_TRIED, info_of, refusal_of
from pipeline.media.sound_file import Sound
from pipeline.processes.deadline import Deadline
from pipeline.sound import SAMPLE_RATE_HZ

CANONICAL_NAME = "canonical.wav"
BEYOND_S = 1.0
"""Decoded beyond what is wanted: it tells a sound that is too long from one that just is not."""

MOST_SAMPLES_PER_S = 8 * 96_000
"""A sound that has more, all channels together, is brought to the paper's rate at once: a few bytes can claim much."""

_GRACE_S = 20.0
_LEAST_SPEED = 10.0  # times as fast as it plays; what is slower holds a slot for no honest reason
_RESERVE_BYTES = 64 << 20
_UNKNOWN_LENGTH_S = 60.0
_COPY_BYTES = 1 << 20

# Containers that count their samples; elsewhere a length is a guess from bytes and rates.
_COUNT = ("wav", "w64", "aiff", "caf", "flac", "mp4", "matroska")
_MISSING_SHARE, _MISSING_S = 0.02, 0.5


def _never() -> bool:
    return False


def decode_sound(
    path: Path,
    folder: Path,
    *,
    start_s: float = 0.0,
    duration_s: float | None = None,
    limit_s: float = LONGEST_SOUND_S,
    cancelled: Callable[[], bool] = _never,
) -> Sound:
    """Decode a file into its canonical sound.

    Parameters
    ----------
    path : Path
        A local file, from anywhere.
    folder : Path
        An existing folder that the canonical sound is put into, and that its owner removes.
    start_s, duration_s : float, float or None
        The part that is wanted, in seconds; None means up to the end. Little more than it is kept.
    limit_s : float
        The longest part that is allowed.
    cancelled : callable
        Asked several times a second whether nobody wants it any more.

    Returns
    -------
    Sound
        The part, and what was heard of the whole.

    Raises
    ------
    PipelineError
        What `pipeline.media.media_type.media_type` and `pipeline.media.listing.list_tracks` raise; ``UNKNOWN_CODEC``,
        ``BROKEN_MEDIA``, ``DECODER_FAILED``; ``TOO_LONG``, ``START_AFTER_END``; ``DISK_FULL``,
        ``OUTPUT_NOT_WRITABLE``; ``CANCELLED``. No file remains of any.
    """
    kind = media_type(path)
    listing = list_tracks(path, kind)
    wanted = _Wanted(start_s, duration_s, limit_s)
    refusal: PipelineError | None = None
    for track in in_order_of_playing(listing.tracks)[:MOST_TRACKS_TRIED]:
        job = _Decoding(path, kind, listing, track, wanted, folder / CANONICAL_NAME, cancelled)
        with job:
            job.decode()
            if job.decoded_any:
                return job.sound()
        refusal = refusal or job.refusal
    raise refusal or PipelineError(ErrorCode.BROKEN_MEDIA, path=str(path))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which part of a sound is wanted, and how long it may be."""

    start_s: float
    duration_s: float | None
    limit_s: float

    @property
    def until_s(self) -> float:
        """When the decoding may end."""
        longest_s = self.limit_s if self.duration_s is None else min(self.duration_s, self.limit_s)
        return self.start_s + longest_s + BEYOND_S

    @property
    def begins_s(self) -> int:
        """Whole seconds that are left out, a second before the part: a resampler's filter wants to know the past.

        They are whole so that resampling what is kept gives the very samples that resampling all of it would.
        """
        return max(0, math.floor(self.start_s) - 1)


class _Decoding:
    """The decoding of one track into one canonical file; a context manager that leaves no file of a failure."""

    def __init__(
        self,
        path: Path,
        kind: MediaType,
        listing: Listing,
        track: Track,
        wanted: _Wanted,
        out: Path,
        cancelled: Callable[[], bool],
    ) -> None:
        self._path, self._kind, self._listing, self._track = path, kind, listing, track
        self._wanted, self._out, self._cancelled = wanted, out, cancelled
        self._deadline = Deadline.after(_GRACE_S + wanted.until_s / _LEAST_SPEED)
        self._writer: CanonicalWriter | None = None
        self._stack = ExitStack()
        self._is_damaged = False
        self.is_cut = False
        self.decoded_any = False
        self.heard_frames = 0
        self._holes = deque(track.holes)
        self._decoded_frames = 0
        self.refusal: PipelineError | None = None

    def decode(self) -> None:
        """Decode all that is wanted."""
        for piece, stream in self._pieces():
            form = None if self._writer is None else self._writer.form
            lighter = self._decode_piece(piece, stream, form)
            if lighter is not None:
                self._decode_piece(piece, stream, lighter)
            if self.is_cut:
                return

    def _decode_piece(self, piece: Path, stream: str, form: SampleFormat | None) -> SampleFormat | None:
        """Decode a file in a given format or its own; where that is too heavy, return a lighter one instead."""
        with decoding(piece, self._kind, stream, deadline=self._deadline, form=form) as decoder:
            if form is None and decoder.form is not None and _is_heavy(decoder.form):
                return replace(decoder.form, sample_rate_hz=SAMPLE_RATE_HZ)
            self._record(decoder)
            self._is_damaged |= decoder.failed or bool(decoder.complaints)
            self.refusal = self.refusal or refusal_of(decoder, self._track)
        return None

    def sound(self) -> Sound:
        """Return what was decoded, unless it is not what was wanted."""
        assert self._writer is not None
        rate, wanted = self._writer.form.sample_rate_hz, self._wanted
        heard_s, claimed_s = self.heard_frames / rate, self._listing.duration_s or 0.0
        if heard_s <= wanted.start_s:
            raise PipelineError(ErrorCode.START_AFTER_END, start_s=wanted.start_s, duration_s=heard_s)
        whole_s = max(heard_s, claimed_s) if self.is_cut else heard_s
        info = replace(
            info_of(self._kind, self._listing, self._track, self._writer.form, whole_s),
            begins_s=wanted.begins_s,
            is_damaged=self._is_damaged or self._is_short_of(claimed_s, heard_s),
        )
        sound = Sound(self._out, info, wanted.start_s, wanted.duration_s)
        if sound.length_s > wanted.limit_s:
            raise PipelineError(
                ErrorCode.TOO_LONG, limit_s=wanted.limit_s, duration_s=replace(sound, duration_s=None).length_s
            )
        return sound

    def _pieces(self) -> Iterator[tuple[Path, str]]:
        """Yield files to decode one after another, and which stream of each."""
        ranges = links(self._path) if self._kind == OGG else []
        if len(ranges) < 2:
            yield self._path, f"0:{self._track.index}"
            return
        place = self._out.with_name("link.ogg")
        for start, end in ranges:
            with _copied(self._path, place, start, end):
                yield place, f"0:{self._track.index}" if start == 0 else "0:a:0"

    def _record(self, decoder: Decoder) -> None:
        if decoder.form is None:
            for _ in decoder.blocks():
                pass
            return
        if self._writer is None:
            self._begin(decoder.form)
        for block in decoder.blocks():
            if self._cancelled():
                raise PipelineError(ErrorCode.CANCELLED)
            for piece in self._between_holes(block):
                self._take(piece)
                if self.is_cut:
                    return

    def _begin(self, form: SampleFormat) -> None:
        claimed_s = self._listing.duration_s or _UNKNOWN_LENGTH_S
        hoped_s = max(0.0, min(self._wanted.until_s, claimed_s) - self._wanted.begins_s)
        require_free_space(self._out.parent, round(hoped_s * form.sample_rate_hz * form.bytes_per_frame))
        self._writer = self._stack.enter_context(CanonicalWriter(self._out, form))
        delay = round(self._listing.delay_s(self._track) * form.sample_rate_hz)
        self._take_silence(delay)

    def _between_holes(self, block: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
        """Yield a block in pieces, and let the silence of each hole pass where it belongs."""
        assert self._writer is not None
        form = self._writer.form
        while self._holes:
            hole = self._holes[0]
            ahead = round(hole.after_s * form.sample_rate_hz) - self._decoded_frames
            if ahead > len(block):
                break
            self._holes.popleft()
            self._decoded_frames += max(0, ahead)
            yield block[: max(0, ahead)]
            self._take_silence(round(hole.length_s * form.sample_rate_hz))
            block = block[max(0, ahead) :]
        self._decoded_frames += len(block)
        yield block

    def _take(self, block: NDArray[np.float32]) -> None:
        assert self._writer is not None
        form = self._writer.form
        room = self._until_frame(form) - self.heard_frames
        self.decoded_any = True
        self.is_cut = len(block) >= room
        block = block[:room]
        left_out = min(len(block), max(0, self._wanted.begins_s * form.sample_rate_hz - self.heard_frames))
        self.heard_frames += len(block)
        if left_out < len(block):
            self._watch_disk(len(block) * form.bytes_per_frame)
            self._writer.write(block[left_out:])

    def _take_silence(self, frames: int) -> None:
        assert self._writer is not None
        form = self._writer.form
        frames = min(frames, self._until_frame(form) - self.heard_frames)
        left_out = min(frames, max(0, self._wanted.begins_s * form.sample_rate_hz - self.heard_frames))
        self._watch_disk((frames - left_out) * form.bytes_per_frame)
        self._writer.write_silence(frames - left_out)
        self.heard_frames += frames

    def _until_frame(self, form: SampleFormat) -> int:
        return math.ceil(self._wanted.until_s * form.sample_rate_hz)

    def _watch_disk(self, bytes_more: int) -> None:
        """Leave others some room: a file may be much longer than it claims."""
        require_free_space(self._out.parent, bytes_more + _RESERVE_BYTES)

    def _is_short_of(self, claimed_s: float, heard_s: float) -> bool:
        missing_s = min(claimed_s, self._wanted.until_s) - heard_s
        return self._kind.container in _COUNT and missing_s > max(_MISSING_S, _MISSING_SHARE * claimed_s)

    def __enter__(self) -> None:
        return None

    def __exit__(self, *error: object) -> None:
        self._stack.__exit__(*error)  # type: ignore[arg-type]
        if not self.decoded_any or error[0] is not None:
            with suppress(OSError):
                self._out.unlink()


def _is_heavy(form: SampleFormat) -> bool:
    return form.sample_rate_hz > SAMPLE_RATE_HZ and form.sample_rate_hz * form.channels > MOST_SAMPLES_PER_S


@contextmanager
def _copied(path: Path, place: Path, start: int, end: int) -> Iterator[None]:
    """Put a stretch of a file into one of its own for a while."""
    require_free_space(place.parent, end - start + _RESERVE_BYTES)
    try:
        with reading(path) as source, writing(place), place.open("wb") as copy:
            source.seek(start)
            for first in range(start, end, _COPY_BYTES):
                copy.write(source.read(min(_COPY_BYTES, end - first)))
        yield
    finally:
        place.unlink(missing_ok=True)
