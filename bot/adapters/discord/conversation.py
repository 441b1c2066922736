"""From an event to its answer: acknowledge, ask the dispatcher, show what it says."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import discord

from bot.adapters.discord.chat import DiscordChat
from bot.adapters.discord.downloads import download
from bot.adapters.discord.hints import Hints
from bot.adapters.discord.reading import Interaction, read_slash
from bot.adapters.discord.responder import InteractionResponder, MessageResponder, Responder
from bot.adapters.dispatching import ask, language_of, report
from bot.chat.actions import parse_action
from bot.chat.answers import Answer, AskText, Download, Say
from bot.chat.events import ButtonPress, Incoming
from bot.chat.port import ChatError, Destination
from bot.handlers.dispatcher import Dispatcher

log = logging.getLogger(__name__)

QUESTION_WITHIN_S = 1.5
"""A text box has to be Discord's first answer, within three seconds; a slower dispatcher is acknowledged first."""


class Conversation:
    """Brings what people say to the dispatcher, and back what the dispatcher answers.

    Parameters
    ----------
    dispatcher : Dispatcher
        Asked in threads.
    chat : DiscordChat
    hints : Hints
        Told of every interaction.
    """

    def __init__(self, dispatcher: Dispatcher, chat: DiscordChat, hints: Hints) -> None:
        self._dispatcher = dispatcher
        self._chat = chat
        self._hints = hints
        self._in_hand: set[asyncio.Task[object]] = set()
        self._over = False

    async def answer_interaction(self, interaction: Interaction, incoming: Incoming) -> None:
        """Answer a command, a press or a filled-in box."""
        hint = self._hints.remember(incoming.event_id, interaction)
        try:
            await self._converse(
                incoming, InteractionResponder(self._chat, interaction, incoming, self.language_of, hint.settled)
            )
        finally:
            hint.settled.set()

    async def answer_message(self, message: discord.Message, incoming: Incoming) -> None:
        """Answer a message."""
        await self._converse(incoming, MessageResponder(self._chat, message, incoming, self.language_of))

    async def greet(self, incoming: Incoming) -> None:
        """Say what there is to say to a server that the bot has come to; to whom it may not speak, it does not."""
        answer, where = await ask(self._dispatcher, incoming), incoming.origin
        if isinstance(answer, Say):
            with suppress(ChatError):
                await self._chat.post(Destination(where.chat, where.channel), answer.screen, f"a{where.chat}"[:25])

    async def language_of(self, incoming: Incoming) -> str:
        """Return the language to speak with somebody: soon, and whatever happens."""
        return await language_of(self._dispatcher, incoming)

    async def suggest(self, interaction: Interaction, option: str, typed: str) -> Sequence[tuple[str, str]]:
        """Complete what somebody is typing into an option."""
        found = await asyncio.to_thread(self._dispatcher.suggest, option, typed, read_slash(interaction, "", {}))
        return [(suggestion.label, suggestion.value) for suggestion in found]

    async def finish(self, within_s: float) -> None:
        """Hear nothing more, and wait for what is being answered."""
        self._over = True
        if self._in_hand:
            await asyncio.wait(self._in_hand, timeout=within_s)

    async def _converse(self, incoming: Incoming, answering: Responder) -> None:
        if self._over:
            return  # Discord tells whoever asked that nobody answered
        task = asyncio.current_task()
        assert task is not None
        self._in_hand.add(task)
        try:
            await self._answer(incoming, answering)
        except ChatError as error:
            log.info("the answer to %s was not shown: %s", incoming.event_id, error.code)
        except Exception:
            log.exception("%s could not be answered", incoming.event_id)
        finally:
            self._in_hand.discard(task)

    async def _answer(self, incoming: Incoming, answering: Responder) -> None:
        asked: asyncio.Task[Answer] | None = None
        if _may_open_a_box(incoming):
            asked = asyncio.create_task(ask(self._dispatcher, incoming))
            await asyncio.wait([asked], timeout=QUESTION_WITHIN_S)
            if asked.done() and isinstance(asked.result(), AskText):
                await answering.show(asked.result())
                return
        if isinstance(answering, InteractionResponder) and not await answering.acknowledge():
            return
        answer = await (asked or ask(self._dispatcher, incoming))
        if isinstance(answer, Download):
            answer = await self._with_bytes(incoming, answer, answering)
        await report(self._dispatcher, incoming, answer, await answering.show(answer))

    async def _with_bytes(self, incoming: Incoming, wanted: Download, answering: Responder) -> Answer:
        await answering.acknowledge()
        with tempfile.TemporaryDirectory(prefix="ganterpret-discord-") as folder:
            try:
                path = await download(wanted.attachment, Path(folder))
            except ChatError as error:
                log.info("a file was not handed out: %s", error.code)
                return await ask(self._dispatcher, incoming, downloaded=True)
            return await ask(self._dispatcher, incoming, path, downloaded=True)


def _may_open_a_box(incoming: Incoming) -> bool:
    """Tell whether the answer may be a text box: for those buttons whose action is completed by a word."""
    said = incoming.said
    if not isinstance(said, ButtonPress) or said.text is not None:
        return False
    action = parse_action(said.action)
    return action is not None and action.verb.endswith("_word")
