"""Which form of a word a number takes, by the rules that languages share (Unicode CLDR's, for whole numbers)."""

from __future__ import annotations

from collections.abc import Callable, Mapping


def _one_other(count: float) -> int:
    return 0 if count == 1 else 1


def _up_to_one(count: float) -> int:
    return 0 if 0 <= count < 2 else 1


def _always_the_same(_count: float) -> int:
    return 0


def _one_few_many(count: float) -> int:
    """1, 21, 31 …; 2 to 4, 22 to 24 …; the others."""
    if count != int(count):
        return 2
    tens, units = int(count) % 100, int(count) % 10
    if units == 1 and tens != 11:
        return 0
    return 1 if 2 <= units <= 4 and not 12 <= tens <= 14 else 2


def _one_few_other(count: float) -> int:
    return 0 if count == 1 else 1 if count in (2, 3, 4) else 2


def _one_few_many_polish(count: float) -> int:
    return 0 if count == 1 else 1 if _one_few_many(count) == 1 else 2


PLURALS: Mapping[str, Callable[[float], int]] = {
    "one_other": _one_other,  # English, German, Dutch, Italian, Spanish, Swedish, …
    "up_to_one": _up_to_one,  # French, Portuguese of Brazil
    "always_the_same": _always_the_same,  # Japanese, Chinese, Korean, Vietnamese
    "one_few_many": _one_few_many,  # Russian, Ukrainian, Serbian, Croatian
    "one_few_other": _one_few_other,  # Czech, Slovak
    "polish": _one_few_many_polish,
}
"""{name as a language's file says it: number to the place of its form}; a file gives its forms in this order."""
