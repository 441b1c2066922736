"""Who has talked to the bot: name, language, bans."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Row, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from storage.database.tables import chat_bans, users
from storage.database.transactions import Snapshot, Transaction

Platform = Literal["cli", "discord", "telegram"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on one platform.

    Attributes
    ----------
    id : int
        Ours.
    external_id : str
        The platform's.
    name : str or None
        As last seen; untrusted text.
    language : str or None
        Chosen by them; None leaves it to the chat.
    banned : bool
        By the owner, everywhere.
    """

    id: int
    platform: Platform
    external_id: str
    name: str | None
    language: str | None
    banned: bool


def get_or_create(tx: Transaction, platform: Platform, external_id: str, name: str | None = None) -> Person:
    """Return the person, written down if new; the name is kept up to date where one is given."""
    new = insert(users).values(platform=platform, external_id=external_id, name=name, met_at_s=tx.now_s)
    again = {"name": func.coalesce(new.excluded.name, users.c.name), "forgotten_at_s": None}
    known = [users.c.platform, users.c.external_id]
    statement = new.on_conflict_do_update(index_elements=known, set_=again).returning(users)
    return _person(tx.connection.execute(statement).one())


def find(tx: Snapshot, platform: Platform, external_id: str) -> Person | None:
    """Return the person, if they ever talked to the bot."""
    query = select(users).where(users.c.platform == platform, users.c.external_id == external_id)
    row = tx.connection.execute(query).one_or_none()
    return None if row is None else _person(row)


def choose_language(tx: Transaction, person_id: int, language: str | None) -> None:
    """Remember the language that they want to be answered in."""
    tx.connection.execute(users.update().where(users.c.id == person_id).values(language=language))


def ban(tx: Transaction, person_id: int, *, chat_id: int | None = None) -> None:
    """Take no more requests from them: in one chat, or (None) anywhere."""
    if chat_id is None:
        tx.connection.execute(users.update().where(users.c.id == person_id).values(banned_at_s=tx.now_s))
        return
    tx.connection.execute(
        insert(chat_bans)
        .values(chat_id=chat_id, user_id=person_id, banned_at_s=tx.now_s)
        .on_conflict_do_nothing(index_elements=[chat_bans.c.chat_id, chat_bans.c.user_id])
    )


def unban(tx: Transaction, person_id: int, *, chat_id: int | None = None) -> None:
    """Take their requests again; lifts the one ban that is named."""
    if chat_id is None:
        tx.connection.execute(users.update().where(users.c.id == person_id).values(banned_at_s=None))
        return
    tx.connection.execute(delete(chat_bans).where(chat_bans.c.chat_id == chat_id, chat_bans.c.user_id == person_id))


def is_banned(tx: Snapshot, person_id: int, chat_id: int) -> bool:
    """Say whether a request of theirs in this chat is refused."""
    everywhere = select(users.c.id).where(users.c.id == person_id, users.c.banned_at_s.is_not(None))
    here = select(chat_bans.c.user_id).where(chat_bans.c.user_id == person_id, chat_bans.c.chat_id == chat_id)
    return tx.connection.execute(everywhere.union_all(here)).first() is not None


def _person(row: Row[Any]) -> Person:
    return Person(row.id, row.platform, row.external_id, row.name, row.language, row.banned_at_s is not None)
