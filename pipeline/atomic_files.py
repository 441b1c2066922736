"""Files that appear whole or not at all: a hidden folder beside the result, and a rename at the end."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import ErrorCode, PipelineError
from pipeline.file_errors import writing


@contextmanager
def workspace(out: Path) -> Iterator[Path]:
    """Give a private folder on the same file system as `out`, gone afterwards whatever happens.

    It lies beside the result and not under the system's temporary folder: only there can a finished file be renamed
    into place in one step, and only there does its size count against the right disk.

    Parameters
    ----------
    out : Path
        The file to be made.

    Raises
    ------
    PipelineError
        ``OUTPUT_NOT_WRITABLE`` or ``DISK_FULL``, before any work is done.
    """
    if out.is_dir():
        raise PipelineError(ErrorCode.OUTPUT_NOT_WRITABLE, path=str(out), reason=os.strerror(errno.EISDIR))
    with writing(out):
        folder = Path(tempfile.mkdtemp(prefix=f".{out.name[:60]}.", suffix=".partial", dir=out.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish(made: Path, out: Path) -> None:
    """Rename a finished file into its place, after its bytes have reached the disk.

    Parameters
    ----------
    made, out : Path
        On the same file system; an older `out` is replaced.

    Raises
    ------
    PipelineError
        ``OUTPUT_NOT_WRITABLE`` or ``DISK_FULL``.
    """
    with writing(out):
        with made.open("rb") as file:
            # Some file systems report a full disk only here.
            os.fsync(file.fileno())
        made.replace(out)


def require_free_space(folder: Path, needed_bytes: int) -> None:
    """Refuse work that the disk cannot hold.

    Raises
    ------
    PipelineError
        ``DISK_FULL`` with ``needed_bytes`` and ``free_bytes``.
    """
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < needed_bytes:
        raise PipelineError(ErrorCode.DISK_FULL, path=str(folder), needed_bytes=needed_bytes, free_bytes=free_bytes)
