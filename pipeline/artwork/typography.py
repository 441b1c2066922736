"""Text in pictures: one typeface, what it can show, and how much of it fits."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import matplotlib
from matplotlib.ft2font import FT2Font
from PIL import ImageFont


@cache
def font_path(bold: bool = False) -> Path:
    """Return the file of DejaVu Sans that matplotlib ships, so that no machine lacks it."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return Path(matplotlib.get_data_path(), "fonts", "ttf", name)


@cache
def font(size_px: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """Load the typeface for Pillow."""
    # The basic layout needs no library beside Pillow, and so gives the same picture everywhere.
    return ImageFont.truetype(font_path(bold), size_px, layout_engine=ImageFont.Layout.BASIC)


def width_px(text: str, size_px: int, bold: bool = False) -> float:
    """Measure a line of text."""
    return font(size_px, bold).getlength(text)


def showable(text: str) -> str:
    """Leave out what the typeface has no glyph for (other scripts, emoji), and what would break the line."""
    glyphs = _glyphs()
    kept = "".join(character if character.isprintable() and ord(character) in glyphs else " " for character in text)
    return " ".join(kept.split())


def elide(text: str, fits: Callable[[str], bool]) -> str:
    """Cut a text to the longest start that fits with an ellipsis; empty if not even that does.

    Parameters
    ----------
    text : str
        A line.
    fits : callable
        Whether a line is short enough; shorter ones are.
    """
    if fits(text):
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if fits(_cut(text, middle)):
            low = middle
        else:
            high = middle - 1
    return _cut(text, low) if low else ""


def _cut(text: str, length: int) -> str:
    return text[:length].rstrip(" ,;:-–") + "…"


@cache
def _glyphs() -> frozenset[int]:
    return frozenset(FT2Font(str(font_path())).get_charmap())
