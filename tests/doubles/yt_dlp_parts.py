"""What tests of yt-dlp's own parts share: a log that remembers warnings, and a registry that is put back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Told:
    """A log of yt-dlp's, of which the warnings are kept."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def debug(self, message: str) -> None:
        pass

    info = error = debug

    def warning(self, message: str) -> None:
        self.warnings.append(message)


@contextmanager
def put_back(table: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Lend a registry, and put it back as it was."""
    before = dict(table)
    try:
        yield table
    finally:
        table.clear()
        table.update(before)
