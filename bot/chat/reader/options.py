"""Options with a colon or an equals sign, in any natural spelling: ``seed: 5``, ``Thema = "Vögel"``, ``start:1m30``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from bot.chat.grammar import ALIASES, OPTIONS, CommandCode, CommandError
from bot.chat.words.lexicon import lexicon
from bot.chat.words.phrases import CUT
from bot.chat.words.spelling import any_of
from bot.chat.words.times import number_in, number_pattern, time_pattern

_TIMES = frozenset({"start", "duration"})
_NUMBERS = frozenset({"seed", "fps", "size", "truncation", "threshold", "sensitivity"})
_WORDS = frozenset({"theme", "category", "scene"})
_UNKNOWN = re.compile(r"(?<![\w/:.-])([A-Za-z][A-Za-z_-]{1,20})[:=](?=[^\s/:=])")
_TOKEN = re.compile(r"[^\s,;" + CUT + r"]*")
_LIST = re.compile(r"[^\s;" + CUT + r"]*")
_UNIT = re.compile(r"\s*(?:px|pixels?|pixeln|fps)(?!\w|\s*[:=])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TakenOptions:
    """Options by name with their values as text, and the text without them."""

    values: dict[str, str]
    rest: str


def take_options(text: str, *, strict: bool) -> TakenOptions:
    """Take the options out of a tidied text.

    Parameters
    ----------
    strict : bool
        It stands behind a command, where a colon means an option; elsewhere only what makes sense is taken for one.

    Raises
    ------
    CommandError
        ``UNKNOWN_OPTION``, ``REPEATED_OPTION``, ``EMPTY_OPTION`` or ``OPEN_QUOTE``, where strict.
    """
    values: dict[str, str] = {}
    rest: list[str] = []
    position = 0
    while match := _key().search(text, position):
        name = _option(match["key"])
        value, end = _value(name, text, match.end(), strict=strict)
        if not strict and (not value or not _makes_sense(name, value)):
            rest.append(text[position : match.end()])
            position = match.end()
            continue
        if not value:
            raise CommandError(CommandCode.EMPTY_OPTION, option=name)
        if strict and name in values:
            raise CommandError(CommandCode.REPEATED_OPTION, option=name)
        values.setdefault(name, value)
        rest += [text[position : match.start()], CUT]
        position = end
    rest.append(text[position:])
    left = "".join(rest)
    if strict and (unknown := _UNKNOWN.search(left)):
        raise CommandError(CommandCode.UNKNOWN_OPTION, option=unknown[1][:40], known=tuple(OPTIONS))
    return TakenOptions(values, left)


def as_value(name: str, text: str) -> str:
    """Return the value of an option that stands alone, spelled as `bot.chat.grammar` reads it."""
    value, end = _value(name, text.strip(), 0, strict=False)
    return value if end >= len(text.strip()) else text.strip()


@cache
def _spellings() -> dict[str, str]:
    own = {name: name for name in (*OPTIONS, "scene")} | dict(ALIASES)
    return own | dict(lexicon().options)


@cache
def _key() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w/.-])(?P<key>{any_of(_spellings())})\s*(?::(?!//)|=)\s*", re.IGNORECASE)


@cache
def _readers() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(any_of([said]), re.IGNORECASE), name) for said, name in _spellings().items())


def _option(key: str) -> str:
    bare = key.casefold()
    if bare in _spellings():
        return _spellings()[bare]
    return next(name for pattern, name in _readers() if pattern.fullmatch(key))


def _value(name: str, text: str, start: int, *, strict: bool) -> tuple[str, int]:
    """Return an option's value and where it ends."""
    if text[start : start + 1] in ('"', "'"):
        quote = text[start]
        end = text.find(quote, start + 1)
        if end > 0:
            return text[start + 1 : end].strip(), end + 1
        if strict and quote == '"':
            raise CommandError(CommandCode.OPEN_QUOTE, text=text[start : start + 40])
        start += 1
    if name in _WORDS or (name == "scenes" and not _number_at(text, start)):
        return _words(text, start)
    if name in _TIMES and (time := re.compile(time_pattern() + r"(?![\w:])", re.IGNORECASE).match(text, start)):
        return time[0], time.end()
    if name in {*_NUMBERS, "scenes"} and (number := _number_at(text, start)):
        unit = _UNIT.match(text, number.end())
        spelled = number_in(number[0])
        value = number[0] if spelled is None or number[0][:1].isdigit() else f"{spelled:g}"
        return value, number.end() if unit is None else unit.end()
    token = (_LIST if name == "points" else _TOKEN).match(text, start)
    assert token is not None
    return _as_word(token[0].rstrip(".!?,")), token.end()


def _number_at(text: str, start: int) -> re.Match[str] | None:
    return re.compile(rf"-?{number_pattern()}(?:x\d+)?(?!\w)(?!\s*[>→])", re.IGNORECASE).match(text, start) or (
        re.compile(r"-?\d+(?=\s*(?:px|fps|pixel))", re.IGNORECASE).match(text, start)
    )


def _words(text: str, start: int) -> tuple[str, int]:
    """Return words up to the next option, or to where something was taken out."""
    following = _key().search(text, start)
    unknown = _UNKNOWN.search(text, start)
    ends = [
        len(text),
        *(match.start() for match in (following, unknown) if match is not None),
        *(place for mark in (CUT, "\n") if (place := text.find(mark, start)) >= 0),
    ]
    end = min(ends)
    return text[start:end].strip(" ,;").strip('"'), end


def _as_word(word: str) -> str:
    return lexicon().values.get(word.casefold(), word)


def _makes_sense(name: str, value: str) -> bool:
    read: Callable[[str, str], object] | None = OPTIONS.get(name)
    if name == "seed" and value == "new":
        return True
    if read is None:
        return bool(re.match(r"\d", value))  # scene
    try:
        read(name, value)
    except CommandError:
        return False
    return True
