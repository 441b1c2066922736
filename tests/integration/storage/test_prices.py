"""Requests are debited and settled in work, at the prices of the day on which they were taken."""

from __future__ import annotations

import pytest

from pipeline.errors import CodedError, ErrorCode, PipelineError
from pipeline.recipe import Recipe
from storage.database.transactions import Database
from storage.engine.embedded import EmbeddedEngine
from storage.errors import RefusalCode, StorageError
from storage.requests import price_days, quotas, release, requests
from storage.requests.prices import PriceTable
from storage.requests.quotas import DAY_S, UNLIMITED, QuotaLimits, Spending
from tests.doubles.books import HandClock, clip_of, submit

KNOWN = PriceTable(frame_s={"sketch/128": 0.01}, probing_s=0.0, listening_s_per_s=0.0, fetching_s=5.0)
RECIPE = Recipe(model="sketch", size_px=128, fps=10)
HOUR = QuotaLimits(None, 3600.0, None, 3600.0, None)


def finish(database: Database, engine: EmbeddedEngine, event: str, drawn_in_s: float | None) -> None:
    """Make a clip of 100 frames."""
    with database.write() as tx:
        request = submit(tx, event, recipe=RECIPE)
        release.release(tx, engine, window=10)
        begun = requests.begin(tx, request.id, 1)
        assert begun is not None
        assert requests.start_rendering(tx, request.id, begun.fence)
        clip = clip_of(request.id, begun.fence, recipe=RECIPE, frame_count=100, drawn_in_s=drawn_in_s)
        assert requests.finish_render(tx, request.id, begun.fence, clip)


def test_a_day_s_prices_are_the_median_of_what_clips_took_before_and_stay_until_its_end(
    database: Database, engine: EmbeddedEngine, clock: HandClock
) -> None:
    for number, drawn_in_s in enumerate((4.0, 90.0, None, 5.0)):
        finish(database, engine, f"e{number}", drawn_in_s)
    with database.write() as tx:
        assert price_days.today(tx, KNOWN).frame_s == KNOWN.frame_s, "today's clips are tomorrow's prices"
    finish(database, engine, "e9", 9.0)
    with database.write() as tx:
        assert price_days.today(tx, PriceTable()).frame_s == KNOWN.frame_s
    clock.advance(DAY_S)
    with database.write() as tx:
        tomorrow = price_days.today(tx, KNOWN)
    assert tomorrow.frame_s == {"sketch/128": 0.07}
    clock.advance(3600)
    finish(database, engine, "e10", 1.0)
    with database.write() as tx:
        assert price_days.today(tx, KNOWN) == tomorrow


def test_a_price_needs_a_few_clips_and_old_days_go(
    database: Database, engine: EmbeddedEngine, clock: HandClock
) -> None:
    finish(database, engine, "e1", 50.0)
    for _ in range(40):
        clock.advance(DAY_S)
        with database.write() as tx:
            assert price_days.today(tx, KNOWN).frame_s == KNOWN.frame_s
    with database.read() as tx:
        assert tx.connection.exec_driver_sql("SELECT count(*) FROM price_days").scalar() == 31


def test_a_request_is_debited_and_settled_at_the_prices_at_which_it_was_taken(
    database: Database, engine: EmbeddedEngine
) -> None:
    with database.write() as tx:
        request = submit(tx, "e1", recipe=RECIPE, seconds=60.0, prices=KNOWN, limits=HOUR)
        estimated = 5.0 + 0.096 + 600 * 0.01
        assert request.work_s == pytest.approx(estimated)
        assert quotas.charged(tx, request.id).seconds == pytest.approx(estimated)
        assert quotas.left_s(tx, user_id=request.person_id, chat_id=request.chat_id, limits=HOUR) == pytest.approx(
            3600 - estimated
        )
        release.release(tx, engine, window=10)
        begun = requests.begin(tx, request.id, 1)
        assert begun is not None
        assert requests.settle(tx, request.id, begun.fence, 30.0, HOUR, bytes_in=10_000_000)
        assert quotas.charged(tx, request.id) == Spending(1, pytest.approx(5.0 + 1.0 + 3.0))
        assert requests.get(tx, request.id).work_s == pytest.approx(9.0)
        assert requests.cancel(tx, request.id)
        assert quotas.spent_by_user(tx, request.person_id) == Spending(0, pytest.approx(6.0)), "its sound was brought"


@pytest.mark.parametrize(
    ("error", "kept_s"),
    [
        (PipelineError(ErrorCode.BROKEN_MEDIA, path="x"), 6.0),
        (PipelineError(ErrorCode.DISK_FULL, path="x"), 0.0),
        (StorageError(RefusalCode.BROKE), 0.0),
    ],
)
def test_bringing_a_sound_is_paid_for_unless_the_fault_is_ours(
    database: Database, engine: EmbeddedEngine, error: CodedError, kept_s: float
) -> None:
    with database.write() as tx:
        request = submit(tx, "e1", recipe=RECIPE, seconds=60.0, prices=KNOWN, limits=HOUR)
        release.release(tx, engine, window=10)
        begun = requests.begin(tx, request.id, 1)
        assert begun is not None
        for _ in range(2):  # an attempt that begins again settles again
            requests.settle(tx, request.id, begun.fence, 30.0, HOUR, bytes_in=10_000_000)
        assert quotas.charged(tx, request.id) == Spending(1, pytest.approx(9.0))
        assert requests.fail(tx, request.id, begun.fence, error)
        assert quotas.spent_by_user(tx, request.person_id) == Spending(0, pytest.approx(kept_s))
        assert not quotas.refund(tx, request.id), "and once"


def test_what_fails_before_its_sound_is_there_costs_nothing(database: Database, engine: EmbeddedEngine) -> None:
    with database.write() as tx:
        request = submit(tx, "e1", recipe=RECIPE, seconds=60.0, prices=KNOWN, limits=HOUR)
        assert requests.cancel(tx, request.id)
        assert quotas.spent_by_user(tx, request.person_id) == Spending(0, 0.0)


def test_many_frames_are_refused_where_few_of_the_same_length_are_not(database: Database) -> None:
    minute = QuotaLimits(None, 60.0, None, None, None)
    with database.write() as tx:
        submit(tx, "e1", recipe=RECIPE, seconds=100.0, prices=KNOWN, limits=minute)
        with pytest.raises(StorageError) as refusal:
            submit(tx, "e2", recipe=RECIPE.with_changes(fps=60), seconds=100.0, prices=KNOWN, limits=minute)
    assert refusal.value.code is RefusalCode.LONGER_THAN_QUOTA
    assert refusal.value.facts["wanted_s"] == pytest.approx(5.0 + 0.16 + 6000 * 0.01)


def test_what_is_no_request_counts_too_and_is_refused_when_a_day_is_spent(database: Database, clock: HandClock) -> None:
    minute = QuotaLimits(None, 60.0, None, None, None)
    with database.write() as tx:
        request = submit(tx, "e1", seconds=40.0, limits=minute)
        who = {"user_id": request.person_id, "chat_id": request.chat_id}
        for _ in range(2):
            quotas.charge(tx, "show", seconds=9.0, limits=minute, **who)
        assert quotas.spent_by_user(tx, request.person_id) == Spending(1, 58.0)
        with pytest.raises(StorageError) as refusal:
            quotas.charge(tx, "show", seconds=9.0, limits=minute, **who)
        assert refusal.value.code is RefusalCode.USER_SECONDS_SPENT
        assert quotas.left_s(tx, limits=minute, **who) == 2.0
        assert quotas.left_s(tx, limits=UNLIMITED, **who) is None
    clock.advance(DAY_S + 1)
    with database.write() as tx:
        assert quotas.spent_by_user(tx, request.person_id) == Spending(0, 0.0)


def test_whoever_has_much_work_running_waits_for_others(database: Database, engine: EmbeddedEngine) -> None:
    with database.write() as tx:
        submit(tx, "big", who="ada", recipe=RECIPE, seconds=600.0, prices=KNOWN)
        small = [
            submit(tx, f"small-{number}", who="ben", recipe=RECIPE, seconds=10.0, prices=KNOWN).id
            for number in range(3)
        ]
        again = submit(tx, "again", who="ada", recipe=RECIPE, seconds=10.0, prices=KNOWN)
        released = release.release(tx, engine, window=5)
    assert released[-1] == again.id
    assert set(released[1:4]) == set(small)
