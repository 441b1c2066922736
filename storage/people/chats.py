"""Where the bot is talked to, and what a chat's admins have set there.

A *chat* is what has admins, settings and a quota: a Discord server (or a direct conversation), a Telegram group or
private chat. A *channel* is a place inside it where messages are posted: a Discord channel or thread, a Telegram
forum topic.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import Row, func, literal, select
from sqlalchemy.dialects.sqlite import insert

from storage.database.tables import (
    chat_bans,
    chats,
    clips,
    conversations,
    deliveries,
    quota_entries,
    relays,
    requests,
)
from storage.database.transactions import Snapshot, Transaction
from storage.people.people import Platform


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """What admins may choose for their chat; None leaves it to the bot's own settings.

    Attributes
    ----------
    default_theme : str or None
        Used where a request names none.
    size_px : int or None
        Used where a request names none.
    longest_s : float or None
        Longest clip that may be asked for here.
    clips_per_day, seconds_per_day : int or None, float or None
        The chat's quota for a rolling day; never more than the bot's own.
    admins_only : bool
        Only admins may ask.
    """

    default_theme: str | None = None
    size_px: int | None = None
    longest_s: float | None = None
    clips_per_day: int | None = None
    seconds_per_day: float | None = None
    admins_only: bool = False


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat with its settings; `id` is ours, `external_id` the platform's."""

    id: int
    platform: Platform
    external_id: str
    title: str | None
    language: str | None
    settings: ChatSettings


def get_or_create(tx: Transaction, platform: Platform, external_id: str, title: str | None = None) -> Chat:
    """Return the chat, written down if new; the title is kept up to date where one is given.

    A conversation with one person should have none: its title would be their name.
    """
    new = insert(chats).values(platform=platform, external_id=external_id, title=title, met_at_s=tx.now_s)
    again = {"title": func.coalesce(new.excluded.title, chats.c.title)}
    known = [chats.c.platform, chats.c.external_id]
    row = tx.connection.execute(new.on_conflict_do_update(index_elements=known, set_=again).returning(chats)).one()
    return _follow(tx, row)


def find(tx: Snapshot, platform: Platform, external_id: str) -> Chat | None:
    """Return the chat, if anybody ever talked to the bot there."""
    query = select(chats).where(chats.c.platform == platform, chats.c.external_id == external_id)
    row = tx.connection.execute(query).one_or_none()
    return None if row is None else _follow(tx, row)


def get(tx: Snapshot, chat_id: int) -> Chat:
    """Return the chat with our id."""
    return _chat(tx.connection.execute(select(chats).where(chats.c.id == chat_id)).one())


def change_settings(tx: Transaction, chat_id: int, settings: ChatSettings) -> None:
    """Replace a chat's settings."""
    tx.connection.execute(chats.update().where(chats.c.id == chat_id).values(**asdict(settings)))


def choose_language(tx: Transaction, chat_id: int, language: str | None) -> None:
    """Remember the language to speak in a chat."""
    tx.connection.execute(chats.update().where(chats.c.id == chat_id).values(language=language))


def move(tx: Transaction, platform: Platform, old_external_id: str, new_external_id: str) -> Chat:
    """Follow a group that became a supergroup, which gives it a new id and numbers its messages anew.

    Everything moves along except the messages posted so far: nobody can reply to them any more, and a new message may
    carry the number of an old one.
    """
    new = get_or_create(tx, platform, new_external_id)
    old = find(tx, platform, old_external_id)
    if old is None or old.id == new.id:
        return new
    kept = select(chats).where(chats.c.id == old.id)
    before = tx.connection.execute(kept).one()
    settings = {name: getattr(before, name) for name in ("title", "language", *_SETTINGS)}
    tx.connection.execute(chats.update().where(chats.c.id == new.id).values(**settings))
    tx.connection.execute(chats.update().where(chats.c.id == old.id).values(moved_to_id=new.id))
    for table in (requests, quota_entries, clips, deliveries, relays, conversations):
        tx.connection.execute(table.update().where(table.c.chat_id == old.id).values(chat_id=new.id))
    banned = select(literal(new.id), chat_bans.c.user_id, chat_bans.c.banned_at_s).where(chat_bans.c.chat_id == old.id)
    tx.connection.execute(
        insert(chat_bans).from_select(["chat_id", "user_id", "banned_at_s"], banned).prefix_with("OR IGNORE")
    )
    return get(tx, new.id)


_SETTINGS = tuple(field.name for field in fields(ChatSettings))


def _follow(tx: Snapshot, row: Row[Any]) -> Chat:
    """Return a row's chat, or the one that it has become: messages on their way still name the old one."""
    return _chat(row) if row.moved_to_id is None else get(tx, row.moved_to_id)


def _chat(row: Row[Any]) -> Chat:
    settings = ChatSettings(**{name: getattr(row, name) for name in _SETTINGS})
    return Chat(row.id, row.platform, row.external_id, row.title, row.language, settings)
