"""The links of a chained Ogg file (RFC 3533, section 4): whole files in a row, as radios record and people join them.

ffmpeg stops where the second link has another rate, and loses its place by a few milliseconds at each where it has not.
So every link is decoded for itself.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from pipeline.file_errors import reading

MOST_LINKS = 64
"""Links that are decoded one by one; what follows goes in one piece."""

_MOST_PAGES = 200_000
_HEADER_BYTES = 27
_SEARCH_BYTES = 1 << 17
_BEGINS_STREAM = 0x02


def links(path: Path) -> list[tuple[int, int]]:
    """Return where each link of an Ogg file begins and ends, in bytes; one for a file that is not chained.

    Raises
    ------
    PipelineError
        What `pipeline.file_errors.reading` raises.
    """
    with reading(path) as file:
        end = os.fstat(file.fileno()).st_size
        starts = _starts(file)
    return list(zip(starts, [*starts[1:], end], strict=True))


def _starts(file: BinaryIO) -> list[int]:
    starts = [0]
    at, in_headers = 0, True
    for _ in range(_MOST_PAGES):
        file.seek(at)
        header = file.read(_HEADER_BYTES + 255)
        if len(header) < _HEADER_BYTES:
            break
        if not header.startswith(b"OggS"):
            skipped = _next_page(file, at + 1)
            if skipped is None:
                break
            at = skipped
            continue
        begins_stream = bool(header[5] & _BEGINS_STREAM)
        if begins_stream and not in_headers:
            if len(starts) == MOST_LINKS:
                break
            starts.append(at)
        in_headers = begins_stream
        segments = header[_HEADER_BYTES : _HEADER_BYTES + header[26]]
        at += _HEADER_BYTES + header[26] + sum(segments)
    return starts


def _next_page(file: BinaryIO, at: int) -> int | None:
    """Find the next page after damage."""
    while True:
        file.seek(at)
        block = file.read(_SEARCH_BYTES)
        found = block.find(b"OggS")
        if found >= 0:
            return at + found
        if len(block) < _SEARCH_BYTES:
            return None
        at += len(block) - 3
