"""The poster stays readable from two scenes to sixty, from a second to ten minutes, and for any sound and title."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from pipeline.analysis.analyze import Analysis, analyze
from pipeline.analysis.latent_path import FramePath
from pipeline.artwork.poster import MOST_BYTES, NameLayout, draw_poster, place_names, tick_step_s
from pipeline.artwork.typography import width_px

RATE_HZ = 44_100
AXIS_PX = 1408


def melody(duration_s: float) -> NDArray[np.float64]:
    rng = np.random.default_rng(5)
    notes = rng.choice([220, 277, 330, 440, 554, 660], math.ceil(duration_s * 2))
    t = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    note = (t * 2).astype(int)
    return 0.5 * np.sin(2 * np.pi * notes[note] * t) * np.exp(-3 * (t % 0.5))


def film(count: int = 12) -> NDArray[np.uint8]:
    return np.random.default_rng(2).integers(0, 256, (count, 120, 120, 3), dtype=np.uint8)


def poster(tmp_path: Path, analysis: Analysis, labels: list[str], title: str = "Nocturne", tiles: int = 12) -> Path:
    out = tmp_path / "poster.png"
    draw_poster(analysis, labels, film(tiles), out, title=title, subtitle=title, footer="GANterpreter")
    return out


@pytest.mark.parametrize(("scenes", "duration_s"), [(2, 1.0), (7, 20.0), (40, 62.0)])
def test_is_wide_enough_to_read_and_small_enough_to_send(scenes: int, duration_s: float, tmp_path: Path) -> None:
    analysis = analyze([melody(duration_s)], scene_count=scenes)
    out = poster(tmp_path, analysis, ["three-toed sloth"] * len(analysis.points))
    with Image.open(out) as picture:
        assert picture.format == "PNG"
        assert picture.width == 1600
        assert 800 < picture.height < 1200
    assert out.stat().st_size < MOST_BYTES


def test_the_film_strip_shows_the_frames_it_was_given(tmp_path: Path) -> None:
    analysis = analyze([melody(4)], scene_count=3)
    tiles = np.stack([np.full((120, 120, 3), shade, np.uint8) for shade in (40, 120, 200)])
    draw_poster(analysis, ["a", "b", "c"][: len(analysis.points)], tiles, tmp_path / "p.png", title="t")
    with Image.open(tmp_path / "p.png") as picture:
        pixels = np.asarray(picture)
    # 48 px footer, 44 px times, and half of 142 px film, from the bottom.
    row = pixels[-(48 + 44 + 71)]
    assert [int(row[int(96 + AXIS_PX * (part + 0.5) / 3), 1]) for part in range(3)] == [40, 120, 200]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("title", ["", "日本語の夜想曲 😀 $x^2$ $ %s {0} \\frac \x1b[31m\n‮tfel " + "x" * 500])
def test_any_title_can_be_drawn(title: str, tmp_path: Path) -> None:
    analysis = analyze([melody(2)], scene_count=2)
    assert poster(tmp_path, analysis, [title] * len(analysis.points), title).stat().st_size > 0


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("samples", "preset"),
    [
        (np.zeros(RATE_HZ), "auto"),
        (np.zeros(1), "paper"),
        (0.5 * np.sin(np.arange(RATE_HZ) * 0.1), "auto"),
        (np.ones(4410), "paper"),
    ],
    ids=["silence", "one sample", "tone", "direct current"],
)
def test_degenerate_sound_has_a_poster_all_the_same(samples: NDArray[np.float64], preset: str, tmp_path: Path) -> None:
    analysis = analyze([samples], preset=preset)  # type: ignore[arg-type]
    poster(tmp_path, analysis, ["fox"] * len(analysis.points), tiles=1)


def boxes(layout: NameLayout) -> list[tuple[float, float]]:
    """Where along the axis each name begins and ends (level), or what its line keeps free at right angles (slanted)."""
    if not layout.slanted:
        widths = [width_px(name.text, layout.size_px) for name in layout.names]
        return [(name.at_px - w / 2, name.at_px + w / 2) for name, w in zip(layout.names, widths, strict=True)]
    across = [name.at_px * math.sin(math.radians(45)) for name in layout.names]
    return [(at - 0.6 * layout.size_px, at + 0.6 * layout.size_px) for at in across]


NAMES = st.sampled_from(
    ["ox", "red fox", "three-toed sloth", "sulphur-crested cockatoo", "American Staffordshire terrier"]
)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, AXIS_PX), NAMES), min_size=2, max_size=120).map(
        lambda pairs: sorted(pairs, key=lambda pair: pair[0])
    )
)
def test_no_name_overlaps_another_or_leaves_the_poster(pairs: list[tuple[float, str]]) -> None:
    layout = place_names([name for _, name in pairs], np.array([at for at, _ in pairs]))
    assert len(layout.names) == min(len(pairs), 65) or len(layout.names) >= 60
    for (_, end), (start, _) in pairwise(boxes(layout)):
        assert start >= end
    for name in layout.names:
        width = width_px(name.text, layout.size_px)
        reach = width * math.cos(math.radians(45)) if layout.slanted else width / 2
        assert name.at_px + reach <= AXIS_PX + 96
        assert name.point_px == pairs[name.position][0]


def test_few_names_stand_level_and_many_slant() -> None:
    few = place_names(["red fox"] * 7, np.linspace(0, AXIS_PX, 7))
    many = place_names(["red fox"] * 40, np.linspace(0, AXIS_PX, 40))
    assert (few.slanted, many.slanted) == (False, True)
    assert [name.text for name in many.names] == ["red fox"] * 40


@settings(deadline=None)
@given(st.floats(0.05, 80_000))
def test_the_time_axis_has_a_readable_number_of_round_marks(end_s: float) -> None:
    assert end_s / tick_step_s(end_s) <= 12 or end_s > 43_200
    assert end_s / tick_step_s(end_s) >= 3 or end_s < 0.5


def test_the_alphas_are_the_film_s_own_where_it_has_some(tmp_path: Path) -> None:
    analysis = analyze([melody(4)], scene_count=2)
    drawn = {}
    for name, alphas in (("early", np.r_[0.0, np.ones(95)]), ("late", np.r_[np.zeros(95), 1.0])):
        out = tmp_path / f"{name}.png"
        path = FramePath(np.zeros(96, np.int64), alphas)
        draw_poster(analysis, ["a", "b"], film(), out, title="t", path=path)
        with Image.open(out) as picture:
            drawn[name] = np.asarray(picture).astype(int)
    # From the bottom: footer, times, film, the gap above it and half of the alphas.
    rows = [drawn[name][-(48 + 44 + 142 + 14 + 42)] for name in ("early", "late")]
    assert np.abs(rows[0] - rows[1])[200:1300].mean() > 20


@pytest.mark.parametrize("segments", [[0], [0, 2], [0, 0, 2, 2]])
def test_scenes_too_short_for_a_frame_are_left_out_of_the_alphas(segments: list[int], tmp_path: Path) -> None:
    analysis = analyze([melody(4)], scene_count=4)
    path = FramePath(np.array(segments), np.zeros(len(segments)))
    draw_poster(analysis, ["a"] * len(analysis.points), film(), tmp_path / "p.png", title="t", path=path)
    assert (tmp_path / "p.png").stat().st_size > 10_000
