import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.analysis.inflection import inflection_points
from tests.unit.pipeline.analysis import paper_specification as specification

kinds = st.sampled_from(["min", "max", "both"])


def wavy(seed: int, steps: int, roughness: float) -> np.ndarray:
    """A curve like those of real sounds: smooth, positive, with many extrema."""
    rng = np.random.default_rng(seed)
    walk = np.cumsum(rng.normal(0, roughness, steps))
    return np.abs(walk - np.linspace(0, walk[-1], steps)) + 0.01 * rng.random()


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    steps=st.integers(1, 1500),
    roughness=st.sampled_from([1e-3, 5e-3, 2e-2]),
    threshold=st.sampled_from([0.0, 0.005, 0.01, 0.035]),
    kind=kinds,
)
def test_a_curve_has_the_points_that_the_specification_gives(seed, steps, roughness, threshold, kind):
    curve = wavy(seed, steps, roughness)
    found = inflection_points(curve, threshold, kind=kind)
    assert found.tolist() == specification.inflection_points(curve, threshold, kind)


@settings(max_examples=60, deadline=None)
@given(
    curve=arrays(np.float64, st.integers(1, 120), elements=st.sampled_from([0.0, 0.01, 0.02, 0.03, 0.5])),
    threshold=st.sampled_from([0.0, 0.01, 0.015]),
    kind=kinds,
)
def test_ties_and_plateaus_are_decided_as_the_specification_decides_them(curve, threshold, kind):
    found = inflection_points(curve, threshold, kind=kind, rolling_length=7)
    assert found.tolist() == specification.inflection_points(curve, threshold, kind, length=7)


def valley(depth: float, floor: float = 0.0) -> np.ndarray:
    """Level for 400 steps, a V-shaped valley of 21 steps, level again."""
    curve = np.full(821, floor + depth)
    curve[400:421] -= depth * (1 - np.abs(np.linspace(-1, 1, 21)))
    return curve


def test_a_low_valley_counts():
    assert inflection_points(valley(0.05), 0.035).tolist() == [0, 410, 820]


def test_a_valley_no_deeper_than_the_threshold_does_not():
    assert inflection_points(valley(0.03), 0.035).tolist() == [0, 820]


def test_a_valley_high_above_zero_does_not():
    assert inflection_points(valley(0.05, floor=0.081), 0.035).tolist() == [0, 820]


def test_a_hill_counts_only_where_maxima_are_asked_for():
    hill = 0.06 - valley(0.05)
    assert inflection_points(hill, 0.035).tolist() == [0, 820]
    assert inflection_points(hill, 0.035, kind="max").tolist() == [0, 410, 820]
    assert inflection_points(hill, 0.035, kind="both").tolist() == [0, 410, 820]


def test_an_extremum_that_does_not_count_still_holds_the_next_one_off():
    curve = np.full(1200, 0.05)
    curve[400] = 0.5  # a hill: an extremum, not a minimum
    curve[500] = 0.0  # within its 200 steps
    curve[700] = 0.0
    assert inflection_points(curve, 0.01).tolist() == [0, 700, 1199]


@pytest.mark.parametrize("steps", [1, 2, 200, 202, 203])
def test_a_short_curve_has_its_two_ends(steps):
    assert inflection_points(np.linspace(0, 1, steps), 0.01).tolist() == [0, steps - 1]
