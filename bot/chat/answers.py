"""What the dispatcher answers to an event: one of these values, which an adapter shows in the way of its chat.

``note``s, toasts and screens are written in the subset of HTML that `bot.chat.markup` knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from bot.chat.events import Attachment
from bot.chat.port import Posted, Screen


@dataclass(frozen=True, slots=True)
class About:
    """What a message shows; told to `Dispatcher.posted`, so that the message can be replied to and taken away."""

    what: Literal["poster", "relay"]
    id: int


@dataclass(frozen=True, slots=True)
class Say:
    """Post a new message, as a reply to what was said.

    Attributes
    ----------
    private : bool
        Meant for who asked alone: ephemeral on Discord; an ordinary reply where the chat knows nothing like it.
    about : About or None
        What the dispatcher wants to know the message of; only where it is for everybody.
    """

    screen: Screen
    private: bool = True
    about: About | None = None


@dataclass(frozen=True, slots=True)
class Toast:
    """A passing word for whoever pressed: Telegram's answer to a callback query, an ephemeral message on Discord."""

    text: str


@dataclass(frozen=True, slots=True)
class EditMessage:
    """The message whose button was pressed shows this screen now.

    Attributes
    ----------
    remove : tuple of Posted
        Other messages that are to be taken away, for what they show was deleted; failing to is no harm.
    """

    screen: Screen
    remove: tuple[Posted, ...] = ()


@dataclass(frozen=True, slots=True)
class AskText:
    """Ask whoever pressed for a word: a modal on Discord, a message with a forced reply on Telegram.

    What they write comes back as ``ButtonPress(action, text=…)`` from a modal, or as ``TextMessage``; either will do.

    Attributes
    ----------
    question, placeholder : str
        Short plain texts, at most 45 and 64 characters (what a modal's label and Telegram's field take).
    action : str
        The modal's id.
    """

    question: str
    placeholder: str
    action: str


@dataclass(frozen=True, slots=True)
class Download:
    """Acknowledge, fetch the bytes of this attachment into a file, and call `Dispatcher.answer` again with its path.

    Nothing has been written or charged so far.
    """

    attachment: Attachment


@dataclass(frozen=True, slots=True)
class Accepted:
    """It is written down; the outbox posts what comes of it.

    Attributes
    ----------
    note : str
        A passing word for who asked, where the chat needs some answer.
    status : bool
        A status message follows at once. On Discord the adapter may leave the interaction open (deferred, public) and
        let the outbox's first post with ``Destination.event`` fill it; elsewhere the note need not be shown.
    close : bool
        The message whose button was pressed was a menu, and has done its duty: take it away.
    """

    note: str
    status: bool = True
    close: bool = False


@dataclass(frozen=True, slots=True)
class Nothing:
    """There is nothing to say: the words were not for the bot."""


Answer: TypeAlias = Say | Toast | EditMessage | AskText | Download | Accepted | Nothing
