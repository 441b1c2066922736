"""What the system's errors about files mean to whoever named the file: one table for reading, one for writing."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pipeline.errors import ErrorCode, PipelineError

_FULL = dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), ErrorCode.DISK_FULL)
_NEITHER_WAY = {
    errno.ENAMETOOLONG: ErrorCode.NAME_TOO_LONG,
    errno.EMFILE: ErrorCode.TOO_MANY_FILES,
    errno.ENFILE: ErrorCode.TOO_MANY_FILES,
}
_READING: Mapping[int, ErrorCode] = _NEITHER_WAY | {
    errno.ENOENT: ErrorCode.FILE_MISSING,
    errno.ENOTDIR: ErrorCode.FILE_MISSING,
    errno.EISDIR: ErrorCode.NOT_A_FILE,
    errno.ENXIO: ErrorCode.NOT_A_FILE,  # a socket, or a pipe without a writer
    errno.EACCES: ErrorCode.FILE_FORBIDDEN,
    errno.EPERM: ErrorCode.FILE_FORBIDDEN,
}
_WRITING: Mapping[int, ErrorCode] = _NEITHER_WAY | _FULL


def error_of_reading(error: OSError, path: Path) -> PipelineError:
    """Return what a failed reading means.

    Returns
    -------
    PipelineError
        ``FILE_MISSING``, ``NOT_A_FILE``, ``FILE_FORBIDDEN``, ``NAME_TOO_LONG``, ``TOO_MANY_FILES``; ``READ_FAILED`` for
        everything else. With the path and the system's reason.
    """
    return _coded(_READING.get(error.errno or 0, ErrorCode.READ_FAILED), error, path)


def error_of_writing(error: OSError, path: Path) -> PipelineError:
    """Return what a failed write means.

    Parameters
    ----------
    error : OSError
        As the system gave it.
    path : Path
        The file that the person asked for, which need not be the one that failed.

    Returns
    -------
    PipelineError
        ``DISK_FULL``, ``NAME_TOO_LONG``, ``TOO_MANY_FILES``; ``OUTPUT_NOT_WRITABLE`` for everything else. With the path
        and the system's reason.
    """
    return _coded(_WRITING.get(error.errno or 0, ErrorCode.OUTPUT_NOT_WRITABLE), error, path)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn the operating system's errors inside into the pipeline's, naming `path`."""
    try:
        yield
    except OSError as error:
        raise error_of_writing(error, path) from error


@contextmanager
def reading(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file for reading; what goes wrong with it inside is the pipeline's error.

    A pipe or a device is refused at once: it would block, or never end.

    Raises
    ------
    PipelineError
        See `error_of_reading`.
    """
    try:
        with _open_regular(path) as file:
            yield file
    except OSError as error:
        raise error_of_reading(error, path) from error


def _open_regular(path: Path) -> BinaryIO:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except ValueError as error:
        # No file's name holds a zero byte, nor half a surrogate pair.
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)) from error
    # `fdopen` refuses a folder by itself, and then leaves its descriptor open.
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    return os.fdopen(descriptor, "rb")


def _coded(code: ErrorCode, error: OSError, path: Path) -> PipelineError:
    return PipelineError(code, path=str(path), reason=error.strerror or type(error).__name__)
