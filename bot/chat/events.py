"""What comes in from a chat, as plain values: who says what, and where.

An adapter translates each event of its chat into one `Incoming` and hands it to the dispatcher
(`bot.handlers.dispatcher`). Ids are the platform's own, as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from bot.chat.grammar import RecipeOptions
from storage.people.people import Platform

EDITED = ":edited:"
"""Stands between the id of a message's event and the number of its edit."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who says it.

    Attributes
    ----------
    id, name : str
        Name as the chat shows it; untrusted text.
    language : str or None
        IETF tag of their chat program, such as ``de`` or ``en-GB``; None if the chat does not tell.
    is_admin : bool
        Whether they run the chat it is said in: Manage Server on Discord, administrator on Telegram.
    """

    id: str
    name: str
    language: str | None = None
    is_admin: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """Where it is said.

    Attributes
    ----------
    chat : str
        What has admins, settings and a quota: a Discord server, a Telegram group, a direct conversation.
    channel : str or None
        The place in it where messages are posted: a Discord channel or thread, a Telegram forum topic.
    title : str or None
        Title of the chat; untrusted text.
    private : bool
        A conversation with the bot alone.
    upload_limit_bytes : int or None
        The largest file that the bot can post there; clips are encoded to fit.
    """

    chat: str
    channel: str | None = None
    title: str | None = None
    private: bool = False
    upload_limit_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that lies with the chat.

    Attributes
    ----------
    handle : str
        By which the adapter fetches its bytes: Telegram's file_id, Discord's attachment URL.
    name, mime : str or None
        As the chat says; nothing depends on their truth.
    bytes, duration_s : int, float or None
        If the chat tells.
    title : str or None
        Title of a piece of music; untrusted text.
    limit_bytes : int or None
        The largest file that the chat hands to a bot at all; None if any.
    """

    handle: str
    name: str | None = None
    mime: str | None = None
    bytes: int | None = None
    duration_s: float | None = None
    title: str | None = None
    limit_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A message that is replied to, or that was chosen with *Apps → GANterpret this*.

    Attributes
    ----------
    text : str
        Plain, with the targets of its hidden links appended.
    author : Sender or None
        Who wrote it, where the chat tells.
    """

    id: str
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    author: Sender | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """``/name`` with its words as one text, or with its options already told apart.

    Attributes
    ----------
    name : str
        Without slash and bot name, in lower case: one of `bot.chat.menu`.
    words : str
        Everything behind the name, as typed (Telegram).
    options : mapping
        Option name to value as text (Discord); the names are those of `bot.chat.menu`.
    message : str or None
        The message that holds the command, where there is one.
    wish : RecipeOptions or None
        What words and options mean, once the dispatcher has had them read.
    """

    name: str
    words: str = ""
    options: Mapping[str, str] | None = None
    attachments: tuple[Attachment, ...] = ()
    reply_to: Message | None = None
    message: str | None = None
    wish: RecipeOptions | None = None


@dataclass(frozen=True, slots=True)
class ButtonPress:
    """A button was pressed, or the text box that a button had opened was sent.

    Attributes
    ----------
    action : str
        The button's id, as it came.
    message : str or None
        The message that the button is under.
    text : str or None
        What was written into the text box (`bot.chat.answers.AskText`), where the chat has one.
    """

    action: str
    message: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class TextMessage:
    """Words without a command, said to the bot: what they mean is for `bot.chat.reader` to tell.

    Attributes
    ----------
    text : str
        Without the bot's name, with the targets of hidden links appended; empty where a file came alone.
    reply_to : str or None
        The message of ours that it replies to.
    attachments : tuple of Attachment
        Sent along.
    answered : Message or None
        The message that it replies to, whoever wrote it, as far as the chat shows it.
    mentioned : bool
        The bot was called by its name.
    """

    text: str
    message: str | None = None
    reply_to: str | None = None
    attachments: tuple[Attachment, ...] = ()
    answered: Message | None = None
    mentioned: bool = False


@dataclass(frozen=True, slots=True)
class Added:
    """The bot was added to a chat by `Incoming.sender`; there is no message to answer."""

    message: None = None


Said: TypeAlias = Command | ButtonPress | TextMessage | Added


@dataclass(frozen=True, slots=True)
class Incoming:
    """One event of a chat.

    Attributes
    ----------
    event_id : str
        Unique on its platform and the same when the chat repeats itself: what makes asking twice asking once.
    edits : str or None
        The event of the message that was edited, if it was; `event_id` is then `edited_event` of it.
    """

    platform: Platform
    event_id: str
    sender: Sender
    origin: Origin
    said: Said
    edits: str | None = None


def edited_event(event_id: str, when: int) -> str:
    """Return the id of the event that a message was edited.

    Parameters
    ----------
    event_id : str
        That of the message as it was first sent.
    when : int
        Tells its edits apart; a later one has a larger number.
    """
    return f"{event_id}{EDITED}{when:012d}"
