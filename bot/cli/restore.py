"""``ganterpret restore``: a backup becomes the home of a bot."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich import filesize

from bot.app.home import open_home
from bot.cli.console import out
from bot.settings import Settings
from pipeline.file_errors import writing
from storage.database.transactions import sqlite_file
from storage.upkeep.backup import restore


def command(
    folder: Annotated[Path, typer.Argument(help="What ganterpret backup has made; of this version or an older one.")],
) -> None:
    """Put a backup where nothing is yet; no bot may be running there."""
    settings = Settings()
    with writing(settings.home):
        made = restore(folder.absolute(), sqlite_file(settings.database), settings.media_dir)
    open_home(settings)
    out.print(f"{settings.home}: the books and {made.files} files, {filesize.decimal(made.bytes)}", markup=False)
