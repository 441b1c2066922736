"""The one folder that everything of anybody lies in, and what this process keeps there while it works.

Clips, sounds, database, logs and all temporary files of a bot or a worker are below `GANTERPRET_HOME`, which its owner
alone may look into.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.settings import Settings
from pipeline.file_errors import writing
from pipeline.held_folders import HeldFolder, sweep

UMASK = 0o077
_OURS = ("ganterpret.sqlite3*", "media", "work", "*.log")
"""Names at home that we make; whatever else somebody keeps there is theirs."""


def open_home(settings: Settings) -> None:
    """Make the home where there is none, and shut it to others: 0700 for folders, 0600 for files.

    All that this process and its children make from now on is shut, too.

    Raises
    ------
    PipelineError
        ``OUTPUT_NOT_WRITABLE`` or ``DISK_FULL``.
    """
    os.umask(UMASK)
    with writing(settings.home):
        settings.home.mkdir(parents=True, exist_ok=True)
    _tighten(settings.home)


@contextmanager
def at_work(settings: Settings, name: str) -> Iterator[Path]:
    """Give a folder at home for what is not finished, temporary files of this process and its children among it.

    It is gone afterwards. What killed processes have left goes before.

    Parameters
    ----------
    name : str
        Who works there.

    Raises
    ------
    PipelineError
        ``OUTPUT_NOT_WRITABLE`` or ``DISK_FULL``.
    """
    with writing(settings.work_dir):
        settings.work_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        sweep(settings.work_dir)
        folder = HeldFolder(settings.work_dir, name)
    with folder, _temporary_files_in(folder.path):
        yield folder.path


def shut_to_others(settings: Settings) -> bool:
    """Tell whether nobody but its owner can look into the home; also True where there is none."""
    with suppress(OSError):
        return not settings.home.stat().st_mode & 0o077
    return True


@contextmanager
def _temporary_files_in(folder: Path) -> Iterator[None]:
    temporary = folder / "tmp"
    temporary.mkdir()
    before, of_children = tempfile.tempdir, os.environ.get("TMPDIR")
    tempfile.tempdir = os.environ["TMPDIR"] = str(temporary)
    try:
        yield
    finally:
        tempfile.tempdir = before
        if of_children is None:
            os.environ.pop("TMPDIR", None)
        else:
            os.environ["TMPDIR"] = of_children


def _tighten(home: Path) -> None:
    """Take from others what they were allowed; links and what is not ours stay as they are."""
    _shut(home)
    for pattern in _OURS:
        for place in home.glob(pattern):
            _shut(place)
            for parent, folders, files in os.walk(place):
                for name in (*folders, *files):
                    _shut(Path(parent) / name)


def _shut(path: Path) -> None:
    with suppress(OSError):
        mode = path.lstat().st_mode
        if not stat.S_ISLNK(mode) and mode & 0o077:
            path.chmod(stat.S_IMODE(mode) & 0o700)
