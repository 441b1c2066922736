"""Who is next: fairness, priority and delay, all in one place.

The engine gets at most as many jobs as there are slots (the *window*), so that what is asked for next can still be
overtaken by somebody who has had less.
"""

from __future__ import annotations

import heapq
import math
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import func, select

from storage.database.tables import requests, users
from storage.database.transactions import Snapshot, Transaction
from storage.engine.port import Engine
from storage.states import WITH_THE_ENGINE, RequestState
from storage.transitions import change_request


@dataclass(frozen=True, slots=True)
class QueuedRequest:
    """A request in the queue, as far as the order needs to know it."""

    id: int
    person_id: int
    priority: int
    created_at_s: float
    work_s: float = 1.0


def fair_order(
    waiting: Iterable[QueuedRequest], running: Mapping[int, float], last_released_at_s: Mapping[int, float]
) -> Iterator[QueuedRequest]:
    """Yield requests in the order in which they are let out.

    Higher priority first; then whoever has least work running; then whoever was served longest ago; then the oldest.

    Parameters
    ----------
    waiting : iterable of QueuedRequest
    running : mapping
        Person to the work of their jobs with the engine, in seconds (`QueuedRequest.work_s`).
    last_released_at_s : mapping
        Person to when they were last served; missing means never.
    """
    shares: defaultdict[int, float] = defaultdict(float, running)
    served = defaultdict(lambda: -math.inf, last_released_at_s)
    latest_s = max(served.values(), default=0.0)
    by_priority: dict[int, dict[int, deque[QueuedRequest]]] = defaultdict(lambda: defaultdict(deque))
    for request in sorted(waiting, key=lambda request: (request.created_at_s, request.id)):
        by_priority[request.priority][request.person_id].append(request)

    for priority in sorted(by_priority, reverse=True):
        queues = by_priority[priority]

        def turn(
            person: int, queues: Mapping[int, deque[QueuedRequest]] = queues
        ) -> tuple[float, float, float, int, int]:
            head = queues[person][0]
            return shares[person], served[person], head.created_at_s, head.id, person

        turns = [turn(person) for person in queues]
        heapq.heapify(turns)
        while turns:
            person = heapq.heappop(turns)[-1]
            served_now = queues[person].popleft()
            yield served_now
            shares[person] += served_now.work_s
            # Served just now, after everybody who was served before.
            latest_s = served[person] = math.nextafter(latest_s, math.inf)
            if queues[person]:
                heapq.heappush(turns, turn(person))


def release(tx: Transaction, engine: Engine, window: int | None = None) -> tuple[int, ...]:
    """Hand the engine as many requests as its slots have room for, and return their ids.

    Parameters
    ----------
    window : int, optional
        The most that may be with the engine at a time; by default as many as all its workers have slots.
    """
    window = engine.inspect().slots if window is None else window
    room = window - _with_the_engine(tx)
    if room <= 0:
        return ()
    released = []
    order = fair_order(_waiting(tx, due_only=True), _running(tx), _last_released(tx))
    for request in islice(order, room):
        ticket = {"ticket": requests.c.ticket + 1, "released_at_s": tx.now_s}
        change_request(tx, RequestState.RELEASED, requests.c.id == request.id, **ticket)
        tx.connection.execute(users.update().where(users.c.id == request.person_id).values(last_released_at_s=tx.now_s))
        query = select(requests.c.ticket).where(requests.c.id == request.id)
        engine.submit(tx, request.id, tx.connection.execute(query).scalar_one(), request.priority)
        released.append(request.id)
    return tuple(released)


def reconcile(tx: Transaction, engine: Engine) -> int:
    """Hand the engine everything that should be with it, and return how much that is.

    What it knows it ignores; what it forgot (it was wiped, or its host was) it has again.
    """
    query = select(requests.c.id, requests.c.ticket, requests.c.priority).where(
        requests.c.state.in_(sorted(WITH_THE_ENGINE))
    )
    jobs = tx.connection.execute(query).all()
    for job in jobs:
        engine.submit(tx, job.id, job.ticket, job.priority)
    return len(jobs)


def queue_positions(tx: Snapshot) -> dict[int, int]:
    """Return how many are before each waiting request in the queue, as things stand: 0 is next."""
    order = fair_order(_waiting(tx, due_only=False), _running(tx), _last_released(tx))
    return {request.id: position for position, request in enumerate(order)}


def _waiting(tx: Snapshot, *, due_only: bool) -> list[QueuedRequest]:
    query = select(requests.c.id, requests.c.user_id, requests.c.priority, requests.c.created_at_s, _WORK_S).where(
        requests.c.state == RequestState.QUEUED
    )
    if due_only:
        query = query.where(requests.c.not_before_at_s <= tx.now_s)
    return [QueuedRequest(*row) for row in tx.connection.execute(query)]


# What was taken without prices counts by its length.
_WORK_S = func.coalesce(requests.c.work_s, requests.c.estimated_s)


def _with_the_engine(tx: Snapshot) -> int:
    query = select(func.count()).select_from(requests).where(requests.c.state.in_(sorted(WITH_THE_ENGINE)))
    return tx.connection.execute(query).scalar_one()


def _running(tx: Snapshot) -> dict[int, float]:
    query = (
        select(requests.c.user_id, func.sum(_WORK_S).label("work_s"))
        .where(requests.c.state.in_(sorted(WITH_THE_ENGINE)))
        .group_by(requests.c.user_id)
    )
    return {row.user_id: row.work_s for row in tx.connection.execute(query)}


def _last_released(tx: Snapshot) -> dict[int, float]:
    waiting = select(requests.c.user_id).where(requests.c.state == RequestState.QUEUED)
    query = select(users.c.id, users.c.last_released_at_s).where(
        users.c.id.in_(waiting), users.c.last_released_at_s.is_not(None)
    )
    return {row.id: row.last_released_at_s for row in tx.connection.execute(query)}
