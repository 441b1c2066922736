"""Fetching files that people sent."""

from __future__ import annotations

from pathlib import Path

from telegram import Bot
from telegram.error import TelegramError

from bot.adapters.telegram import errors
from bot.chat.events import Attachment
from bot.chat.port import ChatCode, ChatError

TIMEOUT_S = 120.0


async def download(bot: Bot, attachment: Attachment, folder: Path) -> Path:
    """Fetch an attachment; return where it lies: in the folder, or where a local Bot API server has put it.

    Raises
    ------
    ChatError
        ``TOO_LARGE`` before anything is asked for, if its size is known.
    """
    limit, size = attachment.limit_bytes, attachment.bytes
    if limit is not None and size is not None and size > limit:
        raise ChatError(ChatCode.TOO_LARGE)
    try:
        file = await bot.get_file(attachment.handle, read_timeout=TIMEOUT_S)
        if bot.local_mode and file.file_path is not None and (there := Path(file.file_path)).is_file():
            return there
        return await file.download_to_drive(folder / "sound", read_timeout=TIMEOUT_S)
    except TelegramError as error:
        raise errors.explain(error) from error
