"""The small pieces that screens are put together from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.chat.markup import escape, to_plain
from bot.chat.port import Button
from bot.screens.messages import explain, say
from pipeline.errors import CodedError

CAPTION_LENGTH = 1024
"""Characters that fit under a video or a picture in every chat."""
PAGE_LENGTH = 1900
"""Characters that fit into a message in every chat."""
_BAR_CELLS = 10


def bar(done: int, total: int) -> str:
    """Draw progress in ten cells: ``▰▰▰▱▱▱▱▱▱▱``."""
    filled = 0 if total <= 0 else min(_BAR_CELLS, _BAR_CELLS * done // total)
    return "▰" * filled + "▱" * (_BAR_CELLS - filled)


def percent(done: int, total: int) -> int:
    """Return how much is done; 100 only when all of it is."""
    return 0 if total <= 0 else min(100, 100 * done // total)


def name_of(name: str | None, language: str) -> str:
    """Return somebody's name, escaped; a word that stands for it where it is unknown or forgotten."""
    return escape(name, 40) if name else say("word.somebody", language)


def theme_of(theme: str) -> str:
    """Return a theme, escaped and short."""
    return escape(theme, 120)


def reason(error: CodedError, language: str) -> str:
    """Return the sentence about an error, escaped: its facts may come from strangers."""
    return escape(explain(error, language), 1000)


def listing(names: Iterable[str], language: str) -> str:
    """Join names as people do: "Ada, Bo and Cy"."""
    escaped = [escape(name, 40) for name in names]
    if len(escaped) < 2:
        return "".join(escaped)
    return f"{', '.join(escaped[:-1])} {say('word.and', language)} {escaped[-1]}"


def chain(names: Sequence[str], room: int) -> str:
    """Write scenes one after the other, as many as there is room for, and how many are left out."""
    whole = " → ".join(names)
    if len(whole) <= room:
        return escape(whole, room)
    for count in range(len(names) - 1, 0, -1):
        shown = f"{' → '.join(names[:count])} → … (+{len(names) - count})"
        if len(shown) <= room:
            return escape(shown, room)
    return ""


def fitting(lines: Iterable[str], room: int) -> str:
    """Join lines while they fit; the rest is left out."""
    kept: list[str] = []
    for line in lines:
        room -= len(to_plain(line)) + 1
        if room < 0:
            kept.append("…")
            break
        kept.append(line)
    return "\n".join(kept)


def rows(buttons: Sequence[Button], width: int) -> tuple[tuple[Button, ...], ...]:
    """Lay buttons out in rows."""
    return tuple(tuple(buttons[start : start + width]) for start in range(0, len(buttons), width))
