"""``ganterpret analyze``: what the method hears in a sound."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from bot.chat.grammar import options_from, parse_time_s
from bot.cli.console import err, out
from bot.screens.messages import say
from pipeline.analysis.analyze import save_npz
from pipeline.atomic_files import require_apart, whole
from pipeline.media.decode import decode_sound
from pipeline.recipe import Recipe
from pipeline.render.listening import analyze_sound


def command(
    sound: Annotated[Path, typer.Argument(metavar="INPUT", help="A sound or video file.")],
    preset: Annotated[str | None, typer.Option(metavar="auto|paper", help="How the sound is analyzed.")] = None,
    threshold: Annotated[str | None, typer.Option(help="Of the inflection points.")] = None,
    scenes: Annotated[str | None, typer.Option(metavar="N|auto", help="How many; auto: a scene to a change.")] = None,
    sensitivity: Annotated[str | None, typer.Option(help="Above 1: weaker changes too; below: fewer.")] = None,
    channel: Annotated[str | None, typer.Option(metavar="all|left|right|mix", help="What is listened to.")] = None,
    points: Annotated[str | None, typer.Option(metavar="3.2,7.5,…", help="Points of your own; auto: found.")] = None,
    max_duration: Annotated[str, typer.Option(metavar="TIME", help="The longest sound to take: 2:00:00.")] = "1:00:00",
    npz: Annotated[Path | None, typer.Option(help="Write tv, points, step_s and alphas to this file.")] = None,
) -> None:
    """List the inflection points of a sound."""
    asked = {
        "preset": preset,
        "threshold": threshold,
        "sensitivity": sensitivity,
        "scenes": scenes,
        "channel": channel,
        "points": points,
    }
    options = options_from({name: value for name, value in asked.items() if value is not None})
    recipe = Recipe().remixed(**options.changes)
    longest_s = parse_time_s("max-duration", max_duration)
    if npz is not None:
        require_apart([npz], [sound])
    with err.status("Listening"), tempfile.TemporaryDirectory(prefix="ganterpret-") as folder:
        heard = decode_sound(sound, Path(folder), limit_s=longest_s)
        analysis = analyze_sound(heard, recipe, lambda _done_s: None)
    if heard.info.is_damaged:
        err.print(say("note.damaged", seconds=heard.info.duration_s))
    if npz is not None:
        with whole(npz) as place:
            save_npz(analysis, place)
    reasons = analysis.reasons or ("",) * len(analysis.points)
    columns = ("point", "step", "time", *(("why",) if analysis.reasons else ()))
    table = Table(*columns, title=f"{len(analysis.points)} inflection points", title_justify="left")
    rows = zip(analysis.points, analysis.point_times_s, reasons, strict=True)
    for number, (step, time_s, reason) in enumerate(rows, start=1):
        table.add_row(str(number), str(step), f"{time_s:.3f} s", *((reason,) if analysis.reasons else ()))
    out.print(table)
