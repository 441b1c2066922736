from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database.transactions import Database
from storage.engine.embedded import EmbeddedEngine
from tests.doubles.books import HandClock, new_database


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def database(tmp_path: Path, clock: HandClock) -> Iterator[Database]:
    database = new_database(tmp_path, clock)
    yield database
    database.close()


@pytest.fixture
def engine(database: Database) -> EmbeddedEngine:
    return EmbeddedEngine(database, "worker", poll_s=0.01)
