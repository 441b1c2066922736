"""A conversation in the terminal, until its end or until it is told to stop."""

from __future__ import annotations

import asyncio
import os
from itertools import count
from pathlib import Path
from typing import Any

from bot.adapters.dispatching import ask, report
from bot.adapters.terminal.chat import UPLOAD_LIMIT_BYTES, Print, TerminalChat
from bot.adapters.terminal.reading import read
from bot.chat.answers import Accepted, Answer, AskText, Download, EditMessage, Say, Toast
from bot.chat.events import ButtonPress, Incoming, Origin, Said, Sender
from bot.chat.port import ChatError, Destination, Posted
from bot.handlers.dispatcher import Dispatcher
from bot.screens.messages import explain
from pipeline.errors import PipelineError

CHAT = "terminal"
PERSON = "me"
QUIT = "/quit"


class TerminalService:
    """Brings what is typed to the dispatcher, and back what the dispatcher answers.

    Parameters
    ----------
    dispatcher : Dispatcher
    show : callable
        Prints a line.
    folder : Path
        Where clips and pictures are put.
    language : str
        The language of the sentences that the dispatcher does not say.
    """

    def __init__(self, dispatcher: Dispatcher, show: Print, folder: Path, language: str) -> None:
        self._dispatcher = dispatcher
        self._language = language
        self._chat = TerminalChat(show, folder)
        self._numbers = count(1)
        self._question: str | None = None  # the action that a word is asked for

    @property
    def chat(self) -> TerminalChat:
        """What the outbox posts through."""
        return self._chat

    async def run(self, lines: asyncio.Queue[str | None], stopping: asyncio.Event) -> None:
        """Converse until ``/quit``, the end of the lines, or until `stopping` is set; it is set afterwards.

        Parameters
        ----------
        lines : asyncio.Queue of str or None
            What is typed, line by line; None at its end.
        """
        told_to_stop = asyncio.create_task(stopping.wait())
        try:
            while (line := await _next_line(lines, told_to_stop)) is not None and line != QUIT:
                if line:
                    await self.hear(line)
        finally:
            told_to_stop.cancel()
            stopping.set()

    async def hear(self, line: str) -> None:
        """Take one line to the bot, and print its answer."""
        number = f"{self._chat.run}:{next(self._numbers)}"
        try:
            said = self._said(line, number)
        except PipelineError as error:
            self._chat.say(explain(error, self._language))
            return
        if said is None:
            self._chat.say(f"[{line}] ?")
            return
        sender = Sender(PERSON, PERSON, is_admin=True)
        origin = Origin(CHAT, private=True, upload_limit_bytes=UPLOAD_LIMIT_BYTES)
        incoming = Incoming("cli", number, sender, origin, said)
        try:
            await self._converse(incoming)
        except ChatError as error:
            self._chat.say(f"{error.code}: {error.facts.get('reason', '')}")

    def _said(self, line: str, number: str) -> Said | None:
        """Read a line: the answer to a question, the number of a button, or words; None for a number of none."""
        question, self._question = self._question, None
        if question is not None and not line.startswith("/"):
            return ButtonPress(question, text=line)
        if line.isascii() and line.isdigit() and len(line) < 7:
            pressed = self._chat.button(int(line))
            return None if pressed is None else ButtonPress(pressed[1], pressed[0])
        return read(line, number)

    async def _converse(self, incoming: Incoming) -> None:
        """Ask the dispatcher and show what it says, bringing it the file that it wants."""
        answer = await ask(self._dispatcher, incoming)
        if isinstance(answer, Download):
            path = Path(answer.attachment.handle)  # it is here already
            readable = path if os.access(path, os.R_OK) else None
            answer = await ask(self._dispatcher, incoming, readable, downloaded=True)
        await report(self._dispatcher, incoming, answer, await self._show(answer, incoming))

    async def _show(self, answer: Answer, incoming: Incoming) -> Posted | None:
        pressed = _pressed(incoming)
        match answer:
            case Say(screen, _):
                return await self._chat.post(Destination(CHAT), screen)
            case Toast(text) | Accepted(text, status=False):
                self._chat.say(text)
            case EditMessage(screen, remove):
                if pressed is None:
                    await self._chat.post(Destination(CHAT), screen)
                else:
                    await self._chat.edit(pressed, screen)
                for posted in remove:
                    await self._chat.delete(posted)
            case AskText(question, _, action):
                self._question = action
                self._chat.say(question)
            case Accepted(close=True) if pressed is not None:
                await self._chat.delete(pressed)
        return None


async def _next_line(lines: asyncio.Queue[str | None], told_to_stop: asyncio.Task[Any]) -> str | None:
    typed = asyncio.create_task(lines.get())
    either: list[asyncio.Task[Any]] = [typed, told_to_stop]
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    if not typed.done():
        typed.cancel()
        return None
    line = typed.result()
    return None if line is None else line.strip()


def _pressed(incoming: Incoming) -> Posted | None:
    said = incoming.said
    return Posted(CHAT, said.message) if isinstance(said, ButtonPress) and said.message is not None else None
