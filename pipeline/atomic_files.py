"""Files that appear whole or not at all: a hidden folder beside the result, and a rename at the end."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from pipeline.errors import ErrorCode, PipelineError
from pipeline.file_errors import writing
from pipeline.held_folders import HeldFolder, sweep


@contextmanager
def workspace(out: Path) -> Iterator[Path]:
    """Give a private folder on the same file system as `out`, gone afterwards whatever happens.

    It lies beside the result and not under the system's temporary folder: only there can a finished file be renamed
    into place in one step, and only there does its size count against the right disk. What a killed process has left
    there goes first.

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
    sweep(out.parent)
    with writing(out):
        folder = HeldFolder(out.parent, out.name)
    with folder:
        yield folder.path


@contextmanager
def whole(out: Path) -> Iterator[Path]:
    """Give a place to write to; left normally, what was written there is `out`, else nothing has changed.

    Raises
    ------
    PipelineError
        ``OUTPUT_NOT_WRITABLE`` or ``DISK_FULL``.
    """
    with workspace(out) as folder:
        # Its suffix tells some writers what to write.
        place = folder / f"whole{out.suffix}"
        with writing(out):
            yield place
        publish(place, out)


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


def copy_under_free_name(source: Path, folder: Path, name: str) -> Path:
    """Copy a file into a folder, which is made if need be, under a name that is followed by a number where it is taken.

    The copy appears at once and whole, and never in the place of another file.

    Raises
    ------
    OSError
    """
    folder.mkdir(parents=True, exist_ok=True)
    sweep(folder)
    with HeldFolder(folder, name) as making:
        copy = Path(shutil.copyfile(source, making.path / "copy"))
        for number in count(1):
            path = folder / f"{name}{'' if number == 1 else f'-{number}'}{source.suffix}"
            try:
                path.hardlink_to(copy)
            except FileExistsError:
                continue
            except OSError:  # a file system without hard links
                if path.exists():
                    continue
                copy.rename(path)
            return path
    raise AssertionError("numbers end never")


def require_apart(outputs: Iterable[Path], inputs: Iterable[Path] = ()) -> None:
    """Refuse to write over what is read, by whichever name, and to write two things to one place.

    Raises
    ------
    PipelineError
        ``OUTPUT_IS_INPUT`` or ``OUTPUT_TWICE``, with the path.
    """
    read, written = list(inputs), list(outputs)
    for place, out in enumerate(written):
        if any(_are_one(out, path) for path in read):
            raise PipelineError(ErrorCode.OUTPUT_IS_INPUT, path=str(out))
        if any(_are_one(out, other) for other in written[:place]):
            raise PipelineError(ErrorCode.OUTPUT_TWICE, path=str(out))


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


def _are_one(one: Path, other: Path) -> bool:
    """Tell whether two names mean one file, also by a link, or would mean one if it were there."""
    with suppress(OSError, ValueError):
        return one.samefile(other)
    with suppress(OSError, ValueError, RuntimeError):
        return one.resolve() == other.resolve()
    return False
