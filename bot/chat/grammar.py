"""The grammar of a request, the same in every chat.

A command's words are a link, options written ``key:value`` (quotes allowed), and anything else, which is the theme::

    /ganterpret https://youtu.be/dQw4w9WgXcQ theme:primates scenes:8
    /ganterpret "musical instruments" start:1:30 duration:45
    /remix scene:3 volcano
    /remix seed:new

Words in, values out: nothing here looks anything up.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.chat.links import find_links
from pipeline.errors import CodedError
from pipeline.generator import SIZES_PX
from pipeline.recipe import CHANNELS, MAX_FPS, MAX_SCENES, PRESETS, SEED_LIMIT


class CommandCode(StrEnum):
    """What can be wrong with the words of a command."""

    UNKNOWN_OPTION = "unknown_option"
    REPEATED_OPTION = "repeated_option"
    EMPTY_OPTION = "empty_option"
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_RANGE = "out_of_range"
    NOT_A_CHOICE = "not_a_choice"
    NOT_A_TIME = "not_a_time"
    OPEN_QUOTE = "open_quote"
    TWO_THEMES = "two_themes"
    SCENE_WITHOUT_CATEGORY = "scene_without_category"


class CommandError(CodedError):
    """The words of a command could not be understood; `code` is a `CommandCode`."""


NEW_SEED = "new"
"""The value of ``seed`` that asks for a fresh one."""


@dataclass(frozen=True, slots=True)
class SceneChange:
    """Put another category at one scene.

    Attributes
    ----------
    number : int
        Counted from 1, as people do.
    category : str
        As typed.
    """

    number: int
    category: str


@dataclass(frozen=True, slots=True)
class RecipeOptions:
    """What the words of one command ask for.

    Attributes
    ----------
    links : tuple of str
        As typed, without what they were wrapped in (`bot.chat.links`).
    changes : mapping
        Fields of a `pipeline.recipe.Recipe` and their values; only those that were asked for.
    new_seed : bool
        A fresh seed is wanted.
    scene : SceneChange or None
        One scene is to be replaced.
    """

    links: tuple[str, ...] = ()
    changes: Mapping[str, Any] = field(default_factory=dict)
    new_seed: bool = False
    scene: SceneChange | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command as typed in a chat without typed options: ``/name@bot words``."""

    name: str
    bot: str | None
    words: str


_COMMAND = re.compile(r"/([A-Za-z][A-Za-z0-9_]{0,31})(?:@([A-Za-z0-9_]{3,64}))?(?:\s+|$)")
_KEY = re.compile(r"([A-Za-z][A-Za-z_-]{1,20}):(?!//)")
_QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»"}
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2}(?:\.\d+)?)")
_UNITS = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?:in)?)?(?:(\d+(?:\.\d+)?)s)?", re.IGNORECASE)


def parse_command(text: str) -> Command | None:
    """Read ``/name@bot words``; None where the text is no command."""
    match = _COMMAND.match(text)
    if match is None:
        return None
    return Command(match[1].lower(), match[2], text[match.end() :].strip())


def parse_options(words: str) -> RecipeOptions:
    """Read the words behind a command.

    Raises
    ------
    CommandError
        With the option at fault.
    """
    found = find_links(words)
    options: dict[str, str] = {}
    rest: list[str] = []
    open_option: str | None = None
    for key, value in _tokens(found.rest):
        if key:
            name = option_named(key)
            if name in options:
                raise CommandError(CommandCode.REPEATED_OPTION, option=name)
            options[name] = value
            open_option = name if _goes_on(name, value) else None
        elif open_option is not None:
            options[open_option] += f" {value}"
        else:
            rest.append(value)
    return options_from(options, links=found.links, rest=" ".join(rest))


def _goes_on(option: str, value: str) -> bool:
    """Tell whether plain words behind an option belong to it: people write ``theme:red fox`` without quotes."""
    if option == "scenes":
        return not value.isdecimal() and value.lower() != "auto"
    return option in {"theme", "category", "scene"}


def options_from(options: Mapping[str, str], *, links: Sequence[str] = (), rest: str = "") -> RecipeOptions:
    """Make a wish from options by name (as typed slash-command options come) and the words left over."""
    changes: dict[str, Any] = {}
    scene: SceneChange | None = None
    new_seed = False
    for name, raw in options.items():
        value = raw.strip()
        if not value:
            raise CommandError(CommandCode.EMPTY_OPTION, option=name)
        if name == "scene":
            scene = _scene_change(value)
        elif name == "seed" and value.lower() in {NEW_SEED, "random", "neu"}:
            new_seed = True
        else:
            for key, parsed in OPTIONS[name](name, value).items():
                if key == "theme" and "theme" in changes:
                    raise CommandError(CommandCode.TWO_THEMES)
                changes[key] = parsed
    if rest.strip():
        if "theme" in changes:
            raise CommandError(CommandCode.TWO_THEMES)
        changes["theme"] = rest.strip()
    return RecipeOptions(tuple(links), changes, new_seed, scene)


def option_named(key: str) -> str:
    """Return the option that a key stands for, be it an alias or in capitals."""
    name = key.lower().replace("-", "_")
    name = _ALIASES.get(name, name)
    if name not in OPTIONS and name != "scene":
        raise CommandError(CommandCode.UNKNOWN_OPTION, option=key[:40], known=tuple(OPTIONS))
    return name


def parse_time_s(option: str, text: str) -> float:
    """Read ``83``, ``1:23``, ``1:02:03`` or ``1m23s`` as seconds."""
    if clock := _CLOCK.fullmatch(text):
        hours, minutes, seconds = (float(part or 0) for part in clock.groups())
    elif (units := _UNITS.fullmatch(text)) and any(units.groups()):
        hours, minutes, seconds = (float(part or 0) for part in units.groups())
    else:
        try:
            hours, minutes, seconds = 0.0, 0.0, float(text.removesuffix("s"))
        except ValueError as error:
            raise CommandError(CommandCode.NOT_A_TIME, option=option, value=text[:40]) from error
    total_s = hours * 3600 + minutes * 60 + seconds
    if not math.isfinite(total_s) or not 0 <= total_s <= 86_400:
        raise CommandError(CommandCode.NOT_A_TIME, option=option, value=text[:40])
    return total_s


def _tokens(words: str) -> Iterable[tuple[str | None, str]]:
    """Split words into (key or None, value); quotes hold spaces together and are taken off."""
    position = 0
    while position < len(words):
        if words[position].isspace():
            position += 1
            continue
        key = None
        if match := _KEY.match(words, position):
            key, position = match[1], match.end()
        closing = _QUOTES.get(words[position : position + 1])
        if closing is not None:
            end = words.find(closing, position + 1)
            if end < 0:
                raise CommandError(CommandCode.OPEN_QUOTE, text=words[position : position + 40])
            value, position = words[position + 1 : end], end + 1
        else:
            end = position
            while end < len(words) and not words[end].isspace():
                end += 1
            value, position = words[position:end], end
        yield key, value


def _scene_change(value: str) -> SceneChange:
    number, _, category = value.partition(" ")
    if not category.strip():
        raise CommandError(CommandCode.SCENE_WITHOUT_CATEGORY, number=number[:10])
    return SceneChange(_integer(1, MAX_SCENES)("scene", number), category.strip())


def _integer(low: int, high: int) -> Callable[[str, str], int]:
    def parse(option: str, text: str) -> int:
        try:
            number = int(text)
        except ValueError as error:
            raise CommandError(CommandCode.NOT_A_NUMBER, option=option, value=text[:40]) from error
        if not low <= number <= high:
            raise CommandError(CommandCode.OUT_OF_RANGE, option=option, value=number, low=low, high=high)
        return number

    return parse


def _decimal(low: float, high: float) -> Callable[[str, str], float]:
    def parse(option: str, text: str) -> float:
        try:
            number = float(text.replace(",", "."))
        except ValueError as error:
            raise CommandError(CommandCode.NOT_A_NUMBER, option=option, value=text[:40]) from error
        if not low <= number <= high:  # false for NaN, too
            raise CommandError(CommandCode.OUT_OF_RANGE, option=option, value=text[:40], low=low, high=high)
        return number

    return parse


def _choice(*choices: str) -> Callable[[str, str], str]:
    def parse(option: str, text: str) -> str:
        if text.lower() not in choices:
            raise CommandError(CommandCode.NOT_A_CHOICE, option=option, value=text[:40], choices=choices)
        return text.lower()

    return parse


def _size_px(option: str, text: str) -> int:
    return int(_choice(*map(str, SIZES_PX))(option, text.lower().removesuffix("px")))


def _duration_s(option: str, text: str) -> float:
    seconds = parse_time_s(option, text)
    if seconds == 0:
        raise CommandError(CommandCode.NOT_A_TIME, option=option, value=text[:40])
    return seconds


def _as(name: str, parse: Callable[[str, str], Any]) -> Callable[[str, str], dict[str, Any]]:
    return lambda option, text: {name: parse(option, text)}


def _words(_option: str, text: str) -> str:
    return text


def _scenes(option: str, text: str) -> dict[str, Any]:
    """``scenes:8``, ``scenes:auto`` or an ordered list, which is a theme with as many scenes as items."""
    if text.lower() == "auto":
        return {"scene_count": None}
    separator = next((mark for mark in (">", "→", ",") if mark in text), None)
    if separator is None:
        return {"scene_count": _integer(2, MAX_SCENES)(option, text)}
    return {"theme": text, "scene_count": max(2, sum(bool(item.strip()) for item in text.split(separator)))}


OPTIONS: Mapping[str, Callable[[str, str], dict[str, Any]]] = {
    "theme": _as("theme", _words),
    "category": _as("theme", _words),
    "scenes": _scenes,
    "seed": _as("seed", _integer(0, SEED_LIMIT - 1)),
    "preset": _as("preset", _choice(*PRESETS)),
    "size": _as("size_px", _size_px),
    "fps": _as("fps", _integer(1, MAX_FPS)),
    "start": _as("start_s", parse_time_s),
    "duration": _as("duration_s", _duration_s),
    "truncation": _as("truncation", _decimal(0.02, 1.0)),
    "threshold": _as("threshold", _decimal(0.0, 1.0)),
    "sensitivity": _as("sensitivity", _decimal(0.05, 20.0)),
    "channel": _as("channel", _choice(*CHANNELS)),
    "model": _as("model", _words),
}
"""Every option of a request: what its text means for the recipe."""

_ALIASES = {"from": "start", "length": "duration", "for": "duration", "categories": "theme", "themes": "theme"}
