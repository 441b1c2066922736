"""One lock around a world, and a bell that rings when something in it has changed.

A double lives in two threads: its server answers in one, the test looks and acts in another. Both take `lock`; a test
that waits for something is woken by `ring` instead of asking again and again.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Changes:
    """Who may touch the world now, and who wants to hear that it was touched."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._listeners: list[Callable[[], None]] = []

    def ring(self) -> None:
        """Say that something has changed."""
        with self.lock:
            for listener in self._listeners:
                listener()

    async def wait_until(self, look: Callable[[], T | None], timeout_s: float) -> T:
        """Return the first thing that `look` finds; raise TimeoutError if there is none in time.

        `look` runs under the lock, in the waiting loop, once at the start and again after every change.
        """
        loop = asyncio.get_running_loop()
        woken = asyncio.Event()

        def wake() -> None:
            loop.call_soon_threadsafe(woken.set)

        with self.lock:
            self._listeners.append(wake)
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    with self.lock:
                        found = look()
                    if found:
                        return found
                    await woken.wait()
                    woken.clear()
        finally:
            with self.lock:
                self._listeners.remove(wake)
