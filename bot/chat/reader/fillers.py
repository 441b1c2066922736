"""Words around a wish that say nothing of what is wished for."""

from __future__ import annotations

import re
from functools import cache

from bot.chat.words.lexicon import lexicon
from bot.chat.words.phrases import CUT
from bot.chat.words.spelling import any_of

_MARKS = r"[^\w" + CUT + r"]*"


def asks(text: str) -> bool:
    """Tell whether a text asks for something: "please", "can you", "make"."""
    return _asking().search(text) is not None


def denies(text: str) -> bool:
    """Tell whether a text says what is not wished for."""
    return _denying().search(text) is not None


def peeled(text: str) -> list[str]:
    """Return a text with one more filler taken off its ends each time, the whole first, the barest last."""
    bare = _bare(text)
    found = [bare] if bare else []
    while bare:
        shorter = _bare(_leading().sub("", bare, count=1))
        if shorter == bare:
            shorter = _bare(_trailing().sub("", bare, count=1))
        if shorter == bare:
            break
        bare = shorter
        if bare:
            found.append(bare)
    return found


def remaining(text: str) -> str:
    """Return what is left of a text without all fillers, marks and gaps."""
    return " ".join(re.sub(r"[^\w' -]|_", " ", _anywhere().sub(" ", text)).split()).strip(" -'")


def _bare(text: str) -> str:
    return re.sub(rf"^{_MARKS}|{_MARKS}$", "", text.replace(CUT, " ")).strip()


@cache
def _all() -> str:
    fillers = lexicon().fillers
    return any_of({*fillers["ask"], *fillers["rest"]})


@cache
def _leading() -> re.Pattern[str]:
    return re.compile(rf"^{_all()}(?!\w)", re.IGNORECASE)


@cache
def _trailing() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){_all()}$", re.IGNORECASE)


@cache
def _anywhere() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){_all()}(?!\w)", re.IGNORECASE)


@cache
def _asking() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){any_of(lexicon().fillers['ask'])}(?!\w)", re.IGNORECASE)


@cache
def _denying() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){any_of(lexicon().refusals['negation'])}(?!\w)", re.IGNORECASE)
