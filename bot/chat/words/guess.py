"""Which language some words are in, where the chat does not tell: by the words that only one language has."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from bot.chat.words.lexicon import languages
from bot.chat.words.spelling import tidied
from pipeline.themes import foreign_words

_FOLDER = Path(__file__).parent
_WORD = re.compile(r"[^\W\d_]{2,}")
_SLOT = re.compile(r"\{\w+\}")
_LONGEST = 300  # characters that are looked at
_TABLES = ("options", "phrases", "fillers", "small_talk", "orders")


def language_of(text: str) -> str | None:
    """Return the tag of the language that most words of a text belong to alone; None where that cannot be told."""
    words = [word.casefold() for word in _WORD.findall(tidied(text[:_LONGEST]))]
    counts = {tag: sum(word in own for word in words) for tag, own in _own_words().items()}
    best, *others = sorted(counts.items(), key=lambda count: -count[1])
    return best[0] if best[1] > 0 and all(count < best[1] for _, count in others) else None


@cache
def _own_words() -> Mapping[str, frozenset[str]]:
    """Return {tag: words that no other language has}."""
    words = {tag: frozenset(_words_of(tag)) for tag in languages()}
    return {
        tag: own - frozenset().union(*(others for other, others in words.items() if other != tag))
        for tag, own in words.items()
    }


def _words_of(tag: str) -> Iterator[str]:
    document: dict[str, Any] = tomllib.loads((_FOLDER / f"{tag}.toml").read_text(encoding="utf-8"))
    for table in _TABLES:
        for phrases in document[table].values():
            for phrase in phrases:
                yield from (word.casefold() for word in _WORD.findall(_SLOT.sub(" ", phrase)))
    known = foreign_words.languages().get(tag)
    for foreign in known.words if known is not None else ():
        yield from (word.casefold() for word in _WORD.findall(foreign.word))
