"""The terminal as the outbox and the dispatcher's answers see it: what is posted is printed, what changes once more."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from bot.chat.markup import to_plain
from bot.chat.port import Button, ChatCode, ChatError, Destination, Posted, Screen
from pipeline.atomic_files import copy_under_free_name
from storage.people.people import Platform

Print = Callable[[str], None]

UPLOAD_LIMIT_BYTES = 2**40
"""A folder takes any clip."""
_LONGEST_NAME = 40


@dataclass(slots=True)
class _Message:
    """What a message shows, how its files are called, and those in the folder, by what they are copies of."""

    title: str = ""
    screen: Screen = field(default_factory=lambda: Screen(""))
    copies: dict[Path, Path] = field(default_factory=dict)


class TerminalChat:
    """Implements `bot.chat.port.ChatPort`.

    Parameters
    ----------
    show : callable
        Prints a line.
    folder : Path
        Where clips and pictures are put.

    Notes
    -----
    Messages are numbered anew in every conversation, and the database remembers those of earlier ones: ids begin with
    the conversation's own name, `run`.
    """

    def __init__(self, show: Print, folder: Path) -> None:
        self.run = secrets.token_hex(4)
        self._show = show
        self._folder = folder
        self._numbers = count(1)
        self._messages: dict[str, _Message] = {}
        self._buttons: list[tuple[str, str]] = []  # message and action; the first is number 1

    @property
    def platform(self) -> Platform:
        """``cli``."""
        return "cli"

    @property
    def nonce_lasts_s(self) -> float:
        """Never: what is printed twice stands there twice."""
        return 0.0

    async def upload_limit_bytes(self, destination: Destination) -> int:  # noqa: ARG002 - the same everywhere
        """Return the largest file that can be posted."""
        return UPLOAD_LIMIT_BYTES

    async def post(self, destination: Destination, screen: Screen, nonce: str = "") -> Posted:  # noqa: ARG002 - there are none
        """Print a message; its files lie in the folder afterwards.

        Raises
        ------
        ChatError
            ``REFUSED``: a file cannot be written.
        """
        key = f"{self.run}-{next(self._numbers)}"
        message = _Message()
        await self._draw(key, message, screen)
        self._messages[key] = message
        return Posted(destination.chat, key, destination.channel)

    async def edit(self, posted: Posted, screen: Screen) -> Posted:
        """Print what is new in a message.

        Raises
        ------
        ChatError
            ``GONE``, also where it was printed in an earlier conversation; ``REFUSED``.
        """
        message = self._messages.get(posted.message)
        if message is None:
            raise ChatError(ChatCode.GONE)
        await self._draw(posted.message, message, screen)
        return posted

    async def find(self, *_: object) -> Posted | None:
        """Nothing that is printed is ever in doubt."""
        return None

    async def announce(self, *_: object) -> Posted | None:
        """Whoever sits before the terminal sees it."""
        return None

    async def delete(self, posted: Posted) -> None:
        """Take a message away: its buttons, and its files in the folder. What is printed stays printed."""
        message = self._messages.pop(posted.message, None)
        for path in message.copies.values() if message is not None else ():
            await asyncio.to_thread(path.unlink, missing_ok=True)

    def say(self, text: str) -> None:
        """Print a passing word."""
        for line in to_plain(text).splitlines():
            self._show(line)

    def button(self, number: int) -> tuple[str, str] | None:
        """Return message and action of a button by its number, as long as its message shows it."""
        if not 1 <= number <= len(self._buttons):
            return None
        key, action = self._buttons[number - 1]
        message = self._messages.get(key)
        shown = [] if message is None else [button.action for row in message.screen.buttons for button in row]
        return (key, action) if action in shown else None

    def number(self, verb: str) -> int | None:
        """Return the number of the latest button that does something; None if there is none."""
        numbers = [number for number, (_, action) in enumerate(self._buttons, 1) if action.partition(":")[0] == verb]
        return numbers[-1] if numbers else None

    async def _draw(self, key: str, message: _Message, screen: Screen) -> None:
        """Print the lines of a screen that were not there before."""
        before, message.screen = message.screen, screen
        message.title = to_plain(screen.text).partition("\n")[0]
        known = to_plain(before.text).splitlines()
        for line in to_plain(screen.text).splitlines():
            if line not in known:
                self._show(line)
        if screen.picture is not None and screen.picture != before.picture:
            self._show(f"  picture: {await self._copy(message, screen.picture)}")
        if screen.video is not None and screen.video != before.video:
            self._show(f"  clip: {await self._copy(message, screen.video.path)}")
        if screen.buttons != before.buttons:
            for row in screen.buttons:
                self._show("  " + "  ".join(f"[{self._number(key, button)}] {button.label}" for button in row))

    def _number(self, key: str, button: Button) -> int:
        """Return a button's number, which stays the same as long as the conversation lasts."""
        pressed = (key, button.action)
        if pressed not in self._buttons:
            self._buttons.append(pressed)
        return self._buttons.index(pressed) + 1

    async def _copy(self, message: _Message, source: Path) -> Path:
        """Put a file of a message into the folder, once; return where."""
        if source not in message.copies:
            try:
                message.copies[source] = await asyncio.to_thread(_copy_into, self._folder, source, message.title)
            except OSError as error:
                raise ChatError(ChatCode.REFUSED, reason=str(error)) from error
        return message.copies[source]


def _copy_into(folder: Path, source: Path, title: str) -> Path:
    """Copy a file under a name made of the words of a title."""
    words = "-".join(re.findall(r"\w+", title))
    name = (words if len(words) <= _LONGEST_NAME else words[:_LONGEST_NAME].rpartition("-")[0]) or source.stem
    return copy_under_free_name(source, folder, name)
