"""Write the next migration: whatever storage/database/tables.py has that the migrations so far do not make.

    python scripts/make_migration.py 0002 "what changes"

Read what it writes, and correct it: it sees columns, not meaning.
"""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command

from storage.database import migrate
from storage.database.transactions import Database


def main(revision: str, message: str) -> None:
    """Compare the tables with a database that all migrations so far have made."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'so-far.sqlite3'}"
        migrate.upgrade(url)
        with closing(Database(url)) as database, database.reshape() as tx:
            command.revision(migrate.configuration(tx.connection), message, autogenerate=True, rev_id=revision)


if __name__ == "__main__":
    main(*sys.argv[1:])
