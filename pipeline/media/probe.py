"""What sound a file seems to hold: ffmpeg's listing of it, and a first second that decodes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ErrorCode, PipelineError
from pipeline.media.canonical import SampleFormat
from pipeline.media.decoder import Decoder, decoding
from pipeline.media.listing import Listing, Track, in_order_of_playing, list_tracks
from pipeline.media.media_type import MediaType, media_type
from pipeline.processes.deadline import Deadline

PROBE_TIMEOUT_S = 30.0
MOST_TRACKS_TRIED = 3
COUNTED_S = 3600.0
"""Where a file does not say how long it is, it is decoded so far to find out."""


@dataclass(frozen=True, slots=True)
class SoundInfo:
    """What sound there is in a file.

    Attributes
    ----------
    container, codec : str
        ``ogg``, ``opus``.
    duration_s : float
        Length of the whole sound: as heard where all of it was decoded (`pipeline.media.decode`); a hint otherwise.
    channels : int
        Channels of the track that a player plays.
    sample_rate_hz : int
        As decoded.
    has_video : bool
        Whether there are moving pictures; a cover picture is none.
    title : str or None
        The tag, cleaned of control characters.
    is_damaged : bool
        Whether not all could be decoded that the file should hold.
    begins_s : int
        How many whole seconds at its beginning a canonical sound leaves out, where its part begins later.
    """

    container: str
    codec: str
    duration_s: float
    channels: int
    sample_rate_hz: int
    has_video: bool
    title: str | None
    is_damaged: bool = False
    begins_s: int = 0


def probe(path: Path) -> SoundInfo:
    """Find out what sound a file seems to hold, and that some of it decodes; cheap, and no more than a hint.

    Raises
    ------
    PipelineError
        ``FILE_MISSING``, ``FILE_EMPTY``, ``PLAYLIST``, ``NOT_MEDIA``; ``NO_SOUND`` for pictures alone;
        ``UNKNOWN_CODEC`` and ``BROKEN_MEDIA`` where nothing decodes.
    """
    kind = media_type(path)
    listing = list_tracks(path, kind)
    deadline = Deadline.after(PROBE_TIMEOUT_S)
    refusal: PipelineError | None = None
    for track in in_order_of_playing(listing.tracks)[:MOST_TRACKS_TRIED]:
        with decoding(path, kind, f"0:{track.index}", deadline=deadline) as decoder:
            wanted_s = COUNTED_S if listing.duration_s is None else 1.0
            counted_s = count_s(decoder, wanted_s)
            if decoder.form is not None and counted_s > 0:
                duration_s = counted_s if listing.duration_s is None else listing.duration_s
                return info_of(kind, listing, track, decoder.form, duration_s)
        refusal = refusal or refusal_of(decoder, track)
    assert refusal is not None
    raise refusal


def count_s(decoder: Decoder, wanted_s: float) -> float:
    """Decode so many seconds, or all if there are fewer, and return how many there were."""
    frames = 0
    for block in decoder.blocks():
        frames += len(block)
        if decoder.form is not None and frames > wanted_s * decoder.form.sample_rate_hz:
            break
    return frames / decoder.form.sample_rate_hz if decoder.form else 0.0


def info_of(kind: MediaType, listing: Listing, track: Track, form: SampleFormat, duration_s: float) -> SoundInfo:
    """Put together what is known of a file."""
    return SoundInfo(
        container=kind.container,
        codec=track.codec,
        duration_s=duration_s if math.isfinite(duration_s) else 0.0,
        channels=form.channels,
        sample_rate_hz=form.sample_rate_hz,
        has_video=bool(listing.pictures),
        title=listing.title,
    )


def refusal_of(decoder: Decoder, track: Track) -> PipelineError:
    """Say why nothing came out of a track."""
    if decoder.lacks_codec:
        return PipelineError(ErrorCode.UNKNOWN_CODEC, codec=track.codec, path=str(decoder.path))
    return PipelineError(ErrorCode.BROKEN_MEDIA, path=str(decoder.path))
