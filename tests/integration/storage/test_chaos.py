"""Processes that are killed, frozen and robbed of their queue; and the audit that would notice if it did harm."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.chaos.audit import Report, audit
from benchmarks.chaos.place import LIMITS, SECONDS, Destination
from storage.database.transactions import Database
from storage.engine.embedded import EmbeddedEngine
from storage.outbox import deliveries
from storage.requests import release, requests
from tests.doubles.books import clip_of, submit

ROOT = Path(__file__).parents[3]


@pytest.mark.slow
def test_whatever_dies_every_request_gets_exactly_one_answer() -> None:
    chaos = [sys.executable, "-m", "benchmarks.chaos", "--seed=3", "--requests=6", "--workers=2", "--deadline=120"]
    ran = subprocess.run(chaos, cwd=ROOT, capture_output=True, text=True, timeout=150)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "wrong: nothing" in ran.stdout


@pytest.fixture
def place(tmp_path: Path, database: Database, engine: EmbeddedEngine) -> Destination:
    """One request, delivered as it should be."""
    place = Destination(tmp_path)
    making = tmp_path / "making"
    making.mkdir()
    (making / "clip.mp4").write_text("1 1")
    kept = place.media.keep_clip(making, 1, 1)
    with database.write() as tx:
        request = submit(tx, "event-0", seconds=SECONDS, limits=LIMITS)
        release.release(tx, engine, window=1)
        requests.begin(tx, request.id, 1)
        requests.start_rendering(tx, request.id, 1)
        requests.finish_render(tx, request.id, 1, clip_of(request.id, 1, video=f"{kept}/clip.mp4"))
        delivery = deliveries.claim(tx, "telegram", "bot")
        assert delivery is not None
        deliveries.sent(tx, delivery.id, delivery.fence)
    place.write_line("begun", "1 1")
    place.write_line("chat", "1 clip")
    return place


def wrong(database: Database, place: Destination, count: int = 1) -> list[str]:
    return list(audit(database, place, count, Report()))


def test_the_audit_is_content_with_what_went_well(database: Database, place: Destination) -> None:
    assert wrong(database, place) == []


@pytest.mark.parametrize(
    ("file", "line", "finding"),
    [
        ("chat", "1 clip", "request 1 is delivered and was told clip 2 times"),
        ("chat", "1 notice", "request 1 is delivered and was told notice 1 times"),
        ("begun", "1 1", "attempt 1 1 began 2 times"),
    ],
)
def test_the_audit_notices_what_happened_twice(
    database: Database, place: Destination, file: str, line: str, finding: str
) -> None:
    place.write_line(file, line)
    assert wrong(database, place) == [finding]


@pytest.mark.parametrize(
    ("harm", "finding"),
    [
        ("UPDATE requests SET state = 'rendering'", "request 1 is still rendering"),
        ("UPDATE requests SET fence = 2", "request 1 was won by fence 2, its file is of 1 1"),
        ("DELETE FROM quota_entries", "request 1 is delivered and costs Spending(clips=0, seconds=0.0)"),
    ],
)
def test_the_audit_notices_books_that_are_wrong(
    database: Database, place: Destination, harm: str, finding: str
) -> None:
    with database.write() as tx:
        tx.connection.exec_driver_sql(harm)
    assert wrong(database, place) == [finding]


def test_the_audit_notices_a_request_that_was_lost(database: Database, place: Destination) -> None:
    assert wrong(database, place, count=2) == ["1 requests of 2 events", "a request is lost"]
