"""A worker's attempts at a request: begun, fenced off, handed back, given up, finished."""

from collections.abc import Callable

import pytest

from pipeline.errors import ErrorCode, PipelineError
from storage.clips import clips
from storage.database.transactions import Database, Transaction
from storage.engine.embedded import EmbeddedEngine
from storage.errors import RefusalCode, StorageError
from storage.outbox import deliveries
from storage.requests import quotas, release, requests
from storage.requests.quotas import QuotaLimits, Spending
from storage.requests.requests import MAX_STARTS, Request
from storage.states import RequestState
from tests.doubles.books import HandClock, clip_of, submit, undone


@pytest.fixture
def released(database: Database, engine: EmbeddedEngine) -> Request:
    with database.write() as tx:
        request = submit(tx, "e1")
        assert release.release(tx, engine, window=1) == (request.id,)
        return requests.get(tx, request.id)


def begin(tx: Transaction, request: Request) -> Request:
    begun = requests.begin(tx, request.id, request.ticket)
    assert begun is not None
    return begun


def test_a_release_gives_a_ticket_and_a_beginning_a_fence(database: Database, released: Request) -> None:
    assert (released.state, released.ticket, released.fence) == (RequestState.RELEASED, 1, 0)
    with database.write() as tx:
        begun = begin(tx, released)
    assert (begun.state, begun.fence, begun.starts) == (RequestState.FETCHING, 1, 1)


def test_an_old_ticket_begins_nothing(database: Database, released: Request) -> None:
    with database.write() as tx:
        assert requests.begin(tx, released.id, released.ticket - 1) is None
        assert requests.begin(tx, released.id, released.ticket + 1) is None
        assert requests.begin(tx, 404, 1) is None
        assert requests.get(tx, released.id) == released


def test_the_way_of_a_request_that_goes_well(database: Database, released: Request, clock: HandClock) -> None:
    with database.write() as tx:
        fence = begin(tx, released).fence
        assert requests.start_rendering(tx, released.id, fence)
        assert requests.progress(tx, released.id, fence, "rendering", 12, 228)
        rendering = requests.get(tx, released.id)
        assert (rendering.state, rendering.stage, rendering.done, rendering.total) == (
            RequestState.RENDERING,
            "rendering",
            12,
            228,
        )
        clock.advance(5)
    with database.write() as tx:
        clip = requests.finish_render(tx, released.id, fence, clip_of(released.id, fence))
        assert clip is not None
        assert clip.id == released.id
        assert (clip.maker_name, clip.duration_s, clip.created_at_s) == ("Ada", 9.5, clock.now_s)
        finished = requests.get(tx, released.id)
        assert (finished.state, finished.clip_id) == (RequestState.RENDERED, clip.id)
        delivery = deliveries.claim(tx, "telegram", "bot")
        assert delivery is not None
        assert (delivery.kind, delivery.clip_id, delivery.reply_to) == ("clip", clip.id, "asks-e1")


def test_result_and_outbox_are_committed_together_or_not_at_all(database: Database, released: Request) -> None:
    with database.write() as tx:
        fence = begin(tx, released).fence
        requests.start_rendering(tx, released.id, fence)
    with undone(database) as tx:
        assert requests.finish_render(tx, released.id, fence, clip_of(released.id, fence))
    with database.write() as tx:
        assert requests.get(tx, released.id).state is RequestState.RENDERING
        assert deliveries.claim(tx, "telegram", "bot") is None
        with pytest.raises(StorageError):
            clips.get(tx, released.id)


WRITES: dict[str, Callable[[Transaction, int, int], object]] = {
    "start_rendering": requests.start_rendering,
    "progress": lambda tx, job, fence: requests.progress(tx, job, fence, "rendering", 1, 2),
    "settle": lambda tx, job, fence: requests.settle(tx, job, fence, 99.0, quotas.UNLIMITED),
    "finish_render": lambda tx, job, fence: requests.finish_render(tx, job, fence, clip_of(job, fence)),
    "fail": lambda tx, job, fence: requests.fail(tx, job, fence, PipelineError(ErrorCode.NO_SOUND)),
    "retry": lambda tx, job, fence: requests.retry(tx, job, fence, after_s=1.0),
    "hand_back": requests.hand_back,
}


def everything(tx: Transaction) -> dict[str, list[tuple[object, ...]]]:
    names = tx.connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
    return {
        name: [tuple(row) for row in tx.connection.exec_driver_sql(f"SELECT * FROM {name} ORDER BY 1")]
        for name in names
    }


@pytest.mark.parametrize("write", WRITES)
def test_a_worker_that_was_frozen_and_wakes_up_late_changes_nothing(
    database: Database, released: Request, write: str
) -> None:
    with database.write() as tx:
        late = begin(tx, released)
        begin(tx, released)
        before = everything(tx)
        assert not WRITES[write](tx, released.id, late.fence)
        assert everything(tx) == before


@pytest.mark.parametrize("write", WRITES)
def test_after_a_cancel_the_worker_changes_nothing(database: Database, released: Request, write: str) -> None:
    with database.write() as tx:
        begun = begin(tx, released)
        assert requests.is_current(tx, released.id, begun.fence)
        assert requests.cancel(tx, released.id)
        assert not requests.is_current(tx, released.id, begun.fence)
        before = everything(tx)
        assert not WRITES[write](tx, released.id, begun.fence)
        assert everything(tx) == before


@pytest.mark.parametrize("write", WRITES)
def test_once_the_clip_is_made_the_attempt_is_over(database: Database, released: Request, write: str) -> None:
    with database.write() as tx:
        fence = begin(tx, released).fence
        requests.start_rendering(tx, released.id, fence)
        requests.finish_render(tx, released.id, fence, clip_of(released.id, fence))
        before = everything(tx)
        assert not WRITES[write](tx, released.id, fence)
        assert not requests.cancel(tx, released.id)
        assert requests.begin(tx, released.id, released.ticket) is None
        assert everything(tx) == before


def test_a_job_whose_worker_dies_every_time_is_given_up_told_and_refunded(
    database: Database, released: Request
) -> None:
    with database.write() as tx:
        for attempt in range(1, MAX_STARTS + 1):
            assert begin(tx, released).fence == attempt
        assert requests.begin(tx, released.id, released.ticket) is None
        dead = requests.get(tx, released.id)
        assert dead.state is RequestState.DEAD
        assert dead.error is not None
        assert (dead.error.code, dead.error.facts) == (RefusalCode.GAVE_UP, {"starts": MAX_STARTS})
        assert quotas.charged(tx, released.id) == Spending(0, 0.0)
        notice = deliveries.claim(tx, "telegram", "bot")
        assert notice is not None
        assert (notice.kind, notice.request_id) == ("notice", released.id)
        assert requests.begin(tx, released.id, released.ticket) is None
        assert deliveries.claim(tx, "telegram", "bot") is None


def test_a_drain_does_not_count_as_an_attempt(database: Database, released: Request, engine: EmbeddedEngine) -> None:
    request = released
    for _ in range(MAX_STARTS + 2):
        with database.write() as tx:
            begun = begin(tx, request)
            assert requests.hand_back(tx, begun.id, begun.fence)
            back = requests.get(tx, begun.id)
            assert (back.state, back.starts) == (RequestState.QUEUED, 0)
            assert requests.begin(tx, back.id, back.ticket) is None
            assert release.release(tx, engine, window=1) == (back.id,)
            request = requests.get(tx, back.id)
    with database.read() as tx:
        assert quotas.charged(tx, released.id) == Spending(1, 10.0)


def test_our_own_trouble_is_tried_again_later_but_not_for_ever(
    database: Database, released: Request, engine: EmbeddedEngine, clock: HandClock
) -> None:
    request = released
    for attempt in range(1, MAX_STARTS):
        with database.write() as tx:
            assert requests.retry(tx, request.id, begin(tx, request).fence, after_s=60.0)
            assert requests.get(tx, request.id).starts == attempt
            assert release.release(tx, engine, window=1) == ()
        clock.advance(60)
        with database.write() as tx:
            assert release.release(tx, engine, window=1) == (request.id,)
            request = requests.get(tx, request.id)
    with database.write() as tx:
        assert requests.retry(tx, request.id, begin(tx, request).fence, after_s=60.0)
        assert requests.get(tx, request.id).state is RequestState.DEAD
        assert quotas.charged(tx, request.id) == Spending(0, 0.0)


def test_a_failure_keeps_its_reason_and_refunds(database: Database, released: Request) -> None:
    reason = PipelineError(ErrorCode.UNKNOWN_THEME, query="primats", suggestions=("primates", "pirates"))
    with database.write() as tx:
        assert requests.fail(tx, released.id, begin(tx, released).fence, reason)
        failed = requests.get(tx, released.id)
        assert failed.state is RequestState.FAILED
        assert isinstance(failed.error, PipelineError)
        assert (failed.error.code, failed.error.facts) == (reason.code, reason.facts)
        assert quotas.charged(tx, released.id) == Spending(0, 0.0)


def test_a_quota_that_turns_out_too_small_leaves_the_attempt_to_say_so(database: Database, released: Request) -> None:
    day = QuotaLimits(None, 60.0, None, None, None)
    with database.write() as tx:
        fence = begin(tx, released).fence
        assert requests.settle(tx, released.id, fence, 50.0, day)
        assert quotas.charged(tx, released.id).seconds == 50.0
        with pytest.raises(StorageError) as raised:
            requests.settle(tx, released.id, fence, 70.0, day)
        assert requests.fail(tx, released.id, fence, raised.value)
        error = requests.get(tx, released.id).error
        assert isinstance(error, StorageError)
        assert error.facts == {"limit_s": 60.0, "wanted_s": 70.0}


def test_a_cancel_wins_over_a_release_that_nobody_has_begun(database: Database, released: Request) -> None:
    with database.write() as tx:
        assert requests.cancel(tx, released.id)
        assert requests.begin(tx, released.id, released.ticket) is None
        cancelled = requests.get(tx, released.id)
        assert (cancelled.state, cancelled.fence) == (RequestState.CANCELLED, 0)


def test_people_see_what_they_are_waiting_for(database: Database) -> None:
    with database.write() as tx:
        mine, theirs = submit(tx, "e1", who="ada"), submit(tx, "e2", who="ben", where="elsewhere")
        over = submit(tx, "e3", who="ada")
        requests.cancel(tx, over.id)
        assert [request.id for request in requests.open_on(tx, "telegram")] == [mine.id, theirs.id]
        assert requests.open_on(tx, "discord") == ()
        assert [request.id for request in requests.open_of(tx, mine.person_id)] == [mine.id]
        assert [request.id for request in requests.open_in(tx, theirs.chat_id)] == [theirs.id]


def test_a_late_hand_back_does_not_take_away_what_was_released_again(
    database: Database, released: Request, engine: EmbeddedEngine
) -> None:
    """The fence grows when an attempt begins, so between a release and that, an old attempt still has the latest."""
    with database.write() as tx:
        late = begin(tx, released)
        requests.retry(tx, late.id, late.fence, after_s=0.0)
        release.release(tx, engine, window=1)
        again = requests.get(tx, late.id)
        assert (again.state, again.fence) == (RequestState.RELEASED, late.fence)
        assert not requests.hand_back(tx, late.id, late.fence)
        assert requests.get(tx, late.id) == again
