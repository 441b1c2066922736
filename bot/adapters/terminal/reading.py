"""Reading lines: what is typed becomes what somebody says, paths of files becoming attachments. Pure but for `stat`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

from bot.chat.events import Attachment, Command, Said, TextMessage
from bot.chat.grammar import parse_command
from bot.usecases.sound_choice import SOUND_NAMES
from pipeline.errors import ErrorCode, PipelineError

_WORD = re.compile(r"""(?:[^\s"'\\]|\\.|"[^"]*"|'[^']*')+""")
_PATH_STARTS = ("/", "./", "../", "~/")

SizeOf = Callable[[Path], int | None]


def file_bytes(path: Path) -> int | None:
    """Return a file's size in bytes; None where there is no file, or where it is a pipe or a device."""
    try:
        return path.stat().st_size if path.is_file() else None
    except OSError:
        return None


def read(line: str, message: str, size_of: SizeOf = file_bytes) -> Said:
    """Read a line.

    Parameters
    ----------
    line : str
        As typed.
    message : str
        The line's own number.
    size_of : callable
        Says how large a file is, and whether there is one.

    Raises
    ------
    PipelineError
        ``FILE_MISSING``: a path leads to no file.
    """
    command = parse_command(line)
    if command is not None:
        words, files = _without_files(command.words, size_of)
        return Command(command.name, words, attachments=files, message=message)
    words, files = _without_files(line, size_of)
    return TextMessage(words if files else line, message, attachments=files)


def _without_files(words: str, size_of: SizeOf) -> tuple[str, tuple[Attachment, ...]]:
    """Take the paths out of words."""
    files: list[Attachment] = []

    def take(word: re.Match[str]) -> str:
        if (path := _path(word[0])) is None:
            return word[0]
        size_bytes = size_of(path)
        if size_bytes is None:
            raise PipelineError(ErrorCode.FILE_MISSING, path=str(path))
        files.append(Attachment(str(path), name=path.name, bytes=size_bytes))
        return ""

    return _WORD.sub(take, words).strip(), tuple(files)


def _path(word: str) -> Path | None:
    """Return the path that a word is, as a shell would read it; None for what may be a theme, an option or a link."""
    try:
        [bare] = shlex.split(word)
    except ValueError:
        return None
    is_path = bare.startswith(_PATH_STARTS) or (":" not in bare and Path(bare).suffix.lower() in SOUND_NAMES)
    return Path(bare).expanduser() if is_path else None
