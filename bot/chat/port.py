"""What the bot asks of a chat, whichever it is: show a screen, change it, take it away.

Use-cases make screens; an adapter knows how its chat draws them. A screen's text is a small subset of HTML (``<b>``,
``<i>``, ``<code>``; everything foreign in it escaped by `bot.chat.markup`), which Telegram takes as it is and the
Discord adapter translates.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal, Protocol

from pipeline.errors import CodedError
from storage.people.people import Platform

ButtonStyle = Literal["plain", "good", "danger"]


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message.

    Attributes
    ----------
    label : str
        Plain text.
    action : str
        What a press means, as `bot.chat.actions` writes it: at most 64 ASCII characters, and true for ever, since
        buttons outlive every restart.
    """

    label: str
    action: str
    style: ButtonStyle = "plain"


@dataclass(frozen=True, slots=True)
class Video:
    """A clip on its way into a chat.

    Attributes
    ----------
    path : Path
        The mp4.
    side_px : int
        Width and height.
    duration_s : float
        Seconds.
    thumbnail : Path or None
        JPEG, at most 320 px.
    remembered : str or None
        The chat's own handle of the same file, if it was sent before (Telegram's file_id). It is tried first; the
        path may lead nowhere any more where there is one.
    """

    path: Path
    side_px: int
    duration_s: float
    thumbnail: Path | None = None
    remembered: str | None = None


@dataclass(frozen=True, slots=True)
class Screen:
    """One message as a person sees it."""

    text: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    picture: Path | None = None
    video: Video | None = None


@dataclass(frozen=True, slots=True)
class Destination:
    """Where in a chat something is said; ids are the platform's.

    Attributes
    ----------
    chat : str
        What has admins and settings: a Discord server, a Telegram group, a direct conversation.
    channel : str or None
        The place in it: a Discord channel or thread, a Telegram forum topic.
    reply_to : str or None
        The message that is answered, if it still exists; posting must not fail because it does not.
    person : str or None
        Whom it is for.
    direct : bool
        The place itself is out of reach: write to the person instead.
    event : str or None
        The event that is answered (`bot.chat.events.Incoming.event_id`). A hint, never an address: a chat that ties
        answers to events (Discord's interactions) may answer it while it still can.
    """

    chat: str
    channel: str | None = None
    reply_to: str | None = None
    person: str | None = None
    direct: bool = False
    event: str | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that is there: where, under which id, and the chat's handle of its file (`Video.remembered`)."""

    chat: str
    message: str
    channel: str | None = None
    remembered: str | None = None


class ChatCode(StrEnum):
    """How a chat refuses."""

    GONE = "gone"
    """The message, the chat or the thread does not exist any more."""
    FORBIDDEN = "forbidden"
    """The bot may not write there, or not to this person."""
    TOO_LARGE = "too_large"
    """The file, by the chat's own measure."""
    BUSY = "busy"
    """[retry_after_s] Too much at once."""
    UNCERTAIN = "uncertain"
    """It may have arrived or not."""
    UNREACHABLE = "unreachable"
    """It did not arrive."""
    MOVED = "moved"
    """[new_chat] The chat has another id now."""
    REFUSED = "refused"
    """[reason] For a reason that is not among these; trying again would not help."""


class ChatError(CodedError):
    """A chat refused or failed; `code` is a `ChatCode`."""

    @property
    def retry_after_s(self) -> float:
        """How long the chat wants to be left in peace; a while, if it does not say."""
        told = self.facts.get("retry_after_s")
        return float(told) if isinstance(told, int | float) else 5.0


class ChatPort(Protocol):
    """One chat platform, as the outbox sees it."""

    @property
    def platform(self) -> Platform:
        """``discord`` or ``telegram``."""
        ...

    @property
    def nonce_lasts_s(self) -> float:
        """How long a repeated `post` with the same nonce is recognized, and posts nothing new; 0 if never."""
        ...

    async def upload_limit_bytes(self, destination: Destination) -> int:
        """Return the largest file that can be posted there now."""
        ...

    async def post(self, destination: Destination, screen: Screen, nonce: str) -> Posted:
        """Post a new message; the nonce keeps a repeated call from posting twice where the chat can tell."""
        ...

    async def edit(self, posted: Posted, screen: Screen) -> Posted:
        """Make a posted message show another screen; one that already shows it is left alone.

        A chat that cannot change a message in this way (words into a picture) may put another in its place and return
        that one.
        """
        ...

    async def find(self, destination: Destination, screen: Screen, known: Collection[str]) -> Posted | None:
        """Look for a message that `post` may have left, by what it shows; None where it is not, or cannot be, found.

        Parameters
        ----------
        known : collection of str
            The messages there that are others for sure.
        """
        ...

    async def announce(self, destination: Destination, shown: Posted, words: str, nonce: str) -> Posted | None:
        """Let a person know that something has come; None where that is no message, and can be repeated.

        Parameters
        ----------
        shown : Posted
            The message that they have waited for.
        words : str
            A screen's text, for a chat that announces by a message.
        """
        ...

    async def delete(self, posted: Posted) -> None:
        """Take a message away; one that is gone already is fine."""
        ...
