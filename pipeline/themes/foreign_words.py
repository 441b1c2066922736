"""What things are called in other languages than English: one file a language in ``languages/``, all found by rule.

A file names the English theme, kind or category that each word means, and which endings its words may have; what a
word means is for `pipeline.themes.themes` to look up. A further language is a further file.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipeline.themes import word_forms

_FOLDER = Path(__file__).with_name("languages")
_SHORTEST_STEM = 3  # letters; shorter stems are the beginnings of too many words


@dataclass(frozen=True, slots=True)
class ForeignWord:
    """A word of another language.

    Attributes
    ----------
    word : str
        As it is shown.
    means : str
        The English theme, kind or category.
    """

    word: str
    means: str


@dataclass(frozen=True, slots=True)
class ForeignLanguage:
    """The words of a language.

    Attributes
    ----------
    words : tuple of ForeignWord
        In the order of the file.
    exact, stems : mapping
        {key of a word: the word}, and {key of a word without an ending: the word}.
    bare, bare_stems : mapping
        The same with the marks of the vowels taken off, for those who type without and for plurals that are made with
        them; other words may be so written.
    """

    words: tuple[ForeignWord, ...]
    exact: Mapping[str, ForeignWord]
    stems: Mapping[str, ForeignWord]
    bare: Mapping[str, ForeignWord]
    bare_stems: Mapping[str, ForeignWord]
    endings: tuple[str, ...]
    spellings: tuple[tuple[str, str], ...]
    articles: tuple[str, ...]

    def find(self, text: str, *, barely: bool = False) -> ForeignWord | None:
        """Return the word that a text is a form of: as written, then without ending, without its article.

        Parameters
        ----------
        barely : bool
            Marks of vowels do not count.
        """
        words, of_stem = (self.bare, self.bare_stems) if barely else (self.exact, self.stems)
        phrase = respelled(text, self.spellings)
        for shorter in (phrase, self._without_article(phrase)):
            key = bare(shorter, self.spellings) if barely else shorter.replace(" ", "")
            # Never without an ending on both sides: "Maus" is no "Mauern".
            forms = (words.get(key), *(words.get(stem) for stem in stems(key, self.endings)), of_stem.get(key))
            if found := next(filter(None, forms), None):
                return found
        return None

    def _without_article(self, phrase: str) -> str:
        article = next((article for article in self.articles if phrase.startswith(f"{article} ")), None)
        return phrase if article is None else phrase.removeprefix(f"{article} ")


@cache
def languages() -> Mapping[str, ForeignLanguage]:
    """Return {tag: language}, of every file."""
    return {path.stem: _read(path) for path in sorted(_FOLDER.glob("*.toml"))}


def respelled(text: str, spellings: tuple[tuple[str, str], ...]) -> str:
    """Normalize a text, but keep what its language tells apart by marks: "Bär" is "baer", and not "bar"."""
    lowered = unicodedata.normalize("NFC", text).casefold()
    for written_out, plain in spellings:
        lowered = lowered.replace(unicodedata.normalize("NFC", plain + "\u0308"), written_out)
    return word_forms.normalize(lowered)


def bare(phrase: str, spellings: tuple[tuple[str, str], ...]) -> str:
    """Take the marks off a respelled text, and its gaps."""
    for written_out, plain in spellings:
        phrase = phrase.replace(written_out, plain)
    return phrase.replace(" ", "")


def stems(key: str, endings: tuple[str, ...]) -> Iterator[str]:
    """Yield a key without each ending that it may have."""
    for ending in endings:
        if key.endswith(ending) and len(key) - len(ending) >= _SHORTEST_STEM:
            yield key.removesuffix(ending)


def _read(path: Path) -> ForeignLanguage:
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    rules = document["endings"]
    endings = tuple(rules["strip"])
    spellings = tuple((written_out, plain) for written_out, plain in rules.get("respell", ()))
    words = tuple(ForeignWord(word, means) for word, means in document["words"].items())
    keys = [(respelled(word.word, spellings), word) for word in words]
    exact = {key.replace(" ", ""): word for key, word in reversed(keys)}
    without_marks = {bare(key, spellings): word for key, word in reversed(keys)}
    return ForeignLanguage(
        words,
        exact,
        _by_stem(exact, endings),
        without_marks,
        _by_stem(without_marks, endings),
        endings,
        spellings,
        tuple(rules.get("articles", ())),
    )


def _by_stem(words: Mapping[str, ForeignWord], endings: tuple[str, ...]) -> dict[str, ForeignWord]:
    table: dict[str, ForeignWord] = {}
    for key, word in words.items():
        for stem in stems(key, endings):
            table.setdefault(stem, word)
    return table
