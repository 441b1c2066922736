"""Being told to end, and ending: a signal becomes an exception, wherever it comes.

Python swallows an exception that is raised while it collects garbage or calls a weak reference's callback, and the
signal with it. Whoever was told to end then would go on. So a signal that was swallowed is given again.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

_SOON_S = 0.02


def end_when_terminated() -> None:
    """Let a termination end this process as Ctrl-C does: whatever is half-made goes, what was started ends."""
    signal.signal(signal.SIGTERM, _end)
    sys.unraisablehook = given_again(sys.unraisablehook)


def given_again(otherwise: Callable[[Any], object]) -> Callable[[Any], object]:
    """Return a hook for exceptions that nobody can catch: an end is asked for once more, the rest is told as ever."""

    def hook(swallowed: Any) -> None:
        match swallowed.exc_value:
            case KeyboardInterrupt():
                _soon(signal.SIGINT)
            case SystemExit(code=code) if code == 128 + signal.SIGTERM:
                _soon(signal.SIGTERM)
            case _:
                otherwise(swallowed)

    return hook


def _soon(number: signal.Signals) -> None:
    """Give a signal from a thread: given here, it would come while this is swallowed still, and be swallowed, too."""
    again = threading.Timer(_SOON_S, os.kill, (os.getpid(), number))
    again.daemon = True
    again.start()


def _end(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)
