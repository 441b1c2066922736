"""Preset ``paper`` equals the specification."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.analysis.analyze import analyze
from pipeline.analysis.total_variation import trailing_curve
from tests.unit.pipeline.analysis import paper_specification as specification


def piece(seed: int, seconds: float, loudness: float) -> np.ndarray:
    """Notes and beats of random pitch, length and loudness with rests between, over a little noise."""
    rng = np.random.default_rng(seed)
    samples = rng.normal(0, 1e-3, round(seconds * 44_100))
    at = 0
    while at < samples.size:
        length = min(samples.size - at, int(rng.integers(2_000, 15_000)))
        time_s = np.arange(length) / 44_100
        tone = 3 * np.sin(2 * np.pi * rng.uniform(80, 4000) * time_s)
        sound = rng.standard_normal(length) if rng.random() < 0.5 else tone
        samples[at : at + length] += rng.uniform(0.3, 1) * sound * np.exp(-time_s * rng.uniform(0, 12))
        at += length + int(rng.integers(0, 60_000))
    return loudness * samples


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    seconds=st.floats(0.76, 6.0),
    loudness=st.sampled_from([1e-4, 1.0, 32768.0]),
    threshold=st.sampled_from([0.002, 0.01, 0.035]),
)
def test_every_number_is_the_specification_s(seed, seconds, loudness, threshold):
    samples = piece(seed, seconds, loudness)
    analysis = analyze([samples], preset="paper", threshold=threshold)

    curve = specification.curve(specification.variation(samples))
    points = specification.inflection_points(curve, threshold)
    np.testing.assert_allclose(analysis.tv, curve, rtol=0, atol=1e-9)
    assert analysis.points.tolist() == points
    np.testing.assert_allclose(analysis.alphas, specification.alphas(curve, points), rtol=0, atol=1e-9)
    assert analysis.step_s == 128 / 44_100


def test_such_pieces_have_points_for_the_specification_to_differ_on():
    assert analyze([piece(0, 20.0, 1.0)], preset="paper", threshold=0.002).points.size > 8


@settings(max_examples=10, deadline=None)
@given(cuts=st.lists(st.integers(0, 100_000), max_size=8))
def test_where_the_blocks_are_cut_does_not_matter(cuts):
    samples = piece(1, 100_000 / 44_100, 1.0)
    whole = analyze([samples], preset="paper", threshold=0.005)
    cut = analyze(np.split(samples, sorted(cuts)), preset="paper", threshold=0.005)
    np.testing.assert_allclose(cut.tv, whole.tv, rtol=0, atol=1e-12)
    assert cut.points.tolist() == whole.points.tolist()
    assert cut.duration_s == whole.duration_s == 100_000 / 44_100


def test_the_default_threshold_is_the_paper_s():
    assert analyze([piece(2, 1.0, 1.0)], preset="paper").threshold == 0.035


def test_the_running_mean_has_not_drifted_after_an_hour():
    rng = np.random.default_rng(5)
    changes = rng.random(1_240_000) ** 4
    changes[600_000:] *= 1e-6  # where the running sum is large and the changes are small
    curve = trailing_curve(changes)
    for step in (256, 599_999, 600_512, 900_000, 1_240_000):
        assert curve[step] == pytest.approx(np.mean(changes[step - 256 : step]), abs=1e-9)
