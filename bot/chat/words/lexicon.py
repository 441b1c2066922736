"""The words of every language together: people mix them, and a chat's language says little about who writes."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What all files say, put together.

    Attributes
    ----------
    options : mapping
        {what people call an option: its name}.
    values : mapping
        {a value as people write it: the value}.
    units : mapping
        {"hours", "minutes" or "seconds": what people call it}.
    numbers, ordinals : mapping
        {word: number}; the last is -1.
    phrases, fillers, orders : mapping
        {what is meant: phrases, as the files explain them}.
    talk : mapping
        {"core", "glue", "greeting"}: words that mean nothing to do.
    refusals : mapping
        {"negation", "not_themes"}
    """

    options: Mapping[str, str]
    values: Mapping[str, str]
    units: Mapping[str, tuple[str, ...]]
    numbers: Mapping[str, float]
    ordinals: Mapping[str, int]
    phrases: Mapping[str, tuple[str, ...]]
    fillers: Mapping[str, tuple[str, ...]]
    orders: Mapping[str, tuple[str, ...]]
    talk: Mapping[str, tuple[str, ...]]
    refusals: Mapping[str, tuple[str, ...]]


@cache
def languages() -> tuple[str, ...]:
    """Return the tags of all languages that have a file."""
    return tuple(path.stem for path in sorted(_FOLDER.glob("*.toml")))


@cache
def lexicon() -> Lexicon:
    """Return the words of all files."""
    return put_together(tomllib.loads((_FOLDER / f"{tag}.toml").read_text(encoding="utf-8")) for tag in languages())


def put_together(documents: Iterable[Mapping[str, Any]]) -> Lexicon:
    """Make one lexicon of the documents of several languages."""
    kept = list(documents)
    options = {spelling: name for document in kept for name, said in document["options"].items() for spelling in said}
    values = {spelling: value for document in kept for value, said in document["values"].items() for spelling in said}
    numbers = {word: float(number) for document in kept for word, number in document["numbers"].items()}
    ordinals = {word: int(number) for document in kept for word, number in document["ordinals"].items()}
    return Lexicon(
        options=options,
        values=values,
        units=_joined(kept, "units"),
        numbers=numbers,
        ordinals=ordinals,
        phrases=_joined(kept, "phrases"),
        fillers=_joined(kept, "fillers"),
        orders=_joined(kept, "orders"),
        talk=_joined(kept, "small_talk"),
        refusals=_joined(kept, "refusals"),
    )


def _joined(documents: Iterable[Mapping[str, Any]], table: str) -> dict[str, tuple[str, ...]]:
    joined: dict[str, tuple[str, ...]] = {}
    for document in documents:
        for name, said in document[table].items():
            joined[name] = tuple(dict.fromkeys((*joined.get(name, ()), *said)))
    return joined
