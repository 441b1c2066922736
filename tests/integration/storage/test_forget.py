"""`/forget` deletes what is stored of a person, and nothing of anybody else's."""

import pytest

from storage.clips import clips
from storage.database.transactions import Database, Transaction
from storage.engine.embedded import EmbeddedEngine
from storage.errors import StorageError
from storage.outbox import posted_messages
from storage.outbox.posted_messages import Role
from storage.people import chats, conversations, people
from storage.requests import quotas, relays, requests
from storage.requests.quotas import DAY_S, QuotaLimits
from storage.states import DeliveryState, RequestState
from storage.upkeep import forget, stats
from tests.doubles.books import HandClock, call, make, pick, submit


def everything_stored(tx: Transaction) -> str:
    names = tx.connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
    return repr([tx.connection.exec_driver_sql(f"SELECT * FROM {name}").all() for name in names])


def person(tx: Transaction, who: str) -> int:
    return people.get_or_create(tx, "telegram", who, name=who.title()).id


def test_nothing_is_left_of_somebody_who_asked_for_it(
    database: Database, engine: EmbeddedEngine, clock: HandClock
) -> None:
    with database.write() as tx:
        clip = make(tx, engine, "secret-event", who="ada-id")
        posted_messages.add(tx, chat_id=clip.chat_id, message="secret-m", role=Role.CLIP, clip_id=clip.id)
        ada = person(tx, "ada-id")
        people.choose_language(tx, ada, "secret-language")
        conversations.ask(tx, person_id=ada, chat_id=clip.chat_id, kind="secret-kind", notes={}, lasts_s=60)
        forgotten = forget.forget(tx, ada)
        assert forgotten.clips == 1
        assert "secret" not in everything_stored(tx)
        assert "Ada" not in everything_stored(tx)
    clock.advance(DAY_S)
    with database.write() as tx:
        assert forget.sweep(tx) == 1
        assert "ada-id" not in everything_stored(tx)


def test_children_of_their_clips_survive_without_the_name(database: Database, engine: EmbeddedEngine) -> None:
    with database.write() as tx:
        parent = make(tx, engine, "e1", who="ada")
        own_child = make(tx, engine, "e2", parent, who="ada")
        child = make(tx, engine, "e3", own_child, who="ben")
        leaf = make(tx, engine, "e4", child, who="ada")
        forget.forget(tx, person(tx, "ada"))
        assert clips.get(tx, child.id).maker_name == "Ben"
        family = clips.family(tx, child.id)
        assert [(member.clip.id, member.clip.deleted, member.clip.maker_name) for member in family] == [
            (parent.id, True, None),
            (own_child.id, True, None),
            (child.id, False, "Ben"),
        ]
        assert family[0].clip.recipe.scenes == ()
        for gone in (parent, own_child, leaf):
            with pytest.raises(StorageError):
                clips.get(tx, gone.id)
        # When the last descendant goes too, so do the empty places.
        forget.forget(tx, person(tx, "ben"))
        assert tx.connection.exec_driver_sql("SELECT count(*) FROM clips").scalar() == 0
        assert tx.connection.exec_driver_sql("SELECT count(*) FROM sources").scalar() == 0


def test_what_is_being_made_for_them_is_not_made_any_more(database: Database, engine: EmbeddedEngine) -> None:
    with database.write() as tx:
        request = submit(tx, "e1", who="ada")
        posted_messages.add(tx, chat_id=request.chat_id, message="m-1", role=Role.STATUS, request_id=request.id)
        forgotten = forget.forget(tx, request.person_id)
        assert [message.message for message in forgotten.waiting] == ["m-1"]
        assert requests.begin(tx, request.id, 1) is None
        assert not requests.is_current(tx, request.id, 1)
        assert quotas.spent_by_chat(tx, request.chat_id).clips == 0


def test_forgetting_does_not_give_a_new_quota_today(database: Database, clock: HandClock) -> None:
    one = QuotaLimits(1, None, None, None, None)
    with database.write() as tx:
        request = submit(tx, "e1", who="ada", limits=one)
        tx.connection.exec_driver_sql("UPDATE requests SET state = 'delivered'")
        forget.forget(tx, request.person_id)
        with pytest.raises(StorageError):
            submit(tx, "e2", who="ada", limits=one)
    clock.advance(DAY_S)
    with database.write() as tx:
        submit(tx, "e3", who="ada", limits=one)


def test_forgetting_does_not_lift_a_ban(database: Database, clock: HandClock) -> None:
    with database.write() as tx:
        forget.forget(tx, person(tx, "nobody"))
        ada = person(tx, "ada")
        people.ban(tx, ada)
        forget.forget(tx, ada)
        assert people.find(tx, "telegram", "nobody") is None
        kept = people.find(tx, "telegram", "ada")
        assert kept is not None
        assert (kept.banned, kept.name) == (True, None)


def test_their_part_in_a_relay_stays_without_the_name(database: Database) -> None:
    with database.write() as tx:
        relay = pick(tx, call(tx), "ben", 1)
        pick(tx, relay, "cem", 2)
        request = submit(tx, "from-relay", who="ada")
        relays.submitted(tx, relay.id, request.id)
        forget.forget(tx, person(tx, "ben"))
        assert [(picked.name, picked.category) for picked in relays.get(tx, relay.id).picks] == [(None, 1), ("Cem", 2)]
        assert relays.contributors(tx, request.id) == ("Cem",)
        forget.forget(tx, person(tx, "ada"))
        with pytest.raises(StorageError):
            relays.get(tx, relay.id)


def test_statistics_count_what_there_is(database: Database, engine: EmbeddedEngine, clock: HandClock) -> None:
    with database.read() as tx:
        empty = stats.collect(tx)
        assert (empty.people, empty.clips, empty.waiting_s) == (0, 0, 0.0)
        assert set(empty.requests) == set(RequestState)
    with database.write() as tx:
        make(tx, engine, "e1", who="ada")
        make(tx, engine, "e2", who="ben")
    clock.advance(DAY_S)
    with database.write() as tx:
        make(tx, engine, "e3", who="ada")
        submit(tx, "e4", who="ada")
        chats.get_or_create(tx, "telegram", "elsewhere")
    clock.advance(7)
    with database.read() as tx:
        now = stats.collect(tx)
    assert (now.people, now.chats, now.clips, now.clips_today, now.seconds_today) == (2, 2, 3, 1, 9.5)
    assert (now.requests[RequestState.QUEUED], now.requests[RequestState.RENDERED]) == (1, 3)
    assert now.deliveries[DeliveryState.PENDING] == 3
    assert (now.waiting_s, now.media_bytes) == (7.0, 3000)
