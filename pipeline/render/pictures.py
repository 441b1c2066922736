"""The pictures about a clip: storyboard and thumbnail from its scenes, the poster from all of it.

Plotting and fonts are imported by the steps that need them: processes that only pass clips along know this file too.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.analyze import GIVEN, Analysis
from pipeline.artwork.film_strip import FilmStrip
from pipeline.artwork.label_layout import MOST_PANELS, thin_out
from pipeline.generator import ImageGenerator
from pipeline.motion.film_motion import FilmMotion, at_points
from pipeline.recipe import Recipe
from pipeline.render.files import UnfinishedFiles
from pipeline.render.frames import draw_frames
from pipeline.render.scenario import Scenario
from pipeline.render.watch import Watch


def new_film_strip(frame_count: int) -> FilmStrip:
    """Return a strip that picks the poster's tiles out of a film as it goes by."""
    return FilmStrip(frame_count)


def show_scenes(scenario: Scenario, generator: ImageGenerator, files: UnfinishedFiles, watch: Watch) -> None:
    """Draw the scenes as they are at their inflection points, and show thumbnail and storyboard of them."""
    thumbnail, storyboard = files.targets.thumbnail, files.targets.storyboard
    if thumbnail is None and storyboard is None:
        return
    from pipeline.artwork.storyboard import save_thumbnail

    shown = thin_out(len(scenario.recipe.scenes), MOST_PANELS)
    pictures = _draw_scenes(scenario.recipe, shown, generator, watch)
    if thumbnail is not None:
        first = next(pictures)
        pictures = chain([first], pictures)
        save_thumbnail(first, files.place(thumbnail))
        files.show(thumbnail)
    if storyboard is not None:
        _draw_storyboard(scenario, shown, pictures, files.place(storyboard))
        files.show(storyboard)
        watch.on_storyboard(storyboard, scenario.recipe)


def show_poster(scenario: Scenario, strip: FilmStrip, motion: FilmMotion, files: UnfinishedFiles) -> None:
    """Draw the poster, where it is wanted, and show it."""
    poster = files.targets.poster
    if poster is None:
        return
    from pipeline.artwork.poster import draw_poster

    recipe, analysis = scenario.recipe, scenario.analysis
    footer = f"GANterpreter · {recipe.model}, {recipe.size_px} px, {recipe.fps} frames a second · seed {recipe.seed}"
    draw_poster(
        analysis,
        scenario.names,
        strip.tiles,
        files.place(poster),
        title=scenario.title,
        subtitle=scenario.subtitle(f"{len(recipe.scenes)} scenes"),
        footer=f"{footer} · {_found_by(analysis)}",
        path=None if recipe.moves == "paper" else motion.path,
    )
    files.show(poster)


def _found_by(analysis: Analysis) -> str:
    """Say how the points were found."""
    if GIVEN in analysis.reasons:
        return f"{analysis.reasons.count(GIVEN)} points given"
    if analysis.reasons:
        return f"preset {analysis.preset}, {len(analysis.points) - 2} changes heard"
    return f"preset {analysis.preset}, threshold {analysis.threshold:.3g}"


def _draw_scenes(
    recipe: Recipe, positions: NDArray[np.int64], generator: ImageGenerator, watch: Watch
) -> Iterator[NDArray[np.uint8]]:
    """Draw some scenes as they are at their inflection points; each uint8, shape (size_px, size_px, 3)."""
    motion = at_points(recipe, positions)
    for batch in draw_frames(generator, recipe.truncation, motion, partial(watch.report, "storyboard")):
        yield from batch


def _draw_storyboard(
    scenario: Scenario, positions: NDArray[np.int64], pictures: Iterator[NDArray[np.uint8]], out: Path
) -> None:
    from pipeline.artwork.storyboard import Panel, draw_storyboard, panel_side_px, shrink

    names, times_s = scenario.names, scenario.analysis.point_times_s
    side_px = panel_side_px(len(positions))
    panels = [
        # Shrunk as they come, so that thirty large ones are never held at once.
        Panel(int(position), names[position], float(times_s[position]), shrink(picture, side_px))
        for position, picture in zip(positions, pictures, strict=True)
    ]
    scenes = f"{len(names)} scenes" if len(panels) == len(names) else f"{len(panels)} of {len(names)} scenes"
    draw_storyboard(panels, out, title=scenario.title, subtitle=scenario.subtitle(scenes))
