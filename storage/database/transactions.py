"""A SQLite database that several processes write to, and what a transaction on it is.

The settings below are the durability that everything else counts on: WAL lets readers go on while one process writes,
``synchronous=FULL`` makes a commit survive a power cut, and ``BEGIN IMMEDIATE`` takes the write lock at the start, so
that what a transaction has read is still true when it writes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event, make_url

Clock = Callable[[], float]
"""Seconds since the epoch."""

_BEFORE_ANOTHER_TRY_S = 0.02
BUSY_TIMEOUT_S = 30.0
"""How long to wait for another process's transaction; ours take milliseconds, but disks have bad days."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A consistent view of the database: it does not change while it is held.

    Attributes
    ----------
    connection : Connection
        For the functions of this package only.
    now_s : float
        When it was taken, in seconds since the epoch.
    """

    connection: Connection
    now_s: float


@dataclass(frozen=True, slots=True)
class Transaction(Snapshot):
    """A snapshot that may be changed: all of the changes happen or none, one transaction after the other.

    ``now_s`` is read while the write lock is held, so the times that transactions write are in the order of their
    commits.
    """


class Database:
    """The database behind a URL.

    Parameters
    ----------
    url : str
        SQLAlchemy's, ``sqlite:///path``. Its folder is made where it is missing; its tables are made by
        `storage.database.migrate`.
    clock : callable
        Seconds since the epoch.
    """

    def __init__(self, url: str, clock: Clock = time.time) -> None:
        parsed = make_url(url)
        if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
            raise ValueError(f"the database must be a SQLite file that processes can share: {parsed}")
        Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
        self.url = url
        self.clock = clock
        # Threads of a worker and of a bot hold a connection for milliseconds each; none should wait for one.
        self._engine = create_engine(parsed, pool_size=8, max_overflow=56, connect_args={"timeout": BUSY_TIMEOUT_S})
        event.listen(self._engine, "connect", _prepare)
        self._in_this_thread = threading.local()

    @contextmanager
    def read(self) -> Iterator[Snapshot]:
        """Look at the database as it is now."""
        with self._begun("BEGIN") as connection:
            yield Snapshot(connection, self.clock())

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Change the database: commits at the end of the block, undoes everything if the block raises."""
        if getattr(self._in_this_thread, "writes", False):
            raise RuntimeError("this thread is already in a write transaction and would wait for itself")
        self._in_this_thread.writes = True
        try:
            with self._begun("BEGIN IMMEDIATE") as connection:
                yield Transaction(connection, self.clock())
                connection.commit()
        finally:
            self._in_this_thread.writes = False

    @contextmanager
    def reshape(self) -> Iterator[Transaction]:
        """Change the tables themselves; only `storage.database.migrate` does that.

        SQLite alters a table by making it anew and dropping the old one, which would take along every row that refers
        to it: so references are not enforced meanwhile, and checked before the commit instead.
        """
        with self._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.commit()
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                yield Transaction(connection, self.clock())
                if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all():
                    raise RuntimeError(f"the migration would leave {len(broken)} broken references: {broken[:3]}")
                connection.commit()
            finally:
                connection.rollback()
                connection.exec_driver_sql("PRAGMA foreign_keys = ON")
                connection.commit()

    def shed_log(self, within_s: float = 1.0) -> bool:
        """Empty the write-ahead log, in which deleted rows live on; False if others needed it all the time."""
        until_s = time.monotonic() + within_s
        while True:
            with self._engine.connect() as connection:
                # Whoever wants to be forgotten need not wait for the slowest reader.
                connection.exec_driver_sql("PRAGMA busy_timeout = 100")
                busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
                connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_S * 1000)}")
            if not busy or time.monotonic() > until_s:
                return not busy
            time.sleep(_BEFORE_ANOTHER_TRY_S)

    def close(self) -> None:
        """Close every idle connection."""
        self._engine.dispose()

    @contextmanager
    def _begun(self, statement: str) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(statement)
            yield connection


def sqlite_file(url: str) -> Path:
    """Return the file behind a database's URL."""
    return Path(str(make_url(url).database))


def _prepare(connection: Any, _record: object) -> None:
    # The driver would begin transactions by itself, late and not for every statement; with None it leaves that to us.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_S * 1000)}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    # What is deleted is overwritten, too: whoever wants to be forgotten is, in every byte.
    connection.execute("PRAGMA secure_delete = ON")
