"""Which kind of media file is it? By its bytes, never by its name.

ffmpeg would guess by itself, and among its guesses are playlists that open other files and addresses. So the kind is
found here, from a short list, and ffmpeg is told to use that demuxer and no other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from pipeline.errors import ErrorCode, PipelineError
from pipeline.file_errors import reading
from pipeline.media.mpeg_audio import adts_frame_bytes, find_run, mpeg_frame_bytes

HEAD_BYTES = 1 << 16
"""How much of a file is looked at, and how much behind tags; a frame of mp3 that was cut in two ends well within."""

_MOST_PREFIXES = 8
_LONGEST_PADDING_BYTES = 1 << 22


@dataclass(frozen=True, slots=True)
class MediaType:
    """A kind of file that may hold sound.

    Attributes
    ----------
    container : str
        Its usual name.
    demuxer : str
        ffmpeg's name for the reader of it.
    demuxer_options : tuple of str
        What keeps that reader to the one file.
    skip_bytes : int
        What lies before it and is none of it.
    """

    container: str
    demuxer: str
    demuxer_options: tuple[str, ...] = ()
    skip_bytes: int = 0


WAV = MediaType("wav", "wav")
W64 = MediaType("w64", "w64")
AIFF = MediaType("aiff", "aiff")
CAF = MediaType("caf", "caf")
AU = MediaType("au", "au")
MP3 = MediaType("mp3", "mp3")
AAC = MediaType("aac", "aac")
AMR = MediaType("amr", "amr")
# An mp4 can name other files as its tracks. Both options are off by default in ffmpeg; we rely on it, so we say it.
MP4 = MediaType("mp4", "mov", ("-enable_drefs", "0", "-use_absolute_path", "0"))
FLAC = MediaType("flac", "flac")
OGG = MediaType("ogg", "ogg")
MATROSKA = MediaType("matroska", "matroska")
ASF = MediaType("asf", "asf")
AVI = MediaType("avi", "avi")
MPEG_TS = MediaType("mpegts", "mpegts")

# ffmpeg reads an ID3 tag in front of anything; these then find their way from there.
_READ_BEHIND_ID3 = (MP3, AAC, FLAC)

_STARTS = (
    (b"fLaC", FLAC),
    (b"OggS", OGG),
    (b"\x1a\x45\xdf\xa3", MATROSKA),
    (b"caff\x00\x01", CAF),
    (b".snd", AU),
    (b"#!AMR\n", AMR),
    (b"#!AMR-WB\n", AMR),
    (b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00", W64),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c", ASF),
)
_FORMS = {
    (b"RIFF", b"WAVE"): WAV,
    (b"RIFX", b"WAVE"): WAV,
    (b"RF64", b"WAVE"): WAV,
    (b"BW64", b"WAVE"): WAV,
    (b"RIFF", b"AVI "): AVI,
    (b"FORM", b"AIFF"): AIFF,
    (b"FORM", b"AIFC"): AIFF,
}
# A film of QuickTime's first years, or one cut by a phone, may begin with any of these boxes.
_MOVIE_BOXES = (b"ftyp", b"moov", b"mdat")
_BOXES_BEFORE = (b"wide", b"free", b"skip", b"pnot", b"udta", b"uuid", b"styp")

_TS_PACKET_BYTES = (188, 192, 204)
_TS_SYNC = 0x47
_PLAYLIST_STARTS = (b"#extm3u", b"ffconcat", b"[playlist]", b"[reference]", b"<asx", b"<mpd", b"<playlist", b"<smil")


def media_type_of(head: bytes) -> MediaType:
    """Name the kind of file that begins with these bytes.

    Parameters
    ----------
    head : bytes
        The first `HEAD_BYTES` of the file, or all of it if it is shorter.

    Raises
    ------
    PipelineError
        ``FILE_EMPTY``, ``PLAYLIST``, or ``NOT_MEDIA`` for anything else that is none of ours.
    """
    if not head:
        raise PipelineError(ErrorCode.FILE_EMPTY)
    if form := _FORMS.get((head[:4], head[8:12])):
        return form
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if _is_movie(head):
        return MP4
    if _is_transport_stream(head):
        return MPEG_TS
    if mpeg_frame_bytes(head):
        return MP3
    if adts_frame_bytes(head):
        return AAC
    if _is_playlist(head):
        raise PipelineError(ErrorCode.PLAYLIST)
    if run := find_run(head):
        name, at = run
        return replace(MP3 if name == MP3.demuxer else AAC, skip_bytes=at)
    raise PipelineError(ErrorCode.NOT_MEDIA)


def media_type(path: Path) -> MediaType:
    """Name the kind of a file, behind whatever tags and padding are in front of it.

    Raises
    ------
    PipelineError
        What `pipeline.file_errors.reading` and `media_type_of` raise.
    """
    try:
        with reading(path) as file:
            return _media_type_behind_tags(file)
    except PipelineError as error:
        raise PipelineError(error.code, **{"path": str(path)} | error.facts) from None


def _media_type_behind_tags(file: BinaryIO) -> MediaType:
    at = skip = 0
    for _ in range(_MOST_PREFIXES):
        file.seek(at)
        head = file.read(HEAD_BYTES)
        if head.startswith(b"ID3") and len(head) >= 10 and not any(size & 0x80 for size in head[6:10]):
            at += 10 + _syncsafe(head[6:10]) + (10 if head[5] & 0x10 else 0)
        elif head.startswith(b"APETAGEX") and len(head) >= 24:
            has_header = head[23] & 0x80
            at += int.from_bytes(head[12:16], "little") + (32 if has_header else 0)
            skip = at
        elif head[:4] == bytes(4) and (zeros := _count_zeros(file, at)):
            at += zeros
            skip = at
        elif at and not head:
            raise PipelineError(ErrorCode.BROKEN_MEDIA)  # tags, and nothing behind them
        else:
            kind = _behind(head, at)
            if kind.skip_bytes or kind not in _READ_BEHIND_ID3:
                return replace(kind, skip_bytes=at + kind.skip_bytes)
            return replace(kind, skip_bytes=skip)
    raise PipelineError(ErrorCode.NOT_MEDIA)


def _behind(head: bytes, at: int) -> MediaType:
    try:
        return media_type_of(head)
    except PipelineError as error:
        if at and error.code is ErrorCode.NOT_MEDIA:
            # Only sounds have such tags; what is behind this one is damaged.
            raise PipelineError(ErrorCode.BROKEN_MEDIA) from None
        raise


def _syncsafe(size: bytes) -> int:
    return sum(part << shift for part, shift in zip(size, (21, 14, 7, 0), strict=True))


def _count_zeros(file: BinaryIO, at: int) -> int:
    """Count the zero bytes from there on; 0 for more than anybody pads with."""
    file.seek(at)
    count = 0
    while count < _LONGEST_PADDING_BYTES and (block := file.read(HEAD_BYTES)):
        rest = block.lstrip(b"\0")
        count += len(block) - len(rest)
        if rest:
            return count
    return 0


def _is_movie(head: bytes) -> bool:
    """Whether these are boxes of an mp4 or QuickTime file."""
    at = 0
    while len(head) >= at + 8:
        size, kind = int.from_bytes(head[at : at + 4], "big"), head[at + 4 : at + 8]
        if kind in _MOVIE_BOXES:
            return True
        if kind not in _BOXES_BEFORE or size < 8:
            return False
        at += size
    return at > 0


def _is_transport_stream(head: bytes) -> bool:
    """Whether packets of an MPEG transport stream follow each other: five of them, or all that there are."""
    for packet_bytes in _TS_PACKET_BYTES:
        at = 4 if packet_bytes == 192 else 0
        syncs = head[at : at + 5 * packet_bytes : packet_bytes]
        if len(syncs) >= 3 and all(byte == _TS_SYNC for byte in syncs):
            return True
    return False


def _is_playlist(head: bytes) -> bool:
    text = head[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return text.startswith(_PLAYLIST_STARTS) or (
        text.startswith(b"<?xml") and any(start in text for start in _PLAYLIST_STARTS if start.startswith(b"<"))
    )
