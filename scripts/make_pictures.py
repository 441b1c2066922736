"""Draw the pictures of the documentation: ``python -m scripts.make_pictures`` (or ``make pictures``).

Contact sheets of all thousand categories and of a hundred random morphs by sketch, and the poster of the demo clip.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.generator import ImageGenerator
from pipeline.generators.sketch import open_sketch
from pipeline.generators.sketch.sheet import TRUNCATION, contact_sheet, draw_categories, latent, one_hot
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
    arguments = parser.parse_args()
    folder = arguments.into / "sketch"
    folder.mkdir(parents=True, exist_ok=True)
    generator = open_sketch(TILE_PX)
    try:
        all_categories(generator, folder, arguments.seed)
        morphs(generator, folder, arguments.seed)
    finally:
        generator.close()
    poster(arguments.into / "demo-poster.png")


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
