"""What is shown where nobody says what: what a title plainly names, else a theme that is another one every day."""

from __future__ import annotations

import re
from functools import cache

from pipeline.themes.categories import categories
from pipeline.themes.themes import Theme, curated_themes, known_theme, resolve_theme

_DAY_S = 86_400.0
_STEP = 37  # shares no divisor with 88, so that every set has its day before one comes again
_ANIMAL, _PLANT = "n00015388", "n00017222"
_BESIDES = re.compile(r"[(\[{].*?[)\]}]|#\w+|\b(?:feat|ft|prod)\b.*", re.IGNORECASE)
_LONGEST_TITLE = 200
_MOST_WORDS = 2
# Sets and everyday words that a title seldom means otherwise; animals and plants count always.
_TELLING = (
    *("ocean", "underwater", "ships", "space", "forest", "jungle", "desert", "winter", "mountains", "fire", "garden"),
    *("farm", "halloween", "christmas", "fairy tale", "circus", "beach", "pirates", "trains", "moon", "rain", "storm"),
    *("rainbow", "river", "island", "volcano", "castle", "lighthouse", "rocket", "africa"),
)


def theme_of_the_day(now_s: float) -> str:
    """Return the name of the set whose day it is.

    Parameters
    ----------
    now_s : float
        Seconds since 1970, UTC.
    """
    themes = curated_themes()
    return themes[int(now_s // _DAY_S) * _STEP % len(themes)].name


def named_in(title: str, language: str | None = None) -> str | None:
    """Return the theme that a title plainly names: an animal, a plant, the sea; None where it names none, or several.

    Parameters
    ----------
    title : str
        That of a piece of music; untrusted.
    """
    words = re.findall(r"[^\W\d_]+", _BESIDES.sub(" ", title[:_LONGEST_TITLE]))
    found: dict[tuple[int, ...], str] = {}
    for count in range(_MOST_WORDS, 0, -1):
        for start in range(len(words) - count + 1):
            theme = _telling(" ".join(words[start : start + count]), language)
            if theme is not None and not any(set(theme.categories) >= set(known) for known in found):
                found[theme.categories] = theme.name
    return next(iter(found.values())) if len(found) == 1 else None


def _telling(text: str, language: str | None) -> Theme | None:
    if len(text) < 3 or not text[0].isupper():
        return None
    theme = known_theme(text, language)
    if theme is None:
        return None
    alive = all({_ANIMAL, _PLANT} & set(categories()[index].lineage) for index in theme.categories)
    return theme if alive or theme.categories in _telling_sets() else None


@cache
def _telling_sets() -> frozenset[tuple[int, ...]]:
    return frozenset(resolve_theme(name).categories for name in _TELLING)
