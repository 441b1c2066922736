"""``ganterpret recipe``: the recipe that a clip carries."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.media.tags import read_recipe


def command(clip: Annotated[Path, typer.Argument(metavar="CLIP.mp4", help="A clip of ours, from anywhere.")]) -> None:
    """Print a clip's recipe as JSON."""
    typer.echo(read_recipe(clip).to_json())
