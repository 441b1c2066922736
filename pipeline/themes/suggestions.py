"""What a person may have meant by a word that is not there.

Two ways of being wrong are looked for: a slip of the fingers ("giutar"), measured in edits with neighbours swapped
counting as one, and a wish of several words of which some are known ("spooky halloween pumpkin").
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from rapidfuzz import process
from rapidfuzz.distance import OSA

from pipeline.themes import word_forms

Vocabulary: TypeAlias = Mapping[str, tuple[str, ...]]

COUNT = 4
_LONGEST = 60  # characters of the wish that are compared: enough for any name, and bounded work
_MOST_WORDS = 6
_SLIP = 0.6  # share of letters that must be right
_WORD_WEIGHS = 0.85  # a word out of several counts less than the whole
_NEAR_THE_BEST = 0.2  # what is worse than the best by more is noise beside it
_SHORTEST_WORD = 3  # letters; shorter words ("of", "o") say nothing alone


def vocabulary(names: Iterable[tuple[str, str]]) -> Vocabulary:
    """Gather what may be compared with a mistyped wish.

    Parameters
    ----------
    names : iterable of (spelling, suggestion)
        What is compared, and what is suggested for it, the preferred first.

    Returns
    -------
    mapping
        {normalized spelling, or one word out of it: suggestions}.
    """
    whole: dict[str, dict[str, None]] = defaultdict(dict)
    single: dict[str, dict[str, None]] = defaultdict(dict)
    for spelling, suggestion in names:
        normalized = word_forms.normalize(spelling)
        whole[normalized][suggestion] = None
        for word in normalized.split():
            if len(word) >= _SHORTEST_WORD and word != normalized:
                single[word][suggestion] = None
    return {spelling: (*whole.get(spelling, ()), *single.get(spelling, ())) for spelling in whole | single}


def closest(text: str, known: Vocabulary, fallback: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the suggestions nearest to a text, the best first.

    Parameters
    ----------
    text : str
        Anything a person typed.
    known : Vocabulary
        What there is.
    fallback : sequence of str
        Returned where nothing is near.

    Returns
    -------
    tuple of str
        At most four different names.
    """
    scores: dict[str, float] = {}
    for query, weight in _queries(text).items():
        for spelling, similarity, _ in process.extract(
            query, known.keys(), scorer=OSA.normalized_similarity, score_cutoff=_SLIP, limit=2 * COUNT
        ):
            for place, suggestion in enumerate(known[spelling][:COUNT]):
                # Of the suggestions that one spelling has, the first is the preferred.
                score = weight * similarity - 0.001 * place
                scores[suggestion] = max(scores.get(suggestion, 0.0), score)
    if not scores:
        return tuple(fallback[:COUNT])
    enough = max(scores.values()) - _NEAR_THE_BEST
    best = sorted((name for name in scores if scores[name] >= enough), key=lambda name: (-scores[name], name))
    return tuple(best[:COUNT])


def _queries(text: str) -> dict[str, float]:
    """Return {what to compare: weight}: the text's spellings, then its single words."""
    start = _named_emoji(text[:_LONGEST])
    queries = dict.fromkeys(word_forms.spellings(start), 1.0)
    for word in word_forms.normalize(start).split()[:_MOST_WORDS]:
        if len(word) >= _SHORTEST_WORD:
            for spelling in word_forms.spellings(word):
                queries.setdefault(spelling, _WORD_WEIGHS)
    return queries


def _named_emoji(text: str) -> str:
    """Put what Unicode calls it in the place of a text that is nothing but emoji: 🦊 is "fox face"."""
    if word_forms.normalize(text):
        return text
    names = (unicodedata.name(char, "") for char in text if unicodedata.category(char) == "So")
    return " ".join(name.lower().removesuffix(" face").removesuffix(" symbol") for name in names)
