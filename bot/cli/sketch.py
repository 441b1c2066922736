"""``ganterpret sketch``: one category, or a sheet of them, drawn by the embedded generator."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from PIL import Image

from bot.cli.console import out
from pipeline.atomic_files import whole
from pipeline.generators.sketch import open_sketch
from pipeline.generators.sketch.sheet import contact_sheet, draw_categories, draw_category
from pipeline.themes.categories import category_name
from pipeline.themes.themes import resolve_theme

_TILE_PX = 128
_COLUMNS = 8


def command(
    category: Annotated[str, typer.Argument(metavar="CLASS", help="A category or theme; an index works too.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="A PNG.")] = Path("sketch.png"),
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another picture.")] = 0,
    size: Annotated[int, typer.Option(min=16, max=2048, help="Width and height in pixels.")] = 512,
    sheet: Annotated[bool, typer.Option(help="Draw every category of the theme, with its name.")] = False,
) -> None:
    """Draw a category as the embedded generator sees it."""
    theme = resolve_theme(category)
    with whole(output) as place:
        if sheet:
            _sheet(theme.categories, seed).save(place)
        else:
            Image.fromarray(draw_category(theme.categories[0], seed, size)).save(place)
    out.print(str(output), markup=False)


def _sheet(categories: Sequence[int], seed: int) -> Image.Image:
    generator = open_sketch(_TILE_PX)
    try:
        pictures = draw_categories(generator, categories, seed)
    finally:
        generator.close()
    columns = min(_COLUMNS, len(categories))
    return contact_sheet(pictures, columns, [category_name(index) for index in categories])
