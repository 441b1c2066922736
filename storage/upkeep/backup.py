"""Books and media as one unit, copied while they are in use, and put back.

The books are copied by SQLite's own backup, which is a moment of them; media files never change once they are in their
place, so they are linked where that is possible and copied where not. Files come before their rows and go after them:
what lay there before the books' moment and what lies there after it holds all that their rows name, but for what was
deleted in between, which is deleted in the next books, too.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from storage.database import migrate
from storage.errors import RefusalCode, StorageError

BOOKS = "ganterpret.sqlite3"
MEDIA = "media"
_MAKING = "making"
_PARTIAL = ".partial"


@dataclass(frozen=True, slots=True)
class Backup:
    """What was copied.

    Attributes
    ----------
    files, bytes : int
        Media files and their size, linked ones included.
    """

    files: int
    bytes: int


def back_up(books: Path, media: Path, folder: Path) -> Backup:
    """Copy books and media into a new folder; it appears when it is whole.

    Parameters
    ----------
    books : Path
        The SQLite file, which others may be writing to.
    media : Path
        The media store's folder.
    folder : Path
        Must not be there yet.

    Raises
    ------
    StorageError
        ``NO_BOOKS``, ``IN_THE_WAY``
    OSError
    """
    if not books.is_file():
        raise StorageError(RefusalCode.NO_BOOKS, path=str(books))
    if folder.exists():
        raise StorageError(RefusalCode.IN_THE_WAY, path=str(folder))
    making = folder.with_name(folder.name + _PARTIAL)
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True, mode=0o700)
    try:
        _link_all(media, making / MEDIA)
        _copy_books(books, making / BOOKS)
        _link_all(media, making / MEDIA)
        making.rename(folder)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
    return _counted(folder / MEDIA)


def restore(folder: Path, books: Path, media: Path) -> Backup:
    """Put a backup where there is nothing yet, and bring it up to date.

    Raises
    ------
    StorageError
        ``NO_BACKUP``, ``IN_THE_WAY``: there are books already, which are not written over.
    OSError
    """
    if not (folder / BOOKS).is_file():
        raise StorageError(RefusalCode.NO_BACKUP, path=str(folder))
    if books.exists() or (media.is_dir() and any(media.iterdir())):
        raise StorageError(RefusalCode.IN_THE_WAY, path=str(books.parent))
    books.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _link_all(folder / MEDIA, media)
    making = books.with_name(books.name + _PARTIAL)
    making.unlink(missing_ok=True)
    _copy_books(folder / BOOKS, making)
    migrate.upgrade(f"sqlite:///{making}")
    making.rename(books)
    return _counted(media)


def _counted(media: Path) -> Backup:
    sizes = [path.stat().st_size for path in media.rglob("*") if path.is_file()]
    return Backup(len(sizes), sum(sizes))


def _copy_books(source: Path, target: Path) -> None:
    address = f"{source.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as theirs, closing(sqlite3.connect(target)) as ours:
        theirs.backup(ours)
        # One file, without a log beside it, is what can be carried away.
        ours.execute("PRAGMA journal_mode = DELETE")


def _link_all(source: Path, target: Path) -> None:
    """Let a folder hold every file of another one; what has gone meanwhile is none."""
    for path in sorted(source.rglob("*")):
        inside = path.relative_to(source)
        place = target / inside
        if inside.parts[0] == _MAKING or not path.is_file() or path.is_symlink() or place.exists():
            continue
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            _link(path, place)
        except FileNotFoundError:
            continue


def _link(path: Path, place: Path) -> None:
    try:
        os.link(path, place)
    except FileNotFoundError:
        raise
    except OSError:  # another disk, or one without links
        part = place.with_name(place.name + _PARTIAL)
        shutil.copy2(path, part)
        part.rename(place)
