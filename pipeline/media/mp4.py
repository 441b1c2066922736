"""The boxes of an mp4 file (ISO/IEC 14496-12): enough to read a clip's facts and texts.

No process is started and nothing is decoded: clips come from anywhere, and this is read before they are trusted.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pipeline.errors import ErrorCode, PipelineError
from pipeline.file_errors import reading

_MOST_MOOV_BYTES = 64 * 2**20
_MOST_TOP_LEVEL_BOXES = 1000
_MOST_BOXES = 256
"""Most inside one box that are looked at; a film has some dozens, and a million empty ones would take seconds."""
_MOST_TEXT_BYTES = 2**20
_MOST_SAMPLES = 2**32 - 1
"""Most that the table of their sizes can count."""

# iTunes' item names, which ffmpeg writes for the standard keys.
_KEYS = {b"\xa9nam": "title", b"\xa9ART": "artist", b"\xa9cmt": "comment", b"desc": "description"}


@dataclass(frozen=True, slots=True)
class Mp4:
    """What the index of an mp4 file says.

    Attributes
    ----------
    duration_s : float
        Length of the longest track.
    width_px, height_px : int
        Size of the pictures; 0 without any.
    frame_count : int
        Number of pictures.
    fps : float
        Pictures per second on average.
    tags : dict of str to str
        title, artist, comment, description, as far as they are there.
    tags_bytes : int
        Length of all metadata.
    """

    duration_s: float
    width_px: int
    height_px: int
    frame_count: int
    fps: float
    tags: dict[str, str]
    tags_bytes: int


def read_mp4(path: Path) -> Mp4:
    """Read the index of an mp4 file.

    Raises
    ------
    PipelineError
        ``NOT_MEDIA`` where it is no mp4 file or a broken one, and what `pipeline.file_errors.reading` raises.
    """
    with reading(path) as file:
        moov = _movie_box(file, os.fstat(file.fileno()).st_size)
    try:
        return _facts(memoryview(moov))
    except (struct.error, ValueError, IndexError) as error:
        raise PipelineError(ErrorCode.NOT_MEDIA, path=str(path)) from error


def _movie_box(file: BinaryIO, file_bytes: int) -> bytes:
    """Find the index among the boxes of the file, stepping over the media themselves; empty if there is none.

    A length is a claim: none is believed that leads out of the file.
    """
    start = 0
    for position in range(_MOST_TOP_LEVEL_BOXES):
        header = file.read(8)
        if len(header) < 8:
            break
        size, kind = struct.unpack(">I4s", header)
        header_bytes = 8
        if position == 0 and kind != b"ftyp":
            break
        if size == 1:
            long_size = file.read(8)
            if len(long_size) < 8:
                break
            (size,) = struct.unpack(">Q", long_size)
            header_bytes = 16
        left = file_bytes - start
        if size == 0:  # to the end of the file
            size = left
        if kind == b"moov":
            return file.read(min(size - header_bytes, left, _MOST_MOOV_BYTES)) if size > header_bytes else b""
        if not header_bytes <= size <= left:
            break
        start += size
        file.seek(start)
    return b""


def _boxes(body: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Yield (kind, content) of the boxes in `body`, and stop at the first that is broken."""
    start = 0
    for _ in range(_MOST_BOXES):
        if start + 8 > len(body):
            return
        size, kind = struct.unpack_from(">I4s", body, start)
        if size < 8 or start + size > len(body):
            return
        yield kind, body[start + 8 : start + size]
        start += size


def _find(body: memoryview, *kinds: bytes) -> memoryview:
    """Follow a path of boxes; empty where it ends early."""
    for kind in kinds:
        body = next((content for found, content in _boxes(body) if found == kind), body[:0])
    return body


def _facts(moov: memoryview) -> Mp4:
    if not (header := _find(moov, b"mvhd")):
        raise ValueError("no movie header")
    duration_s = _duration_s(header)
    width_px = height_px = frame_count = 0
    fps = 0.0
    for kind, track in _boxes(moov):
        if kind != b"trak" or _find(track, b"mdia", b"hdlr")[8:12].tobytes() != b"vide":
            continue
        width_px, height_px = (side >> 16 for side in struct.unpack(">II", _find(track, b"tkhd")[-8:]))
        frame_count = _sample_count(_find(track, b"mdia", b"minf", b"stbl", b"stts"))
        media_s = _duration_s(_find(track, b"mdia", b"mdhd"))
        fps = frame_count / media_s if media_s > 0 else 0.0
        break
    # A "meta" box has four bytes of version and flags before its boxes.
    items = _find(_find(moov, b"udta", b"meta")[4:], b"ilst")
    tags = {_KEYS[kind]: _text(_find(item, b"data")) for kind, item in _boxes(items) if kind in _KEYS}
    return Mp4(duration_s, width_px, height_px, frame_count, fps, tags, len(items))


def _duration_s(header: memoryview) -> float:
    """Read timescale and duration of a movie or media header, of version 0 (32 bits) or 1 (64)."""
    timescale, duration = (
        struct.unpack_from(">IQ", header, 20) if header[0] == 1 else struct.unpack_from(">II", header, 12)
    )
    if timescale == 0:
        raise ValueError("no timescale")
    return float(duration) / float(timescale)


def _sample_count(table: memoryview) -> int:
    """Count the samples of a time-to-sample table, given as runs of equal length."""
    (runs,) = struct.unpack_from(">I", table, 4)
    samples: int = sum(
        count for count, _ in struct.iter_unpack(">II", table[8 : 8 + 8 * min(runs, len(table) // 8 - 1)])
    )
    if samples > _MOST_SAMPLES:
        raise ValueError("more samples than can be counted")
    return samples


def _text(value: memoryview) -> str:
    """Decode an item's content, which follows its type and locale; a book is cut."""
    return value[8 : 8 + _MOST_TEXT_BYTES].tobytes().decode("utf-8", "replace")
