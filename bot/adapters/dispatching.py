"""What every chat does around the dispatcher: ask it in a thread, and tell it which message its answer became."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from bot.chat.answers import Answer, Say, Toast
from bot.chat.events import Incoming
from bot.chat.port import Posted
from bot.handlers.context import spoken_language
from bot.handlers.dispatcher import Dispatcher
from bot.screens.messages import say

log = logging.getLogger(__name__)

LANGUAGE_WITHIN_S = 1.0
"""A text box has to be Discord's first answer, within three seconds; better in the client's language than too late."""


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
        return Toast(say("refusal.broke", await language_of(dispatcher, incoming)))


async def language_of(dispatcher: Dispatcher, incoming: Incoming) -> str:
    """Return the language that somebody has chosen; that of their chat program where this is not known in time."""
    try:
        return await asyncio.wait_for(asyncio.to_thread(dispatcher.language_of, incoming), LANGUAGE_WITHIN_S)
    except Exception:
        log.warning("the language of %s is not known", incoming.event_id, exc_info=True)
        return spoken_language(incoming.sender.language)


async def report(dispatcher: Dispatcher, incoming: Incoming, answer: Answer, posted: Posted | None) -> None:
    """Tell the dispatcher which message shows what it wants to know the message of."""
    if posted is not None and isinstance(answer, Say) and answer.about is not None:
        await asyncio.to_thread(dispatcher.posted, incoming.platform, answer.about, posted)
