"""Fetching files that people sent."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp

from bot.adapters.discord.errors import explain
from bot.chat.events import Attachment
from bot.chat.port import ChatCode, ChatError

TIMEOUT_S = 120.0
BLOCK_BYTES = 256 * 1024


async def download(attachment: Attachment, folder: Path) -> Path:
    """Fetch an attachment into a folder, piece by piece: it is never in memory as a whole.

    Raises
    ------
    ChatError
        Also where more comes than Discord had told, which nobody has allowed.
    """
    path = folder / "sound"
    left = attachment.bytes
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)) as session,
            session.get(attachment.handle, allow_redirects=False) as response,
        ):
            if response.status != 200:
                raise ChatError(ChatCode.GONE)
            with path.open("wb") as file:
                async for block in response.content.iter_chunked(BLOCK_BYTES):
                    left = None if left is None else left - len(block)
                    if left is not None and left < 0:
                        raise ChatError(ChatCode.TOO_LARGE)
                    await asyncio.to_thread(file.write, block)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise explain(error) from error
    return path
