"""The gate through which one platform's calls go: whoever comes waits there until the budget says go."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from bot.delivery.budget import Budget, Call, Kind, Limits

CallLater = Callable[[float, Callable[[], None]], object]
"""Does something in so many seconds."""


def in_this_loop(after_s: float, action: Callable[[], None]) -> None:
    """Do something later, in the loop that runs now."""
    asyncio.get_running_loop().call_later(after_s, action)


class Gate:
    """Lets calls to one platform through, each when its turn comes.

    Parameters
    ----------
    limits : Limits
        What the platform takes.
    now_s, call_later
        A clock that never goes backwards, and what it wakes.
    """

    def __init__(
        self, limits: Limits, now_s: Callable[[], float] = time.monotonic, call_later: CallLater = in_this_loop
    ) -> None:
        self._budget = Budget(limits)
        self._now_s = now_s
        self._call_later = call_later
        self._waiting: dict[Call, asyncio.Future[None]] = {}
        self._alarm_at_s: float | None = None

    async def turn(self, kind: Kind, chat: str) -> None:
        """Wait until a call may go; it counts as gone then. Who is cancelled meanwhile gives up the place."""
        call = self._budget.ask(kind, chat)
        self._waiting[call] = turn = asyncio.get_running_loop().create_future()
        self._open()
        try:
            await turn
        finally:
            self._budget.withdraw(call)
            self._waiting.pop(call, None)

    def take_now(self, kind: Kind, chat: str) -> bool:
        """Take a place at once, if there is one: for what is not worth a wait."""
        return self._budget.take_now(kind, chat, self._now_s())

    def full_chats(self) -> frozenset[str]:
        """Return the chats that take nothing now."""
        return self._budget.full_chats(self._now_s())

    def _open(self) -> None:
        """Let through all that may go, and look again when more may."""
        now_s = self._now_s()
        while (call := self._budget.next_call(now_s)) is not None:
            turn = self._waiting.pop(call)
            if not turn.done():
                turn.set_result(None)
        at_s = self._budget.look_again_at_s(now_s)
        if at_s is not None and (self._alarm_at_s is None or at_s < self._alarm_at_s):
            self._alarm_at_s = at_s
            self._call_later(at_s - now_s, self._alarm)

    def _alarm(self) -> None:
        self._alarm_at_s = None
        self._open()
