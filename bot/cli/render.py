"""``ganterpret render``: a sound in, a clip out, here and now, without database or queue."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich import filesize

from bot.app.composition import fetch_limits
from bot.chat.grammar import OPTIONS, options_from, parse_time_s
from bot.chat.links import find_links
from bot.cli.console import err, out, progress_bar
from bot.cli.flashes import sentence
from bot.screens.messages import duration, say
from bot.settings import Settings
from pipeline.atomic_files import require_apart, workspace
from pipeline.fetch.link import looks_like_link
from pipeline.fetch.supervisor import fetch
from pipeline.generators.registry import choose_model, open_generator
from pipeline.generators.versions import another_version
from pipeline.media.decode import decode_sound
from pipeline.media.tags import read_recipe
from pipeline.recipe import Recipe
from pipeline.render.render import render
from pipeline.render.values import Models, RenderJob, RenderLimits, Targets
from pipeline.render.watch import Watch


def command(
    source: Annotated[str, typer.Argument(metavar="INPUT|URL", help="A sound or video file, or a link.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the clip goes.")] = Path("out.mp4"),
    theme: Annotated[str | None, typer.Option(help="A theme, a category, or a list: “moon > rocket > baboon”.")] = None,
    categories: Annotated[str | None, typer.Option(help="Categories in order, separated by commas.")] = None,
    model: Annotated[str | None, typer.Option(help="auto, sketch, biggan-deep-128/256/512, or a folder.")] = None,
    size: Annotated[str | None, typer.Option(metavar="128|256|512", help="Width and height in pixels.")] = None,
    fps: Annotated[str | None, typer.Option(help="Frames per second.")] = None,
    seed: Annotated[str | None, typer.Option(help="The same seed gives the same pictures.")] = None,
    scenes: Annotated[str | None, typer.Option(metavar="N|auto", help="How many; auto: a scene to a change.")] = None,
    preset: Annotated[str | None, typer.Option(metavar="auto|paper", help="How the sound is analyzed.")] = None,
    motion: Annotated[str | None, typer.Option(metavar="auto|paper|arrive|flow", help="How the pictures move.")] = None,
    dance: Annotated[str | None, typer.Option(help="How much things dance, 0 to 2.")] = None,
    loop: Annotated[bool | None, typer.Option("--loop/--no-loop", help="End with the first picture.")] = None,
    threshold: Annotated[str | None, typer.Option(help="Of the inflection points.")] = None,
    truncation: Annotated[str | None, typer.Option(help="Of the latents, 0.02 to 1.")] = None,
    sensitivity: Annotated[str | None, typer.Option(help="Above 1: weaker changes too; below: fewer.")] = None,
    channel: Annotated[str | None, typer.Option(metavar="all|left|right|mix", help="What is listened to.")] = None,
    points: Annotated[str | None, typer.Option(metavar="3.2,7.5,…", help="Points of your own; auto: found.")] = None,
    start: Annotated[str | None, typer.Option(help="Where to begin: 83, 1:23.")] = None,
    length: Annotated[str | None, typer.Option("--duration", help="How much of it: 45, 1:00.")] = None,
    poster: Annotated[Path | None, typer.Option(help="Also draw a poster, like the paper's Figure 1.")] = None,
    max_duration: Annotated[str, typer.Option(metavar="TIME", help="The longest sound to take: 2:00:00.")] = "1:00:00",
    recipe: Annotated[Path | None, typer.Option(help="Begin with the recipe of this clip or JSON file.")] = None,
) -> None:
    """Turn a sound into a music video."""
    settings = Settings()
    asked = {
        "theme": theme if theme is not None else categories,
        "model": model,
        "size": size,
        "fps": fps,
        "seed": seed,
        "scenes": scenes,
        "preset": preset,
        "motion": motion,
        "dance": dance,
        "loop": None if loop is None else ("on" if loop else "off"),
        "threshold": threshold,
        "truncation": truncation,
        "sensitivity": sensitivity,
        "channel": channel,
        "points": points,
        "start": start,
        "duration": length,
    }
    assert asked.keys() <= OPTIONS.keys()
    if theme is not None and categories is not None:
        raise typer.BadParameter("give a theme or categories, not both")
    longest_s = parse_time_s("max-duration", max_duration)
    require_apart([path for path in (output, poster) if path], [path for path in (Path(source), recipe) if path])
    base = read_recipe(recipe) if recipe else Recipe(model=settings.model)
    options = options_from({name: value for name, value in asked.items() if value is not None})
    wanted = base.remixed(**options.changes)

    with (
        _local(source, output, max(longest_s, settings.max_source_s), settings) as (path, title),
        workspace(output) as folder,
        progress_bar() as show,
    ):
        sound = decode_sound(path, folder, start_s=wanted.start_s, duration_s=wanted.duration_s, limit_s=longest_s)
        limits = RenderLimits(max_duration_s=longest_s)
        models = Models(
            choose=partial(choose_model, cache_dir=settings.cache_dir),
            open=partial(
                open_generator,
                cache_dir=settings.cache_dir,
                precision=settings.precision,
                progress=partial(show, "loading"),
            ),
        )
        watch = Watch(progress=lambda step: show(step.stage, step.done, step.total))
        clip = render(RenderJob(sound, wanted, Targets(output, poster), limits, title), models, watch)
    if sound.info.is_damaged:
        err.print(say("note.damaged", seconds=sound.info.duration_s))
    made = clip.recipe
    if base.model == made.model and (now := another_version(base)) is not None:
        err.print(say("clip.drawn_otherwise", settings.language, version=base.generator_version, now=now))
    err.print(
        f"{len(made.scenes)} scenes of {made.theme}, drawn by {made.model} at {clip.size_px} px, seed {made.seed}"
    )
    if not clip.flashes.are_safe:
        err.print(sentence(clip.flashes), style="yellow")
    err.print(f"{duration(clip.duration_s)}, {filesize.decimal(clip.bytes)}")
    out.print(str(clip.path), markup=False)
    if clip.poster:
        out.print(str(clip.poster), markup=False)


@contextmanager
def _local(sound: str, output: Path, longest_s: float, settings: Settings) -> Iterator[tuple[Path, str | None]]:
    """Bring a sound here, beside the clip to be, if it is a link; yields its path and title."""
    if Path(sound).exists() or not ("://" in sound or looks_like_link(sound)):
        yield Path(sound), None
        return
    with workspace(output) as folder:
        with err.status("Fetching the sound"):
            fetched = fetch(
                next(iter(find_links(sound).links), sound),
                folder,
                limits=replace(fetch_limits(settings), max_duration_s=longest_s),
                allow_hosts=settings.fetch_allow_hosts,
                python=settings.fetch_python,
                players=settings.players_dir,
                cookies=settings.fetch_cookies,
                token_server=settings.fetch_token_server,
                proxy=settings.fetch_proxy.get_secret_value() if settings.fetch_proxy else None,
            )
        yield fetched.path, fetched.title
