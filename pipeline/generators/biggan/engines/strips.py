"""Cutting maps into strips that stay in the processor's cache from one step to the next."""

from __future__ import annotations

from collections.abc import Iterator


def strips(pictures: int, rows: int, row_bytes: int, strip_bytes: int | None) -> Iterator[tuple[slice, slice]]:
    """Cut a batch of maps into pieces that are contiguous in memory.

    Parameters
    ----------
    pictures, rows : int
        Pictures of the batch, and rows of each of its maps; two rows are never parted if both come from the same
        row of a smaller map, so `rows` is that smaller map's where maps are doubled.
    row_bytes : int
        Size of a row.
    strip_bytes : int or None
        Wanted size of a strip; None: all in one.

    Yields
    ------
    (slice of pictures, slice of rows)
        Whole pictures where several fit, else a part of one.
    """
    if strip_bytes is None:
        yield slice(0, pictures), slice(0, rows)
        return
    rows_at_once = max(1, strip_bytes // row_bytes)
    pictures_at_once = max(1, rows_at_once // rows)
    for picture in range(0, pictures, pictures_at_once):
        for row in range(0, rows, rows_at_once):
            yield slice(picture, min(picture + pictures_at_once, pictures)), slice(row, min(row + rows_at_once, rows))


def groups(pictures: int, picture_bytes: int, group_bytes: int | None) -> Iterator[slice]:
    """Cut a batch into groups of pictures of about a wanted size; None: all in one."""
    at_once = pictures if group_bytes is None else max(1, group_bytes // picture_bytes)
    for start in range(0, pictures, at_once):
        yield slice(start, min(start + at_once, pictures))
