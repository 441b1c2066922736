"""How the bot is doing, for its owner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from storage.database.tables import chats, clips, deliveries, requests, users
from storage.database.transactions import Snapshot
from storage.requests.quotas import DAY_S
from storage.states import DeliveryState, RequestState


@dataclass(frozen=True, slots=True)
class Stats:
    """Counts as of now.

    Attributes
    ----------
    people, chats, clips : int
        In all.
    requests : mapping
        State to count; every state is there.
    deliveries : mapping
        State to count; every state is there.
    clips_today, seconds_today : int, float
        Made in the last day.
    waiting_s : float
        How long the oldest queued request has been waiting.
    media_bytes : int
        Size of all clips that are kept.
    """

    people: int
    chats: int
    clips: int
    requests: Mapping[RequestState, int]
    deliveries: Mapping[DeliveryState, int]
    clips_today: int
    seconds_today: float
    waiting_s: float
    media_bytes: int


def collect(tx: Snapshot) -> Stats:
    """Count everything."""
    count = func.count()
    run = tx.connection.execute
    by_request = dict.fromkeys(RequestState, 0)
    for state, number in run(select(requests.c.state, count).group_by(requests.c.state)):
        by_request[RequestState(state)] = number
    by_delivery = dict.fromkeys(DeliveryState, 0)
    for state, number in run(select(deliveries.c.state, count).group_by(deliveries.c.state)):
        by_delivery[DeliveryState(state)] = number
    today = run(
        select(count.label("clips"), func.coalesce(func.sum(clips.c.duration_s), 0.0).label("seconds")).where(
            clips.c.created_at_s > tx.now_s - DAY_S
        )
    ).one()
    oldest_at_s = run(select(func.min(requests.c.created_at_s)).where(requests.c.state == RequestState.QUEUED)).scalar()
    media = select(func.coalesce(func.sum(clips.c.bytes), 0)).where(clips.c.media_removed_at_s.is_(None))
    return Stats(
        people=run(select(count).select_from(users).where(users.c.forgotten_at_s.is_(None))).scalar_one(),
        chats=run(select(count).select_from(chats).where(chats.c.moved_to_id.is_(None))).scalar_one(),
        clips=run(select(count).select_from(clips).where(clips.c.deleted_at_s.is_(None))).scalar_one(),
        requests=by_request,
        deliveries=by_delivery,
        clips_today=today.clips,
        seconds_today=today.seconds,
        waiting_s=0.0 if oldest_at_s is None else tx.now_s - oldest_at_s,
        media_bytes=run(media).scalar_one(),
    )
