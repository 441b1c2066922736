"""Single drawings and contact sheets, to look at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from pipeline.generator import LATENT_DIM, NUM_CLASSES

if TYPE_CHECKING:
    from pipeline.generator import ImageGenerator

TRUNCATION = 0.2
_MARGIN_PX = 4
_LABEL_PX = 14
_PAPER, _INK = (250, 248, 243), (70, 66, 60)


def draw_category(category: int, seed: int = 0, size_px: int = 512) -> NDArray[np.uint8]:
    """Draw one category as a film would show it.

    Parameters
    ----------
    category : int
        0 … 999.
    seed : int
        Seed of the latent.
    size_px : int
        Any size, not only the generator's.

    Returns
    -------
    uint8, shape (size_px, size_px, 3)
    """
    from pipeline.generators.sketch.draw import Painter

    painter = Painter(size_px)
    try:
        picture: NDArray[np.uint8] = painter.paint(latent(seed)[None], one_hot([category]), TRUNCATION)[0]
        return picture
    finally:
        painter.close()


def draw_categories(generator: ImageGenerator, categories: Sequence[int], seed: int = 0) -> list[NDArray[np.uint8]]:
    """Draw several categories, each with a latent of its own."""
    latents = np.stack([latent(seed + category) for category in categories])
    return list(generator.generate(latents, one_hot(categories), TRUNCATION))


def contact_sheet(
    pictures: Iterable[NDArray[np.uint8]], columns: int, labels: Sequence[str] | None = None
) -> Image.Image:
    """Lay pictures of one size out in rows.

    Parameters
    ----------
    pictures : iterable of uint8, shape (size_px, size_px, 3)
    columns : int
    labels : sequence of str, optional
        One under each picture, cut to its width.
    """
    tiles = list(pictures)
    size_px = len(tiles[0])
    label_px = _LABEL_PX if labels else 0
    step_x, step_y = size_px + _MARGIN_PX, size_px + _MARGIN_PX + label_px
    rows = -(-len(tiles) // columns)
    sheet = Image.new("RGB", (columns * step_x + _MARGIN_PX, rows * step_y + _MARGIN_PX), _PAPER)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(_LABEL_PX * 0.72)
    for number, tile in enumerate(tiles):
        x, y = _MARGIN_PX + number % columns * step_x, _MARGIN_PX + number // columns * step_y
        sheet.paste(Image.fromarray(tile), (x, y))
        if labels:
            label = labels[number]
            while label and pen.textlength(label, font=font) > size_px:
                label = label[:-1]
            pen.text((x + 1, y + size_px + 1), label, fill=_INK, font=font)
    return sheet


def one_hot(categories: Sequence[int]) -> NDArray[np.float32]:
    """Class vectors of single categories, float32, shape (len(categories), 1000)."""
    vectors = np.zeros((len(categories), NUM_CLASSES), dtype=np.float32)
    vectors[np.arange(len(categories)), list(categories)] = 1.0
    return vectors


def latent(seed: int) -> NDArray[np.float32]:
    """Return a latent z of BigGAN's truncated normal, float32, shape (128,)."""
    rng = np.random.default_rng(seed)
    return (TRUNCATION * np.clip(rng.standard_normal(LATENT_DIM), -2.0, 2.0)).astype(np.float32)
