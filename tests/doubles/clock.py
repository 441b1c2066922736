"""Time that a test can push forward: the real clock plus what was added."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """The real time, moved ahead by as much as a test says."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, seconds: float) -> None:
        """Let time pass without waiting for it: tokens run out, messages grow old."""
        self._ahead += timedelta(seconds=seconds)
