"""How a child ended."""

from __future__ import annotations

import signal
from dataclasses import dataclass

_BROUGHT_UPON_ITSELF = frozenset(
    getattr(signal, name)
    for name in ("SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGABRT", "SIGSYS", "SIGTRAP", "SIGXCPU", "SIGXFSZ")
    if hasattr(signal, name)
)


@dataclass(frozen=True, slots=True)
class Exit:
    """How a child ended: by itself with a code, or by a signal.

    Attributes
    ----------
    code : int or None
        What it returned; None where a signal ended it.
    signal : int or None
        What ended it; None where it ended by itself.
    timed_out : bool
        Whether its deadline came first.
    stopped : bool
        Whether its parent asked for the end.
    last_words : str
        The end of what it wrote to its standard error, where that was kept.
    """

    code: int | None
    signal: int | None
    timed_out: bool = False
    stopped: bool = False
    last_words: str = ""

    @property
    def ok(self) -> bool:
        """Whether it ended by itself, with 0."""
        return self.code == 0

    @property
    def was_killed(self) -> bool:
        """Whether a signal ended it, ours or anybody's."""
        return self.signal is not None

    @property
    def crashed(self) -> bool:
        """Whether the program brought the signal upon itself: by a fault of its own, or against a limit."""
        return self.signal in _BROUGHT_UPON_ITSELF

    @property
    def interrupted(self) -> bool:
        """Whether somebody else ended it, and not its deadline: the same work may well succeed another time."""
        return self.was_killed and not self.crashed and not self.timed_out

    def __str__(self) -> str:
        if self.timed_out:
            return "its deadline passed"
        if self.signal is None:
            return f"code {self.code}"
        try:
            return signal.Signals(self.signal).name
        except ValueError:
            return f"signal {self.signal}"
