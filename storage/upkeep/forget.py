"""Deleting what is stored of a person.

Their requests, clips, messages, questions and relays go. Two things stay for a reason: a clip that others have remixed
leaves an empty place in its family tree, without name, recipe or media; and the platform's id stays as long as it is
needed for a ban, or to know what was spent today (a day at the most), but nothing else with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update

from pipeline.recipe import Recipe
from storage.clips import media
from storage.database.tables import (
    chat_bans,
    chats,
    clips,
    conversations,
    deliveries,
    quota_entries,
    relay_picks,
    relays,
    requests,
    sources,
    users,
)
from storage.database.tables import posted_messages as message_rows
from storage.database.transactions import Transaction
from storage.outbox import posted_messages
from storage.outbox.posted_messages import PostedMessage, Role
from storage.requests import quotas
from storage.requests.quotas import DAY_S
from storage.states import OPEN


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What is left to do in the chats.

    Attributes
    ----------
    clips : int
        How many were deleted.
    waiting : tuple of PostedMessage
        Messages that show the progress of requests which are no more.
    folders : tuple of str
        Folders of the media store that nobody needs any more: to be deleted once this is committed.
    """

    clips: int
    waiting: tuple[PostedMessage, ...]
    folders: tuple[str, ...]


def forget(tx: Transaction, person_id: int) -> Forgotten:
    """Delete what is stored of a person; whatever was being made for them is not made any more."""
    theirs = requests.c.user_id == person_id
    folders = media.folders_of(tx, person_id)
    still_open = select(requests.c.id).where(theirs, requests.c.state.in_(sorted(OPEN)))
    waiting = []
    for request_id in tx.connection.execute(still_open).scalars().all():
        quotas.refund(tx, request_id)
        message = posted_messages.of_request(tx, request_id, Role.STATUS)
        if message is not None:
            waiting.append(message)
    tx.connection.execute(delete(conversations).where(conversations.c.user_id == person_id))
    tx.connection.execute(update(relay_picks).where(relay_picks.c.user_id == person_id).values(user_id=None))
    tx.connection.execute(delete(relays).where(relays.c.user_id == person_id))
    # Deliveries and posted messages go with their request.
    tx.connection.execute(delete(requests).where(theirs))
    count = _forget_clips(tx, person_id)
    _drop_unused_sources(tx)
    tx.connection.execute(
        update(users)
        .where(users.c.id == person_id)
        .values(name=None, language=None, last_released_at_s=None, forgotten_at_s=tx.now_s)
    )
    tx.connection.execute(update(chats).where(_goes_by_the_id_of([person_id])).values(title=None))
    sweep(tx)
    return Forgotten(count, tuple(waiting), tuple(sorted(folders - media.named_folders(tx))))


def sweep(tx: Transaction) -> int:
    """Delete the last trace of forgotten people whose day is over and who are not banned; return how many."""
    spent_today = exists().where(quota_entries.c.user_id == users.c.id, quota_entries.c.counts_at_s > tx.now_s - DAY_S)
    banned = or_(users.c.banned_at_s.is_not(None), exists().where(chat_bans.c.user_id == users.c.id))
    over = select(users.c.id).where(and_(users.c.forgotten_at_s.is_not(None), ~spent_today, ~banned))
    gone = tx.connection.execute(over).scalars().all()
    tx.connection.execute(delete(quota_entries).where(quota_entries.c.user_id.in_(gone)))
    _drop_private_chats(tx, gone)
    tx.connection.execute(delete(users).where(users.c.id.in_(gone)))
    return len(gone)


def _drop_private_chats(tx: Transaction, gone: Sequence[int]) -> None:
    """Delete conversations that go by a person's own id, as Telegram's do, unless a row of anybody's is left there."""
    tables = (requests, clips, relays, quota_entries, message_rows, deliveries)
    empty = [~exists().where(table.c.chat_id == chats.c.id) for table in tables]
    tx.connection.execute(delete(chats).where(_goes_by_the_id_of(gone), *empty))


def _goes_by_the_id_of(people: Sequence[int]) -> ColumnElement[bool]:
    """Match a conversation with one of these people alone."""
    same = users.c.platform == chats.c.platform, users.c.external_id == chats.c.external_id
    return exists().where(users.c.id.in_(people), *same).correlate(chats)


def _forget_clips(tx: Transaction, person_id: int) -> int:
    """Delete a person's clips, and leave an empty place where a remix by somebody else descends from one."""
    nothing = Recipe().to_json()
    emptied = (
        update(clips)
        .where(clips.c.user_id == person_id)
        .values(
            user_id=None,
            title=None,
            source_id=None,
            recipe=nothing,
            sound=None,
            poster=None,
            storyboard=None,
            thumbnail=None,
            media_removed_at_s=tx.now_s,
            deleted_at_s=tx.now_s,
        )
        .returning(clips.c.id)
    )
    theirs = tx.connection.execute(emptied).scalars().all()
    tx.connection.execute(delete(message_rows).where(message_rows.c.clip_id.in_(theirs)))
    children = clips.alias()
    childless = ~exists().where(children.c.parent_clip_id == clips.c.id)
    leaves = delete(clips).where(clips.c.user_id.is_(None), childless).returning(clips.c.id)
    while tx.connection.execute(leaves).scalars().all():
        pass  # each round makes leaves of their parents
    return len(theirs)


def _drop_unused_sources(tx: Transaction) -> None:
    used = (exists().where(table.c.source_id == sources.c.id).correlate(sources) for table in (requests, clips, relays))
    tx.connection.execute(delete(sources).where(~or_(*used)))
