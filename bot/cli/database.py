"""``ganterpret db``: the database's schema."""

from __future__ import annotations

import typer

from bot.app.home import open_home
from bot.cli.console import out
from bot.settings import Settings
from storage.database.migrate import upgrade

app = typer.Typer(name="db", help="Look after the database.", no_args_is_help=True, add_completion=False)


@app.command("upgrade")
def upgrade_command() -> None:
    """Bring the database to the current schema, making it if there is none."""
    settings = Settings()
    open_home(settings)
    upgrade(settings.database)
    out.print(f"The database is current: {settings.database}", markup=False)


@app.callback()
def _group() -> None:
    """Look after the database."""
