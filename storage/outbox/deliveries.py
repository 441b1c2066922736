"""The outbox: what must still be said in a chat, by whom it is being said, and what has been said already.

Creating a message is the one step that cannot be repeated safely. So the intent (`sending`) is committed before the
message is sent and the result (`posted`) after it; whoever takes over a delivery from a bot that died in between sees
`Delivery.in_doubt` and does not send blindly again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, ScalarSelect, and_, literal, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from storage.database.tables import chats, deliveries, requests
from storage.database.transactions import Snapshot, Transaction
from storage.errors import RefusalCode, StorageError
from storage.outbox import posted_messages
from storage.outbox.posted_messages import PostedMessage, Role
from storage.people.people import Platform
from storage.states import DeliveryState, RequestState
from storage.transitions import change_delivery, change_request

DeliveryKind = Literal["status", "clip", "notice", "show"]

LEASE_S = 60.0
"""Longest silence of a bot before another may take over its delivery; an upload renews it (`keep`)."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A row of the outbox in the hands of a bot.

    Attributes
    ----------
    kind : {"status", "clip", "notice", "show"}
        The message that shows how far a request is; a finished clip; why there is none; a clip that somebody asked to
        see again.
    request_id, clip_id : int or None
    chat_id : int
        Ours.
    chat, channel, reply_to : str, str or None, str or None
        The platform's ids: where it belongs, and to which message.
    fence : int
        The fence of this claim; a bot whose lease ran out writes nothing any more.
    attempts : int
        Counts this one.
    posted : mapping
        What has been posted for this request, by role.
    in_doubt : Role or None
        A message that the previous claim was creating when it ended, or the request's status that another delivery
        was creating: it may be in the chat or not.
    in_doubt_since_s : float or None
        When that claim began to create it, in seconds since the epoch; 0 for another delivery's, which no nonce of this
        one brings back.
    """

    id: int
    kind: DeliveryKind
    platform: Platform
    request_id: int | None
    clip_id: int | None
    chat_id: int
    chat: str
    channel: str | None
    reply_to: str | None
    language: str
    state: DeliveryState
    fence: int
    attempts: int
    in_doubt: Role | None
    in_doubt_since_s: float | None
    posted: Mapping[Role, PostedMessage]

    def nonce(self, role: Role) -> str:
        """Return what marks the message of this role, the same at every attempt (at most 25 characters).

        Discord drops a message whose nonce it has seen some minutes ago.
        """
        return f"g{self.id}-{role}"


def add_for_request(tx: Transaction, request_id: int, kind: DeliveryKind, clip_id: int | None = None) -> None:
    """Owe a request its clip or a word about why there is none; owing it twice is owing it once."""
    columns = ("platform", "request_id", "chat_id", "channel", "language")
    owed = select(
        *(requests.c[name] if name != "request_id" else requests.c.id for name in columns),
        requests.c.message,
        literal(kind),
        literal(clip_id),
        literal(DeliveryState.PENDING),
        literal(tx.now_s),
        literal(tx.now_s),
    ).where(requests.c.id == request_id)
    names = [*columns, "reply_to", "kind", "clip_id", "state", "not_before_at_s", "created_at_s"]
    tx.connection.execute(insert(deliveries).from_select(names, owed).on_conflict_do_nothing())


def show(
    tx: Transaction,
    clip_id: int,
    *,
    platform: Platform,
    event_id: str,
    chat_id: int,
    language: str,
    channel: str | None = None,
    reply_to: str | None = None,
) -> bool:
    """Owe a chat a clip that exists, without rendering; False where the same event has asked for it before."""
    statement = insert(deliveries).values(
        kind="show",
        clip_id=clip_id,
        platform=platform,
        event_id=event_id,
        chat_id=chat_id,
        channel=channel,
        reply_to=reply_to,
        language=language,
        state=DeliveryState.PENDING,
        not_before_at_s=tx.now_s,
        created_at_s=tx.now_s,
    )
    once = statement.on_conflict_do_nothing(index_elements=[deliveries.c.platform, deliveries.c.event_id])
    return tx.connection.execute(once.returning(deliveries.c.id)).first() is not None


def claim(
    tx: Transaction, platform: Platform, owner: str, lease_s: float = LEASE_S, *, but_in: Collection[int] = ()
) -> Delivery | None:
    """Take the next delivery of a platform: a new one that is due, or one whose bot has fallen silent.

    Parameters
    ----------
    but_in : collection of int
        Chats (our ids) that are busy: what belongs there is left for later.
    """
    due = and_(deliveries.c.state == DeliveryState.PENDING, deliveries.c.not_before_at_s <= tx.now_s)
    left_behind = and_(deliveries.c.state == DeliveryState.SENDING, deliveries.c.leased_until_s <= tx.now_s)
    waiting = (
        select(deliveries.c.id)
        .where(deliveries.c.platform == platform, or_(due, left_behind), deliveries.c.chat_id.not_in(sorted(but_in)))
        .order_by(deliveries.c.not_before_at_s, deliveries.c.id)
        .limit(1)
        .scalar_subquery()
    )
    claimed = change_delivery(
        tx,
        DeliveryState.SENDING,
        deliveries.c.id == waiting,
        owner=owner,
        leased_until_s=tx.now_s + lease_s,
        fence=deliveries.c.fence + 1,
        attempts=deliveries.c.attempts + 1,
    )
    if claimed is None:
        return None
    delivery = get(tx, claimed)
    if delivery.kind == "clip":
        change_request(tx, RequestState.DELIVERING, requests.c.id == delivery.request_id)
    return delivery


def get(tx: Snapshot, delivery_id: int) -> Delivery:
    """Return a delivery.

    Raises
    ------
    StorageError
        ``NOT_FOUND``
    """
    query = (
        select(deliveries, chats.c.external_id.label("chat"))
        .join(chats, chats.c.id == deliveries.c.chat_id)
        .where(deliveries.c.id == delivery_id)
    )
    row = tx.connection.execute(query).one_or_none()
    if row is None:
        raise StorageError(RefusalCode.NOT_FOUND, id=delivery_id)
    return _delivery(tx, row)


# The steps of one claim. Each says whether the claim still holds; if not, nothing has changed.


def renew(tx: Transaction, delivery_id: int, fence: int, lease_s: float = LEASE_S) -> bool:
    """Say that the upload goes on."""
    return _note(tx, delivery_id, fence, leased_until_s=tx.now_s + lease_s)


def sending(tx: Transaction, delivery_id: int, fence: int, role: Role) -> bool:
    """Say which message is about to be created. Commit this before sending it."""
    return _note(tx, delivery_id, fence, step=role, step_at_s=tx.now_s)


def posted(
    tx: Transaction,
    delivery_id: int,
    fence: int,
    role: Role,
    message: str,
    *,
    file_id: str | None = None,
    elsewhere: int | None = None,
) -> bool:
    """Say that the message was created and which it is.

    It is written down even if the claim has been lost meanwhile: the message is in the chat, whoever holds the claim.

    Parameters
    ----------
    elsewhere : int, optional
        The chat (our id) that it was posted in, if that is not where it belonged: a direct conversation.
    """
    row = tx.connection.execute(select(deliveries).where(deliveries.c.id == delivery_id)).one_or_none()
    if row is None:
        return False
    posted_messages.add(
        tx,
        chat_id=row.chat_id if elsewhere is None else elsewhere,
        channel=row.channel if elsewhere is None else None,
        message=message,
        role=role,
        request_id=row.request_id,
        clip_id=row.clip_id,
        delivery_id=delivery_id,
        file_id=file_id,
    )
    return _note(tx, delivery_id, fence, step=None)


def sent(tx: Transaction, delivery_id: int, fence: int) -> bool:
    """Say that all of it is in the chat."""
    return _settle(tx, DeliveryState.SENT, RequestState.DELIVERED, *_claim(delivery_id, fence))


def reschedule(tx: Transaction, delivery_id: int, fence: int, *, after_s: float, in_doubt: bool = False) -> bool:
    """Try once more later.

    Parameters
    ----------
    in_doubt : bool
        The message that was being created may have arrived; the next claim knows.
    """
    later = {"not_before_at_s": tx.now_s + after_s, **_LET_GO} | ({} if in_doubt else {"step": None})
    return change_delivery(tx, DeliveryState.PENDING, *_claim(delivery_id, fence), **later) is not None


def hold(tx: Transaction, delivery_id: int, fence: int, reason: str) -> bool:
    """Keep it until somebody asks: there is nowhere to send it. The clip is there for ``/show``."""
    held = change_delivery(tx, DeliveryState.HELD, *_claim(delivery_id, fence), error_code=reason, **_LET_GO)
    if held is None:
        return False
    change_request(tx, RequestState.RENDERED, requests.c.id == _request_of_clip(delivery_id))
    return True


def abandon(tx: Transaction, delivery_id: int, fence: int, reason: str) -> bool:
    """Give it up: a notice that nobody can be given."""
    ended = {"error_code": reason, "ended_at_s": tx.now_s, **_LET_GO}
    return change_delivery(tx, DeliveryState.DROPPED, *_claim(delivery_id, fence), **ended) is not None


_LET_GO = {"owner": None, "leased_until_s": None}


def _claim(delivery_id: int, fence: int) -> tuple[ColumnElement[bool], ...]:
    return deliveries.c.id == delivery_id, deliveries.c.fence == fence, deliveries.c.state == DeliveryState.SENDING


def _note(tx: Transaction, delivery_id: int, fence: int, **values: Any) -> bool:
    statement = update(deliveries).where(*_claim(delivery_id, fence)).values(**values)
    return tx.connection.execute(statement.returning(deliveries.c.id)).first() is not None


def _settle(tx: Transaction, new: DeliveryState, request: RequestState, *where: ColumnElement[bool]) -> bool:
    """End a delivery and, if it was a request's clip, the request with it."""
    ended = change_delivery(tx, new, *where, ended_at_s=tx.now_s, step=None, **_LET_GO)
    if ended is None:
        return False
    change_request(tx, request, requests.c.id == _request_of_clip(ended), ended_at_s=tx.now_s)
    return True


def _request_of_clip(delivery_id: int) -> ScalarSelect[Any]:
    """Return the request whose clip a delivery brings; none for a status, a notice, or a clip that is shown again."""
    brings_clip = deliveries.c.id == delivery_id, deliveries.c.kind == "clip"
    return select(deliveries.c.request_id).where(*brings_clip).scalar_subquery()


def _doubt(tx: Snapshot, row: Row[Any]) -> tuple[Role | None, float | None]:
    """Return which message may be in the chat, and since when: one of the delivery's own, else its request's status."""
    step, since_s = row.step, row.step_at_s
    if step is None and row.kind in ("clip", "notice"):
        status = select(deliveries.c.step).where(
            deliveries.c.request_id == row.request_id,
            deliveries.c.kind == "status",
            deliveries.c.state.in_((DeliveryState.PENDING, DeliveryState.SENDING)),
        )
        # That one went under another nonce, by which the chat knows it and nothing of ours: it was always too long ago.
        step, since_s = tx.connection.execute(status).scalar_one_or_none(), 0.0
    return (None, None) if step is None else (Role(step), since_s)


def _delivery(tx: Snapshot, row: Row[Any]) -> Delivery:
    doubt, since_s = _doubt(tx, row)
    return Delivery(
        id=row.id,
        kind=row.kind,
        platform=row.platform,
        request_id=row.request_id,
        clip_id=row.clip_id,
        chat_id=row.chat_id,
        chat=row.chat,
        channel=row.channel,
        reply_to=row.reply_to,
        language=row.language,
        state=DeliveryState(row.state),
        fence=row.fence,
        attempts=row.attempts,
        in_doubt=doubt,
        in_doubt_since_s=since_s,
        posted=posted_messages.of_delivery(tx, delivery_id=row.id, request_id=row.request_id),
    )
