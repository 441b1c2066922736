"""Draw the pictures of the documentation: ``python -m scripts.make_pictures`` (or ``make pictures``).

Contact sheets of all thousand categories and of a hundred random morphs by sketch, some seconds of a clip as a moving
picture, and the poster of the demo clip. ``--only moving`` draws one of them.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipeline.generator import ImageGenerator
from pipeline.generators.sketch import open_sketch
from pipeline.generators.sketch.sheet import TRUNCATION, contact_sheet, draw_categories, latent, one_hot
from pipeline.media.decode import decode_sound
from pipeline.motion.film_motion import film_motion
from pipeline.recipe import Recipe
from pipeline.render.frames import draw_frames
from pipeline.render.listening import analyze_sound
from pipeline.render.scenario import choose_scenario, theme_of
from pipeline.render.values import RenderJob, Targets
from pipeline.sample import sample_sound
from pipeline.themes.categories import category_name

TILE_PX = 128
COLUMNS = 15
PER_SHEET = 250
MORPHS = 100
MORPHS_IN_A_ROW = 3
ALPHAS = (0.0, 0.25, 0.5, 0.75, 1.0)
QUALITY = 82


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m scripts.make_pictures")
    parser.add_argument("--into", type=Path, default=Path("docs"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=("sheets", "moving", "poster"))
    arguments = parser.parse_args()
    wanted = {arguments.only} if arguments.only else {"sheets", "moving", "poster"}
    if "sheets" in wanted:
        sheets(arguments.into / "sketch", arguments.seed)
    if "moving" in wanted:
        moving_picture(arguments.into / "motion.webp")
    if "poster" in wanted:
        poster(arguments.into / "demo-poster.png")


def sheets(folder: Path, seed: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    generator = open_sketch(TILE_PX)
    try:
        all_categories(generator, folder, seed)
        morphs(generator, folder, seed)
    finally:
        generator.close()


def moving_picture(path: Path) -> None:
    """A loop of some seconds to the sample sound, without its sound."""
    recipe = Recipe(theme="safari", seed=5, fps=16, loop=True, model="sketch", start_s=2.5, duration_s=12.5)
    with TemporaryDirectory() as folder:
        sound = decode_sound(sample_sound(), Path(folder), start_s=recipe.start_s, duration_s=recipe.duration_s)
        analysis = analyze_sound(sound, recipe, lambda _done_s: None)
    job = RenderJob(sound, recipe, Targets(path))
    recipe = choose_scenario(job, analysis, theme_of(recipe), (recipe.model, 2 * TILE_PX)).recipe
    generator = open_sketch(2 * TILE_PX)
    try:
        motion = film_motion(analysis, recipe)
        batches = list(draw_frames(generator, recipe.truncation, motion, lambda _done, _of: None))
    finally:
        generator.close()
    first, *others = (Image.fromarray(frame) for batch in batches for frame in batch)
    duration_ms = 1000 / recipe.fps
    first.save(path, save_all=True, append_images=others, duration=duration_ms, loop=0, quality=60, method=4)


def all_categories(generator: ImageGenerator, folder: Path, seed: int) -> None:
    """Four sheets, in the order of the classes, with their names."""
    for number, first in enumerate(range(0, 1000, PER_SHEET), start=1):
        categories = range(first, first + PER_SHEET)
        names = [category_name(index) for index in categories]
        sheet = contact_sheet(draw_categories(generator, categories, seed), COLUMNS, names)
        sheet.resize((sheet.width * 3 // 4, sheet.height * 3 // 4)).save(folder / f"all-{number}.jpg", quality=QUALITY)


def morphs(generator: ImageGenerator, folder: Path, seed: int) -> None:
    """One sheet: each row three ways, from one category to another in five steps."""
    rng = np.random.default_rng(seed)
    pictures = []
    for number in range(MORPHS):
        start, stop = (int(index) for index in rng.choice(1000, size=2, replace=False))
        pictures += draw_morph(generator, start, stop, ALPHAS, seed + number)
    sheet = contact_sheet(pictures, MORPHS_IN_A_ROW * len(ALPHAS))
    sheet.resize((sheet.width * 5 // 8, sheet.height * 5 // 8)).save(folder / "morphs.jpg", quality=QUALITY)


def draw_morph(
    generator: ImageGenerator, start: int, stop: int, alphas: Sequence[float], seed: int = 0
) -> list[NDArray[np.uint8]]:
    """Draw the way from one category to another, latents turning into each other too."""
    share = np.asarray(alphas, dtype=np.float32)[:, None]
    ends, latents = one_hot([start, stop]), (latent(seed), latent(seed + 1))
    return list(
        generator.generate(
            ((1 - share) * latents[0] + share * latents[1]).astype(np.float32),
            (1 - share) * ends[:1] + share * ends[1:],
            TRUNCATION,
        )
    )


def poster(path: Path) -> None:
    """The poster of what ``make demo`` makes."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "bot.cli", "demo", "-o", folder], check=True)
        [made] = Path(folder).glob("*-poster.png")
        path.write_bytes(made.read_bytes())


if __name__ == "__main__":
    main()
