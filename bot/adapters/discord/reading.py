"""Reading events: what Discord tells becomes an `Incoming`, or nothing where it is not meant for the bot. Pure.

Without the privileged intent a bot reads what people write only in direct messages, where it is mentioned, and where
somebody replies to it (and leaves the ping on, as the client does by itself). So a mention serves as a command too:
``@GANterpreter theme:birds`` beside an audio file, or in plain words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import discord

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
from bot.chat.links import find_links
from bot.chat.menu import ALIASES, BY_NAME

Interaction = discord.Interaction[Any]

EDITS_COUNT_FOR = timedelta(hours=1)
DEFAULT_UPLOAD_LIMIT_BYTES = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES

_WRITTEN_BY_PEOPLE = (discord.MessageType.default, discord.MessageType.reply)


# --- interactions -----------------------------------------------------------------------------------------------------


def read_slash(interaction: Interaction, name: str, options: Mapping[str, object]) -> Incoming:
    """Read a slash command.

    Parameters
    ----------
    options : mapping
        By name, as the library parsed them; None for those that were left out.
    """
    files = tuple(_attachment(value) for value in options.values() if isinstance(value, discord.Attachment))
    words = {
        name: _as_text(value)
        for name, value in options.items()
        if value is not None and not isinstance(value, discord.Attachment)
    }
    return _incoming(interaction, Command(name, options=words, attachments=files))


def read_chosen(interaction: Interaction, name: str, message: discord.Message) -> Incoming:
    """Read *Apps → …* on a message, which the bot may read for once, whoever wrote it."""
    return _incoming(interaction, Command(name, options={}, reply_to=said_before(message)))


def read_box(interaction: Interaction, name: str, words: str, target: SaidBefore) -> Incoming:
    """Read the text box that *Apps → …* has opened: the words of a command in reply to that message."""
    return _incoming(interaction, Command(name, words, reply_to=target))


def read_press(interaction: Interaction, action: str, text: str | None = None) -> Incoming:
    """Read a press of a button, or the text box that a button had opened."""
    message = None if interaction.message is None else str(interaction.message.id)
    return _incoming(interaction, ButtonPress(action, message, text))


def text_in(interaction: Interaction) -> str:
    """Return what was written into a text box."""
    return next(_values(interaction.data), "").strip()


def is_among_us(interaction: Interaction) -> bool:
    """Tell whether the bot itself is where the interaction was made: not only its app, which people bring along."""
    if interaction.guild_id is not None:
        return interaction.client.get_guild(interaction.guild_id) is not None
    return not interaction.context.private_channel


def _incoming(interaction: Interaction, said: Said) -> Incoming:
    return Incoming("discord", f"interaction:{interaction.id}", _sender(interaction), _where(interaction), said)


def _sender(interaction: Interaction) -> Sender:
    runs_it = _in_private(interaction) or interaction.permissions.manage_guild
    return _person(interaction.user, is_admin=runs_it, language=interaction.locale.value)


def _where(interaction: Interaction) -> Origin:
    channel = str(interaction.channel_id)
    if interaction.guild_id is None:
        limit = interaction.filesize_limit if not is_among_us(interaction) else DEFAULT_UPLOAD_LIMIT_BYTES
        return Origin(channel, channel, None, _in_private(interaction), limit)
    guild = interaction.client.get_guild(interaction.guild_id)
    if guild is None:
        return Origin(str(interaction.guild_id), channel, None, False, interaction.filesize_limit)
    return Origin(str(guild.id), channel, guild.name, False, guild.filesize_limit)


def _in_private(interaction: Interaction) -> bool:
    return interaction.guild_id is None and is_among_us(interaction)


def _as_text(value: object) -> str:
    """Write an option's value as a person would have."""
    match value:
        case float():
            return f"{value:g}"
        case discord.User() | discord.Member():
            return str(value.id)
        case _:
            return str(value)


def _values(components: object) -> Iterator[str]:
    """Find the written texts in a sent form, however they are wrapped."""
    match components:
        case {"value": str(text)}:
            yield text
        case Mapping():
            for name in ("components", "component"):
                yield from _values(components.get(name))
        case [*parts]:
            for part in parts:
                yield from _values(part)


# --- messages ---------------------------------------------------------------------------------------------------------


def read_message(message: discord.Message, bot_id: int) -> Incoming | None:
    """Read a message; None where it is not for the bot."""
    if message.author.bot or message.webhook_id is not None or message.type not in _WRITTEN_BY_PEOPLE:
        return None
    said = _said(message, bot_id)
    if said is None:
        return None
    author, guild = message.author, message.guild
    runs_it = guild is None or (isinstance(author, discord.Member) and author.guild_permissions.manage_guild)
    channel = str(message.channel.id)
    origin = Origin(
        chat=channel if guild is None else str(guild.id),
        channel=channel,
        title=None if guild is None else guild.name,
        private=guild is None,
        upload_limit_bytes=DEFAULT_UPLOAD_LIMIT_BYTES if guild is None else guild.filesize_limit,
    )
    return Incoming("discord", f"message:{message.id}", _person(author, is_admin=runs_it), origin, said)


def read_edit(message: discord.Message, bot_id: int) -> Incoming | None:
    """Read a message as it was edited, soon after it was sent; None where it is not for the bot."""
    edited = message.edited_at
    heard = read_message(message, bot_id)
    if heard is None or edited is None or edited - message.created_at > EDITS_COUNT_FOR:
        return None
    event_id = edited_event(heard.event_id, int(edited.timestamp() * 1000))
    return replace(heard, event_id=event_id, edits=heard.event_id)


def read_added(guild: discord.Guild, when: int) -> Incoming | None:
    """Read that the bot was added to a server; None where there is no place to say hello."""
    channel = guild.system_channel
    if channel is None or not channel.permissions_for(guild.me).send_messages:
        return None
    language = None if guild.preferred_locale is None else guild.preferred_locale.value
    origin = Origin(str(guild.id), str(channel.id), guild.name, False, guild.filesize_limit)
    return Incoming("discord", f"added:{guild.id}:{when}", Sender(str(guild.owner_id), "", language), origin, Added())


def said_before(message: discord.Message) -> SaidBefore:
    """Read a message that is replied to or chosen: its text, its links, its files, and those that it passes on."""
    parts: list[discord.Message | discord.MessageSnapshot] = [message, *message.message_snapshots]
    text = [part.content for part in parts]
    links = [embed.url for part in parts for embed in part.embeds if embed.url]
    files = tuple(_attachment(file) for part in parts for file in part.attachments)
    hidden = [link for link in links if link not in message.content]
    author = message.author
    return SaidBefore(str(message.id), " ".join(filter(None, [*text, *hidden])), files, _person(author, is_admin=False))


def _said(message: discord.Message, bot_id: int) -> Said | None:
    mention = re.compile(rf"<@!?{bot_id}>")
    mentioned = mention.search(message.content) is not None
    words = mention.sub(" ", message.content).strip()
    in_private, number = message.guild is None, str(message.id)
    parts: list[discord.Message | discord.MessageSnapshot] = [message, *message.message_snapshots]
    files = tuple(_attachment(file) for part in parts for file in part.attachments)
    passed_on = [link for part in message.message_snapshots for link in find_links(part.content).links]
    answered = _answered(message)
    ours = answered if answered is not None and answered.author.id == bot_id else None

    if not (mentioned or in_private or ours is not None):
        return None
    before = None if answered is None else said_before(answered)
    if mentioned or in_private:
        command = implied_command(words) if mentioned else parse_command(words)
        if command is not None and (in_private or command.name in BY_NAME or command.name in ALIASES):
            return Command(command.name, command.words, None, files, before, number)
    if not (words or files or mentioned or passed_on):
        return None  # a sticker, or a picture that is none of ours
    words = " ".join(filter(None, [words, *passed_on]))
    return TextMessage(words, number, None if ours is None else str(ours.id), files, before, mentioned)


def _answered(message: discord.Message) -> discord.Message | None:
    reference = message.reference
    if reference is None or reference.type is not discord.MessageReferenceType.reply:
        return None
    return reference.resolved if isinstance(reference.resolved, discord.Message) else None


def _person(user: discord.User | discord.Member, *, is_admin: bool, language: str | None = None) -> Sender:
    return Sender(str(user.id), user.display_name, language, is_admin)


def _attachment(file: discord.Attachment) -> Attachment:
    return Attachment(file.url, file.filename, file.content_type, file.size, file.duration, file.title)
