"""Letting requests out to the engine, fairly and no more than fit; and handing them out again after a loss."""

from storage.database.transactions import Database
from storage.engine.embedded import EmbeddedEngine
from storage.requests import release, requests
from storage.states import RequestState
from tests.doubles.books import HandClock, submit, undone


def test_the_engine_gets_no_more_than_its_window(database: Database, engine: EmbeddedEngine) -> None:
    with database.write() as tx:
        ids = [submit(tx, f"e{number}", who=f"person-{number}").id for number in range(4)]
        assert release.release(tx, engine, window=3) == tuple(ids[:3])
        assert release.release(tx, engine, window=3) == ()
        requests.cancel(tx, ids[1])
        assert release.release(tx, engine, window=3) == (ids[3],)
    assert engine.inspect().queued == 4


def test_a_release_that_is_undone_reaches_no_engine(database: Database, engine: EmbeddedEngine) -> None:
    with database.write() as tx:
        submit(tx, "e1")
    with undone(database) as tx:
        release.release(tx, engine, window=1)
    assert engine.inspect().queued == 0


def test_positions_tell_the_truth_about_who_is_next(
    database: Database, engine: EmbeddedEngine, clock: HandClock
) -> None:
    with database.write() as tx:
        for number, who in enumerate(["ada", "ada", "ada", "ben", "cem"]):
            submit(tx, f"e{number}", who=who)
            clock.advance(1)
        submit(tx, "urgent", who="ada", priority=1)
        positions = release.queue_positions(tx)
    assert sorted(positions.values()) == list(range(6))
    expected = sorted(positions, key=positions.__getitem__)
    came_out = []
    for window in range(1, 7):
        with database.write() as tx:
            came_out += release.release(tx, engine, window)
    assert came_out == expected


def test_whoever_was_served_last_waits_for_the_others(
    database: Database, engine: EmbeddedEngine, clock: HandClock
) -> None:
    with database.write() as tx:
        first = submit(tx, "e1", who="ada")
        release.release(tx, engine, window=1)
        begun = requests.begin(tx, first.id, 1)
        assert begun is not None
        requests.cancel(tx, first.id)
    clock.advance(1)
    with database.write() as tx:
        mine = submit(tx, "e2", who="ada")
    clock.advance(1)
    with database.write() as tx:
        theirs = submit(tx, "e3", who="ben")
        assert release.release(tx, engine, window=1) == (theirs.id,)
        assert release.queue_positions(tx) == {mine.id: 0}


def test_a_wiped_engine_is_handed_again_what_it_forgot(database: Database, engine: EmbeddedEngine) -> None:
    with database.write() as tx:
        waiting, running = submit(tx, "e1", who="ada"), submit(tx, "e2", who="ben")
        queued = submit(tx, "e3", who="cem")
        release.release(tx, engine, window=2)
        requests.begin(tx, running.id, 1)
        tx.connection.exec_driver_sql("DELETE FROM engine_jobs")
    assert engine.inspect().queued == 0
    with database.write() as tx:
        assert release.reconcile(tx, engine) == 2
        assert release.reconcile(tx, engine) == 2
        first, second = engine.claim(tx), engine.claim(tx)
        assert engine.claim(tx) is None
        assert first is not None
        assert second is not None
        assert {first.job_id, second.job_id} == {waiting.id, running.id}
        assert requests.get(tx, queued.id).state is RequestState.QUEUED
