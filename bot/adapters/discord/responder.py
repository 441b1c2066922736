"""Showing what the dispatcher answers to an event, in Discord's ways.

What is for one pair of eyes is ephemeral; what is for everybody is a regular message, which everybody can reply to and
the bot can find again. So an interaction is acknowledged as ephemeral, always, before the dispatcher is asked; only a
text box must be the first answer of all, and Discord allows no acknowledgement before it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import discord

from bot.adapters.discord import errors, showing
from bot.adapters.discord.buttons import modal_of
from bot.adapters.discord.chat import DiscordChat, contents
from bot.adapters.discord.errors import explained
from bot.adapters.discord.reading import Interaction
from bot.chat.answers import Accepted, Answer, AskText, Download, EditMessage, Nothing, Say, Toast
from bot.chat.events import ButtonPress, Incoming
from bot.chat.port import Button, ChatError, Destination, Posted, Screen
from bot.screens.messages import say

log = logging.getLogger(__name__)


class Responder(Protocol):
    """Shows the answer to one event."""

    async def acknowledge(self) -> bool:
        """Say that it was heard; False if there is nobody any more to answer to."""
        ...

    async def show(self, answer: Answer) -> Posted | None:
        """Show an answer; return the message of what was said for everybody.

        Raises
        ------
        ChatError
        """
        ...


@dataclass(slots=True)
class InteractionResponder:
    """Answers a command, a press or a filled-in box by the token that it came with.

    Attributes
    ----------
    language_of : coroutine function
        Finds out which language somebody has chosen.
    settled : asyncio.Event
        Set once nothing that is said by the token can take the place of "is thinking …" any more.
    """

    chat: DiscordChat
    interaction: Interaction
    incoming: Incoming
    language_of: Callable[[Incoming], Awaitable[str]]
    settled: asyncio.Event
    acknowledged: bool = False
    thinking: bool = False  # an ephemeral "is thinking …" waits for words

    async def acknowledge(self) -> bool:
        """Acknowledge within three seconds: a press silently, anything else with a sign of thinking."""
        if self.acknowledged:
            return True
        self.acknowledged = True
        self.thinking = not self._has_message
        try:
            with explained():
                await self._defer()
        except ChatError as error:
            # Either it is too late, and Discord has said so to the person; or the line broke, which changes nothing.
            log.info("%s was not acknowledged: %s", self.incoming.event_id, error.code)
            return not isinstance(error.__cause__, discord.NotFound)
        return True

    async def show(self, answer: Answer) -> Posted | None:
        """Show an answer, and leave no sign of thinking behind."""
        match answer:
            case Say(screen, False):
                await self._stop_thinking()
                self.settled.set()
                return await self.chat.post(self._destination(), screen, showing.nonce_of(self.incoming.event_id))
            case Say(screen, _):
                await self._say(screen)
            case Toast(text):
                await self._say(Screen(text))
            case EditMessage(screen, remove):
                await self._change(screen)
                for posted in remove:
                    with suppress(ChatError):
                        await self.chat.delete(posted)
            case AskText() if not self.acknowledged:
                self.acknowledged = True
                with explained():
                    await self.interaction.response.send_modal(modal_of(answer))
            case AskText():
                await self._say(question(answer, await self.language_of(self.incoming)))
            case Accepted(note, status, close):
                await self._accept(note, silently=status or close, close=close)
            case Nothing() | Download():
                await self._stop_thinking()
        return None

    async def _defer(self) -> None:
        response = self.interaction.response
        try:
            if self._has_message:
                await response.defer()
            else:
                await response.defer(ephemeral=True, thinking=True)
        except discord.HTTPException as error:
            if error.code != errors.ALREADY_ACKNOWLEDGED:  # the gateway repeats itself after a reconnect
                raise

    async def _say(self, screen: Screen) -> None:
        with explained():
            if self.thinking:
                self.thinking = False
                await self.interaction.edit_original_response(**contents(screen, files="attachments"))
            else:
                await self.interaction.followup.send(**contents(screen, files="files"), ephemeral=True)

    async def _change(self, screen: Screen) -> None:
        """Change the message whose button was pressed, be it ephemeral or not."""
        if self._has_message:
            with explained():
                await self.interaction.edit_original_response(**contents(screen, files="attachments"))
        else:
            await self._say(screen)

    async def _accept(self, note: str, *, silently: bool, close: bool) -> None:
        if close and self._is_menu:
            with suppress(ChatError), explained():
                await self.interaction.delete_original_response()
        elif self.thinking or not silently:
            await self._say(Screen(note))

    async def _stop_thinking(self) -> None:
        if self.thinking:
            self.thinking = False
            with suppress(ChatError), explained():
                await self.interaction.delete_original_response()

    @property
    def _has_message(self) -> bool:
        return self.interaction.message is not None

    @property
    def _is_menu(self) -> bool:
        """Whether a button of a mere menu was pressed: a clip is never taken away, even if nobody knows it yet."""
        message = self.interaction.message
        return message is not None and not message.attachments

    def _destination(self) -> Destination:
        where, said = self.incoming.origin, self.incoming.said
        reply_to = said.message if isinstance(said, ButtonPress) else None
        return Destination(where.chat, where.channel, reply_to, self.incoming.sender.id, event=self.incoming.event_id)


@dataclass(frozen=True, slots=True)
class MessageResponder:
    """Answers a message with a message."""

    chat: DiscordChat
    message: discord.Message
    incoming: Incoming
    language_of: Callable[[Incoming], Awaitable[str]]

    async def acknowledge(self) -> bool:
        """Show that the bot is writing."""
        with suppress(ChatError), explained():
            await self.message.channel.typing()
        return True

    async def show(self, answer: Answer) -> Posted | None:
        """Show an answer as a reply; there is nothing here that one person alone could see."""
        match answer:
            case Say(screen, _) | EditMessage(screen, _):
                return await self._post(screen)
            case Toast(text) | Accepted(text, status=False):
                await self._post(Screen(text))
            case AskText():
                await self._post(question(answer, await self.language_of(self.incoming)))
            case Accepted() | Nothing() | Download():
                pass
        return None

    async def _post(self, screen: Screen) -> Posted:
        where, said = self.incoming.origin, self.incoming.said
        destination = Destination(where.chat, where.channel, said.message, self.incoming.sender.id)
        return await self.chat.post(destination, screen, showing.nonce_of(self.incoming.event_id))


def question(ask: AskText, language: str) -> Screen:
    """Return a question whose text box can no longer be opened at once: a button opens it."""
    return Screen(ask.question, ((Button(say("button.word", language), ask.action),),))
