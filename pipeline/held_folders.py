"""Folders that do not outlive whoever works in them, not even where that was killed.

Its owner holds a lock on the folder itself, which the operating system lets go when the owner ends, whatever ended it.
Whoever works at the same place next removes each folder that nobody holds. A frozen owner still holds its own.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

SUFFIX = ".ganterpret-partial"
"""No folder of anybody else's is called so."""
_NAME = re.compile(rf"\..*\.[0-9a-f]{{12}}{re.escape(SUFFIX)}", re.DOTALL)
_LONGEST_NAME_BYTES = 60
_TRIES = 100
_NO_LOCKS_HERE = {errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL, errno.EBADF}


class HeldFolder:
    """A private folder, held until it is closed; a context manager that gives its path.

    Parameters
    ----------
    parent : Path
        Where it lies; an existing folder.
    name : str
        What it is for.

    Attributes
    ----------
    path : Path

    Raises
    ------
    OSError
        It cannot be made there.
    """

    def __init__(self, parent: Path, name: str) -> None:
        shown = name.encode()[:_LONGEST_NAME_BYTES].decode("utf-8", "ignore")
        for _ in range(_TRIES):
            self.path = parent / f".{shown}.{secrets.token_hex(6)}{SUFFIX}"
            with suppress(FileExistsError):
                self.path.mkdir(mode=0o700)
                self._descriptor = _held(self.path, or_without_lock=True)
                if self._descriptor is not None:
                    return
                # Somebody who sweeps was there between the folder and its lock, and takes it away.
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(parent))

    def close(self) -> None:
        """Remove it with all that is in it."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            # What was moved away and lies elsewhere now is no longer ours.
            shutil.rmtree(self.path, ignore_errors=True)
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def sweep(parent: Path) -> int:
    """Remove each folder in `parent` whose owner is gone, and return how many those were.

    What belongs to another user, what is a link, and what cannot be locked is left alone.
    """
    removed = 0
    with suppress(OSError):
        left = [Path(entry.path) for entry in os.scandir(parent) if _NAME.fullmatch(entry.name)]
        for path in left:
            descriptor = _held(path, or_without_lock=False)
            if descriptor is not None:
                shutil.rmtree(path, ignore_errors=True)
                os.close(descriptor)
                removed += 1
    return removed


def _held(path: Path, *, or_without_lock: bool) -> int | None:
    """Return a descriptor that holds a folder; None where another does, or where it is no folder of ours."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if not (or_without_lock and error.errno in _NO_LOCKS_HERE):
            os.close(descriptor)
            return None
    status = os.fstat(descriptor)
    if status.st_uid != os.geteuid() or not stat.S_ISDIR(status.st_mode) or not _is_there(path, status):
        os.close(descriptor)
        return None
    return descriptor


def _is_there(path: Path, status: os.stat_result) -> bool:
    with suppress(OSError):
        return os.path.samestat(path.lstat(), status)
    return False
