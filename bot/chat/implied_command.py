"""A command without its slash: behind the bot's name people write "remix theme:birds" or just "help"."""

from __future__ import annotations

import re

from bot.chat.grammar import Command, parse_command
from bot.chat.links import find_links
from bot.chat.menu import ALIASES, BY_NAME

_GOES_ON_LIKE_ONE = re.compile(r"#\d|\d+(?:\s|$)|[A-Za-z_-]{2,20}\s*[:=]\s*\S")


def implied_command(words: str) -> Command | None:
    """Read words that begin with a command's name as that command; None where they go on like a sentence.

    "show #12" and "remix scene:3 volcano" are commands; "show me cats" is for `bot.chat.reader`.
    """
    if words.startswith("/"):
        return parse_command(words)
    command = parse_command(f"/{words}")
    if command is None or (command.name not in BY_NAME and command.name not in ALIASES):
        return None
    rest = find_links(command.words).rest
    return command if not rest or _GOES_ON_LIKE_ONE.match(rest) or command.name == "ganterpret" else None
