"""Which status messages show something else than what is true by now, and may be changed.

What they show is kept in memory alone: after a restart each is changed once more, and a chat leaves alone what shows
the same already.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.chat.port import Screen
from bot.delivery.eta import RateEstimate
from bot.delivery.lookup import OpenRequest
from bot.screens import status

EDIT_EVERY_S = 5.0
"""A message is changed no more often: the chats count edits, and people cannot read faster."""


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """A status message that is to show another screen."""

    waiting: OpenRequest
    screen: Screen


@dataclass(slots=True)
class _Seen:
    screen: Screen | None
    at_s: float
    rate: RateEstimate
    hopeless: bool = False


class StatusUpdates:
    """Remembers what the status messages of one platform show."""

    def __init__(self) -> None:
        self._seen: dict[int, _Seen] = {}

    def due(self, under_way: Iterable[OpenRequest], now_s: float) -> Iterator[StatusUpdate]:
        """Yield the changes that are due; what is not under way any more is forgotten."""
        everything = list(under_way)
        still_there = {waiting.request.id for waiting in everything}
        self._seen = {request_id: seen for request_id, seen in self._seen.items() if request_id in still_there}
        for waiting in everything:
            request = waiting.request
            seen = self._seen.get(request.id)
            rate = RateEstimate(request.fence, request.stage, request.done, now_s)
            if seen is None:
                # What was posted a moment ago is still true.
                seen = self._seen[request.id] = _Seen(None, max(request.created_at_s, now_s - EDIT_EVERY_S), rate)
            if (seen.rate.fence, seen.rate.stage) != (rate.fence, rate.stage):
                seen.rate = rate
            if seen.hopeless or now_s - seen.at_s < EDIT_EVERY_S:
                continue
            screen = status.waiting(
                request,
                request.language,
                position=waiting.position,
                eta_s=seen.rate.eta_s(request.done, request.total, now_s),
                picture=waiting.storyboard,
            )
            if screen != seen.screen:
                yield StatusUpdate(waiting, screen)

    def shown(self, change: StatusUpdate, now_s: float) -> None:
        """Remember that a message shows a screen, or was tried to: either way it has its rest."""
        seen = self._seen.get(change.waiting.request.id)
        if seen is not None:
            seen.screen, seen.at_s = change.screen, now_s

    def failed(self, change: StatusUpdate, now_s: float, *, for_good: bool) -> None:
        """Remember that a message could not be changed: now, or ever."""
        seen = self._seen.get(change.waiting.request.id)
        if seen is not None:
            seen.at_s, seen.hopeless = now_s, for_good
