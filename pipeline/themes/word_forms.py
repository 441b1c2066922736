"""How a typed word is matched: case, spelling of the gaps, accents, and English plurals.

Pure string functions; what the words mean is the business of `pipeline.themes.categories` and `pipeline.themes.themes`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

# ASCII in one pass: apostrophes vanish, whatever is neither letter nor digit is a gap.
_ASCII_GAPS = {code: None if chr(code) in "'`" else " " for code in range(128) if not chr(code).isalnum()}
_APOSTROPHES = str.maketrans("", "", "’‘´")
_ARTICLE = re.compile(r"^(?:an?|the|some|any|my) (?=\w)")

# Plurals that no rule below gives back, alone or at the end of a word ("snowmen").
_IRREGULAR = {
    "calves": "calf",
    "children": "child",
    "dice": "die",
    "elves": "elf",
    "feet": "foot",
    "geese": "goose",
    "halves": "half",
    "hooves": "hoof",
    "knives": "knife",
    "leaves": "leaf",
    "lice": "louse",
    "lives": "life",
    "loaves": "loaf",
    "men": "man",
    "mice": "mouse",
    "oxen": "ox",
    "people": "person",
    "scarves": "scarf",
    "sheaves": "sheaf",
    "shelves": "shelf",
    "teeth": "tooth",
    "thieves": "thief",
    "wives": "wife",
    "wolves": "wolf",
    "women": "woman",
}

# Ending of the plural -> endings of the singular, the likelier first. Each may be wrong: candidates are looked up.
_ENDINGS = (
    ("ies", ("y", "ie")),
    ("ves", ("f", "fe", "ve")),
    ("oes", ("o", "oe")),
    ("xes", ("x", "xe")),
    ("ches", ("ch", "che")),
    ("shes", ("sh",)),
    ("sses", ("ss",)),
    ("zzes", ("zz", "z")),
    ("ses", ("se", "s", "sis")),
    ("ices", ("ex", "ix", "ice")),
    ("eaux", ("eau",)),
    ("i", ("us", "o")),
    ("ae", ("a",)),
    ("a", ("um", "on")),
    ("s", ("",)),
)


def normalize(text: str) -> str:
    """Reduce text to lower-case words with single spaces between.

    Whatever is neither letter nor digit is a gap, but for apostrophes, accents and invisible characters, which vanish.
    May be empty.

    Examples
    --------
    >>> normalize("Jack-o'-Lantern"), normalize("  musical__Instrument "), normalize("consommé")
    ('jack o lantern', 'musical instrument', 'consomme')
    """
    if not text.isascii():
        text = _plain(text)
    return " ".join(text.translate(_ASCII_GAPS).casefold().split())


def key(name: str) -> str:
    """Return what names are compared by: `normalize` without its gaps, so that "jelly fish" is "jellyfish"."""
    return normalize(name).replace(" ", "")


def keys(text: str) -> Iterator[str]:
    """Yield what a typed text may stand for, the most literal first: as typed, without its article, in the singular.

    Parameters
    ----------
    text : str
        Anything a person typed.

    Yields
    ------
    str
        Keys as `key` makes them, without repeats, none empty. Which of them exists is for the caller to find out.
    """
    yield from dict.fromkeys(spelling.replace(" ", "") for spelling in spellings(text))


def spellings(text: str) -> Iterator[str]:
    """Yield the same as `keys`, with the gaps between words."""
    typed = normalize(text)
    seen = {""}
    for phrase in (typed, _ARTICLE.sub("", typed)):
        for spelling in (phrase, *_singulars(phrase)):
            if spelling not in seen:
                seen.add(spelling)
                yield spelling


def _plain(text: str) -> str:
    """Take off accents and what cannot be seen; leave letters and digits of any script, and gaps."""
    kept = []
    for char in unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)):
        if char.isascii() or char.isalnum():
            kept.append(char)
        elif unicodedata.category(char) not in {"Mn", "Me", "Cf"}:
            kept.append(" ")
    return "".join(kept)


@lru_cache(maxsize=4096)
def _singulars(phrase: str) -> tuple[str, ...]:
    """Return possible singulars of a normalized noun phrase, whose head is its last word or stands before "of"."""
    words = phrase.split()
    if not words:
        return ()
    heads = [len(words) - 1]
    if "of" in words[1:]:
        heads.insert(0, words.index("of", 1) - 1)  # birds of prey, hens of the woods
    candidates = []
    for head in heads:
        for singular in _word_singulars(words[head]):
            candidates.append(" ".join([*words[:head], singular, *words[head + 1 :]]))
    return tuple(candidates)


def _word_singulars(word: str) -> Iterator[str]:
    for plural, singular in _IRREGULAR.items():
        if word.endswith(plural):
            yield word.removesuffix(plural) + singular
    for ending, singular_endings in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 1:
            stem = word[: -len(ending)]
            yield from (stem + singular_ending for singular_ending in singular_endings)
    if word.endswith("sses"):  # "busses"
        yield word[:-3]
