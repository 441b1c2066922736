"""The slash commands and message commands that Discord offers, made from `bot.chat.menu`.

Every one can be used in servers and direct messages, and by people who have installed the app for themselves wherever
they are; what is for admins is offered to those who may manage the server.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import discord
from discord import app_commands

from bot.adapters.discord.reading import Interaction
from bot.chat.markup import to_plain
from bot.chat.menu import MENU, MenuItem, Option
from bot.screens.messages import DEFAULT_LANGUAGE, LANGUAGES, say
from bot.usecases import relay
from pipeline.recipe import MAX_FPS, MAX_SCENES

Answer: TypeAlias = Callable[[Interaction, str, Mapping[str, object]], Awaitable[None]]
AnswerChosen: TypeAlias = Callable[[Interaction, str, discord.Message], Awaitable[None]]
Suggest: TypeAlias = Callable[[Interaction, str, str], Awaitable[Sequence[tuple[str, str]]]]

ON_MESSAGES: Mapping[str, str] = {"ganterpret": "menu.ganterpret_this", "remix": "menu.remix_this"}
"""*Apps → …* on a message: the command that it is, and what it is called."""

LONGEST_TEXT = 1000
_RANGES: Mapping[str, tuple[float, float]] = {
    "fps": (1, MAX_FPS),
    "truncation": (0.02, 1.0),
    "scene": (1, MAX_SCENES),
    "people": (relay.FEWEST, relay.MOST),
}
_EVERYWHERE = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)
_FOR_ALL = app_commands.AppInstallationType(guild=True, user=True)
_WHERE_THE_BOT_IS = app_commands.AppCommandContext(guild=True, dm_channel=True)
_FOR_SERVERS = app_commands.AppInstallationType(guild=True)


def slash_commands(answer: Answer, suggest: Suggest) -> list[app_commands.Command[Any, ..., None]]:
    """Return all slash commands, with typed options.

    Parameters
    ----------
    answer : coroutine function
        Called with the interaction, the command's name and the options as the library parsed them.
    suggest : coroutine function
        Called with the interaction, an option's name and what has been typed; returns what is shown and what is sent.
    """
    return [_slash_command(item, answer, suggest) for item in MENU]


def message_commands(answer: AnswerChosen) -> list[app_commands.ContextMenu]:
    """Return the commands in the menu of a message."""
    return [_message_command(name, title, answer) for name, title in ON_MESSAGES.items()]


class Translations(app_commands.Translator):
    """Gives Discord our commands' descriptions in every language that the catalogue has."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContext[Any, Any],  # noqa: ARG002 - the key says it all
    ) -> str | None:
        """Return a string in the language of a locale; None leaves it as it is."""
        language, key = locale.value.split("-")[0], string.extras.get("key")
        if key is None or language == DEFAULT_LANGUAGE or language not in LANGUAGES:
            return None
        return _said(key, language)


def _slash_command(item: MenuItem, answer: Answer, suggest: Suggest) -> app_commands.Command[Any, ..., None]:
    async def callback(interaction: Interaction, **options: object) -> None:
        await answer(interaction, item.name, options)

    # The library reads a command's options from its callback's signature.
    about_interaction = inspect.Parameter("interaction", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    signature = inspect.Signature([about_interaction, *map(_parameter, item.options)])
    callback.__signature__ = signature  # type: ignore[attr-defined]
    described = app_commands.describe(**{option.name: _localized(f"option.{option.name}") for option in item.options})
    for_all = item.audience == "everyone"
    command = app_commands.Command[Any, ..., None](
        name=item.name,
        description=_localized(f"menu.{item.name}"),
        callback=described(callback),
        allowed_contexts=_EVERYWHERE if for_all else _WHERE_THE_BOT_IS,
        allowed_installs=_FOR_ALL if for_all else _FOR_SERVERS,
        auto_locale_strings=False,
    )
    if not for_all:
        command.default_permissions = discord.Permissions(manage_guild=True)
    for option in item.options:
        if option.suggests:
            command.autocomplete(option.name)(_completion(option.name, suggest))
    return command


def _message_command(name: str, title: str, answer: AnswerChosen) -> app_commands.ContextMenu:
    async def callback(interaction: Interaction, message: discord.Message) -> None:
        await answer(interaction, name, message)

    return app_commands.ContextMenu(
        name=_localized(title),
        callback=callback,
        allowed_contexts=_EVERYWHERE,
        allowed_installs=_FOR_ALL,
        auto_locale_strings=False,
    )


def _parameter(option: Option) -> inspect.Parameter:
    kind = _type_of(option)
    if option.required:
        return inspect.Parameter(option.name, inspect.Parameter.KEYWORD_ONLY, annotation=kind)
    return inspect.Parameter(option.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind | None)


def _type_of(option: Option) -> Any:
    low, high = _RANGES.get(option.name, (None, None))
    match option.kind:
        case "file":
            return discord.Attachment
        case "person":
            return discord.User
        case "whole":
            return app_commands.Range[int, low, high]
        case "decimal":
            return app_commands.Range[float, low, high]
        case "text" if option.choices:
            return Literal[option.choices]
        case "text":
            return app_commands.Range[str, 1, LONGEST_TEXT]


def _completion(
    option: str, suggest: Suggest
) -> Callable[[Interaction, str], Coroutine[Any, Any, list[app_commands.Choice[str]]]]:
    async def complete(interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        return [
            app_commands.Choice(name=label, value=value) for label, value in await suggest(interaction, option, current)
        ]

    return complete


def _localized(key: str) -> app_commands.locale_str:
    return app_commands.locale_str(_said(key, DEFAULT_LANGUAGE), key=key)


def _said(key: str, language: str) -> str:
    return to_plain(say(key, language))
