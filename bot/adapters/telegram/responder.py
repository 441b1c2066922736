"""Showing what the dispatcher answers to an event, in Telegram's ways."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from bot.adapters.telegram import showing
from bot.adapters.telegram.chat import TelegramChat
from bot.chat.answers import Accepted, Answer, AskText, Download, EditMessage, Nothing, Say, Toast
from bot.chat.events import ButtonPress, Incoming
from bot.chat.markup import to_plain
from bot.chat.port import ChatCode, ChatError, Destination, Posted, Screen

log = logging.getLogger(__name__)

TRIES = 4
LONGEST_WAIT_S = 120.0
"""An answer that Telegram wants later than this is out of date by then."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Responder:
    """Shows the answer to one event.

    Attributes
    ----------
    press : str or None
        The callback query that waits for an answer, if a button was pressed: it gets one whatever happens.
    """

    chat: TelegramChat
    incoming: Incoming
    press: str | None = None

    async def show(self, answer: Answer) -> Posted | None:
        """Show an answer; return the message of what was said for everybody.

        Raises
        ------
        ChatError
        """
        match answer:
            case Say(screen, private) if private and self.press is not None and _fits_toast(screen):
                await self._stop_waiting(screen.text)
            case Say(screen, _):
                await self._stop_waiting()
                return await self._post(screen)
            case Toast(text) | Accepted(text, status=False) if self.press is None:
                await self._post(Screen(text))
            case Toast(text):
                await self._stop_waiting(text)
            case EditMessage(screen, remove):
                await self._stop_waiting()
                await self._change(screen)
                for posted in remove:
                    with suppress(ChatError):
                        await self.chat.delete(posted)
            case AskText():
                await self._stop_waiting()
                words, reply = showing.question(answer, self.incoming)
                await _persistently(lambda: self.chat.ask(self._destination(), words, reply))
            case Accepted(note, _, close):
                await self._stop_waiting(note)
                if close and (pressed := self._pressed()) is not None:
                    with suppress(ChatError):
                        await self.chat.delete(pressed)
            case Download():
                await self._stop_waiting()
                with suppress(ChatError):
                    await self.chat.be_busy(self._destination())
            case Nothing():
                await self._stop_waiting()
        return None

    async def _stop_waiting(self, text: str = "") -> None:
        if self.press is not None:
            with suppress(ChatError):  # too late: nobody is waiting any more
                await self.chat.answer_press(self.press, text)

    async def _post(self, screen: Screen) -> Posted:
        return await _persistently(lambda: self.chat.post(self._destination(), screen))

    async def _change(self, screen: Screen) -> None:
        pressed = self._pressed()
        if pressed is None:
            await self._post(screen)
            return
        try:
            await _persistently(lambda: self.chat.edit(pressed, screen))
        except ChatError as error:
            if error.code is not ChatCode.GONE:
                raise
            await self._post(screen)

    def _pressed(self) -> Posted | None:
        said, where = self.incoming.said, self.incoming.origin
        if not isinstance(said, ButtonPress) or said.message is None:
            return None
        return Posted(where.chat, said.message, where.channel)

    def _destination(self) -> Destination:
        where = self.incoming.origin
        return Destination(where.chat, where.channel, self.incoming.said.message, self.incoming.sender.id)


def _fits_toast(screen: Screen) -> bool:
    """Tell whether a screen can be said to the one who pressed alone."""
    bare = not screen.buttons and screen.picture is None and screen.video is None
    return bare and len(to_plain(screen.text)) <= showing.TOAST_LIMIT


async def _persistently(call: Callable[[], Awaitable[T]]) -> T:
    """Call again after a while where it is certain that nothing has arrived."""
    pause_s = 1.0
    for _ in range(TRIES - 1):
        try:
            return await call()
        except ChatError as error:
            if error.code is ChatCode.BUSY:
                pause_s = float(error.facts["retry_after_s"])  # type: ignore[arg-type]
            elif error.code is not ChatCode.UNREACHABLE:
                raise
            if pause_s > LONGEST_WAIT_S:
                raise
        await asyncio.sleep(pause_s)
        pause_s *= 2
    return await call()
