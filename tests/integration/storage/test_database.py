"""Transactions on a SQLite file that several threads and processes share."""

import sqlite3
import threading
from pathlib import Path

import pytest

from storage.database.transactions import Database
from storage.people import people
from tests.doubles.books import HandClock, undone


def test_the_database_is_set_up_to_survive_a_power_cut_and_to_be_shared(database: Database) -> None:
    with database.read() as tx:
        settings = {
            name: tx.connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


def test_a_block_that_raises_changes_nothing(database: Database) -> None:
    with undone(database) as tx:
        people.get_or_create(tx, "cli", "ada")
    with database.read() as tx:
        assert people.find(tx, "cli", "ada") is None


def test_a_snapshot_does_not_see_what_is_written_meanwhile(database: Database) -> None:
    with database.read() as before:
        assert people.find(before, "cli", "ada") is None
        with database.write() as tx:
            people.get_or_create(tx, "cli", "ada")
        assert people.find(before, "cli", "ada") is None
    with database.read() as after:
        assert people.find(after, "cli", "ada") is not None


def test_a_read_leaves_no_change_behind_even_if_it_makes_one(database: Database) -> None:
    with database.read() as tx:
        people.get_or_create(tx, "cli", "ada")  # type: ignore[arg-type]
    with database.read() as tx:
        assert people.find(tx, "cli", "ada") is None


def test_writers_wait_for_each_other_and_lose_nothing(database: Database) -> None:
    def count_up() -> None:
        for _ in range(20):
            with database.write() as tx:
                count = int(people.get_or_create(tx, "cli", "counter").language or 0)
                people.choose_language(tx, 1, str(count + 1))

    with database.write() as tx:
        assert people.get_or_create(tx, "cli", "counter").id == 1
    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as tx:
        counter = people.find(tx, "cli", "counter")
        assert counter is not None
        assert counter.language == "80"


def test_the_time_of_a_transaction_is_read_once_it_may_write(database: Database, clock: HandClock) -> None:
    times: list[float] = []

    def later() -> None:
        with database.write() as tx:
            times.append(tx.now_s)

    with database.write() as tx:
        thread = threading.Thread(target=later)
        thread.start()
        clock.advance(10)
        times.append(tx.now_s)
    thread.join()
    assert times == [clock.now_s - 10, clock.now_s]


def test_a_write_inside_a_write_is_refused_at_once_and_not_after_a_timeout(database: Database) -> None:
    with database.write(), pytest.raises(RuntimeError, match="already in a write transaction"), database.write():
        pass
    with database.write() as tx:
        people.get_or_create(tx, "cli", "ada")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "postgresql://localhost/books"])
def test_only_a_sqlite_file_will_do(url: str) -> None:
    with pytest.raises(ValueError, match="SQLite file"):
        Database(url)


def test_the_folder_of_the_database_is_made(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/not/yet/there.sqlite3")
    with database.read():
        pass
    database.close()
    assert sqlite3.connect(tmp_path / "not/yet/there.sqlite3").execute("PRAGMA journal_mode").fetchone() == ("wal",)
