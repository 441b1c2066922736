"""A group's piece in the making: who has picked which scene, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from pipeline.recipe import Recipe
from storage.database.tables import chats, relay_picks, relays, users
from storage.database.transactions import Snapshot, Transaction
from storage.errors import RefusalCode, StorageError
from storage.people.people import Platform
from storage.requests import sources
from storage.requests.sources import NewSource, Source
from storage.states import RELAY_TRANSITIONS, RelayState, sources_of


@dataclass(frozen=True, slots=True)
class NewRelay:
    """A relay as it is called for.

    Attributes
    ----------
    event_id : str
        The chat's event that called for it; handed in twice, it is one relay.
    person_id, chat_id : int
        Ours.
    source : NewSource
    recipe : Recipe
        Its scenes are still to be picked.
    estimated_s : float
        Seconds of clip.
    scenes : int
        How many people pick one each.
    lasts_s : float
        How long they have.
    """

    event_id: str
    person_id: int
    chat_id: int
    source: NewSource
    recipe: Recipe
    estimated_s: float
    language: str
    scenes: int
    lasts_s: float
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Pick:
    """One scene: who picked it (None if they are forgotten) and the category."""

    person_id: int | None
    name: str | None
    category: int


@dataclass(frozen=True, slots=True)
class Relay:
    """A relay as it stands; see `NewRelay`.

    Attributes
    ----------
    chat, channel, message : str, str or None, str or None
        The platform's ids: where it is played, and the message that shows it.
    picks : tuple of Pick
        In order.
    request_id : int or None
        The request that came of it.
    """

    id: int
    platform: Platform
    event_id: str
    person_id: int
    chat_id: int
    chat: str
    channel: str | None
    message: str | None
    language: str
    source: Source
    recipe: Recipe
    estimated_s: float
    scenes: int
    picks: tuple[Pick, ...]
    state: RelayState
    deadline_at_s: float
    request_id: int | None


def call(tx: Transaction, new: NewRelay) -> Relay:
    """Start a relay, once for the same event."""
    known = _select(tx, relays.c.chat_id == new.chat_id, relays.c.event_id == new.event_id)
    if known:
        return known[0]
    relay_id = tx.connection.execute(
        insert(relays)
        .values(
            user_id=new.person_id,
            chat_id=new.chat_id,
            channel=new.channel,
            event_id=new.event_id,
            language=new.language,
            source_id=sources.add(tx, new.source),
            recipe=new.recipe.to_json(),
            estimated_s=new.estimated_s,
            scenes=new.scenes,
            state=RelayState.GATHERING,
            created_at_s=tx.now_s,
            deadline_at_s=tx.now_s + new.lasts_s,
        )
        .returning(relays.c.id)
    ).scalar_one()
    return get(tx, relay_id)


def get(tx: Snapshot, relay_id: int) -> Relay:
    """Return a relay.

    Raises
    ------
    StorageError
        ``NOT_FOUND``
    """
    for relay in _select(tx, relays.c.id == relay_id):
        return relay
    raise StorageError(RefusalCode.NOT_FOUND, id=relay_id)


def is_known(tx: Snapshot, chat_id: int, event_id: str) -> bool:
    """Tell whether an event has called for a relay already."""
    query = select(relays.c.id).where(relays.c.chat_id == chat_id, relays.c.event_id == event_id)
    return tx.connection.execute(query).first() is not None


def gathering_in(tx: Snapshot, chat_id: int, channel: str | None) -> Relay | None:
    """Return the latest relay of a place that still takes picks."""
    here = relays.c.chat_id == chat_id, relays.c.channel.is_not_distinct_from(channel)
    open_ones = _select(tx, *here, relays.c.state == RelayState.GATHERING, relays.c.deadline_at_s > tx.now_s)
    return open_ones[-1] if open_ones else None


def show_in(tx: Transaction, relay_id: int, message: str) -> None:
    """Remember the message that shows it."""
    tx.connection.execute(update(relays).where(relays.c.id == relay_id).values(message=message))


def pick(tx: Transaction, relay_id: int, person_id: int, category: int) -> Relay:
    """Take somebody's category for the next scene.

    Raises
    ------
    StorageError
        ``RELAY_OVER`` or ``RELAY_ALREADY_PICKED``
    """
    relay = get(tx, relay_id)
    if any(earlier.person_id == person_id for earlier in relay.picks):
        raise StorageError(RefusalCode.RELAY_ALREADY_PICKED)
    if relay.state is not RelayState.GATHERING or relay.deadline_at_s <= tx.now_s:
        raise StorageError(RefusalCode.RELAY_OVER)
    position = len(relay.picks)
    tx.connection.execute(
        relay_picks.insert().values(
            relay_id=relay_id, position=position, user_id=person_id, category=category, picked_at_s=tx.now_s
        )
    )
    if position + 1 == relay.scenes:
        _change(tx, RelayState.FULL, relay_id)
    return get(tx, relay_id)


def due(tx: Snapshot, platform: Platform) -> tuple[Relay, ...]:
    """Return the relays of a platform that are full or out of time, to be submitted or ended."""
    out_of_time = relays.c.deadline_at_s <= tx.now_s
    over = or_(relays.c.state == RelayState.FULL, (relays.c.state == RelayState.GATHERING) & out_of_time)
    return _select(tx, chats.c.platform == platform, over)


def submitted(tx: Transaction, relay_id: int, request_id: int) -> bool:
    """Say which request came of it, in the transaction that takes the request; False if one did already."""
    return _change(tx, RelayState.SUBMITTED, relay_id, request_id=request_id)


def end(tx: Transaction, relay_id: int) -> bool:
    """End it without a clip; False if it is over."""
    return _change(tx, RelayState.ENDED, relay_id)


def contributors(tx: Snapshot, request_id: int) -> tuple[str, ...]:
    """Return the names of all who picked a scene of a request, in order; empty if it was no relay."""
    query = (
        select(users.c.name)
        .join(relay_picks, relay_picks.c.user_id == users.c.id)
        .join(relays, relays.c.id == relay_picks.c.relay_id)
        .where(relays.c.request_id == request_id, users.c.name.is_not(None))
        .order_by(relay_picks.c.position)
    )
    return tuple(tx.connection.execute(query).scalars())


def _change(tx: Transaction, new: RelayState, relay_id: int, **values: Any) -> bool:
    origins = relays.c.state.in_(sources_of(new, RELAY_TRANSITIONS))
    statement = update(relays).where(relays.c.id == relay_id, origins).values(state=new, **values)
    return tx.connection.execute(statement.returning(relays.c.id)).first() is not None


def _select(tx: Snapshot, *where: ColumnElement[bool]) -> tuple[Relay, ...]:
    query = (
        select(relays, chats.c.platform, chats.c.external_id.label("chat"))
        .join(chats, chats.c.id == relays.c.chat_id)
        .where(*where)
        .order_by(relays.c.id)
    )
    return tuple(_relay(tx, row) for row in tx.connection.execute(query).all())


def _relay(tx: Snapshot, row: Row[Any]) -> Relay:
    picks = (
        select(relay_picks.c.user_id, users.c.name, relay_picks.c.category)
        .outerjoin(users, users.c.id == relay_picks.c.user_id)
        .where(relay_picks.c.relay_id == row.id)
        .order_by(relay_picks.c.position)
    )
    return Relay(
        id=row.id,
        platform=row.platform,
        event_id=row.event_id,
        person_id=row.user_id,
        chat_id=row.chat_id,
        chat=row.chat,
        channel=row.channel,
        message=row.message,
        language=row.language,
        source=sources.get(tx, row.source_id),
        recipe=Recipe.from_json(row.recipe),
        estimated_s=row.estimated_s,
        scenes=row.scenes,
        picks=tuple(Pick(*pick) for pick in tx.connection.execute(picks)),
        state=RelayState(row.state),
        deadline_at_s=row.deadline_at_s,
        request_id=row.request_id,
    )
