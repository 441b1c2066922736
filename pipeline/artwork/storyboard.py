"""The storyboard: one picture to a scene, numbered and named, on a sheet that a chat shows at a glance."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from pipeline.artwork.palette import BACKGROUND, INK, MUTED, PANEL, scene_colour
from pipeline.artwork.typography import elide, font, showable, width_px
from pipeline.file_errors import writing

THUMBNAIL_SIDE_PX = 320
THUMBNAIL_BYTES = 200_000

_WIDTH_PX = 1000
_NARROW_WIDTH_PX = 800
_MARGIN_PX = 24
_GUTTER_PX = 14
_MOST_COLUMNS = 5
_TITLE_PX = 26
_NAME_PX = 17
_NAME_SIZES_PX = (17, 16, 15, 14)
_SMALL_PX = 14
_BADGE_PX = 30
_SHAPE = 4 / 3
"""Width to height that a chat shows without cutting."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One scene of the storyboard.

    Attributes
    ----------
    position : int
        Position of the scene, counted from 0; it is shown counted from 1, as people do.
    name : str
        Name of its category.
    time_s : float
        When it is seen.
    picture : uint8, shape (height, width, 3)
        RGB, square.
    """

    position: int
    name: str
    time_s: float
    picture: NDArray[np.uint8]


def clock(time_s: float) -> str:
    """Write a time as people read it on a player: 0:07, 12:30, 1:02:03."""
    minutes, seconds = divmod(int(time_s + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def column_count(panels: int) -> int:
    """Choose the columns whose sheet is nearest to a chat's shape, with few gaps in its last row."""

    def badness(columns: int) -> float:
        rows = math.ceil(panels / columns)
        # A panel is a square with a caption, so a little higher than wide.
        shape = columns / (rows * 1.2)
        return abs(math.log(shape / _SHAPE)) + 1.5 * (rows * columns - panels) / (rows * columns)

    return min(range(1 if panels == 1 else 2, min(panels, _MOST_COLUMNS) + 1), key=badness, default=1)


def panel_side_px(panels: int) -> int:
    """Return the width of a picture on a sheet with so many; larger ones are shrunk to it."""
    columns = column_count(panels)
    width = _WIDTH_PX if columns > 2 else _NARROW_WIDTH_PX
    return (width - 2 * _MARGIN_PX - (columns - 1) * _GUTTER_PX) // columns


def shrink(picture: NDArray[np.uint8], side_px: int) -> NDArray[np.uint8]:
    """Resize a square picture; uint8, shape (side_px, side_px, 3)."""
    return np.asarray(Image.fromarray(picture).resize((side_px, side_px), Image.Resampling.LANCZOS))


def draw_storyboard(panels: Sequence[Panel], out: Path, *, title: str, subtitle: str = "") -> None:
    """Draw the sheet as a JPEG file.

    Parameters
    ----------
    panels : sequence of Panel
        In order, at least one, at most `label_layout.MOST_PANELS`.
    out : Path
        The file to write.
    title, subtitle : str
        Above them, on the left and on the right; cut where they are too long.

    Raises
    ------
    PipelineError
        ``OUTPUT_NOT_WRITABLE`` or ``DISK_FULL``.
    """
    columns = column_count(len(panels))
    rows = math.ceil(len(panels) / columns)
    side = panel_side_px(len(panels))
    width = columns * side + (columns - 1) * _GUTTER_PX + 2 * _MARGIN_PX
    top = _MARGIN_PX + _TITLE_PX + 22
    caption = _NAME_PX + _SMALL_PX + 22
    height = top + rows * (side + caption) + (rows - 1) * _GUTTER_PX + _MARGIN_PX - 8

    sheet = Image.new("RGB", (width, height), BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    room = float(width - 2 * _MARGIN_PX)
    beside = elide(showable(subtitle), lambda text: width_px(text, _SMALL_PX) <= room / 2)
    draw.text((width - _MARGIN_PX, top - 22), beside, MUTED, font(_SMALL_PX), anchor="rs")
    room -= width_px(beside, _SMALL_PX) + 20
    heading = elide(showable(title) or "storyboard", lambda text: width_px(text, _TITLE_PX, bold=True) <= room)
    draw.text((_MARGIN_PX, top - 22), heading, INK, font(_TITLE_PX, bold=True), anchor="ls")
    for index, panel in enumerate(panels):
        row, column = divmod(index, columns)
        x = _MARGIN_PX + column * (side + _GUTTER_PX)
        y = top + row * (side + caption + _GUTTER_PX)
        _draw_panel(sheet, draw, panel, x, y, side, caption)
    with writing(out):
        sheet.save(out, "JPEG", quality=88, optimize=True)


def _draw_panel(
    sheet: Image.Image, draw: ImageDraw.ImageDraw, panel: Panel, x: int, y: int, side: int, caption: int
) -> None:
    colour = scene_colour(panel.position)
    draw.rectangle((x, y, x + side - 1, y + side + caption - 1), PANEL)
    sheet.paste(Image.fromarray(shrink(panel.picture, side)), (x, y))
    draw.rectangle((x, y + side, x + side - 1, y + side + 2), colour)

    number = str(panel.position + 1)
    badge_px = max(_BADGE_PX, round(width_px(number, _NAME_PX, bold=True)) + 14)
    sheet.paste(BACKGROUND, (x + 8, y + 8), _pill(badge_px))
    draw.text((x + 8 + badge_px / 2, y + 8 + _BADGE_PX / 2), number, colour, font(_NAME_PX, bold=True), anchor="mm")

    # A long name is set smaller before it is cut.
    name = showable(panel.name)
    size = next((size for size in _NAME_SIZES_PX if width_px(name, size) <= side - 20), _NAME_SIZES_PX[-1])
    name = elide(name, lambda text: width_px(text, size) <= side - 20)
    draw.text((x + 10, y + side + 7 + _NAME_PX), name, INK, font(size), anchor="ls")
    draw.text((x + 10, y + side + 12 + _NAME_PX), clock(panel.time_s), MUTED, font(_SMALL_PX), anchor="la")


def _pill(width: int) -> Image.Image:
    """Draw the mask of a badge, with the smooth edge that Pillow's own shapes lack."""
    scale = 4
    mask = Image.new("L", (width * scale, _BADGE_PX * scale))
    box = (0, 0, width * scale - 1, _BADGE_PX * scale - 1)
    ImageDraw.Draw(mask).rounded_rectangle(box, _BADGE_PX * scale // 2, 255)
    return mask.resize((width, _BADGE_PX), Image.Resampling.LANCZOS)


def save_thumbnail(frame: NDArray[np.uint8], out: Path) -> None:
    """Write a frame as the small JPEG that chats show before a clip is loaded.

    Parameters
    ----------
    frame : uint8, shape (height, width, 3)
        RGB.
    out : Path
        The file to write: at most 320 px and less than 200 kB, as Telegram wants.

    Raises
    ------
    PipelineError
        ``OUTPUT_NOT_WRITABLE`` or ``DISK_FULL``.
    """
    picture = Image.fromarray(frame)
    picture.thumbnail((THUMBNAIL_SIDE_PX, THUMBNAIL_SIDE_PX), Image.Resampling.LANCZOS)
    # Noise at quality 90 is the largest that 320 px can be, and takes three steps; anything else takes one.
    for quality in (90, 75, 60, 40):
        encoded = io.BytesIO()
        picture.save(encoded, "JPEG", quality=quality, optimize=True)
        if encoded.tell() < THUMBNAIL_BYTES:
            break
    with writing(out):
        out.write_bytes(encoded.getvalue())
