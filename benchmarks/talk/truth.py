"""What was said, where, and what it means: the tables of this folder as values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.chat.reader.readings import LeaveAlone, Make, Order, Reading, Remix, SmallTalk, Unsure
from bot.chat.reader.room import Room
from bot.chat.words.times import seconds_in
from pipeline.errors import PipelineError
from pipeline.themes.themes import resolve_theme

HELD_OUT = Path(__file__).with_name("held_out.tsv")
WORKED_ON = Path(__file__).with_name("worked_on.tsv")

ROOMS = {
    "private": Room(private=True),
    "private+sound": Room(private=True, sounds=1),
    "mention": Room(mentioned=True),
    "mention+sound": Room(mentioned=True, sounds=1),
    "mention_sound": Room(mentioned=True, answers="sound"),
    "mention_words": Room(mentioned=True, answers="other"),
    "reply_clip": Room(answers="clip"),
    "reply_clip+sound": Room(answers="clip", sounds=1),
    "reply_sound": Room(private=True, answers="sound"),
    "reply_bot": Room(answers="ours"),
    "group": Room(),
    "group+sound": Room(sounds=1),
}

_WISH = re.compile(r"(\w+)=(.*?)(?= \w+=|$)")


@dataclass(frozen=True, slots=True)
class Said:
    """Words in a room, and the right reading of them.

    Attributes
    ----------
    kind : str
        "make", "remix", "command …", "word", "ask" or "leave".
    wishes : dict
        What is wished for, by name, written as in the table.
    """

    room: str
    kind: str
    wishes: dict[str, str]
    text: str


def said_in(path: Path) -> Iterator[Said]:
    """Read a table."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith(("#", "room\t")):
            continue
        room, reading, text = line.split("\t")
        kind = re.split(r" (?=\w+=)", reading, maxsplit=1)[0]
        yield Said(room, kind, dict(_WISH.findall(reading.removeprefix(kind))), text.replace("\\n", "\n"))


def kind_of(reading: Reading) -> str:
    """Return what a table calls a reading."""
    match reading:
        case Make():
            return "make"
        case Remix():
            return "remix"
        case Order(name):
            return f"command {name}"
        case SmallTalk():
            return "word"
        case Unsure():
            return "ask"
        case LeaveAlone():
            return "leave"


def is_right(said: Said, reading: Reading) -> bool:
    """Tell whether a reading is the right one, in all that is wished for and in nothing else."""
    if kind_of(reading) != said.kind:
        return False
    return _same(said.wishes, _wishes(reading)) if isinstance(reading, Make | Remix) else True


def _wishes(reading: Make | Remix) -> dict[str, str]:
    options = reading.options
    told = {
        "links": str(len(options.links)) if options.links else None,
        "seed": "new" if options.new_seed else None,
        "scene": None if options.scene is None else f"{options.scene.number}:{options.scene.category}",
        "pace": options.pace,
        "resize": options.resize,
    }
    names = {"start_s": "start", "duration_s": "duration", "scene_count": "scenes", "size_px": "size"}
    changes = {names.get(field, field): str(value) for field, value in options.changes.items()}
    return {name: value for name, value in told.items() if value is not None} | changes


def _same(wanted: dict[str, str], told: dict[str, str]) -> bool:
    return wanted.keys() == told.keys() and all(_alike(name, wanted[name], told[name]) for name in wanted)


def _alike(name: str, wanted: str, told: str) -> bool:
    match name:
        case "theme":
            return _means(wanted) == _means(told)
        case "scene":
            (number, thing), (told_number, told_thing) = wanted.split(":", 1), told.split(":", 1)
            return number == told_number and _means(thing) == _means(told_thing)
        case "start" | "duration":
            return seconds_in(wanted) == seconds_in(told)
        case _:
            return wanted == told


def _means(theme: str) -> object:
    try:
        found = resolve_theme(theme)
    except PipelineError:
        return theme
    return found.steps or found.categories
