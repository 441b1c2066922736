"""What to offer: themes for a remix, categories for a scene, completions of what is being typed. Pure, and quick."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from functools import cache

from bot.usecases.policy import MODELS_TO_ASK_FOR
from pipeline.themes.categories import Category, categories
from pipeline.themes.themes import Theme, curated_themes, search_themes

_SLUG = re.compile(r"[a-z0-9-]{1,24}")
_NEAR_KINDS = 6  # steps up from a category in which its relatives are looked for


def themes_to_offer(rng: random.Random, count: int, but: str = "") -> list[tuple[str, Theme]]:
    """Return themes picked by hand and the words by which a button calls them."""
    offered = [(slug, theme) for theme in curated_themes() if theme.name != but and (slug := button_word(theme.name))]
    return rng.sample(offered, min(count, len(offered)))


def button_word(name: str) -> str | None:
    """Write a theme's name so that it fits a button and means the same theme; None where that cannot be."""
    word = name.lower().replace(" ", "-")
    return word if _SLUG.fullmatch(word) else None


def categories_to_offer(near: Iterable[int], rng: random.Random, count: int) -> list[Category]:
    """Return categories for the next scene: most of them relatives of what is shown, and some surprises.

    Parameters
    ----------
    near : iterable of int
        Categories that are shown already; they are not offered again.
    """
    shown = list(near)
    offered: dict[int, None] = {}
    for category in shown:
        relatives = [relative for relative in related(category) if relative not in shown]
        offered |= dict.fromkeys(relatives[: 4 * count])
    choice = rng.sample(list(offered), min(count * 2 // 3, len(offered)))
    others = [index for theme in rng.sample(curated_themes(), count) for index in rng.sample(theme.categories, 1)]
    for index in (*others, *rng.sample(range(len(categories())), 2 * count)):
        if len(choice) == count:
            break
        if index not in choice and index not in shown:
            choice.append(index)
    return [categories()[index] for index in choice]


def related(category: int) -> list[int]:
    """Return a category's relatives in WordNet, the nearest first."""
    lineage = categories()[category].lineage[:_NEAR_KINDS]
    nearness: dict[int, float] = {}
    for kind in lineage:
        below = _below()[kind]
        for index in below:
            # To be of one small kind together says more than to be of a large one.
            nearness[index] = nearness.get(index, 0.0) + 1 / len(below)
    nearness.pop(category, None)
    return sorted(nearness, key=lambda index: (-nearness[index], index))


def complete(option: str, typed: str, limit: int, language: str | None = None) -> Sequence[str]:
    """Return completions of what somebody is typing into an option."""
    match option:
        case "theme" | "query":
            return [theme.name for theme in search_themes(typed, limit, language)]
        case "category":
            return [theme.name for theme in search_themes(typed, 2 * limit, language) if theme.kind != "list"][:limit]
        case "model":
            return [model for model in MODELS_TO_ASK_FOR if typed.lower() in model][:limit]
        case _:
            return []


@cache
def _below() -> dict[str, list[int]]:
    below: dict[str, list[int]] = {}
    for category in categories():
        for kind in category.lineage:
            below.setdefault(kind, []).append(category.index)
    return below
