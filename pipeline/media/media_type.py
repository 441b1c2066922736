"""Which kind of media file is it? By its first bytes, never by its name.

ffmpeg would guess by itself, and among its guesses are playlists that open other files and addresses. So the kind is
found here, from a short list, and ffmpeg is told to use that demuxer and no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ErrorCode, PipelineError
from pipeline.file_errors import reading

HEAD_BYTES = 512
"""How much of a file is looked at; every signature below lies well within."""


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
    """

    container: str
    demuxer: str
    demuxer_options: tuple[str, ...] = ()


WAV = MediaType("wav", "wav")
MP3 = MediaType("mp3", "mp3")
# An mp4 can name other files as its tracks. Both options are off by default in ffmpeg; we rely on it, so we say it.
MP4 = MediaType("mp4", "mov", ("-enable_drefs", "0", "-use_absolute_path", "0"))
FLAC = MediaType("flac", "flac")
OGG = MediaType("ogg", "ogg")
MATROSKA = MediaType("matroska", "matroska")

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
    if head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:12] == b"WAVE":
        return WAV
    if head[4:8] == b"ftyp":
        return MP4
    if head.startswith(b"fLaC"):
        return FLAC
    if head.startswith(b"OggS"):
        return OGG
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return MATROSKA
    if head.startswith(b"ID3") or _is_mpeg_audio_header(head[:4]):
        return MP3
    if _is_playlist(head):
        raise PipelineError(ErrorCode.PLAYLIST)
    raise PipelineError(ErrorCode.NOT_MEDIA)


def media_type(path: Path) -> MediaType:
    """Name the kind of a file.

    Raises
    ------
    PipelineError
        What `pipeline.file_errors.reading` and `media_type_of` raise.
    """
    with reading(path) as file:
        head = file.read(HEAD_BYTES)
    try:
        return media_type_of(head)
    except PipelineError as error:
        raise PipelineError(error.code, path=str(path)) from None


def _is_mpeg_audio_header(header: bytes) -> bool:
    """Whether these four bytes are a frame header of MPEG audio, layer II or III (ISO 11172-3, 2.4.1.3).

    Layer I is left out: nobody uses it, and its sync word is also the byte order mark of UTF-16 text.
    """
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return False
    version = header[1] >> 3 & 0b11
    layer = header[1] >> 1 & 0b11
    bitrate = header[2] >> 4
    sample_rate = header[2] >> 2 & 0b11
    return version != 0b01 and layer in (0b01, 0b10) and 0 < bitrate < 15 and sample_rate != 0b11


def _is_playlist(head: bytes) -> bool:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return text.startswith(_PLAYLIST_STARTS) or (
        text.startswith(b"<?xml") and any(start in text for start in _PLAYLIST_STARTS if start.startswith(b"<"))
    )
