"""What a person was asked and has not answered yet, so that the answer is understood after a restart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, select

from storage.database.tables import conversations
from storage.database.transactions import Snapshot, Transaction


@dataclass(frozen=True, slots=True)
class Conversation:
    """An open question.

    Attributes
    ----------
    person_id, chat_id : int
        Ours.
    kind : str
        What was asked.
    message : str or None
        The message that asked, by the platform's id.
    notes : mapping
        What is known so far; JSON values.
    """

    id: int
    person_id: int
    chat_id: int
    kind: str
    message: str | None
    notes: Mapping[str, Any]


def ask(
    tx: Transaction,
    *,
    person_id: int,
    chat_id: int,
    kind: str,
    notes: Mapping[str, Any],
    lasts_s: float,
    message: str | None = None,
) -> Conversation:
    """Remember a question; it takes the place of what the person was asked in this chat before."""
    tx.connection.execute(delete(conversations).where(*_theirs(person_id, chat_id)))
    conversation_id = tx.connection.execute(
        conversations.insert()
        .values(
            user_id=person_id,
            chat_id=chat_id,
            kind=kind,
            message=message,
            notes=dict(notes),
            opened_at_s=tx.now_s,
            expires_at_s=tx.now_s + lasts_s,
        )
        .returning(conversations.c.id)
    ).scalar_one()
    return Conversation(conversation_id, person_id, chat_id, kind, message, notes)


def find(tx: Snapshot, person_id: int, chat_id: int) -> Conversation | None:
    """Return what a person was asked in a chat, unless that is too long ago."""
    query = select(conversations).where(*_theirs(person_id, chat_id), conversations.c.expires_at_s > tx.now_s)
    row = tx.connection.execute(query).one_or_none()
    return None if row is None else Conversation(row.id, row.user_id, row.chat_id, row.kind, row.message, row.notes)


def is_open(tx: Snapshot, conversation_id: int) -> bool:
    """Tell whether somebody, whoever it was, was asked this and has not answered yet."""
    still_open = conversations.c.expires_at_s > tx.now_s
    query = select(conversations.c.id).where(conversations.c.id == conversation_id, still_open)
    return tx.connection.execute(query).first() is not None


def answered(tx: Transaction, conversation_id: int) -> bool:
    """End a conversation; False if it is over, so that one answer counts."""
    statement = delete(conversations).where(conversations.c.id == conversation_id).returning(conversations.c.id)
    return tx.connection.execute(statement).first() is not None


def sweep(tx: Transaction) -> None:
    """Drop all questions that nobody has answered in time."""
    tx.connection.execute(delete(conversations).where(conversations.c.expires_at_s <= tx.now_s))


def _theirs(person_id: int, chat_id: int) -> tuple[ColumnElement[bool], ...]:
    return conversations.c.user_id == person_id, conversations.c.chat_id == chat_id
