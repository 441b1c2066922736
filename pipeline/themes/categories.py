"""BigGAN's thousand categories: what they are called, and what kinds of thing they are.

The words are WordNet 3.0's (see WORDNET-LICENSE.txt), read from ``categories.json``, which
``scripts/make_categories.py`` writes. Nothing here needs torch or the model's package.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipeline.generator import NUM_CLASSES
from pipeline.themes import word_forms

_FILE = Path(__file__).with_name("categories.json")
_QUERY_SHOWN = 60  # characters of an unknown wish that an error repeats


@dataclass(frozen=True, slots=True)
class Category:
    """One of the things that can be drawn.

    Attributes
    ----------
    index : int
        Its place in the class vector, 0 … 999.
    name : str
        What it is called in a caption, unlike any other's: "red fox", "crane (bird)".
    names : tuple of str
        Its name without the qualifier, and WordNet's synonyms, Latin included; others may share them.
    wnid : str
        WordNet 3.0 offset as ImageNet writes it: "n02119022".
    ancestors : tuple of str
        Every word for every kind it belongs to, normalized, the nearest kind first and "entity" last.
    lineage : tuple of str
        The same kinds as wnids, in the same order.
    gloss : str
        WordNet's definition.
    """

    index: int
    name: str
    names: tuple[str, ...]
    wnid: str
    ancestors: tuple[str, ...]
    lineage: tuple[str, ...]
    gloss: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A WordNet sense that stands above at least one category: primate, musical instrument.

    Attributes
    ----------
    wnid : str
        WordNet 3.0 offset.
    names : tuple of str
        Its words; other senses may share them.
    gloss : str
        WordNet's definition.
    categories : tuple of int
        The categories below it, ascending.
    hypernyms : tuple of str
        The wnids right above it; empty for the root alone.
    """

    wnid: str
    names: tuple[str, ...]
    gloss: str
    categories: tuple[int, ...]
    hypernyms: tuple[str, ...]


@cache
def categories() -> tuple[Category, ...]:
    """Return all thousand, in the order of the class vector."""
    return _read()[0]


@cache
def kinds() -> tuple[Kind, ...]:
    """Return everything above the categories, the widest first, then by wnid."""
    return _read()[1]


def category_name(index: int) -> str:
    """Return what a caption calls a category.

    Parameters
    ----------
    index : int
        0 … 999.
    """
    return categories()[index].name


def parse_index(text: str) -> int | None:
    """Read "281" as a category's index; anything else, and numbers that no category has, as None."""
    stripped = text.strip()
    if stripped.isascii() and stripped.isdigit() and len(stripped) <= 4 and int(stripped) < NUM_CLASSES:
        return int(stripped)
    return None


@cache
def by_display_name() -> Mapping[str, tuple[int, ...]]:
    """Return {key of a display name, with and without its qualifier: categories}."""
    return _table(lambda category: (category.name, category.names[0]))


@cache
def by_synonym() -> Mapping[str, tuple[int, ...]]:
    """Return {key of any name, or wnid: categories}."""
    return _table(lambda category: (*category.names, category.wnid))


def shown_query(text: str) -> str:
    """Cut a wish that was not understood to what an error may repeat: one short printable line."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= _QUERY_SHOWN else line[: _QUERY_SHOWN - 1] + "…"


def _table(names_of: Callable[[Category], Iterable[str]]) -> dict[str, tuple[int, ...]]:
    table: dict[str, dict[int, None]] = defaultdict(dict)
    for category in categories():
        for name in names_of(category):
            table[word_forms.key(name)][category.index] = None
    return {name: tuple(found) for name, found in table.items()}


@cache
def _read() -> tuple[tuple[Category, ...], tuple[Kind, ...]]:
    document = json.loads(_FILE.read_text(encoding="utf-8"))
    above = {record["wnid"]: record for record in document["ancestors"]}
    normalized = {wnid: tuple(map(word_forms.normalize, record["names"])) for wnid, record in above.items()}
    members: dict[str, list[int]] = defaultdict(list)
    found = []

    @cache  # siblings share it
    def lineage_and_names(parents: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        lineage = _lineage(parents, above)
        return lineage, tuple(dict.fromkeys(name for wnid in lineage for name in normalized[wnid]))

    for record in document["categories"]:
        lineage, ancestors = lineage_and_names(tuple(record["hypernyms"]))
        for wnid in lineage:
            members[wnid].append(record["index"])
        found.append(
            Category(
                index=record["index"],
                name=record["name"],
                names=tuple(record["names"]),
                wnid=record["wnid"],
                ancestors=ancestors,
                lineage=lineage,
                gloss=record["gloss"],
            )
        )
    widest_first = sorted(members, key=lambda wnid: (-len(members[wnid]), wnid))
    return tuple(found), tuple(
        Kind(
            wnid=wnid,
            names=tuple(above[wnid]["names"]),
            gloss=above[wnid]["gloss"],
            categories=tuple(members[wnid]),
            hypernyms=tuple(above[wnid]["hypernyms"]),
        )
        for wnid in widest_first
    )


def _lineage(parents: Sequence[str], above: Mapping[str, Mapping[str, list[str]]]) -> tuple[str, ...]:
    """Return everything above, along every path, breadth first; the root last, however short a way leads to it."""
    found = dict.fromkeys(parents)
    waiting = list(parents)
    for wnid in waiting:  # grows as it is walked
        for parent in above[wnid]["hypernyms"]:
            if parent not in found:
                found[parent] = None
                waiting.append(parent)
    return tuple(sorted(found, key=lambda wnid: not above[wnid]["hypernyms"]))
