"""What a later program has written into a value, kept by one that does not know what it means.

It is kept as text: nothing can be done with it but to write it again, and a value that holds it stays comparable.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from pipeline.errors import ErrorCode, PipelineError

UnknownFields = tuple[tuple[str, str], ...]
"""Name and JSON of each, in the order of the names."""

_LONGEST_NAME = 100
_MOST_LEVELS = 16
MOST_LETTERS = 4000
"""Enough for a few fields; what is longer is no recipe but a way to store something."""


def take_unknown(raw: Mapping[str, Any], known: Collection[str]) -> tuple[dict[str, Any], UnknownFields]:
    """Part what is known from what is not.

    Raises
    ------
    PipelineError
        ``BAD_RECIPE`` with the field that is too long to be kept, or cannot be written as JSON again.
    """
    unknown = tuple((name, _text(name, raw[name])) for name in sorted(raw.keys() - set(known)))
    if letters(unknown) > MOST_LETTERS:
        longest = max(unknown, key=lambda field: len(field[1]))
        raise PipelineError(ErrorCode.BAD_RECIPE, field=longest[0][:40])
    return {name: raw[name] for name in known if name in raw}, unknown


def with_unknown(values: Mapping[str, Any], unknown: UnknownFields) -> dict[str, Any]:
    """Put back what was parted, behind what is known, which keeps its names for itself."""
    return {**values, **{name: json.loads(text) for name, text in unknown if name not in values}}


def letters(unknown: UnknownFields) -> int:
    """Return how much is kept."""
    return sum(len(name) + len(text) for name, text in unknown)


def _text(name: str, value: object) -> str:
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise PipelineError(ErrorCode.BAD_RECIPE, field=ascii(name[:40])[1:-1])
    if _is_deep(value, _MOST_LEVELS):
        raise PipelineError(ErrorCode.BAD_RECIPE, field=name[:40])
    try:
        text = json.dumps(value, separators=(",", ":"), allow_nan=False)
        # Half a surrogate pair can neither be printed nor kept in a database.
        json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    except ValueError as error:
        raise PipelineError(ErrorCode.BAD_RECIPE, field=name[:40]) from error
    return text


def _is_deep(value: object, levels: int) -> bool:
    """Tell whether brackets lie within brackets too often to be read again wherever one stands."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels == 0 or any(_is_deep(part, levels - 1) for part in inside)
