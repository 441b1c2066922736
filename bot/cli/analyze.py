"""``ganterpret analyze``: what the method hears in a sound."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from bot.chat.grammar import options_from
from bot.cli.console import err, out
from bot.screens.messages import duration
from bot.settings import Settings
from pipeline.analysis.analyze import analyze, save_npz
from pipeline.media.decode import decode_blocks
from pipeline.media.sound_file import open_sound
from pipeline.recipe import Recipe


def command(
    sound: Annotated[Path, typer.Argument(metavar="INPUT", help="A sound or video file.")],
    preset: Annotated[str | None, typer.Option(metavar="auto|paper", help="How the sound is analyzed.")] = None,
    threshold: Annotated[str | None, typer.Option(help="Of the inflection points.")] = None,
    scenes: Annotated[str | None, typer.Option(metavar="N|auto", help="How many scenes; auto: by length.")] = None,
    channel: Annotated[str | None, typer.Option(metavar="left|right|mix", help="Which channel is analyzed.")] = None,
    npz: Annotated[Path | None, typer.Option(help="Write tv, points, step_s and alphas to this file.")] = None,
) -> None:
    """List the inflection points of a sound."""
    asked = {"preset": preset, "threshold": threshold, "scenes": scenes, "channel": channel}
    options = options_from({name: value for name, value in asked.items() if value is not None})
    recipe = Recipe().with_changes(**options.changes)
    opened = open_sound(sound)
    with err.status("Listening"):
        analysis = analyze(
            decode_blocks(opened, channel=recipe.channel, limit_s=Settings().max_duration_s),
            preset=recipe.preset,
            threshold=recipe.threshold,
            scene_count=recipe.scene_count,
            shortest_scene_s=recipe.shortest_scene_s,
        )
    if npz is not None:
        save_npz(analysis, npz)
    table = Table("point", "step", "time", title=f"{len(analysis.points)} inflection points", title_justify="left")
    for number, (step, time_s) in enumerate(zip(analysis.points, analysis.point_times_s, strict=True), start=1):
        table.add_row(str(number), str(step), f"{time_s:.3f} s")
    out.print(table)
    out.print(f"{duration(analysis.duration_s)}, preset {analysis.preset}, threshold {analysis.threshold:.4g}")
