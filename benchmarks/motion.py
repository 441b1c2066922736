"""How do the pictures move with the sound, as the paper has it and as it is done now?

``python -m benchmarks.motion [--motions paper,arrive] [--sheets FOLDER] [--write-into docs/motion.md]``

Ten made-up pieces, drawn by ``sketch`` at 128 px: how many frames show one scene alone, how long a scene is held after
its point, how well the picture's change follows the sound's, whether anything flashes or stands still. With
``--sheets`` the films are laid out to be looked at.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import machine
from benchmarks.changes.recordings import catalogue
from benchmarks.changes.recordings.catalogue import Ticket
from benchmarks.figures import write_into
from pipeline.analysis.analyze import Analysis, analyze_by_ear, step_times_s
from pipeline.analysis.spectrogram import STEP_S
from pipeline.generator import ImageGenerator
from pipeline.generators.sketch import open_sketch
from pipeline.generators.sketch.sheet import contact_sheet
from pipeline.motion.chorus import remembered
from pipeline.motion.drive import SILENT_DB
from pipeline.motion.film_motion import FilmMotion, film_motion
from pipeline.motion.flash_limit import FlashGuard
from pipeline.motion.flash_meter import Flashes
from pipeline.recipe import Motion, Recipe
from pipeline.render.frames import draw_frames
from pipeline.themes.scenes import choose_scenes
from pipeline.themes.themes import resolve_theme

PIECES = {
    "piano": ("broken chords", "birds"),
    "orchestra": ("waltz", "primates"),
    "rock": ("rock song", "primates"),
    "electronic": ("drums", "machines"),
    "drums": ("drum solo", "dogs"),
    "ambient": ("pads", "sea"),
    "solo": ("strums", "cats"),
    "speech": ("speech", "primates"),
    "speech over music": ("speech over music", "birds"),
    "song": ("sections", "voyage"),
}
"""The family of each piece, of which the first that may be tuned on is taken, and the theme it is drawn with."""

AVERAGED_STEPS = 256  # the paper's running mean
SIZE_PX, FPS, LONGEST_S = 128, 24, 40.0
SAMPLE_RATE_HZ = 44_100
PURE, MUDDY = 0.05, (0.2, 0.8)
ONSET_S = 0.12  # how far from an onset the picture's answer counts as one
STILL_LEVELS = 0.1
"""Mean change from frame to frame, of 255, below which a picture stands still."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured of one film."""

    pure: float
    muddy: float
    least_held_s: float
    with_tv: float
    with_tv_held: float
    with_onsets: float
    with_onsets_held: float
    flashes: Flashes
    still_s: float


def piece(family: str, cache: Path) -> NDArray[np.float64]:
    sound = catalogue.fetch(Ticket(family, 0, "plain"), cache)
    return sound.samples[: round(LONGEST_S * SAMPLE_RATE_HZ)].astype(np.float64)


def recipe_for(theme: str, motion: Motion, analysis: Analysis) -> Recipe:
    recipe = Recipe(theme=theme, motion=motion, fps=FPS, seed=1)
    scenes = choose_scenes(resolve_theme(theme), len(analysis.points), recipe.seed)
    if motion != "paper" and analysis.hearing is not None:
        scenes = remembered(scenes, analysis.point_times_s.tolist(), analysis.hearing.sections)
    return recipe.with_changes(scenes=scenes)


def drawn(generator: ImageGenerator, recipe: Recipe, motion: FilmMotion) -> tuple[NDArray[np.uint8], Flashes]:
    guard = FlashGuard(recipe.fps, smooths=recipe.moves != "paper")
    batches = draw_frames(generator, recipe.truncation, motion, lambda _done, _of: None)
    return np.concatenate(list(guard.through(batches))), guard.flashes


def measure(analysis: Analysis, motion: FilmMotion, frames: NDArray[np.uint8], flashes: Flashes) -> Figures:
    alphas, count = motion.path.alphas, len(frames)
    away = np.minimum(alphas, 1 - alphas)
    change = np.array(
        [np.abs(b.astype(np.int16) - a).mean() for a, b in zip(frames[:-1].astype(np.int16), frames[1:], strict=True)]
    )
    middles_s = (np.arange(count - 1) + 0.5) / FPS
    tv = np.interp(middles_s, step_times_s(analysis), analysis.tv)
    everywhere = np.ones(tv.size, bool)
    onsets = onset_curve(analysis, middles_s)
    held = np.maximum(away[1:], away[:-1]) < PURE
    sounding = sounds(analysis, middles_s)
    return Figures(
        pure=float((away < PURE).mean()),
        muddy=float(((alphas > MUDDY[0]) & (alphas < MUDDY[1])).mean()),
        least_held_s=least_held_s(analysis, motion),
        with_tv=correlation(running_mean(change, everywhere), running_mean(tv, everywhere)),
        with_tv_held=correlation(running_mean(change, held)[held], running_mean(tv, held)[held]),
        with_onsets=correlation(change, onsets),
        with_onsets_held=correlation(change[held], onsets[held]),
        flashes=flashes,
        still_s=longest_run((change < STILL_LEVELS) & sounding) / FPS,
    )


def onset_curve(analysis: Analysis, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """The strength of the onset at each time, less for what is further away."""
    assert analysis.hearing is not None
    curve = np.zeros(times_s.size)
    for time_s, strength in zip(analysis.hearing.onsets_s, analysis.hearing.onset_strengths, strict=True):
        np.maximum(curve, strength * np.maximum(0.0, 1.0 - np.abs(times_s - time_s) / ONSET_S), out=curve)
    return curve


def running_mean(curve: NDArray[np.float64], counted: NDArray[np.bool_]) -> NDArray[np.float64]:
    """A curve averaged over 0.74 s, as the paper does with the total variation, over what counts alone."""
    width = round(AVERAGED_STEPS * STEP_S * FPS)
    ones = np.ones(width)
    sums = np.convolve(np.where(counted, curve, 0.0), ones, mode="same")
    mean: NDArray[np.float64] = sums / np.maximum(np.convolve(counted.astype(np.float64), ones, mode="same"), 1.0)
    return mean


def sounds(analysis: Analysis, times_s: NDArray[np.float64]) -> NDArray[np.bool_]:
    assert analysis.hearing is not None
    clock_s = np.arange(analysis.hearing.level_db.size) * analysis.hearing.frame_s
    return np.interp(times_s, clock_s, analysis.hearing.level_db) > SILENT_DB


def least_held_s(analysis: Analysis, motion: FilmMotion) -> float:
    """The shortest time that a scene is pure after its point; the last one has no time after it."""
    progress = motion.path.segments + motion.path.alphas
    shortest = np.inf
    for number, time_s in enumerate(analysis.point_times_s[:-1]):
        after = np.abs(progress[int(np.ceil(time_s * FPS - 1e-6)) :] - number) < PURE
        frames = int(np.argmin(after)) if not after.all() else after.size
        shortest = min(shortest, frames / FPS)
    return float(shortest)


def correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Pearson's; nan where one of them is constant."""
    if one.size < 3 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    return float(np.corrcoef(one, other)[0, 1])


def longest_run(holds: NDArray[np.bool_]) -> int:
    longest = current = 0
    for one in holds:
        current = current + 1 if one else 0
        longest = max(longest, current)
    return longest


def sheet(frames: NDArray[np.uint8], motion: FilmMotion, out: Path, columns: int = 16, rows: int = 10) -> None:
    """Lay a film out, its pictures evenly taken and labelled by time and place on the way."""
    taken = np.unique(np.linspace(0, len(frames) - 1, columns * rows).astype(int))
    progress = motion.path.segments + motion.path.alphas
    labels = [f"{frame / FPS:.2f} s  {progress[frame]:.2f}" for frame in taken]
    contact_sheet([frames[frame] for frame in taken], columns, labels).save(out)


def row(name: str, motion: str, of: Figures) -> str:
    flashing = max(of.flashes.general_area, of.flashes.red_area)
    return (
        f"| {name} | {motion} | {of.pure:.0%} | {of.muddy:.0%} | {of.least_held_s:.2f} s | {of.with_tv:.2f} "
        f"| {of.with_tv_held:.2f} | {of.with_onsets:.2f} | {of.with_onsets_held:.2f} | {flashing:.0%} "
        f"| {of.still_s:.1f} s |"
    )


def mean_row(motion: str, of: Sequence[Figures]) -> str:
    def mean(name: str) -> float:
        return float(np.nanmean([getattr(figures, name) for figures in of]))

    worst = max(max(figures.flashes.general_area, figures.flashes.red_area) for figures in of)
    return (
        f"| **mean** | {motion} | {mean('pure'):.0%} | {mean('muddy'):.0%} "
        f"| least {min(figures.least_held_s for figures in of):.2f} s | {mean('with_tv'):.2f} "
        f"| {mean('with_tv_held'):.2f} | {mean('with_onsets'):.2f} | {mean('with_onsets_held'):.2f} "
        f"| most {worst:.0%} | most {max(figures.still_s for figures in of):.1f} s |"
    )


HEAD = (
    "| piece | motion | pure | muddy | held | TV | TV, held | onsets | onsets, held | flashes | still |\n"
    "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
)


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.motion")
    parser.add_argument("--motions", default="paper,arrive")
    parser.add_argument("--pieces", default=",".join(PIECES))
    parser.add_argument("--sheets", type=Path, metavar="FOLDER", help="lay the films out as pictures in this folder")
    parser.add_argument("--cache", type=Path, default=catalogue.default_cache(), help="where made sounds are kept")
    parser.add_argument("--write-into", type=Path, metavar="DOCUMENT", help="put the table into a document")
    arguments = parser.parse_args(words)
    motions: list[Motion] = arguments.motions.split(",")
    lines = [HEAD]
    all_figures: dict[str, list[Figures]] = {motion: [] for motion in motions}
    missing = []
    generator = open_sketch(SIZE_PX)
    try:
        for name in arguments.pieces.split(","):
            family, theme = PIECES[name]
            if not catalogue.BY_NAME[family].available:
                missing.append(name)
                continue
            analysis = analyze_by_ear([piece(family, arguments.cache)[:, None]], 1)
            for motion in motions:
                recipe = recipe_for(theme, motion, analysis)
                moving = film_motion(analysis, recipe)
                frames, flashes = drawn(generator, recipe, moving)
                figures = measure(analysis, moving, frames, flashes)
                all_figures[motion].append(figures)
                lines.append(row(name, motion, figures))
                print(lines[-1], flush=True)
                if arguments.sheets:
                    arguments.sheets.mkdir(parents=True, exist_ok=True)
                    sheet(frames, moving, arguments.sheets / f"{name.replace(' ', '-')}-{motion}.png")
    finally:
        generator.close()
    lines += [mean_row(motion, figures) for motion, figures in all_figures.items() if figures]
    if missing:
        lines += ["", f"Could not be made here, for want of a program: {', '.join(missing)}."]
    text = "\n".join([f"Machine: {machine.describe()}.", "", *lines])
    print(text)
    if arguments.write_into:
        write_into(arguments.write_into, "motion", text)


if __name__ == "__main__":
    main()
