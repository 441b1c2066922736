"""Times and numbers as people write them: ``1:30``, ``1m30``, ``30 sec``, ``12,5``, "half a minute"."""

from __future__ import annotations

import math
import re
from functools import cache

from bot.chat.words.lexicon import lexicon
from bot.chat.words.spelling import any_of

_LONGEST_S = 86_400.0
_CLOCK = r"(?:\d{1,3}:)?\d{1,3}:\d{1,2}(?:[.,]\d+)?"
_DIGITS = r"\d+(?:[.,]\d+)?"
_SECONDS = {"hours": 3600.0, "minutes": 60.0, "seconds": 1.0}


@cache
def number_pattern() -> str:
    """Return a pattern for a number in digits or in words."""
    return rf"(?:{_DIGITS}|(?<!\w){any_of(lexicon().numbers)}(?!\w))"


@cache
def unit_pattern() -> str:
    """Return a pattern for the name of a unit of time."""
    return any_of(name for names in lexicon().units.values() for name in names)


@cache
def span_pattern() -> str:
    """Return a pattern for a time that says so itself: on a clock, or with its units."""
    piece = rf"{number_pattern()}\s*(?:{unit_pattern()})(?![^\W\d])\.?"
    rest = r"(?:\d{1,2}(?![\w:])|\s+\d{1,2}(?=\s*(?:$|[,.;\x1f])))"
    return rf"(?:{_CLOCK}|{piece}(?:\s*(?:,|and|und)?\s*{piece})*{rest}?)"


@cache
def time_pattern() -> str:
    """Return a pattern for any time; a number alone means seconds."""
    return rf"(?:{span_pattern()}|{_DIGITS})"


def number_in(text: str) -> float | None:
    """Read a number in digits or in words."""
    bare = text.strip().casefold()
    if bare in lexicon().numbers:
        return lexicon().numbers[bare]
    try:
        number = float(bare.replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def seconds_in(text: str) -> float | None:
    """Read a time; None for what is none, or longer than a day."""
    bare = " ".join(text.split()).casefold().replace("：", ":")
    total_s: float | None
    if re.fullmatch(_CLOCK, bare):
        total_s = 0.0
        for part in bare.replace(",", ".").split(":"):
            total_s = total_s * 60 + float(part)
    elif re.fullmatch(span_pattern(), bare):
        total_s = _sum_of_units(bare)
    else:
        total_s = unit_s(bare) if re.fullmatch(unit_pattern(), bare) else number_in(bare)
    return total_s if total_s is not None and 0 <= total_s <= _LONGEST_S else None


def unit_s(name: str) -> float | None:
    """Return how long one of a unit is: "the first minute"."""
    for unit, names in lexicon().units.items():
        if name.casefold() in names:
            return _SECONDS[unit]
    return None


def _sum_of_units(text: str) -> float | None:
    total_s, position, smallest_s = 0.0, 0, _SECONDS["hours"]
    for piece in re.finditer(rf"({number_pattern()})\s*({unit_pattern()})(?![^\W\d])", text):
        count, length_s = number_in(piece[1]), unit_s(piece[2])
        if count is None or length_s is None:
            return None
        total_s, position, smallest_s = total_s + count * length_s, piece.end(), length_s
    if behind := re.search(r"\d{1,2}", text[position:]):  # 1m30
        total_s += float(behind[0]) * smallest_s / 60
    return total_s
