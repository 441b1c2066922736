"""Taking requests: once, charged in the same breath, and no more than a day allows."""

from typing import Any

import pytest

from pipeline.recipe import Recipe
from storage.database.transactions import Database
from storage.errors import RefusalCode, StorageError
from storage.people import chats, people
from storage.people.chats import ChatSettings
from storage.requests import quotas, requests
from storage.requests.quotas import DAY_S, UNLIMITED, QuotaLimits, Spending
from storage.requests.sources import NewSource
from storage.states import RequestState
from tests.doubles.books import HandClock, submit


def limits(**some: Any) -> QuotaLimits:
    names = QuotaLimits.__dataclass_fields__
    return QuotaLimits(**dict.fromkeys(names) | some)


def test_a_request_is_stored_with_all_that_was_handed_in(database: Database) -> None:
    recipe = Recipe(theme="moon > rocket > baboon", seed=5)
    with database.write() as tx:
        made = submit(
            tx, "e1", who="ada", where="music", source=NewSource("file", "file-9", title="Étude"), recipe=recipe,
            channel="topic-3", message="m-77", language="de", priority=2, seconds=12.5,
        )  # fmt: skip
    with database.read() as tx:
        request = requests.get(tx, made.id)
    assert request == made
    assert (request.state, request.ticket, request.fence, request.starts) == (RequestState.QUEUED, 0, 0, 0)
    assert (request.asker_id, request.asker_name, request.chat) == ("ada", "Ada", "music")
    assert (request.channel, request.message, request.language) == ("topic-3", "m-77", "de")
    assert (request.source.kind, request.source.reference, request.source.title) == ("file", "file-9", "Étude")
    assert (request.recipe, request.priority, request.estimated_s) == (recipe, 2, 12.5)
    assert (request.error, request.clip_id) == (None, None)


def test_the_same_event_handed_in_twice_is_one_request_charged_once(database: Database) -> None:
    with database.write() as tx:
        first = submit(tx, "e1")
    with database.write() as tx:
        ada = people.get_or_create(tx, "telegram", "ada")
        chat = chats.get_or_create(tx, "telegram", "music")
        intake = requests.NewRequest("telegram", "e1", ada.id, chat.id, NewSource.link("x"), Recipe(), 99.0, "en")
        again = requests.submit(tx, intake, UNLIMITED)
        assert (again.fresh, again.request) == (False, requests.get(tx, first.id))
        assert quotas.spent_by_user(tx, ada.id) == Spending(1, 10.0)
        assert tx.connection.exec_driver_sql("SELECT count(*) FROM sources").scalar() == 1


def test_a_repeated_event_is_answered_even_when_the_quota_is_spent_by_now(database: Database) -> None:
    only_one = limits(user_clips_per_day=1, open_requests_per_user=1)
    with database.write() as tx:
        first = submit(tx, "e1", limits=only_one)
        assert submit(tx, "e1", limits=only_one) == first


def test_the_same_event_number_on_two_platforms_is_two_requests(database: Database) -> None:
    with database.write() as tx:
        assert submit(tx, "1").id != submit(tx, "1", platform="discord").id


def test_a_refused_request_leaves_nothing_behind(database: Database) -> None:
    with pytest.raises(StorageError), database.write() as tx:
        submit(tx, "e1", limits=limits(user_clips_per_day=0))
    with database.read() as tx:
        for table in ("requests", "sources", "quota_entries", "users"):
            assert tx.connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == 0


def refusal(database: Database, event: str, **how: Any) -> StorageError:
    with pytest.raises(StorageError) as raised, database.write() as tx:
        submit(tx, event, **how)
    return raised.value


def test_two_open_requests_are_enough_for_one_person(database: Database) -> None:
    two = limits(open_requests_per_user=2)
    with database.write() as tx:
        first = submit(tx, "e1", limits=two)
        submit(tx, "e2", limits=two)
    error = refusal(database, "e3", limits=two)
    assert (error.code, error.facts) == (RefusalCode.TOO_MANY_OPEN, {"limit": 2, "open": 2})
    with database.write() as tx:
        submit(tx, "e4", who="ben", limits=two)
        requests.cancel(tx, first.id)
        submit(tx, "e5", limits=two)


def test_clips_per_day_roll(database: Database, clock: HandClock) -> None:
    two = limits(user_clips_per_day=2)
    with database.write() as tx:
        submit(tx, "e1", limits=two)
    clock.advance(3600)
    with database.write() as tx:
        submit(tx, "e2", limits=two)
    clock.advance(3600)
    error = refusal(database, "e3", limits=two)
    assert error.code is RefusalCode.USER_CLIPS_SPENT
    assert error.facts == {"limit": 2, "used": 2, "free_in_s": DAY_S - 7200}
    clock.advance(DAY_S - 7200)
    with database.write() as tx:
        submit(tx, "e3", limits=two)
    assert refusal(database, "e4", limits=two).facts["free_in_s"] == 3600


def test_seconds_per_day_say_when_enough_will_be_free_for_this_request(database: Database, clock: HandClock) -> None:
    minute = limits(user_seconds_per_day=60.0)
    with database.write() as tx:
        submit(tx, "e1", seconds=20.0, limits=minute)
    clock.advance(100)
    with database.write() as tx:
        submit(tx, "e2", seconds=30.0, limits=minute)
    small = refusal(database, "e3", seconds=20.0, limits=minute)
    assert small.code is RefusalCode.USER_SECONDS_SPENT
    assert small.facts == {
        "limit_s": 60.0, "used_s": 50.0, "left_s": 10.0, "wanted_s": 20.0, "free_in_s": DAY_S - 100
    }  # fmt: skip
    assert refusal(database, "e4", seconds=50.0, limits=minute).facts["free_in_s"] == DAY_S


def test_what_no_day_allows_is_not_put_off_until_tomorrow(database: Database) -> None:
    error = refusal(database, "e1", seconds=61.0, limits=limits(user_seconds_per_day=60.0))
    assert (error.code, error.facts) == (RefusalCode.LONGER_THAN_QUOTA, {"limit_s": 60.0, "wanted_s": 61.0})


def test_a_chat_has_a_quota_of_its_own(database: Database) -> None:
    ours = limits(chat_clips_per_day=1, chat_seconds_per_day=100.0)
    with database.write() as tx:
        submit(tx, "e1", who="ada", where="music", limits=ours)
        submit(tx, "e2", who="ada", where="elsewhere", limits=ours)
    assert refusal(database, "e3", who="ben", where="music", limits=ours).code is RefusalCode.CHAT_CLIPS_SPENT


def test_a_chat_s_admins_may_tighten_its_quota_but_not_loosen_it(database: Database) -> None:
    with database.write() as tx:
        chat = chats.get_or_create(tx, "telegram", "music")
        chats.change_settings(tx, chat.id, ChatSettings(clips_per_day=1, seconds_per_day=1000.0))
        submit(tx, "e1", where="music", limits=limits(chat_clips_per_day=50))
    assert refusal(database, "e2", limits=limits(chat_clips_per_day=50)).facts["limit"] == 1
    tight = refusal(database, "e3", seconds=95.0, limits=limits(chat_seconds_per_day=100.0))
    assert tight.code in (RefusalCode.CHAT_SECONDS_SPENT, RefusalCode.CHAT_CLIPS_SPENT)


def test_a_chat_may_switch_the_bot_off(database: Database) -> None:
    with database.write() as tx:
        chats.change_settings(tx, chats.get_or_create(tx, "telegram", "music").id, ChatSettings(clips_per_day=0))
    assert refusal(database, "e1", where="music").code is RefusalCode.NOT_ALLOWED


def test_the_banned_are_refused_where_they_are_banned(database: Database) -> None:
    with database.write() as tx:
        ada, ben = people.get_or_create(tx, "telegram", "ada"), people.get_or_create(tx, "telegram", "ben")
        music = chats.get_or_create(tx, "telegram", "music")
        people.ban(tx, ada.id, chat_id=music.id)
        people.ban(tx, ada.id, chat_id=music.id)
        people.ban(tx, ben.id)
    assert refusal(database, "e1", who="ada", where="music").code is RefusalCode.BANNED
    assert refusal(database, "e2", who="ben", where="elsewhere").code is RefusalCode.BANNED
    with database.write() as tx:
        submit(tx, "e3", who="ada", where="elsewhere")
        people.unban(tx, ada.id, chat_id=music.id)
        people.unban(tx, ben.id)
        submit(tx, "e4", who="ada", where="music")
        submit(tx, "e5", who="ben", where="music")


def test_a_cancelled_request_is_refunded_once_and_frees_its_own_day(database: Database, clock: HandClock) -> None:
    one = limits(user_clips_per_day=1)
    with database.write() as tx:
        request = submit(tx, "e1", limits=one)
    clock.advance(3600)
    with database.write() as tx:
        assert requests.cancel(tx, request.id)
        assert not requests.cancel(tx, request.id)
        assert not quotas.refund(tx, request.id)
        assert quotas.charged(tx, request.id) == Spending(0, 0.0)
        submit(tx, "e2", limits=one)
    # Half a day later the debit is about to leave the window, and its refund leaves with it.
    clock.advance(DAY_S - 3599)
    with database.read() as tx:
        assert quotas.spent_by_user(tx, request.person_id) == Spending(1, 10.0)


def test_the_real_length_takes_the_place_of_the_estimate(database: Database) -> None:
    minute = limits(user_seconds_per_day=60.0)
    with database.write() as tx:
        request = submit(tx, "e1", seconds=10.0, limits=minute)
        quotas.settle(tx, request.id, 45.0, minute)
        quotas.settle(tx, request.id, 45.0, minute)
        assert quotas.charged(tx, request.id) == Spending(1, 45.0)
        assert quotas.refund(tx, request.id)
        assert quotas.charged(tx, request.id) == Spending(0, 0.0)
        quotas.settle(tx, request.id, 50.0, minute)
        assert quotas.charged(tx, request.id) == Spending(0, 0.0)


def test_a_length_beyond_the_quota_is_refused_when_it_becomes_known(database: Database) -> None:
    minute = limits(user_seconds_per_day=60.0)
    with database.write() as tx:
        submit(tx, "e1", seconds=40.0, limits=minute)
        request = submit(tx, "e2", seconds=10.0, limits=minute)
        with pytest.raises(StorageError) as spent:
            quotas.settle(tx, request.id, 30.0, minute)
        assert spent.value.facts == {
            "limit_s": 60.0, "used_s": 40.0, "left_s": 20.0, "wanted_s": 30.0, "free_in_s": DAY_S
        }  # fmt: skip
        with pytest.raises(StorageError) as never:
            quotas.settle(tx, request.id, 70.0, minute)
        assert never.value.code is RefusalCode.LONGER_THAN_QUOTA
        assert quotas.charged(tx, request.id) == Spending(1, 10.0)


def test_what_nobody_has_is_not_found(database: Database) -> None:
    with database.read() as tx:
        with pytest.raises(StorageError) as raised:
            requests.get(tx, 404)
        assert (raised.value.code, raised.value.facts) == (RefusalCode.NOT_FOUND, {"id": 404})
        assert requests.find(tx, "telegram", "never") is None
