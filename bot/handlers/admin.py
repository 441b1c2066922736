"""What admins do: a chat's settings, and bans."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bot.chat.answers import Answer, Say
from bot.chat.errors import BotCode, BotError
from bot.chat.events import Command
from bot.chat.grammar import CommandCode, CommandError, parse_time_s
from bot.chat.port import Screen
from bot.handlers.context import Context, spoken_language
from bot.screens.messages import LANGUAGES, say
from bot.screens.pages import settings_page
from bot.screens.pieces import name_of
from bot.usecases.access import require_configuring, require_owner
from bot.usecases.recipes import theme_name
from pipeline.generator import SIZES_PX
from storage.database.transactions import Transaction
from storage.people import chats, people
from storage.people.chats import ChatSettings
from storage.people.people import Person

_OFF = frozenset({"off", "none", "auto", "aus"})
_MOST_PER_DAY = 1_000_000


def settings(context: Context, command: Command) -> Answer:
    """Show a chat's settings, and change those that are named."""
    require_configuring(context.actor)
    wanted = _pairs(command)
    new = changed(context.settings, {name: value for name, value in wanted.items() if name != "language"})
    spoken = context.chat.language if context.chat is not None else None
    if "language" in wanted:
        spoken = _language(wanted["language"])
    if wanted:
        where = context.incoming.origin
        with context.services.database.write() as tx:
            chat = chats.get_or_create(tx, context.incoming.platform, where.chat, where.title)
            chats.change_settings(tx, chat.id, new)
            chats.choose_language(tx, chat.id, spoken)
    language = spoken_language(context.person.language if context.person else None, spoken, context.language)
    return Say(settings_page(new, spoken, language))


def changed(before: ChatSettings, wanted: Mapping[str, str]) -> ChatSettings:
    """Return settings with what is named changed; ``off`` leaves it to the bot's own.

    Raises
    ------
    BotError
        ``NO_SUCH_SETTING``
    CommandError
        A value that makes no sense.
    PipelineError
        ``UNKNOWN_THEME``
    """
    changes: dict[str, Any] = {}
    for name, value in wanted.items():
        if name not in _SETTINGS:
            raise BotError(BotCode.NO_SUCH_SETTING, option=name[:40], known=(*_SETTINGS, "language"))
        field, read = _SETTINGS[name]
        if value.lower() in _OFF:
            changes[field] = False if field == "admins_only" else None
        else:
            changes[field] = read(name, value)
    return replace(before, **changes)


def ban(context: Context, command: Command) -> Answer:
    """Take no more requests from somebody."""
    return _ban(context, command, people.ban, "settings.banned")


def unban(context: Context, command: Command) -> Answer:
    """Take somebody's requests again."""
    return _ban(context, command, people.unban, "settings.unbanned")


def _ban(context: Context, command: Command, change: Callable[..., None], key: str) -> Answer:
    require_configuring(context.actor)
    words = command.words.split()
    everywhere = "everywhere" in words or (command.options or {}).get("where") == "everywhere"
    if everywhere:
        require_owner(context.actor)
    with context.services.database.write() as tx:
        person = _whom(context, tx, command, [word for word in words if word not in ("everywhere", "here")])
        is_owner = f"{person.platform}:{person.external_id}" in context.services.policy.owners
        if is_owner or person.external_id == context.incoming.sender.id:
            raise BotError(BotCode.NOT_TO_BE_BANNED)
        chat = chats.get_or_create(
            tx, context.incoming.platform, context.incoming.origin.chat, context.incoming.origin.title
        )
        change(tx, person.id, chat_id=None if everywhere else chat.id)
    return Say(Screen(say(key, context.language, name=name_of(person.name or person.external_id, context.language))))


def _whom(context: Context, tx: Transaction, command: Command, words: list[str]) -> Person:
    """Return the person who is named, or whose message is replied to."""
    name = None
    platform = context.incoming.platform
    external_id = (command.options or {}).get("person") or (words[0] if words else None)
    if external_id is None and command.reply_to is not None and command.reply_to.author is not None:
        external_id, name = command.reply_to.author.id, command.reply_to.author.name
    if external_id is None or not external_id.isascii() or not external_id.isdigit() or len(external_id) > 20:
        raise BotError(BotCode.WHOM)
    return people.find(tx, platform, external_id) or people.get_or_create(tx, platform, external_id, name)


def _pairs(command: Command) -> dict[str, str]:
    """Read ``name:value`` pairs; a value goes on until the next name."""
    if command.options is not None:
        return {name: value.strip() for name, value in command.options.items()}
    pairs: dict[str, str] = {}
    last = None
    for word in command.words.split():
        name, colon, value = word.partition(":")
        if colon and name.isalpha():
            last = name.lower()
            pairs[last] = value
        elif last is not None:
            pairs[last] = f"{pairs[last]} {word}".strip()
        else:
            raise BotError(BotCode.NO_SUCH_SETTING, option=word[:40], known=(*_SETTINGS, "language"))
    for name, value in pairs.items():
        if not value:
            raise CommandError(CommandCode.EMPTY_OPTION, option=name)
    return pairs


def _language(value: str) -> str | None:
    if value.lower() in _OFF:
        return None
    if value.lower() not in LANGUAGES:
        raise BotError(BotCode.NO_SUCH_LANGUAGE, value=value[:20], known=LANGUAGES)
    return value.lower()


def _theme(_option: str, value: str) -> str:
    return theme_name(value.strip("\"'"))


def _size(option: str, value: str) -> int:
    sizes = tuple(map(str, SIZES_PX))
    if value not in sizes:
        raise CommandError(CommandCode.NOT_A_CHOICE, option=option, value=value[:40], choices=sizes)
    return int(value)


def _longest(option: str, value: str) -> float:
    longest_s = parse_time_s(option, value)
    if longest_s < 1:
        raise CommandError(CommandCode.NOT_A_TIME, option=option, value=value[:40])
    return longest_s


def _per_day(option: str, value: str) -> int:
    if not (value.isascii() and value.isdigit()):
        raise CommandError(CommandCode.NOT_A_NUMBER, option=option, value=value[:40])
    if len(value) > 9 or int(value) > _MOST_PER_DAY:
        raise CommandError(CommandCode.OUT_OF_RANGE, option=option, value=value[:40], low=0, high=_MOST_PER_DAY)
    return int(value)


def _who(option: str, value: str) -> bool:
    choices = ("everyone", "admins")
    if value.lower() not in choices:
        raise CommandError(CommandCode.NOT_A_CHOICE, option=option, value=value[:40], choices=choices)
    return value.lower() == "admins"


_SETTINGS: Mapping[str, tuple[str, Callable[[str, str], Any]]] = {
    "theme": ("default_theme", _theme),
    "size": ("size_px", _size),
    "longest": ("longest_s", _longest),
    "clips": ("clips_per_day", _per_day),
    "seconds": ("seconds_per_day", _per_day),
    "who": ("admins_only", _who),
}
