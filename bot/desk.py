"""The desk: the one place that takes what comes in from a chat and says what is to be answered.

How an adapter uses it::

    answer = await asyncio.to_thread(desk.answer, incoming)
    if isinstance(answer, Download):
        # acknowledge first (Discord: defer), then fetch the bytes into a temporary file
        try:
            path = ... answer.attachment ...
        except SomeFailure:
            answer = await asyncio.to_thread(desk.download_failed, incoming)
        else:
            answer = await asyncio.to_thread(desk.answer, incoming, path)  # the file may be deleted after this
    match answer: ...  # one of `bot.answers`

It is quick (some reads, one short write transaction), never raises for anything that a person did, and may be called
again with the same event: asking twice is asking once. Whatever takes time, status messages, clips, is posted by the
outbox (`bot.outbox`), which is woken through ``wake``.

While somebody types an option that has ``suggests``, ``desk.suggest`` completes it without touching the database.
A group that moved is reported with ``desk.moved``. ``bot.menu`` lists the commands and options that exist.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.answers import Answer
from bot.incoming import Incoming
from storage.people import Platform


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A completion: what is shown, and the value that is sent; at most 100 characters each."""

    label: str
    value: str


class Desk:
    """Answers events; see the module's text."""

    def __init__(self, wake: Callable[[], None] = lambda: None) -> None:
        self._wake = wake

    def answer(self, incoming: Incoming, file: Path | None = None) -> Answer:
        """Return what is to be answered.

        Parameters
        ----------
        incoming : Incoming
        file : Path, optional
            The bytes of the attachment that an earlier answer of `Download` asked for.
        """
        raise NotImplementedError

    def download_failed(self, incoming: Incoming) -> Answer:
        """Return what is to be said where the chat did not hand out a file."""
        raise NotImplementedError

    def suggest(self, option: str, typed: str) -> Sequence[Suggestion]:
        """Complete what somebody is typing into an option; at most 25, none for options without ``suggests``."""
        raise NotImplementedError

    def moved(self, platform: Platform, old_chat: str, new_chat: str) -> None:
        """Follow a chat that has got another id."""
        raise NotImplementedError
