"""``ganterpret backup``: books and media in one folder, while the bot goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich import filesize

from bot.cli.console import out
from bot.settings import Settings
from pipeline.file_errors import writing
from storage.database.transactions import sqlite_file
from storage.upkeep.backup import back_up


def command(
    folder: Annotated[Path, typer.Argument(help="A folder that is not there yet.")],
) -> None:
    """Copy everything that must not be lost into a folder; the bot may be running."""
    settings = Settings()
    with writing(folder):
        made = back_up(sqlite_file(settings.database), settings.media_dir, folder.absolute())
    out.print(f"{folder}: the books and {made.files} files, {filesize.decimal(made.bytes)}", markup=False)
