"""What a request, a delivery and a relay can be, and what each may become: three tables.

Nothing else decides it. Every change in the database is an ``UPDATE … WHERE state IN sources_of(new)``, so of two
racing changes one wins and the other finds nothing to change.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

State = TypeVar("State", bound=StrEnum)


class RequestState(StrEnum):
    """Where a request is on its way from a message to a delivered clip."""

    QUEUED = "queued"
    RELEASED = "released"
    FETCHING = "fetching"
    RENDERING = "rendering"
    RENDERED = "rendered"
    DELIVERING = "delivering"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DEAD = "dead"


class DeliveryState(StrEnum):
    """Where a row of the outbox is."""

    PENDING = "pending"
    SENDING = "sending"
    HELD = "held"
    """Nowhere to send it; the clip waits to be asked for."""
    SENT = "sent"
    DROPPED = "dropped"
    """Nobody is left who could want it."""


class RelayState(StrEnum):
    """Where a relay is."""

    GATHERING = "gathering"
    FULL = "full"
    """Every scene is picked."""
    SUBMITTED = "submitted"
    """It has become a request."""
    ENDED = "ended"
    """Nothing came of it."""


_R = RequestState
REQUEST_TRANSITIONS: Mapping[RequestState, frozenset[RequestState]] = {
    _R.QUEUED: frozenset({_R.RELEASED, _R.CANCELLED}),
    # not back to the queue: nobody has begun it, so nobody can hand it back
    _R.RELEASED: frozenset({_R.FETCHING, _R.CANCELLED, _R.DEAD}),
    # to itself: begun again after the worker died
    _R.FETCHING: frozenset({_R.FETCHING, _R.RENDERING, _R.QUEUED, _R.FAILED, _R.CANCELLED, _R.DEAD}),
    _R.RENDERING: frozenset({_R.FETCHING, _R.RENDERED, _R.QUEUED, _R.FAILED, _R.CANCELLED, _R.DEAD}),
    _R.RENDERED: frozenset({_R.DELIVERING}),
    # back to rendered: nowhere to deliver it to at the moment
    _R.DELIVERING: frozenset({_R.DELIVERED, _R.RENDERED}),
    _R.DELIVERED: frozenset(),
    _R.FAILED: frozenset(),
    _R.CANCELLED: frozenset(),
    _R.DEAD: frozenset(),
}

_D = DeliveryState
DELIVERY_TRANSITIONS: Mapping[DeliveryState, frozenset[DeliveryState]] = {
    _D.PENDING: frozenset({_D.SENDING, _D.DROPPED}),
    # to itself: taken over from a bot that died
    _D.SENDING: frozenset({_D.SENDING, _D.PENDING, _D.SENT, _D.HELD, _D.DROPPED}),
    _D.HELD: frozenset({_D.DROPPED}),
    _D.SENT: frozenset(),
    _D.DROPPED: frozenset(),
}

RELAY_TRANSITIONS: Mapping[RelayState, frozenset[RelayState]] = {
    # submitted before it is full: time is up, and what has been picked is rendered
    RelayState.GATHERING: frozenset({RelayState.FULL, RelayState.SUBMITTED, RelayState.ENDED}),
    RelayState.FULL: frozenset({RelayState.SUBMITTED, RelayState.ENDED}),
    RelayState.SUBMITTED: frozenset(),
    RelayState.ENDED: frozenset(),
}

WITH_THE_ENGINE = frozenset({_R.RELEASED, _R.FETCHING, _R.RENDERING})
"""Takes up a worker's slot."""
OPEN = WITH_THE_ENGINE | {_R.QUEUED}
"""Still to be made; a person may have only a few of these at once."""
UNCHARGED = frozenset({_R.FAILED, _R.CANCELLED, _R.DEAD})
"""Ended without a clip: whatever was debited has been given back."""


def sources_of(new: State, transitions: Mapping[State, frozenset[State]]) -> tuple[State, ...]:
    """Return the states from which `new` may be reached, in the table's order."""
    return tuple(state for state, targets in transitions.items() if new in targets)
