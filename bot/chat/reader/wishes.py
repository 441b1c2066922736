"""Wishes in plain words other than the theme: from where, how long, how many scenes, calmer, again."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from bot.chat.grammar import Pace, Resize, SceneChange
from bot.chat.reader.themes import thing_named
from bot.chat.words.lexicon import lexicon
from bot.chat.words.phrases import CUT, phrases
from bot.chat.words.times import number_in, seconds_in
from pipeline.generator import SIZES_PX
from pipeline.recipe import MAX_SCENES, SEED_LIMIT

_MOST_WORDS = 4  # of a thing that we do not know; more than these are a story


@dataclass(slots=True)
class Wish:
    """What was found so far.

    Attributes
    ----------
    changes : dict
        Fields of the recipe.
    again : bool
        Another roll of the dice.
    left : str
        The text without what was understood; a cut in its place.
    """

    left: str
    changes: dict[str, Any] = field(default_factory=dict)
    scene: SceneChange | None = None
    again: bool = False
    pace: Pace | None = None
    resize: Resize | None = None

    @property
    def says_something(self) -> bool:
        """Whether anything was understood."""
        return bool(self.changes or self.scene or self.again or self.pace or self.resize)


def take_wishes(text: str, language: str | None) -> Wish:
    """Take what is wished for in plain words out of a tidied text."""
    wish = Wish(text)
    _take_part(wish)
    _take_scene(wish, language)
    _take_numbers(wish)
    if _take(wish, "calmer"):
        wish.pace = "calmer"
    if _take(wish, "livelier"):
        wish.pace = "livelier"
    if _take(wish, "larger"):
        wish.resize = "larger"
    if _take(wish, "smaller"):
        wish.resize = "smaller"
    if "size_px" in wish.changes:
        wish.resize = None
    wish.again = bool(_take(wish, "new_seed")) | bool(_take(wish, "again"))
    return wish


def _take_part(wish: Wish) -> None:
    if match := _take(wish, "part"):
        start_s, end_s = seconds_in(match["a"]), seconds_in(match["b"])
        if start_s is not None and end_s is not None and end_s > start_s:
            wish.changes |= {"start_s": start_s, "duration_s": end_s - start_s}
            return
    if (match := _take(wish, "start")) and (start_s := seconds_in(match["a"])) is not None:
        wish.changes["start_s"] = start_s
    if (match := _take(wish, "duration")) and (duration_s := seconds_in(match["a"])):
        wish.changes["duration_s"] = duration_s


def _take_scene(wish: Wish, language: str | None) -> None:
    unknown: tuple[re.Match[str], SceneChange] | None = None
    for pattern in phrases("scene"):
        for match in pattern.finditer(wish.left):
            change, known = _scene(match, language)
            if change is not None and known:
                wish.scene = change
                _cut(wish, match)
                return
            if change is not None and unknown is None and len(change.category.split()) <= _MOST_WORDS:
                unknown = match, change
    if unknown is not None:
        match, wish.scene = unknown
        _cut(wish, match)


def _scene(match: re.Match[str], language: str | None) -> tuple[SceneChange | None, bool]:
    """Return the change that a phrase asks for, and whether it names something that we know."""
    first, second = match["a"], match["b"]
    number = _place(first)
    thing = second if number is not None else first
    number = _place(second) if number is None else number
    if number is None or not 1 <= number <= MAX_SCENES:
        return None, False
    named = thing_named(thing, language)
    return SceneChange(number, named or thing.strip(" ,.!?")), named is not None


def _place(text: str) -> int | None:
    bare = text.strip().casefold()
    if bare in lexicon().ordinals:
        return lexicon().ordinals[bare]
    if ordinal := re.fullmatch(r"(\d{1,3})(?:st|nd|rd|th|\.)", bare):
        return int(ordinal[1])
    number = number_in(bare)
    return int(number) if number is not None and number == int(number) else None


def _take_numbers(wish: Wish) -> None:
    if (match := _take(wish, "scenes")) and (count := number_in(match["a"])) and 2 <= count <= MAX_SCENES:
        wish.changes["scene_count"] = int(count)
    if (match := _take(wish, "seed")) and (seed := int(match["a"])) < SEED_LIMIT:
        wish.changes["seed"] = seed
    if match := _take(wish, "size"):
        size_px = int(re.split(r"\D", match["a"].strip())[0])
        if size_px in SIZES_PX:
            wish.changes["size_px"] = size_px


def _take(wish: Wish, meaning: str) -> re.Match[str] | None:
    """Take the longest phrase with a meaning out of what is left."""
    found = [match for pattern in phrases(meaning) if (match := pattern.search(wish.left)) and match[0].strip()]
    longest = max(found, key=lambda match: len(match[0]), default=None)
    if longest is not None:
        _cut(wish, longest)
    return longest


def _cut(wish: Wish, match: re.Match[str]) -> None:
    wish.left = f"{wish.left[: match.start()]}{CUT}{wish.left[match.end() :]}"
