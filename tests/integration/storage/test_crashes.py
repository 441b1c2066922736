"""Real processes and SIGKILL: what was committed is there, what was not has never been."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from storage.database.transactions import Database
from storage.engine.embedded import EmbeddedEngine
from storage.engine.port import Control
from storage.outbox import deliveries
from storage.people import people
from storage.requests import release, requests
from storage.states import RequestState
from tests.doubles.books import clip_of, new_database, submit

ROOT = Path(__file__).parents[3]
PREAMBLE = """
import sys, time
from storage.people import people
from storage.requests import release, requests
from storage.database.transactions import Database
from storage.engine.embedded import EmbeddedEngine
database = Database(sys.argv[1])
"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """On real time: several processes share it."""
    database = new_database(tmp_path, time.time)
    yield database
    database.close()


@contextmanager
def program(database: Database, code: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", PREAMBLE + code, database.url]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def read_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_request_whose_worker_was_killed_in_mid_render_is_finished_by_another_once(database: Database) -> None:
    engine = EmbeddedEngine(database, poll_s=0.02, lease_s=0.5)
    with database.write() as tx:
        request = submit(tx, "e1")
        release.release(tx, engine, window=1)
    hangs = """
def handler(job_id, ticket, ctl):
    with database.write() as tx:
        request = requests.begin(tx, job_id, ticket)
        requests.start_rendering(tx, job_id, request.fence)
    print(request.fence, flush=True)
    time.sleep(600)
EmbeddedEngine(database, lease_s=0.5).serve(handler, 1)
"""
    with program(database, hangs) as worker:
        assert read_line(worker) == "1"
        worker.kill()
        worker.wait()

    def handler(job_id: int, ticket: int, ctl: Control) -> None:
        with database.write() as tx:
            begun = requests.begin(tx, job_id, ticket)
            assert begun is not None
            requests.start_rendering(tx, job_id, begun.fence)
            assert requests.finish_render(tx, job_id, begun.fence, clip_of(job_id, begun.fence))
        engine.drain()

    engine.serve(handler, slots=1)
    with database.write() as tx:
        finished = requests.get(tx, request.id)
        assert (finished.state, finished.fence, finished.starts) == (RequestState.RENDERED, 2, 2)
        assert finished.clip_id is not None
        assert deliveries.claim(tx, "telegram", "bot") is not None
        assert deliveries.claim(tx, "telegram", "bot") is None


def test_a_handler_that_only_waits_keeps_its_job_by_the_engine_s_own_heartbeat(database: Database) -> None:
    engine = EmbeddedEngine(database, poll_s=0.01, lease_s=1.0)
    with database.write() as tx:
        engine.submit(tx, 1, 1, 0)

    def leased_until_s() -> float:
        with database.read() as tx:
            return float(tx.connection.exec_driver_sql("SELECT leased_until_s FROM engine_jobs").scalar_one())

    def handler(job_id: int, ticket: int, ctl: Control) -> None:
        claimed_until_s = leased_until_s()
        while leased_until_s() == claimed_until_s:
            time.sleep(0.02)
        engine.drain()

    engine.serve(handler, slots=1)


def test_a_process_killed_in_mid_transaction_has_changed_nothing_and_holds_no_lock(database: Database) -> None:
    half_done = """
with database.write() as tx:
    people.get_or_create(tx, "cli", "nobody")
    print("written", flush=True)
    time.sleep(600)
"""
    with program(database, half_done) as process:
        assert read_line(process) == "written"
        process.kill()
        process.wait()
    with database.write() as tx:
        assert people.find(tx, "cli", "nobody") is None
        people.get_or_create(tx, "cli", "somebody")


def test_two_processes_that_race_for_jobs_begin_each_exactly_once(database: Database) -> None:
    races = """
import threading
engine = EmbeddedEngine(database, poll_s=0.01)
def drain_when_told():
    sys.stdin.read()
    engine.drain()
def handler(job_id, ticket, ctl):
    with database.write() as tx:
        request = requests.begin(tx, job_id, ticket)
        if request is not None:
            print(job_id, request.fence, flush=True)
            requests.start_rendering(tx, job_id, request.fence)
threading.Thread(target=drain_when_told).start()
print("ready", flush=True)
engine.serve(handler, 2)
"""
    engine = EmbeddedEngine(database)
    with program(database, races) as one, program(database, races) as other:
        assert (read_line(one), read_line(other)) == ("ready", "ready")
        with database.write() as tx:
            ids = {submit(tx, f"e{number}").id for number in range(40)}
            release.release(tx, engine, window=40)
        while (stats := engine.inspect()).queued or stats.running:
            time.sleep(0.02)
        begun = (one.communicate()[0] + other.communicate()[0]).splitlines()
    assert sorted(begun) == sorted(f"{job_id} 1" for job_id in ids)
