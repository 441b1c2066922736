"""The grammar of a request, the same in every chat.

A command's words are a link, options written ``key:value`` (quotes allowed), and anything else, which is the theme::

    /ganterpret https://youtu.be/dQw4w9WgXcQ theme:primates scenes:8
    /ganterpret "musical instruments" start:1:30 duration:45
    /remix scene:3 volcano
    /remix seed:new

How freely that may be written is the business of `bot.chat.reader`; here is what the options mean. Words in, values
out: nothing here looks anything up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, TypeAlias

from bot.chat.words.times import seconds_in
from pipeline.errors import CodedError
from pipeline.generator import SIZES_PX
from pipeline.given_points import MAX_GIVEN_POINTS, SHORTEST_GIVEN_SCENE_S, misplaced
from pipeline.recipe import CHANNELS, MAX_FPS, MAX_SCENES, MOTIONS, PRESETS, SEED_LIMIT


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
    TOO_MANY_POINTS = "too_many_points"
    POINT_MISPLACED = "point_misplaced"
    POINTS_AND_SCENES = "points_and_scenes"


class CommandError(CodedError):
    """The words of a command could not be understood; `code` is a `CommandCode`."""


Pace: TypeAlias = Literal["calmer", "livelier"]
Resize: TypeAlias = Literal["smaller", "larger"]

SENSITIVITIES = (0.05, 20.0)
"""The bounds of the option ``sensitivity``."""
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
    pace : {"calmer", "livelier"} or None
        Fewer changes than in the clip before, or more.
    resize : {"smaller", "larger"} or None
        The next size below that of the clip before, or above.
    title : str
        Words that are no wish: what the sound may be called.
    """

    links: tuple[str, ...] = ()
    changes: Mapping[str, Any] = field(default_factory=dict)
    new_seed: bool = False
    scene: SceneChange | None = None
    pace: Pace | None = None
    resize: Resize | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command as typed in a chat without typed options: ``/name@bot words``."""

    name: str
    bot: str | None
    words: str


_COMMAND = re.compile(r"/([A-Za-z][A-Za-z0-9_]{0,31})(?:@([A-Za-z0-9_]{3,64}))?(?:\s+|$)")
_LONGEST_TIME = 60  # characters; "one hour and twenty-five minutes" is shorter


def parse_command(text: str) -> Command | None:
    """Read ``/name@bot words``; None where the text is no command."""
    match = _COMMAND.match(text)
    if match is None:
        return None
    return Command(match[1].lower(), match[2], text[match.end() :].strip())


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
    counted = changes.get("points_s") is not None and changes.pop("scene_count", None) is not None
    if counted and _list_mark(options["scenes"]) is None:
        raise CommandError(CommandCode.POINTS_AND_SCENES)
    if rest.strip():
        if "theme" in changes:
            raise CommandError(CommandCode.TWO_THEMES)
        changes["theme"] = rest.strip()
    return RecipeOptions(tuple(links), changes, new_seed, scene)


def option_named(key: str) -> str:
    """Return the option that a key stands for, be it an alias or in capitals."""
    name = key.lower().replace("-", "_")
    name = ALIASES.get(name, name)
    if name not in OPTIONS and name != "scene":
        raise CommandError(CommandCode.UNKNOWN_OPTION, option=key[:40], known=tuple(OPTIONS))
    return name


def parse_time_s(option: str, text: str) -> float:
    """Read ``83``, ``1:23``, ``1:02:03``, ``1m23s`` or "45 seconds" as seconds."""
    seconds = seconds_in(text) if len(text) <= _LONGEST_TIME else None
    if seconds is None:
        raise CommandError(CommandCode.NOT_A_TIME, option=option, value=text[:40])
    return seconds


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
    separator = _list_mark(text)
    if separator is None:
        return {"scene_count": _integer(2, MAX_SCENES)(option, text)}
    return {"theme": text, "scene_count": max(2, sum(bool(item.strip()) for item in text.split(separator)))}


def _list_mark(text: str) -> str | None:
    return next((mark for mark in (">", "→", ",") if mark in text), None)


def _points_s(option: str, text: str) -> tuple[float, ...] | None:
    """``points:3.2,7.5,1:04``; the beginning is one by itself, and ``auto`` lets them be found."""
    if text.lower() in {"auto", "off"}:
        return None
    times_s = [parse_time_s(option, word) for word in re.split(r"[,;\s]+", text.strip(",; ")) if word]
    points_s = tuple(times_s[1:] if times_s[:1] == [0.0] else times_s)
    if len(points_s) > MAX_GIVEN_POINTS:
        raise CommandError(CommandCode.TOO_MANY_POINTS, count=len(points_s), most=MAX_GIVEN_POINTS)
    if (wrong_s := misplaced(points_s)) is not None:
        raise CommandError(CommandCode.POINT_MISPLACED, point_s=wrong_s, shortest_s=SHORTEST_GIVEN_SCENE_S)
    return points_s


def _loop(option: str, text: str) -> dict[str, Any]:
    return {"loop": _choice("on", "off")(option, text) == "on"}


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
    "motion": _as("motion", _choice(*MOTIONS)),
    "dance": _as("dance", _decimal(0.0, 2.0)),
    "loop": _loop,
    "truncation": _as("truncation", _decimal(0.02, 1.0)),
    "threshold": _as("threshold", _decimal(0.0, 1.0)),
    "sensitivity": _as("sensitivity", _decimal(*SENSITIVITIES)),
    "channel": _as("channel", _choice(*CHANNELS)),
    "points": _as("points_s", _points_s),
    "model": _as("model", _words),
}
"""Every option of a request: what its text means for the recipe."""

ALIASES = {"from": "start", "length": "duration", "for": "duration", "categories": "category", "themes": "theme"}
