"""Showing screens: what a message of Discord's is made of, as values. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from bot.chat.markup import to_discord
from bot.chat.port import Button, Screen

Row: TypeAlias = tuple[Button, ...]

TEXT_LIMIT = 2000
"""The longest content of a message, in characters."""
MOST_ROWS, ROW_WIDTH = 5, 5
LABEL_LIMIT = 80
NONCE_LIMIT = 25

_PIECE = re.compile(r"<(/?)(b|i|code)>|&#?\w+;|.", re.DOTALL)


def content(text: str, limit: int = TEXT_LIMIT) -> str:
    """Return a screen's text in Discord's Markdown, cut to what fits.

    Backslashes that keep foreign words from being markup count too; what is cut is the screen's text, so that no pair
    of marks is left open.
    """
    whole = to_discord(text)
    if len(whole) <= limit:
        return whole
    kept: list[str] = []
    open_tags: list[str] = []
    room = limit - 1  # for the ellipsis
    for piece in _PIECE.finditer(text):
        end, tag = piece[1], piece[2]
        if not end:  # the room for a closing mark was taken with the opening one
            room -= len(to_discord(piece[0])) * (2 if tag else 1)
        if room < 0:
            break
        if end:
            open_tags.pop()
        elif tag:
            open_tags.append(tag)
        kept.append(piece[0])
    closing = "".join(f"</{tag}>" for tag in reversed(open_tags))
    return to_discord("".join(kept).rstrip() + "…" + closing)


def rows(buttons: Sequence[Row]) -> list[Row]:
    """Lay buttons out as Discord has room for them: five rows of five.

    A screen that is made for narrow telephones may have more rows than that. Its last row (a way out, mostly) stays
    what it is; those above move together.
    """
    if len(buttons) <= MOST_ROWS and all(len(row) <= ROW_WIDTH for row in buttons):
        return list(buttons)
    *above, last = buttons
    choices = [button for row in above for button in row][: (MOST_ROWS - 1) * ROW_WIDTH]
    packed = [tuple(choices[start : start + ROW_WIDTH]) for start in range(0, len(choices), ROW_WIDTH)]
    return [*packed, last[:ROW_WIDTH]]


def file_of(screen: Screen) -> Path | None:
    """Return the file that a screen shows: a video plays in the chat, a picture is shown there."""
    return screen.picture if screen.video is None else screen.video.path


def nonce_of(event_id: str) -> str:
    """Return what marks the answer to an event: the event's number, the same whenever it is answered."""
    return f"a{event_id.rpartition(':')[2]}"[:NONCE_LIMIT]
