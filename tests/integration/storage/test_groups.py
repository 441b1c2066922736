"""Relays and conversations: what several messages make together."""

import pytest

from storage.database.transactions import Database
from storage.errors import RefusalCode, StorageError
from storage.people import chats, conversations, people
from storage.requests import relays, requests
from storage.states import RelayState
from tests.doubles.books import HandClock, call, pick, submit


def test_a_relay_is_called_once_for_the_same_event(database: Database) -> None:
    with database.write() as tx:
        relay = call(tx)
        assert call(tx) == relay
        assert (relay.chat, relay.scenes, relay.picks, relay.state) == ("music", 3, (), RelayState.GATHERING)
        relays.show_in(tx, relay.id, "m-1")
        assert relays.get(tx, relay.id).message == "m-1"


def test_members_pick_in_turn_until_it_is_full(database: Database) -> None:
    with database.write() as tx:
        relay = call(tx)
        for who, category in (("ben", 1), ("ada", 980), ("cem", 3)):
            assert relays.due(tx, "telegram") == ()
            relay = pick(tx, relay, who, category)
        assert [(picked.name, picked.category) for picked in relay.picks] == [("Ben", 1), ("Ada", 980), ("Cem", 3)]
        assert relay.state is RelayState.FULL
        assert relays.due(tx, "telegram") == (relay,)
        assert relays.due(tx, "discord") == ()
        with pytest.raises(StorageError) as raised:
            pick(tx, relay, "dee", 4)
        assert raised.value.code is RefusalCode.RELAY_OVER


def test_everyone_picks_once(database: Database) -> None:
    with database.write() as tx:
        relay = pick(tx, call(tx), "ben", 1)
        with pytest.raises(StorageError) as raised:
            pick(tx, relay, "ben", 2)
        assert raised.value.code is RefusalCode.RELAY_ALREADY_PICKED


def test_a_relay_runs_out_of_time_with_what_was_picked(database: Database, clock: HandClock) -> None:
    with database.write() as tx:
        relay = pick(tx, call(tx), "ben", 1)
    clock.advance(600)
    with database.write() as tx:
        with pytest.raises(StorageError) as raised:
            pick(tx, relay, "cem", 2)
        assert raised.value.code is RefusalCode.RELAY_OVER
        [over] = relays.due(tx, "telegram")
        assert [picked.category for picked in over.picks] == [1]
        assert relays.end(tx, over.id)
        assert not relays.end(tx, over.id)
        assert relays.due(tx, "telegram") == ()


def test_a_relay_becomes_one_request_that_names_everybody(database: Database, clock: HandClock) -> None:
    with database.write() as tx:
        relay = call(tx)
        for who, category in (("ben", 1), ("ada", 2), ("cem", 3)):
            relay = pick(tx, relay, who, category)
        request = submit(tx, f"relay-{relay.id}")
        assert relays.submitted(tx, relay.id, request.id)
        assert not relays.submitted(tx, relay.id, request.id)
        assert relays.contributors(tx, request.id) == ("Ben", "Ada", "Cem")
        assert relays.contributors(tx, submit(tx, "alone").id) == ()
        assert relays.get(tx, relay.id).request_id == requests.get(tx, request.id).id
        assert relays.due(tx, "telegram") == ()


def test_a_word_in_a_place_finds_the_relay_that_is_played_there(database: Database, clock: HandClock) -> None:
    with database.write() as tx:
        here = call(tx, "r1", channel="topic")
        newer = call(tx, "r2", channel="topic")
        plain = call(tx, "r3")
        assert relays.gathering_in(tx, here.chat_id, "topic") == newer
        assert relays.gathering_in(tx, here.chat_id, None) == plain
        assert relays.gathering_in(tx, here.chat_id, "other") is None
        relays.end(tx, newer.id)
        assert relays.gathering_in(tx, here.chat_id, "topic") == here
    clock.advance(600)
    with database.read() as tx:
        assert relays.gathering_in(tx, here.chat_id, "topic") is None


def test_an_open_question_is_remembered_answered_once_and_forgotten_in_time(
    database: Database, clock: HandClock
) -> None:
    with database.write() as tx:
        ada, music = people.get_or_create(tx, "telegram", "ada"), chats.get_or_create(tx, "telegram", "music")
        asked = conversations.ask(
            tx, person_id=ada.id, chat_id=music.id, kind="theme", notes={"clip": 17}, lasts_s=60, message="m-1"
        )
    with database.write() as tx:
        assert conversations.find(tx, ada.id, music.id) == asked
        other = conversations.ask(
            tx, person_id=ada.id, chat_id=music.id, kind="scene", notes={"clip": 17, "scenes": [1, 2]}, lasts_s=60
        )
        assert conversations.find(tx, ada.id, music.id) == other
        assert not conversations.answered(tx, asked.id)
        assert conversations.answered(tx, other.id)
        assert not conversations.answered(tx, other.id)
        assert conversations.find(tx, ada.id, music.id) is None
        conversations.ask(tx, person_id=ada.id, chat_id=music.id, kind="theme", notes={}, lasts_s=60)
    clock.advance(60)
    with database.write() as tx:
        assert conversations.find(tx, ada.id, music.id) is None
        conversations.sweep(tx)
        assert tx.connection.exec_driver_sql("SELECT count(*) FROM conversations").scalar() == 0
