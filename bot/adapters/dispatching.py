"""What every chat does around the dispatcher: ask it in a thread, and tell it which message its answer became."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from bot.chat.answers import Answer, Say, Toast
from bot.chat.events import Incoming
from bot.chat.port import Posted
from bot.handlers.dispatcher import Dispatcher
from bot.screens.messages import DEFAULT_LANGUAGE, say

log = logging.getLogger(__name__)


async def ask(
    dispatcher: Dispatcher, incoming: Incoming, path: Path | None = None, *, downloaded: bool = False
) -> Answer:
    """Ask the dispatcher, in a thread; if it breaks, say so rather than nothing.

    Parameters
    ----------
    path : Path or None
        Where the bytes lie that an earlier answer asked for.
    downloaded : bool
        They were asked for; without a path, the chat did not hand them out.
    """
    try:
        if downloaded and path is None:
            return await asyncio.to_thread(dispatcher.download_failed, incoming)
        return await asyncio.to_thread(dispatcher.answer, incoming, path)
    except Exception:
        log.exception("the dispatcher broke over %s", incoming.event_id)
        language, _, _ = (incoming.sender.language or DEFAULT_LANGUAGE).partition("-")
        return Toast(say("refusal.broke", language))


async def report(dispatcher: Dispatcher, incoming: Incoming, answer: Answer, posted: Posted | None) -> None:
    """Tell the dispatcher which message shows what it wants to know the message of."""
    if posted is not None and isinstance(answer, Say) and answer.about is not None:
        await asyncio.to_thread(dispatcher.posted, incoming.platform, answer.about, posted)
