"""What a command wishes for, however it was typed."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.events import Command
from bot.chat.grammar import RecipeOptions, option_named, options_from
from bot.chat.links import find_links
from bot.chat.reader.read import read_words

_NOT_OF_THE_RECIPE = frozenset({"link", "file", "clip", "people"})


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
