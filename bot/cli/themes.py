"""``ganterpret themes``: what there is to choose from."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from bot.cli.console import out
from pipeline.themes.categories import category_name
from pipeline.themes.themes import resolve_theme, search_themes

_SHOWN = 8


def command(
    query: Annotated[str | None, typer.Argument(help="A word to look for; none lists the curated themes.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at the most.")] = 80,
) -> None:
    """List and search themes."""
    found = search_themes(query, limit)
    if not found and query is not None:
        resolve_theme(query)  # says which theme was meant, by refusing this one
    table = Table("theme", "kind", "categories", "shows")
    for theme in found:
        names = ", ".join(category_name(index) for index in theme.categories[:_SHOWN])
        more = f" … ({len(theme.categories)})" if len(theme.categories) > _SHOWN else ""
        table.add_row(escape(theme.name), theme.kind, str(len(theme.categories)), escape(names) + more)
    out.print(table)
