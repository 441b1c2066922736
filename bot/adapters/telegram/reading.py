"""Reading updates: what Telegram tells becomes an `Incoming`, or nothing where it is not meant for the bot. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from telegram import (
    CallbackQuery,
    Chat,
    ChatMemberUpdated,
    ExternalReplyInfo,
    Message,
    MessageEntity,
    TextQuote,
    Update,
    User,
)
from telegram.constants import ChatMemberStatus, ChatType

from bot.chat.events import (
    Added,
    Attachment,
    ButtonPress,
    Command,
    Incoming,
    Origin,
    Said,
    Sender,
    TextMessage,
    edited_event,
)
from bot.chat.events import Message as SaidBefore
from bot.chat.grammar import parse_command
from bot.chat.implied_command import implied_command
from bot.chat.menu import ALIASES, BY_NAME

_ELSEWHERE = "elsewhere"
_AWAY = (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)
_EDITS_COUNT_FOR = timedelta(hours=1)

UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
"""The kinds that are read; Telegram is asked for no others."""


@dataclass(frozen=True, slots=True)
class Account:
    """The bot itself, and how much its Bot API server carries.

    Attributes
    ----------
    id, username : int, str
        As ``getMe`` tells.
    download_limit_bytes : int or None
        The largest file that somebody may send; None (no bound) on a local Bot API server.
    upload_limit_bytes : int
        The largest file that the bot may send.
    """

    id: int
    username: str
    download_limit_bytes: int | None
    upload_limit_bytes: int


@dataclass(frozen=True, slots=True)
class Migration:
    """A group became a supergroup, which has another id."""

    old_chat: str
    new_chat: str


def read(update: Update, account: Account) -> Incoming | Migration | None:
    """Read an update; None where it is not for the bot.

    Whether the sender runs a group is not in the update: `Incoming.sender.is_admin` says so only of those whom Telegram
    shows as the group itself, and in private.
    """
    if update.callback_query is not None:
        return _read_press(update.callback_query, account)
    if update.message is not None:
        return _read_message(update.message, account)
    if update.edited_message is not None:
        return _read_edit(update.edited_message, account)
    if update.my_chat_member is not None:
        return _read_change(update.my_chat_member, account)
    return None


def _read_change(change: ChatMemberUpdated, account: Account) -> Incoming | None:
    """Read that the bot was added to a group; that it was made an admin, or sent away, is no reason to speak."""
    was, now = change.old_chat_member.status, change.new_chat_member.status
    in_group = change.chat.type in (ChatType.GROUP, ChatType.SUPERGROUP)
    if not in_group or was not in _AWAY or now in _AWAY:
        return None
    event_id = f"added:{account.id}:{change.chat.id}:{int(change.date.timestamp())}"
    sender, where = _person(change.from_user, in_private=False), _where(change.chat, None, account)
    return Incoming("telegram", event_id, sender, where, Added())


def _read_edit(message: Message, account: Account) -> Incoming | None:
    """Read a message as it was edited, soon after it was sent."""
    heard = _read_message(message, account)
    edited = message.edit_date
    if not isinstance(heard, Incoming) or edited is None or edited - message.date > _EDITS_COUNT_FOR:
        return None
    event_id = edited_event(heard.event_id, int(edited.timestamp()))
    return replace(heard, event_id=event_id, edits=heard.event_id)


def _read_message(message: Message, account: Account) -> Incoming | Migration | None:
    if message.migrate_to_chat_id is not None:
        return Migration(str(message.chat.id), str(message.migrate_to_chat_id))
    if message.migrate_from_chat_id is not None:
        return Migration(str(message.migrate_from_chat_id), str(message.chat.id))
    sender = _sender(message)
    said = _said(message, account)
    if sender is None or said is None:
        return None
    # Messages are numbered anew for every bot, so that the number alone would be known after a change of bots.
    event_id = f"{account.id}:{message.chat.id}:{message.message_id}"
    return Incoming("telegram", event_id, sender, _where(message.chat, message, account), said)


def _read_press(query: CallbackQuery, account: Account) -> Incoming | None:
    if query.message is None or query.data is None:
        return None
    message = query.message if isinstance(query.message, Message) else None  # an old one is told by its number alone
    return Incoming(
        "telegram",
        f"press:{query.id}",
        _person(query.from_user, in_private=query.message.chat.type == ChatType.PRIVATE),
        _where(query.message.chat, message, account),
        ButtonPress(query.data, str(query.message.message_id)),
    )


# --- what is said -----------------------------------------------------------------------------------------------------


def _said(message: Message, account: Account) -> Said | None:
    text, entities = _text(message)
    in_private = message.chat.type == ChatType.PRIVATE
    command = parse_command(_uncovered(text, entities))
    if command is not None:
        if not _is_ours(command.name, command.bot, account, in_private=in_private):
            return None
        return _command(message, command.name, command.words, account)
    answered, number = _answered(message), str(message.message_id)
    of_ours = answered is not None and answered.from_user is not None and answered.from_user.id == account.id
    name = re.compile(rf"@{re.escape(account.username)}(?!\w)", re.IGNORECASE)
    mentioned = name.search(text) is not None
    files = _attachments(message, account)
    if not (in_private or of_ours or mentioned) or not (text or files):
        return None
    # What came with something forwarded was written for others; a link in it is meant all the same.
    words = _with_hidden(text, entities)
    if message.forward_origin and files:
        words = ""
    if mentioned and (command := implied_command(name.sub(" ", words).strip())) is not None:
        return _command(message, command.name, command.words, account)
    reply_to = str(answered.message_id) if answered is not None and of_ours else None
    return TextMessage(
        name.sub(" ", words).strip(), number, reply_to, files, _replied(message, account), mentioned and not in_private
    )


def _is_ours(name: str, addressee: str | None, account: Account, *, in_private: bool) -> bool:
    """Tell whether a command is for this bot: in a group there may be others, with commands of their own."""
    if addressee is not None:
        return addressee.lower() == account.username.lower()
    return in_private or name in BY_NAME or name in ALIASES


def _command(message: Message, name: str, words: str, account: Account) -> Command:
    return Command(
        name,
        words,
        attachments=_attachments(message, account),
        reply_to=_replied(message, account),
        message=str(message.message_id),
    )


def _answered(message: Message) -> Message | None:
    """Return the message that a person replied to; in a topic every message "replies" to the topic's first one."""
    answered = message.reply_to_message
    return None if answered is None or answered.forum_topic_created is not None else answered


def _replied(message: Message, account: Account) -> SaidBefore | None:
    answered = _answered(message)
    if answered is None:
        return None if message.external_reply is None else _external(message.external_reply, message.quote, account)
    text, entities = _text(answered)
    return SaidBefore(
        str(answered.message_id),
        _with_hidden(text, entities),
        _attachments(answered, account),
        author=_sender(answered),
    )


def _external(told: ExternalReplyInfo, quote: TextQuote | None, account: Account) -> SaidBefore:
    """Read a message of another chat that somebody replies to; its number means nothing here."""
    text = "" if quote is None else quote.text
    if told.link_preview_options is not None and told.link_preview_options.url:
        text = f"{text} {told.link_preview_options.url}".strip()
    return SaidBefore(_ELSEWHERE, text, _attachments(told, account))


def _text(message: Message) -> tuple[str, Sequence[MessageEntity]]:
    if message.text is not None:
        return message.text, message.entities
    return message.caption or "", message.caption_entities


def _with_hidden(text: str, entities: Sequence[MessageEntity]) -> str:
    """Append the links that lie behind words of a text."""
    hidden = [entity.url for entity in entities if entity.type == MessageEntity.TEXT_LINK and entity.url]
    return " ".join([text, *hidden])


def _uncovered(text: str, entities: Sequence[MessageEntity]) -> str:
    """Put links and people's numbers in the place of the words that they are hidden behind."""
    units = text.encode("utf-16-le")  # offsets count UTF-16 code units of two bytes
    for entity in sorted(entities, key=lambda entity: -entity.offset):
        hidden = entity.url if entity.user is None else str(entity.user.id)
        if entity.type in (MessageEntity.TEXT_LINK, MessageEntity.TEXT_MENTION) and hidden:
            start, end = 2 * entity.offset, 2 * (entity.offset + entity.length)
            units = units[:start] + hidden.encode("utf-16-le") + units[end:]
    return units.decode("utf-16-le")


# --- by whom, where ---------------------------------------------------------------------------------------------------


def _sender(message: Message) -> Sender | None:
    if message.sender_chat is not None:
        # An anonymous administrator speaks as the group, a channel as itself; `from` then names a stand-in that all
        # such senders share.
        name = message.sender_chat.title or message.sender_chat.username or ""
        return Sender(str(message.sender_chat.id), name, is_admin=message.sender_chat.id == message.chat.id)
    if message.from_user is None or message.from_user.is_bot:
        return None
    return _person(message.from_user, in_private=message.chat.type == ChatType.PRIVATE)


def _person(user: User, *, in_private: bool) -> Sender:
    return Sender(str(user.id), user.full_name, user.language_code, is_admin=in_private)


def _where(chat: Chat, message: Message | None, account: Account) -> Origin:
    thread = message.message_thread_id if message is not None and message.is_topic_message else None
    return Origin(
        chat=str(chat.id),
        channel=None if thread is None else str(thread),
        title=chat.title,
        private=chat.type == ChatType.PRIVATE,
        upload_limit_bytes=account.upload_limit_bytes,
    )


# --- files ------------------------------------------------------------------------------------------------------------


def _attachments(message: Message | ExternalReplyInfo, account: Account) -> tuple[Attachment, ...]:
    """Return what may hold sound; an animation is silent, and comes as a document too."""
    limit = account.download_limit_bytes
    if (audio := message.audio) is not None:
        title = " – ".join(part for part in (audio.performer, audio.title) if part) or None
        seconds = _seconds(audio.duration)
        return (Attachment(audio.file_id, audio.file_name, audio.mime_type, audio.file_size, seconds, title, limit),)
    if (voice := message.voice) is not None:
        mime = voice.mime_type or "audio/ogg"
        return (Attachment(voice.file_id, None, mime, voice.file_size, _seconds(voice.duration), None, limit),)
    if (video := message.video) is not None:
        mime = video.mime_type or "video/mp4"
        seconds = _seconds(video.duration)
        return (Attachment(video.file_id, video.file_name, mime, video.file_size, seconds, None, limit),)
    if (note := message.video_note) is not None:
        return (Attachment(note.file_id, None, "video/mp4", note.file_size, _seconds(note.duration), None, limit),)
    if (document := message.document) is not None and message.animation is None:
        name, mime_type = document.file_name, document.mime_type
        return (Attachment(document.file_id, name, mime_type, document.file_size, None, None, limit),)
    return ()


def _seconds(duration: int | timedelta) -> float:
    return duration.total_seconds() if isinstance(duration, timedelta) else float(duration)
