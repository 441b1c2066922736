"""Bringing a database's tables up to date.

Alembic is imported where it is used: it takes half a second, which a command that opens no database should not.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from storage.database.transactions import Database

if TYPE_CHECKING:
    from alembic.config import Config

_STORAGE = Path(__file__).parents[1]
# Installed, the migrations lie in this package; in the repository beside it, where alembic's own tools look for them.
_PLACES = (_STORAGE / "migrations", _STORAGE.parent / "alembic")


def upgrade(url: str, revision: str = "head") -> None:
    """Create the tables or bring them up to date: all of it or nothing, and safe to run from two processes at once."""
    from alembic import command

    with closing(Database(url)) as database, database.reshape() as tx:
        command.upgrade(configuration(tx.connection), revision)


def downgrade(url: str, revision: str) -> None:
    """Undo migrations down to a revision; ``base`` leaves an empty database."""
    from alembic import command

    with closing(Database(url)) as database, database.reshape() as tx:
        command.downgrade(configuration(tx.connection), revision)


def current(url: str) -> str | None:
    """Return the database's revision; None if it is empty."""
    from alembic.runtime.migration import MigrationContext

    with closing(Database(url)) as database, database.read() as tx:
        return MigrationContext.configure(tx.connection).get_current_revision()


def newest() -> str:
    """Return the revision that this program needs."""
    from alembic.script import ScriptDirectory

    revision = ScriptDirectory.from_config(configuration()).get_current_head()
    assert revision is not None
    return revision


def is_current(url: str) -> bool:
    """Say whether a database has the tables that this program needs."""
    return current(url) == newest()


def configuration(connection: Connection | None = None) -> Config:
    """Return alembic's configuration; the migrations run on the connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_scripts()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _scripts() -> Path:
    for place in _PLACES:
        if (place / "env.py").is_file():
            return place
    raise FileNotFoundError(f"no migrations at {' or '.join(map(str, _PLACES))}")
