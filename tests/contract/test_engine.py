"""What every engine promises, whichever executes the jobs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from storage.database.transactions import Database
from storage.engine.embedded import EmbeddedEngine
from storage.engine.port import Control, Engine, Handler
from storage.requests import release
from tests.doubles.books import HandClock, new_database, submit, undone
from tests.doubles.memory_engine import Backing, MemoryEngine

LONG_S = 20.0
"""Until a test gives up; nothing ever takes so long."""


@dataclass
class World:
    database: Database
    clock: HandClock
    worker: Callable[[], Engine]
    """Makes one more worker's engine over the same jobs."""

    def submit(self, engine: Engine, job_id: int, ticket: int = 1, priority: int = 0) -> None:
        with self.database.write() as tx:
            engine.submit(tx, job_id, ticket, priority)


@pytest.fixture(params=["embedded", "memory"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    clock = HandClock()
    database = new_database(tmp_path, clock)
    if request.param == "embedded":
        workers = (EmbeddedEngine(database, f"worker-{n}", poll_s=0.01, retry_s=0.0) for n in range(100))
        yield World(database, clock, lambda: next(workers))
    else:
        backing = Backing(clock)
        yield World(database, clock, lambda: MemoryEngine(backing))
    database.close()


@contextmanager
def serving(engine: Engine, handler: Handler, slots: int = 1) -> Iterator[Future[None]]:
    with ThreadPoolExecutor(1) as pool:
        served = pool.submit(engine.serve, handler, slots)
        try:
            yield served
        finally:
            engine.drain()
            served.result(LONG_S)


class Recorder:
    """A handler that notes what it was given, and lets others wait for it."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, int]] = []
        self._news = threading.Condition()

    def __call__(self, job_id: int, ticket: int, ctl: Control) -> None:
        with self._news:
            self.seen.append((job_id, ticket))
            self._news.notify_all()

    def wait_for(self, count: int) -> list[tuple[int, int]]:
        with self._news:
            assert self._news.wait_for(lambda: len(self.seen) >= count, LONG_S)
        return self.seen


class Gate(Recorder):
    """A handler that stays until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.controls: list[Control] = []
        self.open = threading.Event()

    def __call__(self, job_id: int, ticket: int, ctl: Control) -> None:
        self.controls.append(ctl)
        super().__call__(job_id, ticket, ctl)
        assert self.open.wait(LONG_S)


def idle(engine: Engine) -> bool:
    stats = engine.inspect()
    return stats.queued == stats.running == 0


def wait_until(true: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(int(LONG_S / 0.01)):
        if true():
            return
        pause.wait(0.01)
    raise AssertionError("it never became true")


def test_a_submitted_job_reaches_the_handler_and_is_then_done_with(world: World) -> None:
    engine, recorder = world.worker(), Recorder()
    world.submit(engine, 7, ticket=3)
    with serving(engine, recorder):
        assert recorder.wait_for(1) == [(7, 3)]
        wait_until(lambda: idle(engine))
    assert recorder.seen == [(7, 3)]


def test_a_job_submitted_while_serving_is_handled(world: World) -> None:
    engine, recorder = world.worker(), Recorder()
    with serving(engine, recorder):
        world.submit(engine, 1)
        assert recorder.wait_for(1) == [(1, 1)]


def test_a_transaction_that_fails_submits_nothing(world: World) -> None:
    engine = world.worker()
    with undone(world.database) as tx:
        engine.submit(tx, 1, 1, 0)
    assert idle(engine)


def test_submitting_twice_is_submitting_once(world: World) -> None:
    engine, recorder = world.worker(), Recorder()
    world.submit(engine, 1)
    world.submit(engine, 1)
    world.submit(engine, 2)
    with serving(engine, recorder):
        recorder.wait_for(2)
    assert recorder.seen == [(1, 1), (2, 1)]


def test_a_new_ticket_is_a_new_delivery_of_the_job(world: World) -> None:
    engine, recorder = world.worker(), Recorder()
    world.submit(engine, 1, ticket=1)
    world.submit(engine, 1, ticket=2)
    with serving(engine, recorder):
        assert sorted(recorder.wait_for(2)) == [(1, 1), (1, 2)]


def test_priority_goes_before_age(world: World) -> None:
    engine, recorder = world.worker(), Recorder()
    for job_id, priority in ((1, 0), (2, 0), (3, 5)):
        world.submit(engine, job_id, priority=priority)
        world.clock.advance(1)
    with serving(engine, recorder):
        recorder.wait_for(3)
    assert [job_id for job_id, _ in recorder.seen] == [3, 1, 2]


def test_as_many_jobs_run_at_once_as_there_are_slots(world: World) -> None:
    engine, gate = world.worker(), Gate()
    for job_id in (1, 2, 3):
        world.submit(engine, job_id)
    with serving(engine, gate, slots=2):
        gate.wait_for(2)
        stats = engine.inspect()
        assert (stats.queued, stats.running) == (1, 2)
        gate.open.set()
        gate.wait_for(3)


def test_two_workers_never_get_the_same_job(world: World) -> None:
    recorder = Recorder()
    engines = world.worker(), world.worker()
    for job_id in range(30):
        world.submit(engines[0], job_id)
    with serving(engines[0], recorder, slots=2), serving(engines[1], recorder, slots=2):
        recorder.wait_for(30)
        wait_until(lambda: idle(engines[0]))
    assert sorted(recorder.seen) == [(job_id, 1) for job_id in range(30)]


def test_a_job_whose_handler_raises_is_delivered_again(world: World) -> None:
    engine, recorder = world.worker(), Recorder()

    def stumbles_once(job_id: int, ticket: int, ctl: Control) -> None:
        recorder(job_id, ticket, ctl)
        if len(recorder.seen) == 1:
            raise RuntimeError("the first time")

    world.submit(engine, 1)
    with serving(engine, stumbles_once):
        assert recorder.wait_for(2) == [(1, 1), (1, 1)]
        wait_until(lambda: idle(engine))


def test_a_cancel_is_heard_by_the_handler_at_work(world: World) -> None:
    engine, gate = world.worker(), Gate()
    world.submit(engine, 1)
    with serving(engine, gate):
        gate.wait_for(1)
        assert not gate.controls[0].cancelled()
        world.worker().cancel(1, 1)
        wait_until(gate.controls[0].cancelled)
        gate.open.set()


def test_a_cancel_of_what_nobody_knows_is_no_matter(world: World) -> None:
    world.worker().cancel(404, 1)


def test_a_drain_tells_the_handlers_and_leaves_the_rest_to_others(world: World) -> None:
    engine, gate = world.worker(), Gate()
    world.submit(engine, 1)
    world.submit(engine, 2)
    with serving(engine, gate) as served:
        gate.wait_for(1)
        assert not gate.controls[0].draining()
        engine.drain()
        assert gate.controls[0].draining()
        assert not served.done()
        gate.open.set()
        served.result(LONG_S)
    assert gate.seen == [(1, 1)]

    successor, recorder = world.worker(), Recorder()
    with serving(successor, recorder):
        assert recorder.wait_for(1) == [(2, 1)]


def test_a_job_of_a_worker_that_fell_silent_is_taken_over_and_the_late_one_hears_of_it(world: World) -> None:
    frozen, gate = world.worker(), Gate()
    successor, recorder = world.worker(), Recorder()
    world.submit(frozen, 1)
    with serving(frozen, gate):
        gate.wait_for(1)
        frozen.drain()
        world.clock.advance(31)
        with serving(successor, recorder):
            assert recorder.wait_for(1) == [(1, 1)]
            wait_until(gate.controls[0].cancelled)
            assert not gate.controls[0].heartbeat()
        gate.open.set()
    assert idle(successor)


def test_a_late_worker_does_not_end_the_job_for_its_successor(world: World) -> None:
    frozen, first, successor, second = world.worker(), Gate(), world.worker(), Gate()
    world.submit(frozen, 1)
    with serving(successor, second) as _, serving(frozen, first):
        wait_until(lambda: bool(first.seen or second.seen))
        early, late = (first, second) if first.seen else (second, first)
        (frozen if early is first else successor).drain()
        world.clock.advance(31)
        late.wait_for(1)
        early.open.set()
        assert late.controls[0].heartbeat()
        assert successor.inspect().running == 1
        late.open.set()


def test_a_heartbeat_keeps_a_long_job(world: World) -> None:
    engine, gate, other, recorder = world.worker(), Gate(), world.worker(), Recorder()
    world.submit(engine, 1)
    with serving(engine, gate):
        gate.wait_for(1)
        for _ in range(3):
            world.clock.advance(20)
            assert gate.controls[0].heartbeat()
        world.submit(other, 2)
        with serving(other, recorder):
            assert recorder.wait_for(1) == [(2, 1)]
        gate.open.set()


def test_inspect_counts_what_waits_and_what_runs(world: World) -> None:
    engine, gate = world.worker(), Gate()
    assert (engine.inspect().queued, engine.inspect().oldest_s) == (0, 0.0)
    world.submit(engine, 1)
    world.clock.advance(5)
    assert (engine.inspect().queued, engine.inspect().oldest_s) == (1, 5.0)
    with serving(engine, gate):
        gate.wait_for(1)
        stats = engine.inspect()
        assert (stats.queued, stats.running) == (0, 1)
        gate.open.set()


def test_inspect_counts_the_slots_of_all_workers(world: World) -> None:
    one, other = world.worker(), world.worker()
    assert (one.inspect().workers, one.inspect().slots) == (0, 0)
    with serving(one, Recorder(), slots=2), serving(other, Recorder(), slots=3):
        wait_until(lambda: one.inspect().workers == 2)
        assert other.inspect().slots == 5
    assert (one.inspect().workers, one.inspect().slots) == (0, 0)


def test_as_much_is_released_as_all_workers_can_do(world: World) -> None:
    one, other, gate = world.worker(), world.worker(), Gate()
    with world.database.write() as tx:
        ids = [submit(tx, f"e{number}").id for number in range(5)]
        assert release.release(tx, one) == ()
    with serving(one, gate, slots=1), serving(other, gate, slots=2):
        wait_until(lambda: one.inspect().slots == 3)
        with world.database.write() as tx:
            assert release.release(tx, one) == tuple(ids[:3])
        gate.wait_for(3)
        gate.open.set()
