"""Which message in a chat shows what: so that it can be edited, replied to, and its buttons understood."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, or_, select
from sqlalchemy.dialects.sqlite import insert

from storage.database.tables import chats, clips, posted_messages
from storage.database.transactions import Snapshot, Transaction
from storage.people.people import Platform


class Role(StrEnum):
    """What a message of ours is for."""

    STATUS = "status"
    STORYBOARD = "storyboard"
    CLIP = "clip"
    POSTER = "poster"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class PostedMessage:
    """A message of ours.

    Attributes
    ----------
    chat, channel, message : str, str or None, str
        The platform's ids.
    file_id : str or None
        By which the platform sends the same file again without an upload.
    """

    chat: str
    channel: str | None
    message: str
    role: Role
    request_id: int | None
    clip_id: int | None
    file_id: str | None


def add(
    tx: Transaction,
    *,
    chat_id: int,
    message: str,
    role: Role,
    channel: str | None = None,
    request_id: int | None = None,
    clip_id: int | None = None,
    delivery_id: int | None = None,
    file_id: str | None = None,
) -> None:
    """Write down that a message was posted; a message that is edited into another role is known by the new one."""
    values = {
        "chat_id": chat_id,
        "channel": channel,
        "message": message,
        "role": role,
        "request_id": request_id,
        "clip_id": clip_id,
        "delivery_id": delivery_id,
        "file_id": file_id,
        "posted_at_s": tx.now_s,
    }
    tx.connection.execute(
        insert(posted_messages)
        .values(**values)
        .on_conflict_do_update(
            index_elements=[posted_messages.c.chat_id, posted_messages.c.message],
            set_={name: value for name, value in values.items() if name not in ("chat_id", "message")},
        )
    )


def of_request(tx: Snapshot, request_id: int, role: Role) -> PostedMessage | None:
    """Return the latest message of a role that was posted for a request."""
    return _latest(tx, posted_messages.c.request_id == request_id).get(role)


def of_delivery(tx: Snapshot, *, delivery_id: int, request_id: int | None) -> dict[Role, PostedMessage]:
    """Return what was posted for a delivery and its request, by role."""
    mine = posted_messages.c.delivery_id == delivery_id
    if request_id is None:
        return _latest(tx, mine)
    return _latest(tx, or_(mine, posted_messages.c.request_id == request_id))


def find(tx: Snapshot, platform: Platform, chat: str, message: str) -> PostedMessage | None:
    """Return what we know of a message, by the platform's ids."""
    found = _latest(tx, chats.c.platform == platform, chats.c.external_id == chat, posted_messages.c.message == message)
    return next(iter(found.values()), None)


def of_clip(tx: Snapshot, clip_id: int) -> tuple[PostedMessage, ...]:
    """Return every message of a clip's: wherever it was shown, and its poster."""
    query = (
        select(posted_messages, chats.c.external_id.label("chat"))
        .join(chats, chats.c.id == posted_messages.c.chat_id)
        .where(posted_messages.c.clip_id == clip_id)
        .order_by(posted_messages.c.id)
    )
    return tuple(_message(row) for row in tx.connection.execute(query))


def is_shown(tx: Snapshot, clip_id: int, chat_id: int) -> bool:
    """Say whether a clip was ever posted in a chat (our id)."""
    query = select(posted_messages.c.id).where(
        posted_messages.c.clip_id == clip_id, posted_messages.c.chat_id == chat_id
    )
    return tx.connection.execute(query).first() is not None


def file_id(tx: Snapshot, clip_id: int, platform: Platform, role: Role = Role.CLIP) -> str | None:
    """Return the platform's own handle of a clip's file, if it has it already."""
    query = (
        select(posted_messages.c.file_id)
        .join(chats, chats.c.id == posted_messages.c.chat_id)
        .join(clips, clips.c.id == posted_messages.c.clip_id)
        .where(
            posted_messages.c.clip_id == clip_id,
            posted_messages.c.role == role,
            posted_messages.c.file_id.is_not(None),
            chats.c.platform == platform,
            clips.c.deleted_at_s.is_(None),
        )
        .order_by(posted_messages.c.id.desc())
    )
    found: str | None = tx.connection.execute(query).scalars().first()
    return found


def latest_ids(tx: Snapshot, chat_id: int, most: int = 100) -> frozenset[str]:
    """Return the platform's ids of our latest messages in a chat (our id)."""
    query = select(posted_messages.c.message).where(posted_messages.c.chat_id == chat_id)
    return frozenset(tx.connection.execute(query.order_by(posted_messages.c.id.desc()).limit(most)).scalars())


def forget(tx: Transaction, platform: Platform, chat: str, message: str) -> None:
    """A message is gone from the chat."""
    here = select(chats.c.id).where(chats.c.platform == platform, chats.c.external_id == chat).scalar_subquery()
    gone = posted_messages.c.chat_id == here, posted_messages.c.message == message
    tx.connection.execute(posted_messages.delete().where(*gone))


def _latest(tx: Snapshot, *where: ColumnElement[bool]) -> dict[Role, PostedMessage]:
    query = (
        select(posted_messages, chats.c.external_id.label("chat"))
        .join(chats, chats.c.id == posted_messages.c.chat_id)
        .where(*where)
        .order_by(posted_messages.c.id)
    )
    return {Role(row.role): _message(row) for row in tx.connection.execute(query)}


def _message(row: Row[Any]) -> PostedMessage:
    return PostedMessage(
        chat=row.chat,
        channel=row.channel,
        message=row.message,
        role=Role(row.role),
        request_id=row.request_id,
        clip_id=row.clip_id,
        file_id=row.file_id,
    )
