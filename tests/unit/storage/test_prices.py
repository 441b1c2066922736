"""What a clip costs: every frame at its size, and what else has to be done for it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.generators.biggan.names import MODELS, model_of_size
from pipeline.generators.registry import AUTO, SKETCH, SKETCH_SIZE_PX
from pipeline.recipe import Recipe
from storage.requests.prices import FRAME_S, PriceTable, entry

ROUND = PriceTable(
    frame_s={"sketch/128": 0.01, "sketch/512": 0.02, "biggan-deep-256/256": 0.1},
    auto={"": "biggan-deep-256/256", "128": "sketch/128"},
    probing_s=1.0,
    listening_s_per_s=0.1,
    fetching_s=2.0,
    fetching_s_per_megabyte=0.5,
    showing_s=1.0,
    showing_s_per_megabyte=0.2,
)
recipes = st.builds(
    Recipe,
    model=st.sampled_from([AUTO, SKETCH, *MODELS, "/home/me/model"]),
    size_px=st.sampled_from([None, 128, 256, 512]),
    fps=st.integers(1, 60),
)


@pytest.mark.parametrize(
    ("recipe", "is_link", "bytes_in", "cost_s"),
    [
        (Recipe(model="sketch", size_px=128, fps=10), False, 0, 1 + 1 + 100 * 0.01),
        (Recipe(model="sketch", fps=10), False, 0, 1 + 1 + 100 * 0.02),
        (Recipe(fps=10), False, 0, 1 + 1 + 100 * 0.1),
        (Recipe(size_px=128, fps=10), False, 0, 1 + 1 + 100 * 0.01),
        (Recipe(model="biggan-deep-256", fps=10), False, 0, 1 + 1 + 100 * 0.1),
        (Recipe(model="sketch", size_px=128, fps=10), True, 4_000_000, 1 + 1 + 1 + 2 + 2),
        (Recipe(model="sketch", size_px=128, fps=10), False, 4_000_000, 1 + 1 + 1 + 2),
        (Recipe(model="/home/me/model", fps=10), False, 0, 1 + 1 + 100 * 0.1),
    ],
)
def test_ten_seconds_cost_what_their_frames_and_their_sound_take(
    recipe: Recipe, is_link: bool, bytes_in: int, cost_s: float
) -> None:
    assert ROUND.clip_s(recipe, 10.0, is_link=is_link, bytes_in=bytes_in) == pytest.approx(cost_s)


def test_the_dearest_request_that_is_allowed_costs_many_times_a_plain_one() -> None:
    prices = PriceTable()
    plain = prices.clip_s(Recipe(model="sketch", size_px=128), 600.0, is_link=False, bytes_in=0)
    dearest = prices.clip_s(Recipe(model="biggan-deep-512", fps=60), 600.0, is_link=False, bytes_in=0)
    assert dearest > 40 * plain
    assert dearest > 3600.0, "more than a day allows by default"


@given(recipes, st.floats(0.1, 7200), st.floats(1, 2), st.booleans())
def test_a_longer_clip_never_costs_less(recipe: Recipe, length_s: float, more: float, is_link: bool) -> None:
    short = ROUND.clip_s(recipe, length_s, is_link=is_link, bytes_in=None)
    assert 0 < short <= ROUND.clip_s(recipe, length_s * more, is_link=is_link, bytes_in=None)


def test_an_unknown_link_is_reckoned_as_an_ordinary_sound() -> None:
    unknown = ROUND.clip_s(Recipe(), 100.0, is_link=True, bytes_in=None)
    assert unknown == ROUND.clip_s(Recipe(), 100.0, is_link=True, bytes_in=1_600_000)


def test_showing_a_clip_costs_its_bytes_unless_the_chat_still_has_it() -> None:
    assert ROUND.show_s(0) == 1.0
    assert ROUND.show_s(10_000_000) == 3.0


def test_a_table_survives_its_json_and_a_later_program_s() -> None:
    assert PriceTable.from_json(ROUND.to_json()) == ROUND
    assert PriceTable.from_json(json.dumps(json.loads(ROUND.to_json()) | {"smell_s": 3})) == ROUND


def test_what_is_measured_goes_before_what_was_known() -> None:
    measured = ROUND.with_measured("2026-11-25", {"sketch/128": 0.5, "biggan-deep-128/128": 0.25})
    assert (measured.day, measured.frame_s["sketch/128"], measured.frame_s["sketch/512"]) == ("2026-11-25", 0.5, 0.02)
    assert measured.frame_s["biggan-deep-128/128"] == 0.25


def test_every_model_and_size_that_may_be_asked_for_has_a_price() -> None:
    sizes = (128, 256, 512)
    assert FRAME_S.keys() == {entry(SKETCH, size) for size in sizes} | {
        entry(model_of_size(size), size) for size in sizes
    }
    assert PriceTable()._frame_s_of(Recipe(model=SKETCH)) == FRAME_S[entry(SKETCH, SKETCH_SIZE_PX)]
