"""The theme in a text: marked ("with cats", "nur Affen"), or all that the text says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from bot.chat.reader.fillers import peeled, remaining
from bot.chat.reader.readings import Strength
from bot.chat.words.lexicon import lexicon
from bot.chat.words.phrases import CUT, phrases
from pipeline.errors import PipelineError
from pipeline.themes import word_forms
from pipeline.themes.themes import known_theme, resolve_theme

_LONGEST = 200  # characters of a theme in free words; lists are longer behind theme:
_MOST_WORDS_GUESSED = 2
_GUESSES = 2


@dataclass(frozen=True, slots=True)
class FoundTheme:
    """A theme in a text.

    Attributes
    ----------
    name : str or None
        By which it is found again; None where there is none.
    strength : {"none", "weak", "strong"}
        How plainly it was asked for.
    left : str
        The words that are left.
    """

    name: str | None
    strength: Strength
    left: str


def find_theme(text: str, language: str | None) -> FoundTheme:
    """Find the theme in a text from which everything else was taken."""
    if name := thing_named(text, language):
        return FoundTheme(name, "weak", "")
    marked = _marked(text, language)
    if marked is not None:
        return marked
    pieces = [piece for piece in re.split(rf"[{CUT},;.!?\n]+", text) if remaining(piece)]
    if len(pieces) == 1 and (name := thing_named(pieces[0], language)):
        return FoundTheme(name, "weak", "")
    return FoundTheme(None, "none", remaining(text))


def thing_named(text: str, language: str | None) -> str | None:
    """Return what a text means as a theme, with as few words around it taken off as need be."""
    for phrase in peeled(text):
        if name := theme_in(phrase, language):
            return name
    return None


def theme_in(text: str, language: str | None) -> str | None:
    """Return the name of the theme that a text is; None where it is none, or a word that one says for other reasons."""
    if len(text) > _LONGEST or word_forms.normalize(text) in _not_themes() or word_forms.normalize(text).isdigit():
        return None
    theme = known_theme(text, language)
    if theme is None:
        return None
    return text if theme.kind == "wordnet" else theme.name


def guesses(text: str, language: str | None) -> tuple[str, ...]:
    """Return themes that may have been meant by words that are none; nothing for more than a few words."""
    if not text or len(text.split()) > _MOST_WORDS_GUESSED:
        return ()
    try:
        resolve_theme(text, language)
    except PipelineError as error:
        near = error.facts["suggestions"]
        examples = _examples()
        return () if near == examples or not isinstance(near, tuple) else near[:_GUESSES]
    return ()


def _marked(text: str, language: str | None) -> FoundTheme | None:
    for match, strong in _marks(text):
        if name := thing_named(match["a"], language):
            left = remaining(f"{text[: match.start()]}{CUT}{text[match.end() :]}")
            return FoundTheme(name, "strong" if strong else "weak", left)
    return None


def _marks(text: str) -> Iterator[tuple[re.Match[str], bool]]:
    for meaning in ("strong", "theme"):
        for pattern in phrases(meaning):
            for match in pattern.finditer(text):
                yield match, meaning == "strong"


@cache
def _not_themes() -> frozenset[str]:
    return frozenset(map(word_forms.normalize, lexicon().refusals["not_themes"]))


@cache
def _examples() -> tuple[str, ...]:
    try:
        resolve_theme("\x00")
    except PipelineError as error:
        near = error.facts["suggestions"]
        return near if isinstance(near, tuple) else ()
    return ()
