"""Names move apart no farther than they must."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipeline.artwork.label_layout import spread, thin_out

POSITIONS = st.lists(st.floats(0, 1000), min_size=1, max_size=40).map(lambda values: np.sort(np.array(values)))


@settings(deadline=None)
@given(wanted=POSITIONS, gap=st.floats(0, 25))
def test_neighbours_are_apart_in_order_and_within_bounds(wanted: np.ndarray, gap: float) -> None:
    assume(gap * (len(wanted) - 1) <= 1000)
    placed = spread(wanted, np.full(len(wanted) - 1, gap), 0, 1000)
    assert np.all(np.diff(placed) >= gap - 1e-6)
    assert placed[0] >= -1e-6
    assert placed[-1] <= 1000 + 1e-6


@settings(deadline=None)
@given(wanted=POSITIONS)
def test_what_has_room_does_not_move(wanted: np.ndarray) -> None:
    assert np.allclose(spread(wanted, np.zeros(len(wanted) - 1), 0, 1000), wanted)


def test_a_crowd_moves_to_both_sides_alike() -> None:
    assert np.allclose(spread(np.array([50.0, 50.0, 50.0]), np.array([10.0, 10.0]), 0, 100), [40, 50, 60])


@settings(deadline=None)
@given(wanted=POSITIONS, gap=st.floats(0, 20), data=st.data())
def test_no_other_placement_is_nearer(wanted: np.ndarray, gap: float, data: st.DataObject) -> None:
    gaps = np.full(len(wanted) - 1, gap)
    assume(gaps.sum() <= 1000)
    other = wanted.copy()
    for index in range(1, len(other)):
        other[index] = max(other[index], other[index - 1] + gap) + data.draw(st.floats(0, 1))
    assume(other[-1] <= 1000)
    placed = spread(wanted, gaps, 0, 1000)
    assert np.sum((placed - wanted) ** 2) <= np.sum((other - wanted) ** 2) + 1e-6


def test_too_little_room_is_an_error() -> None:
    with pytest.raises(ValueError, match="more room"):
        spread(np.array([0.0, 1.0]), np.array([200.0]), 0, 100)


@settings(deadline=None)
@given(count=st.integers(1, 2000), most=st.integers(2, 100))
def test_thinning_keeps_both_ends_and_repeats_nothing(count: int, most: int) -> None:
    kept = thin_out(count, most)
    assert len(kept) == min(count, most)
    assert kept[0] == 0
    assert kept[-1] == count - 1
    assert np.all(np.diff(kept) > 0)
