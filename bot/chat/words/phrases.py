"""The phrases of the lexicon as patterns; the files in this folder say how they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from bot.chat.words.lexicon import lexicon
from bot.chat.words.spelling import any_of
from bot.chat.words.times import span_pattern, time_pattern, unit_pattern

CUT = "\x1f"
"""Stands in a text where something was taken out of it."""


@cache
def phrases(meaning: str) -> tuple[re.Pattern[str], ...]:
    """Return the patterns of all phrases that mean this."""
    return tuple(map(pattern_of, lexicon().phrases[meaning]))


@cache
def orders() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return (command, pattern) of all plain words that ask for what a command does."""
    return tuple((name, pattern_of(phrase)) for name, said in lexicon().orders.items() for phrase in said)


@cache
def pattern_of(phrase: str) -> re.Pattern[str]:
    """Compile a phrase; its slots are groups in order, named ``a``, ``b``, …."""
    tokens = phrase.split()
    parts = list(_parts(tokens))
    return re.compile("".join(parts), re.IGNORECASE)


def _parts(tokens: list[str]) -> Iterator[str]:
    names = iter("abcd")
    for place, token in enumerate(tokens):
        if token.startswith("{"):
            is_last = all(behind.startswith("[") for behind in tokens[place + 1 :])
            yield f"(?P<{next(names)}>{_slot(token[1:-1], is_last=is_last)}){_GAP}"
        elif token.startswith("["):
            yield f"(?:{_literal(token[1:-1])}{_GAP})?"
        else:
            yield f"{_literal(token)}{_GAP}"


_GAP = r"[ \n,]*"


def _literal(token: str) -> str:
    words = any_of(word for word in token.replace("-?", "-").split("|"))
    if "-?" in token:
        words = words.replace(r"\-", "-?")
    before = r"(?<!\w)" if token[0].isalnum() else ""
    after = r"(?!\w)" if token[-1].isalnum() else ""
    return before + words + after


def _slot(name: str, *, is_last: bool) -> str:
    match name:
        case "time":
            return rf"(?<![\w:]){time_pattern()}(?![\w:])"
        case "span":
            return rf"(?<![\w:]){span_pattern()}(?![\w:])"
        case "unit":
            return rf"{unit_pattern()}(?!\w)"
        case "number":
            # "a" and "half a" are numbers of units alone: "scene a volcano" has none.
            words = any_of(word for word, number in lexicon().numbers.items() if number >= 2)
            return rf"(?<![\w:.,])(?:\d+|{words})(?!\w|:\d)"
        case "integer":
            return r"(?<!\w)\d{1,10}(?!\w)"
        case "pixels":
            return r"(?<!\w)\d{2,4}(?: ?[x×*] ?\d{2,4})?"
        case "nth":
            return rf"(?<!\w)(?:{any_of(lexicon().ordinals)}|\d{{1,3}}(?:st|nd|rd|th|\.))(?!\w)"
        case "thing":
            here = rf"(?:(?![.!?] )[^{CUT}!?;\n])"
            return f"{here}+" if is_last else f"{here}+?"
        case _:
            raise ValueError(name)
