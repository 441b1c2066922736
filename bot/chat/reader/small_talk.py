"""Greetings, praise, and plain words that ask for what a command does."""

from __future__ import annotations

import re
from functools import cache

from bot.chat.reader.fillers import peeled
from bot.chat.reader.readings import Order, SmallTalk
from bot.chat.words.lexicon import lexicon
from bot.chat.words.phrases import orders, phrases
from pipeline.themes import word_forms

_LAUGHTER = re.compile(r"(?:ha|he|hi|hihi|ho|ja|lo+l|xd|kk)(?:ha|he|hi|ho|h|a|l|k|d)*|(?:o+h+|a+h+|w+o+w+|so+|yay+|m+)")
_MOST_WORDS = 12


def small_talk(text: str) -> SmallTalk | None:
    """Read a text that holds nothing but greetings, praise, laughter and emoji; None for any other."""
    words = [word_forms.normalize(word) for word in re.split(r"[\s,.!?;:…~*_()]+", text)]
    words = [word for word in words if word]
    if len(words) > _MOST_WORDS or not text.strip():
        return None
    core = [word for word in words if word in _words("core") or _LAUGHTER.fullmatch(word)]
    if not words:
        return None if "?" in text or any(pattern.search(text) for pattern in phrases("again")) else SmallTalk()
    if not (core and all(word in core or word in _words("glue") for word in words)):
        return None
    return SmallTalk(greeting=any(word in _words("greeting") for word in words))


def order(text: str) -> Order | None:
    """Read plain words that ask for what a command does: "what can you do?", "abbrechen"; a mark alone asks, too."""
    if text.strip() and not text.strip("?¿!. "):
        return Order("help")
    for phrase in peeled(text):
        for name, pattern in orders():
            if pattern.fullmatch(phrase):
                return Order(name)
    return None


@cache
def _words(table: str) -> frozenset[str]:
    return frozenset(map(word_forms.normalize, lexicon().talk[table]))
