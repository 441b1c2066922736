"""``ganterpret doctor``: is everything there, and what to do where it is not."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from bot.app.doctor import Health, examine
from bot.cli.console import out
from bot.settings import Settings

_STYLES = {Health.GOOD: "green", Health.LIMITED: "yellow", Health.BAD: "bold red"}


def command(quiet: Annotated[bool, typer.Option(help="Say nothing; the exit status tells.")] = False) -> None:
    """Check ffmpeg, database, disk, models and accelerator, and say what to do."""
    table = Table("part", "", "what was found", show_lines=False)
    findings = list(examine(Settings()))
    for finding in findings:
        advice = f"\n[dim]{escape(finding.advice)}[/]" if finding.advice else ""
        style = _STYLES[finding.health]
        table.add_row(finding.part, f"[{style}]{finding.health}[/]", escape(finding.detail) + advice)
    if not quiet:
        out.print(table)
    if any(finding.health is Health.BAD for finding in findings):
        raise typer.Exit(1)
