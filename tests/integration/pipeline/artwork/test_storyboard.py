"""A sheet with one picture to a scene, and the thumbnail of a clip."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.artwork.label_layout import MOST_PANELS
from pipeline.artwork.palette import scene_colour
from pipeline.artwork.storyboard import (
    Panel,
    clock,
    column_count,
    draw_storyboard,
    panel_side_px,
    save_thumbnail,
)
from pipeline.errors import ErrorCode, PipelineError


def panels(count: int, name: str = "sulphur-crested cockatoo") -> list[Panel]:
    return [
        Panel(position, name, position * 4.0, np.full((128, 128, 3), 20 + 7 * position, np.uint8))
        for position in range(count)
    ]


@pytest.mark.parametrize("count", [1, 2, 3, 7, 16, MOST_PANELS])
def test_every_scene_is_on_the_sheet_in_order(count: int, tmp_path: Path) -> None:
    draw_storyboard(panels(count), tmp_path / "sheet.jpg", title="primates")
    with Image.open(tmp_path / "sheet.jpg") as sheet:
        pixels = np.asarray(sheet)
        assert sheet.format == "JPEG"
    assert 790 <= pixels.shape[1] <= 1000
    greys = [20 + 7 * position for position in range(count)]
    columns = column_count(count)
    side = panel_side_px(count)
    found = []
    for row in range(-(-count // columns)):
        # The middle of a picture, by the layout's own measure: caption and gutter below each.
        y = int(70 + row * (side + 67) + side / 2)
        for column in range(min(columns, count - row * columns)):
            found.append(int(pixels[y, int(24 + column * (side + 14) + side / 2), 0]))
    assert np.abs(np.subtract(found, greys)).max() <= 4
    assert (tmp_path / "sheet.jpg").stat().st_size < 1_000_000


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("text", ["", "日本語 😀", "x" * 500, "\x00\n\t‮right to left", "$x^2$ <b>&amp;"])
def test_any_title_and_name_can_be_drawn(text: str, tmp_path: Path) -> None:
    draw_storyboard(panels(3, text), tmp_path / "sheet.jpg", title=text)
    assert (tmp_path / "sheet.jpg").stat().st_size > 0


def test_few_gaps_are_left_and_never_more_than_five_columns() -> None:
    assert [column_count(count) for count in (1, 2, 3, 4, 6, 9, 16, 20)] == [1, 2, 3, 2, 3, 3, 4, 5]
    assert max(column_count(count) for count in range(1, MOST_PANELS + 1)) <= 5


@pytest.mark.parametrize(
    ("time_s", "text"), [(0, "0:00"), (7.4, "0:07"), (59.6, "1:00"), (750, "12:30"), (3723, "1:02:03")]
)
def test_times_read_as_on_a_player(time_s: float, text: str) -> None:
    assert clock(time_s) == text


def test_scenes_that_follow_each_other_differ_in_colour() -> None:
    assert all(scene_colour(position) != scene_colour(position + 1) for position in range(30))


@pytest.mark.parametrize("side_px", [64, 128, 512])
def test_a_thumbnail_is_small_even_of_noise(side_px: int, tmp_path: Path) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (side_px, side_px, 3), dtype=np.uint8)
    save_thumbnail(noise, tmp_path / "thumbnail.jpg")
    with Image.open(tmp_path / "thumbnail.jpg") as picture:
        assert picture.format == "JPEG"
        assert picture.size == (min(side_px, 320),) * 2
    assert (tmp_path / "thumbnail.jpg").stat().st_size < 200_000


def test_an_unwritable_place_is_said(tmp_path: Path) -> None:
    with pytest.raises(PipelineError) as caught:
        draw_storyboard(panels(2), tmp_path / "none" / "sheet.jpg", title="x")
    assert caught.value.code is ErrorCode.OUTPUT_NOT_WRITABLE
