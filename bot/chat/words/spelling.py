"""What is written in many ways and means the same: quotes, colons, spaces, umlauts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_ALIKE = str.maketrans(
    {
        **dict.fromkeys("“”„‟«»〝〞〟＂″「」『』", '"'),
        **dict.fromkeys("‘’‚‛‹›´`＇′", "'"),
        **dict.fromkeys("：﹕︰ː∶", ":"),
        **dict.fromkeys("＝﹦", "="),
        **dict.fromkeys("‐‑–—−", "-"),
        "，": ",",
        "；": ";",
        "＃": "#",
        "！": "!",
        "？": "?",
        "＞": ">",
        "\t": " ",
    }
)
_UMLAUTS = {"ä": "(?:ä|ae|a)", "ö": "(?:ö|oe|o)", "ü": "(?:ü|ue|u)", "ß": "(?:ß|ss)"}


def tidied(text: str) -> str:
    """Return a text with one spelling for each sign, without what cannot be seen; its lines stay."""
    composed = unicodedata.normalize("NFC", text).translate(_ALIKE)
    with_gaps = (" " if char.isspace() and char != "\n" else char for char in composed)
    return "".join(char for char in with_gaps if char in "\n\u200d" or unicodedata.category(char) not in {"Cf", "Cc"})


def any_of(words: Iterable[str]) -> str:
    """Return a pattern for any of these words, the longest first, with umlauts in every spelling."""
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return "(?:" + "|".join(map(spelled, longest_first)) + ")"


def spelled(word: str) -> str:
    """Return a pattern for a word or several, however umlauts and gaps are written."""
    escaped = r"\s+".join(re.escape(part) for part in word.split())
    return "".join(_UMLAUTS.get(char, char) for char in escaped)
