"""How a typed word is matched: case, spelling of the gaps, accents, and English plurals.

Pure string functions; what the words mean is the business of `pipeline.categories` and `pipeline.themes`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

_APOSTROPHES = str.maketrans("", "", "’‘´")
_GAP = re.compile(r"[\s_\-‐‑‒–—/()\[\]\"“”.]+")
_NOT_WORD = re.compile(r"[^\w ]+")
_ARTICLE = re.compile(r"^(?:an?|the|some|any|my) (?=\w)")

# Plurals that no rule below gives back.
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
    ("men", ("man",)),
    ("wolves", ("wolf",)),
    ("mice", ("mouse",)),
    ("geese", ("goose",)),
    ("people", ("person",)),
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


def normalise(text: str) -> str:
    """Reduce text to lower-case words with single spaces between.

    Spaces, underscores, hyphens, dots and brackets are gaps; apostrophes, accents, emoji, control and format characters
    vanish. May be empty.

    Examples
    --------
    >>> normalise("Jack-o'-Lantern"), normalise("  musical__Instrument "), normalise("consommé")
    ('jack o lantern', 'musical instrument', 'consomme')
    """
    if not text.isascii():
        text = _plain(text)
    return " ".join(_NOT_WORD.sub(" ", _GAP.sub(" ", text.replace("'", "").casefold())).split())


def key(name: str) -> str:
    """Return what names are compared by: `normalise` without its gaps, so that "jelly fish" is "jellyfish"."""
    return normalise(name).replace(" ", "")


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
    typed = normalise(text)
    seen = {""}
    for phrase in (typed, _ARTICLE.sub("", typed)):
        for spelling in (phrase, *_singulars(phrase)):
            if spelling not in seen:
                seen.add(spelling)
                yield spelling


def _plain(text: str) -> str:
    """Take accents and symbols off, and turn what separates lines into spaces."""
    kept = []
    for char in unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)):
        category = unicodedata.category(char)
        if category in {"Cc", "Zl", "Zp"}:
            kept.append(" ")
        elif category not in {"Mn", "Me", "Cf", "So", "Sk"}:
            kept.append(char)
    return "".join(kept)


@lru_cache(maxsize=4096)
def _singulars(phrase: str) -> tuple[str, ...]:
    """Return possible singulars of a normalised noun phrase, whose head is its last word or stands before "of"."""
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
    if word in _IRREGULAR:
        yield _IRREGULAR[word]
    for ending, singular_endings in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 1:
            stem = word[: -len(ending)]
            yield from (stem + singular_ending for singular_ending in singular_endings)
    # People write the article's "es" freely: "tangos", "tangoes", "buses", "busses".
    if word.endswith("sses"):
        yield word[:-3]
