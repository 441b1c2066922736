"""Files on their way to Telegram, which keeps every one that it was sent and hands out an id for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeAlias

from telegram import InputFile, Message
from telegram.error import BadRequest

from bot.adapters.bounded_memory import BoundedMemory
from bot.adapters.telegram.errors import is_unknown_file
from bot.chat.port import ChatCode, ChatError, Screen

CALL_TIMEOUT_S = 30.0
SLOWEST_UPLOAD_BYTES_PER_S = 250_000
"""The Bot API answers when it has passed the file on; it is given as long as this takes."""
CHUNK_TIMEOUT_S = 60.0
"""For each piece of 64 kB of an upload to be taken."""
REMEMBERED = 1000

FileKey: TypeAlias = tuple[Path, int]
"""What tells a file from every other without reading it: its path and when it was written."""
Source: TypeAlias = str | InputFile | Path
Call: TypeAlias = Callable[[Source, Source | None, dict[str, Any]], Awaitable[Message]]


class Files:
    """Sends files, those that Telegram has by their ids.

    Parameters
    ----------
    shared_disk : bool
        The Bot API server reads our files itself.
    """

    def __init__(self, *, shared_disk: bool) -> None:
        self._shared_disk = shared_disk
        self._ids: BoundedMemory[FileKey, str] = BoundedMemory(REMEMBERED)

    async def send(
        self, call: Call, path: Path, *, thumbnail: Path | None = None, remembered: str | None = None
    ) -> Message:
        """Make a call with a file, its thumbnail and the time that both may take.

        Parameters
        ----------
        call : coroutine function
            Given the file, its thumbnail, and keyword arguments for the library.
        remembered : str, optional
            Telegram's id of the file; if Telegram has forgotten it, the bytes are sent.
        """
        file_id = remembered or self._ids.get(file_key(path))
        if file_id is not None:
            try:
                return await call(file_id, None, {"read_timeout": CALL_TIMEOUT_S})
            except BadRequest as error:
                if not is_unknown_file(error):
                    raise
        if not path.is_file():
            raise ChatError(ChatCode.REFUSED, reason="the file is neither here nor there any more")
        with ExitStack() as opened:
            thumb = None if thumbnail is None else self._source(thumbnail, opened)
            return await call(self._source(path, opened), thumb, _timeouts(path.stat().st_size))

    def learn(self, screen: Screen, message: Message) -> str | None:
        """Remember, and return, the id of the file that a message shows."""
        file_id = _id_in(message)
        if file_id is not None and (key := key_of(screen)) is not None:
            self._ids[key] = file_id
        return file_id

    def _source(self, file: Path, opened: ExitStack) -> Source:
        if self._shared_disk:
            return file
        # Read as it is sent: a clip is never in memory as a whole.
        return InputFile(opened.enter_context(file.open("rb")), file.name, attach=True, read_file_handle=False)


def key_of(screen: Screen) -> FileKey | None:
    """Return what tells the file that a screen shows; None if it shows none."""
    path = screen.picture if screen.video is None else screen.video.path
    return None if path is None else file_key(path)


def file_key(path: Path) -> FileKey:
    """Return what tells a file from every other; of one that is gone, its path must do."""
    return path, path.stat().st_mtime_ns if path.is_file() else 0


def _timeouts(size_bytes: int) -> dict[str, Any]:
    return {
        "read_timeout": CALL_TIMEOUT_S + size_bytes / SLOWEST_UPLOAD_BYTES_PER_S,
        "write_timeout": CHUNK_TIMEOUT_S,
    }


def _id_in(message: Message) -> str | None:
    if message.video is not None:
        return message.video.file_id
    return message.photo[-1].file_id if message.photo else None
