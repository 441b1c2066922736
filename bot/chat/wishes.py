"""What a command wishes for, however it was typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from bot.chat.events import Command
from bot.chat.grammar import RecipeOptions, option_named, options_from
from bot.chat.links import find_links
from bot.chat.reader.read import read_options, read_words

_OF_CLIPS = frozenset({"ganterpret", "remix", "relay"})
CLIP_NUMBER = re.compile(r"(?:^|\s)#(\S+)")
"""``#12`` beside the wish of a remix."""
PEOPLE = re.compile(r"^\s*(\d{1,3})(?=\s|$)")
"""How many are to pick, before the wish of a relay."""
_NOT_OF_THE_RECIPE = frozenset({"link", "file", "clip", "people"})
_BESIDES = _NOT_OF_THE_RECIPE - {"link"}


def wished(command: Command, language: str | None) -> Command:
    """Return a command that makes a clip with what it wishes for, read in the language of who typed it.

    Raises
    ------
    CommandError
        With the option at fault.
    """
    if command.name not in _OF_CLIPS or command.wish is not None:
        return command
    if command.options is not None:
        options = {name: value for name, value in command.options.items() if name not in _BESIDES}
        return replace(command, wish=read_options(options, language))
    beside = CLIP_NUMBER if command.name == "remix" else PEOPLE if command.name == "relay" else None
    words = command.words if beside is None else beside.sub(" ", command.words, count=1)
    return replace(command, wish=read_words(words, language, has_sound=bool(command.attachments)))


def options_of(command: Command, *, but: Mapping[str, str] | None = None) -> RecipeOptions:
    """Read what a command wishes for, typed freely or in options.

    Parameters
    ----------
    but : mapping, optional
        Options to use instead of the command's.
    """
    if command.wish is not None:
        return command.wish
    if command.options is None:
        return read_words(command.words)
    options = command.options if but is None else but
    wished = {option_named(name): value for name, value in options.items() if name not in _NOT_OF_THE_RECIPE}
    link = options.get("link")
    return options_from(wished, links=() if link is None else find_links(link).links or (link,))
