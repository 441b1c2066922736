"""How much a person and a chat may ask for in a rolling day: a ledger of debits, settlements and refunds.

A row is written once and never changed. ``unique (request, kind)`` makes every kind happen once at most, so the
balance of a request is either what its clip costs or, where no clip came of it, nothing. What costs no request, such as
showing a clip again, is a row of its own.

``seconds`` are seconds of work, as a price table reckons them (`prices`); of a request without one, seconds of clip.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import Label, Row, func, select
from sqlalchemy.dialects.sqlite import insert

from storage.database.tables import quota_entries, requests
from storage.database.transactions import Snapshot, Transaction
from storage.errors import RefusalCode, StorageError
from storage.people.chats import ChatSettings
from storage.states import OPEN

DAY_S = 86_400.0
_SOUND = "sound"


@dataclass(frozen=True, slots=True)
class QuotaLimits:
    """The most that is taken; None means no limit."""

    user_clips_per_day: int | None
    user_seconds_per_day: float | None
    chat_clips_per_day: int | None
    chat_seconds_per_day: float | None
    open_requests_per_user: int | None

    def within(self, settings: ChatSettings) -> QuotaLimits:
        """Return these limits as a chat's admins have tightened them."""
        return replace(
            self,
            chat_clips_per_day=_least(self.chat_clips_per_day, settings.clips_per_day),
            chat_seconds_per_day=_least(self.chat_seconds_per_day, settings.seconds_per_day),
        )


UNLIMITED = QuotaLimits(None, None, None, None, None)


@dataclass(frozen=True, slots=True)
class Spending:
    """What was spent in the last day.

    Attributes
    ----------
    clips : int
    seconds : float
        What they cost together.
    """

    clips: int
    seconds: float


def spent_by_user(tx: Snapshot, user_id: int) -> Spending:
    """Return what a person has spent in the last day."""
    return _spent(_entries(tx, "user_id", user_id))


def spent_by_chat(tx: Snapshot, chat_id: int) -> Spending:
    """Return what a chat has spent in the last day."""
    return _spent(_entries(tx, "chat_id", chat_id))


def charged(tx: Snapshot, request_id: int, *, but: str | None = None) -> Spending:
    """Return what a request costs as things stand; nothing once it was refunded.

    Parameters
    ----------
    but : str, optional
        A kind of row that does not count.
    """
    clips, seconds = _total()
    query = select(clips, seconds).where(quota_entries.c.request_id == request_id)
    if but is not None:
        query = query.where(quota_entries.c.kind != but)
    row = tx.connection.execute(query).one()
    return Spending(row.clips, row.seconds)


def debit(tx: Transaction, request_id: int, *, user_id: int, chat_id: int, seconds: float, limits: QuotaLimits) -> None:
    """Charge a new request, in the transaction that takes it.

    Raises
    ------
    StorageError
        One limit is spent, and when there will be room again.
    """
    _check_open(tx, request_id, user_id, limits)
    _check_day(tx, request_id, user_id, chat_id, Spending(1, seconds), limits)
    _write(tx, request_id, "debit", user_id, chat_id, Spending(1, seconds), tx.now_s)


def settle(
    tx: Transaction, request_id: int, seconds: float, limits: QuotaLimits, *, for_its_sound_s: float = 0.0
) -> None:
    """Charge what it really costs, once that is known, in place of the estimate.

    Parameters
    ----------
    seconds : float
        All that it costs.
    for_its_sound_s : float
        The part of it that is spent by now, whether or not there will be a clip.

    Raises
    ------
    StorageError
        It costs more than what is left.
    """
    entry = _debit_of(tx, request_id)
    if entry is None or charged(tx, request_id).clips == 0:
        return
    if seconds > entry.seconds:
        _check_day(tx, request_id, entry.user_id, entry.chat_id, Spending(0, seconds), limits)
    if for_its_sound_s > 0:
        spent = Spending(0, for_its_sound_s)
        _write(tx, request_id, _SOUND, entry.user_id, entry.chat_id, spent, entry.counts_at_s)
    difference = Spending(0, seconds - for_its_sound_s - entry.seconds)
    if difference.seconds:
        _write(tx, request_id, "settlement", entry.user_id, entry.chat_id, difference, entry.counts_at_s)


def refund(tx: Transaction, request_id: int, *, all_of_it: bool = True) -> bool:
    """Give back what a request was charged; True if this call did it, and no other before.

    Parameters
    ----------
    all_of_it : bool
        Also what was spent for bringing its sound, as where the fault is ours.
    """
    entry = _debit_of(tx, request_id)
    if entry is None:
        return False
    cost = charged(tx, request_id, but=None if all_of_it else _SOUND)
    back = Spending(-cost.clips, -cost.seconds)
    # Counted where the debit was, so that the two leave the rolling day together.
    return _write(tx, request_id, "refund", entry.user_id, entry.chat_id, back, entry.counts_at_s)


def charge(tx: Transaction, kind: str, *, user_id: int, chat_id: int, seconds: float, limits: QuotaLimits) -> None:
    """Charge something that is no request and is never given back.

    Raises
    ------
    StorageError
        One limit is spent.
    """
    cost = Spending(0, seconds)
    _check_day(tx, None, user_id, chat_id, cost, limits)
    _write(tx, None, kind, user_id, chat_id, cost, tx.now_s)


def left_s(tx: Snapshot, *, user_id: int, chat_id: int, limits: QuotaLimits) -> float | None:
    """Return how many seconds somebody may still spend today in a chat; None for any number."""
    rests = [
        limit - used.seconds
        for limit, used in (
            (limits.user_seconds_per_day, spent_by_user(tx, user_id)),
            (limits.chat_seconds_per_day, spent_by_chat(tx, chat_id)),
        )
        if limit is not None
    ]
    return max(0.0, min(rests)) if rests else None


@dataclass(frozen=True, slots=True)
class Entry:
    """What one request adds to a day, and when that day began."""

    counts_at_s: float
    clips: int
    seconds: float


def free_in_s(entries: Sequence[Entry], now_s: float, excess: float, of: Literal["clips", "seconds"]) -> float:
    """Return how long until old entries have left the day and `excess` has become free; infinity if they never will."""
    for entry in sorted(entries, key=lambda entry: entry.counts_at_s):
        excess -= getattr(entry, of)
        if excess <= 1e-9:
            return max(0.0, entry.counts_at_s + DAY_S - now_s)
    return math.inf


def _check_open(tx: Snapshot, request_id: int, user_id: int, limits: QuotaLimits) -> None:
    limit = limits.open_requests_per_user
    mine = requests.c.user_id == user_id, requests.c.id != request_id, requests.c.state.in_(sorted(OPEN))
    count = tx.connection.execute(select(func.count()).select_from(requests).where(*mine)).scalar_one()
    if limit is not None and count >= limit:
        raise StorageError(RefusalCode.TOO_MANY_OPEN, limit=limit, open=count)


def _check_day(
    tx: Snapshot, request_id: int | None, user_id: int, chat_id: int, wanted: Spending, limits: QuotaLimits
) -> None:
    """Refuse what does not fit beside the day's other requests."""
    mine = _entries(tx, "user_id", user_id, but=request_id)
    ours = _entries(tx, "chat_id", chat_id, but=request_id)
    _check_clips(RefusalCode.USER_CLIPS_SPENT, mine, tx.now_s, wanted.clips, limits.user_clips_per_day)
    _check_clips(RefusalCode.CHAT_CLIPS_SPENT, ours, tx.now_s, wanted.clips, limits.chat_clips_per_day)
    _check_seconds(RefusalCode.USER_SECONDS_SPENT, mine, tx.now_s, wanted.seconds, limits.user_seconds_per_day)
    _check_seconds(RefusalCode.CHAT_SECONDS_SPENT, ours, tx.now_s, wanted.seconds, limits.chat_seconds_per_day)


def _check_clips(code: RefusalCode, entries: Sequence[Entry], now_s: float, wanted: int, limit: int | None) -> None:
    if limit is None:
        return
    used = _spent(entries).clips
    if used + wanted <= limit:
        return
    if limit < wanted:
        raise StorageError(RefusalCode.NOT_ALLOWED)
    raise StorageError(
        code, limit=limit, used=used, free_in_s=free_in_s(entries, now_s, used + wanted - limit, "clips")
    )


def _check_seconds(
    code: RefusalCode, entries: Sequence[Entry], now_s: float, wanted: float, limit: float | None
) -> None:
    if limit is None:
        return
    used = _spent(entries).seconds
    if used + wanted <= limit:
        return
    if limit < wanted:
        raise StorageError(RefusalCode.LONGER_THAN_QUOTA, limit_s=limit, wanted_s=wanted)
    wait_s = free_in_s(entries, now_s, used + wanted - limit, "seconds")
    raise StorageError(
        code, limit_s=limit, used_s=used, left_s=max(0.0, limit - used), wanted_s=wanted, free_in_s=wait_s
    )


def _least(*limits: float | None) -> Any:
    return min((limit for limit in limits if limit is not None), default=None)


def _spent(entries: Sequence[Entry]) -> Spending:
    return Spending(sum(entry.clips for entry in entries), math.fsum(entry.seconds for entry in entries))


def _total() -> tuple[Label[int], Label[float]]:
    return (
        func.coalesce(func.sum(quota_entries.c.clips), 0).label("clips"),
        func.coalesce(func.sum(quota_entries.c.seconds), 0.0).label("seconds"),
    )


def _entries(tx: Snapshot, who: Literal["user_id", "chat_id"], key: int, but: int | None = None) -> list[Entry]:
    """Return the last day's requests of a person or a chat, each with its debit, settlement and refund summed."""
    clips, seconds = _total()
    counts_at_s, request_id = quota_entries.c.counts_at_s, quota_entries.c.request_id
    query = (
        select(counts_at_s, clips, seconds)
        .where(quota_entries.c[who] == key, counts_at_s > tx.now_s - DAY_S)
        .group_by(request_id, counts_at_s)
    )
    if but is not None:  # a forgotten request's rows have no request any more, and count all the same
        query = query.where(request_id.is_distinct_from(but))
    return [Entry(row.counts_at_s, row.clips, row.seconds) for row in tx.connection.execute(query)]


def _debit_of(tx: Snapshot, request_id: int) -> Row[Any] | None:
    query = select(quota_entries).where(quota_entries.c.request_id == request_id, quota_entries.c.kind == "debit")
    return tx.connection.execute(query).one_or_none()


def _write(
    tx: Transaction, request_id: int | None, kind: str, user_id: int, chat_id: int, amount: Spending, counts_at_s: float
) -> bool:
    """Add a row; False if the request has one of this kind already."""
    statement = (
        insert(quota_entries)
        .values(
            request_id=request_id,
            kind=kind,
            user_id=user_id,
            chat_id=chat_id,
            clips=amount.clips,
            seconds=amount.seconds,
            counts_at_s=counts_at_s,
            written_at_s=tx.now_s,
        )
        .on_conflict_do_nothing(index_elements=[quota_entries.c.request_id, quota_entries.c.kind])
        .returning(quota_entries.c.id)
    )
    return tx.connection.execute(statement).first() is not None
