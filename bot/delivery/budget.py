"""What may be sent to a platform now, and when the next call may go: its limits, shared out by kinds of calls. Pure.

A limit counts the calls of a window that slides, since a bucket of tokens that starts full lets twice as many through
in its first window. Free places go to what is most urgent, and every kind of call that has something to say keeps a
fifth of the places to itself: whatever comes in a burst takes what is left over, never another kind's share.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import count
from typing import Final

from storage.people.people import Platform


class Kind(IntEnum):
    """What a call to a chat is for, the most urgent first."""

    PRESS = 0
    """The answer to a press or a question."""
    FIRST = 1
    """The message that shows that somebody was heard."""
    CLIP = 2
    """The clip, or why there is none."""
    STORYBOARD = 3
    PROGRESS = 4


_SHARE: Final = len(Kind)
_KEPT_WINDOWS: Final = 2
"""How long a share is kept for whoever asked in vain: longer than from one look to the next."""
_SPARED: Final[Mapping[Kind, int]] = {Kind.STORYBOARD: 1, Kind.PROGRESS: 2}
"""How many fifths of a chat's own places a kind leaves to what is more urgent, and may come at any time."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many calls in any window of so many seconds.

    Attributes
    ----------
    calls : int
        At least 1.
    window_s : float
        More than 0.
    """

    calls: int
    window_s: float


@dataclass(frozen=True, slots=True)
class Limits:
    """What a platform takes.

    Attributes
    ----------
    overall : Limit or None
        In all chats together; None where nothing is counted.
    a_chat, a_group : tuple of Limit
        In one chat, whatever it is; and in addition where more than one person reads it.
    """

    overall: Limit | None = None
    a_chat: tuple[Limit, ...] = ()
    a_group: tuple[Limit, ...] = ()

    def of(self, chat: str) -> tuple[Limit, ...]:
        """Return what holds in a chat; Telegram's groups and channels are those with a negative id."""
        return self.a_chat + self.a_group if chat.startswith("-") else self.a_chat


UNLIMITED: Final = Limits()

LIMITS: Final[Mapping[Platform, Limits]] = {
    "telegram": Limits(Limit(30, 1.0), a_chat=(Limit(1, 1.0),), a_group=(Limit(20, 60.0),)),
    # Its library obeys what every answer says of a channel; the share of all is what it cannot know.
    "discord": Limits(Limit(50, 1.0)),
}
"""Telegram's are those of its FAQ for bots, Discord's that of its reference."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call that waits for its turn, by the number under which it came."""

    number: int
    kind: Kind
    chat: str


@dataclass(slots=True)
class _Log:
    """When the latest calls went, and of which kind they were; as many as the limit has places."""

    limit: Limit
    went: deque[tuple[float, Kind]] = field(default_factory=deque)

    def forget(self, now_s: float) -> None:
        """Forget what has left the window."""
        while self.went and now_s >= self.went[0][0] + self.limit.window_s:
            self.went.popleft()

    def used_by(self, kind: Kind) -> int:
        return sum(one is kind for _, one in self.went)

    def leaves_at_s(self) -> float:
        """Return when the oldest call leaves the window."""
        return self.went[0][0] + self.limit.window_s


class Budget:
    """Who is next, of all that wait to be sent to one platform.

    Times are seconds of any clock that does not go backwards; whoever asks passes them.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._overall = None if limits.overall is None else _Log(limits.overall)
        self._chats: dict[str, tuple[_Log, ...]] = {}
        self._waiting: dict[Kind, dict[int, Call]] = {kind: {} for kind in Kind}
        self._asked_at_s: dict[Kind, float] = {}
        self._numbers = count(1)

    def ask(self, kind: Kind, chat: str) -> Call:
        """Let a call wait for its turn."""
        call = Call(next(self._numbers), kind, chat)
        self._waiting[kind][call.number] = call
        return call

    def withdraw(self, call: Call) -> None:
        """Let a call wait no longer; one that has gone is left alone."""
        self._waiting[call.kind].pop(call.number, None)

    def next_call(self, now_s: float) -> Call | None:
        """Return the call whose turn it is, which counts as gone now; None if nothing may go.

        The most urgent kind goes first, and of a kind what came first, but for what its own chat does not take yet.
        """
        self._forget(now_s)
        for kind, waiting in self._waiting.items():
            if not waiting or not self._has_place(kind, now_s):
                continue
            call = next((one for one in waiting.values() if self._chat_takes(kind, one.chat)), None)
            if call is not None:
                del waiting[call.number]
                self._note(kind, call.chat, now_s)
                return call
        return None

    def take_now(self, kind: Kind, chat: str, now_s: float) -> bool:
        """Take a place for what is not worth a wait, because something newer will come; False if there is none.

        Who asks in vain has the share of its kind kept for a while, and so finds a place when it asks again.
        """
        self._forget(now_s)
        if not self._chat_takes(kind, chat):
            return False
        self._asked_at_s[kind] = now_s
        if not self._has_place(kind, now_s):
            return False
        self._note(kind, chat, now_s)
        return True

    def look_again_at_s(self, now_s: float) -> float | None:
        """Return when something that waits may go at the earliest; None if nothing waits."""
        self._forget(now_s)
        wanted = {call.chat for waiting in self._waiting.values() for call in waiting.values()}
        if not wanted:
            return None
        logs = [log for chat in wanted for log in self._chats.get(chat, ())]
        logs += [] if self._overall is None else [self._overall]
        # A share that is kept for whoever asked in vain is given up one day, too.
        given_up = [self._kept_until_s(kind) for kind in self._asked_at_s]
        times = [log.leaves_at_s() for log in logs if log.went] + given_up
        return min((at_s for at_s in times if at_s > now_s), default=now_s)

    def full_chats(self, now_s: float) -> frozenset[str]:
        """Return the chats that take nothing now, not even what is most urgent."""
        self._forget(now_s)
        return frozenset(chat for chat in self._chats if not self._chat_takes(Kind.PRESS, chat))

    # --- places -------------------------------------------------------------------------------------------------------

    def _has_place(self, kind: Kind, now_s: float) -> bool:
        """Tell whether there is a place in all: of the kind's own share, or one that is nobody's."""
        if self._overall is None:
            return True
        free = self._overall.limit.calls - len(self._overall.went)
        if free <= 0:
            return False
        return self._own(kind) > 0 or free > sum(self._own(other) for other in self._active(now_s) if other is not kind)

    def _own(self, kind: Kind) -> int:
        """Return how much of its share a kind has not used in this window."""
        assert self._overall is not None
        return max(0, self._overall.limit.calls // _SHARE - self._overall.used_by(kind))

    def _active(self, now_s: float) -> Iterator[Kind]:
        """Yield the kinds that have something to say, for which a share is kept."""
        for kind, waiting in self._waiting.items():
            if now_s < self._kept_until_s(kind) or any(
                self._chat_takes(kind, chat) for chat in _chats_of(waiting.values())
            ):
                yield kind

    def _kept_until_s(self, kind: Kind) -> float:
        asked_at_s = self._asked_at_s.get(kind)
        if asked_at_s is None or self._overall is None:
            return -math.inf
        return asked_at_s + _KEPT_WINDOWS * self._overall.limit.window_s

    def _chat_takes(self, kind: Kind, chat: str) -> bool:
        return all(
            len(log.went) < log.limit.calls - _SPARED.get(kind, 0) * (log.limit.calls // _SHARE)
            for log in self._chats.get(chat, ())
        )

    def _note(self, kind: Kind, chat: str, now_s: float) -> None:
        if chat not in self._chats and (limits := self._limits.of(chat)):
            self._chats[chat] = tuple(map(_Log, limits))
        for log in self._chats.get(chat, ()):
            log.went.append((now_s, kind))
        if self._overall is not None:
            self._overall.went.append((now_s, kind))

    def _forget(self, now_s: float) -> None:
        if self._overall is not None:
            self._overall.forget(now_s)
        for logs in self._chats.values():
            for log in logs:
                log.forget(now_s)
        self._chats = {chat: logs for chat, logs in self._chats.items() if any(log.went for log in logs)}


def _chats_of(calls: Iterable[Call]) -> frozenset[str]:
    return frozenset(call.chat for call in calls)
