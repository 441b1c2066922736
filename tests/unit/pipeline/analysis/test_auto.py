"""Preset ``auto``: changes fall on the sound, as many as are wanted, for every sound there is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.analysis.analyze import analyze, save_npz
from pipeline.analysis.latent_path import frame_count, frame_path

SECOND = 44_100


def notes(seconds: float, entries: dict[float, float]) -> np.ndarray:
    """Plucked notes over a little noise: when, and how loud."""
    rng = np.random.default_rng(0)
    samples = rng.normal(0, 1e-3, round(seconds * SECOND))
    for number, (at_s, loudness) in enumerate(entries.items()):
        start = round(at_s * SECOND)
        time_s = np.arange(samples.size - start) / SECOND
        samples[start:] += loudness * np.sin(2 * np.pi * (220 + 55 * number) * time_s) * np.exp(-6 * time_s)
    return samples


def test_every_point_falls_on_the_entry_of_a_note():
    entries = {2.1: 0.5, 4.7: 0.4, 7.3: 0.8, 9.9: 0.3}
    analysis = analyze([notes(12, entries)], scene_count=6)
    np.testing.assert_allclose(analysis.point_times_s, [0, *entries, 12], atol=0.03)


def test_an_accent_is_preferred_to_what_is_around_it():
    beat = {0.5 * number: 0.8 if number in (7, 21) else 0.1 for number in range(1, 30)}
    analysis = analyze([notes(15, beat)], scene_count=4)
    np.testing.assert_allclose(analysis.point_times_s, [0, 3.5, 10.5, 15], atol=0.03)


def test_a_quiet_entry_counts_beside_a_loud_one():
    entries = {3.0: 0.01, 6.0: 0.9}
    analysis = analyze([notes(9, entries)], scene_count=4)
    np.testing.assert_allclose(analysis.point_times_s, [0, 3, 6, 9], atol=0.05)


def test_by_default_there_is_a_change_about_every_four_seconds():
    beat = {0.5 * number: 0.5 for number in range(1, 80)}
    assert analyze([notes(40, beat)]).points.size == 11


def test_scenes_are_never_shorter_than_asked_not_even_the_first_and_the_last():
    entries = {0.6: 0.9, 3.0: 0.5, 3.9: 0.5, 5.2: 0.9}
    times = analyze([notes(6, entries)], scene_count=20, shortest_scene_s=1.0).point_times_s
    assert np.diff(times).min() >= 1.0
    assert times.size == 6


def test_a_threshold_of_one_s_own_is_honoured():
    entries = {2.0: 0.9, 4.0: 0.9, 6.0: 0.01}
    analysis = analyze([notes(8, entries)], threshold=0.4)
    assert analysis.threshold == 0.4
    np.testing.assert_allclose(analysis.point_times_s, [0, 2, 4, 8], atol=0.03)


def test_two_scenes_are_the_two_ends():
    assert analyze([notes(9, {4.0: 1.0})], scene_count=2).points.size == 2


TIME_S = np.arange(5 * SECOND) / SECOND
DEGENERATE = {
    "nothing": np.zeros(0),
    "one sample": np.ones(1),
    "less than a window": np.ones(200),
    "one step": np.random.default_rng(0).standard_normal(256),
    "two steps": np.random.default_rng(0).standard_normal(384),
    "a tenth of a second": np.random.default_rng(0).standard_normal(4410),
    "silence": np.zeros(5 * SECOND),
    "a constant": np.ones(5 * SECOND),
    "a tone that repeats with the hop": np.sin(2 * np.pi * 44_100 / 128 * 4 * TIME_S),
    "a tone": np.sin(2 * np.pi * 440 * TIME_S),
    "noise": np.random.default_rng(0).standard_normal(5 * SECOND),
    "one click": np.eye(1, 5 * SECOND, 2 * SECOND)[0],
    "sound, then silence": np.concatenate((np.sin(2 * np.pi * 440 * TIME_S), np.zeros(5 * SECOND))),
}


@pytest.mark.parametrize("preset", ["paper", "auto"])
@pytest.mark.parametrize("name", DEGENERATE)
def test_every_sound_has_an_analysis_and_a_path(name, preset):
    samples = DEGENERATE[name]
    analysis = analyze([samples], preset=preset)
    steps = analysis.tv.size
    assert steps == max(2, (samples.size - 128) // 128)
    assert np.isfinite(analysis.tv).all()
    assert (analysis.tv >= 0).all()
    assert analysis.points[0] == 0
    assert analysis.points[-1] == steps - 1
    assert (np.diff(analysis.points) > 0).all()
    assert analysis.alphas.shape == (steps - 1,)
    assert np.isfinite(analysis.alphas).all()
    assert analysis.alphas[-1] == 1.0
    assert analysis.duration_s == samples.size / SECOND
    assert np.isfinite(analysis.spectrogram).all()

    frames = frame_count(analysis.duration_s, 24)
    path = frame_path(analysis, 24, frames=frames)
    assert path.alphas.shape == path.segments.shape == (frames,)
    assert ((path.alphas >= 0) & (path.alphas <= 1)).all()


@pytest.mark.parametrize("name", ["silence", "a constant", "a tone that repeats with the hop"])
def test_where_nothing_changes_the_picture_still_moves_and_evenly(name):
    analysis = analyze([DEGENERATE[name]], scene_count=3, shortest_scene_s=1.0)
    assert not analysis.tv.any()
    np.testing.assert_allclose(analysis.point_times_s, [0, 2.5, 5], atol=0.01)
    path = frame_path(analysis, 20, frames=100)
    np.testing.assert_allclose(path.segments + path.alphas, np.arange(100) / 50, atol=0.01)


@settings(max_examples=15, deadline=None)
@given(seconds=st.floats(0.5, 20), count=st.integers(2, 12), seed=st.integers(0, 99))
def test_the_wanted_number_is_met_where_the_sound_is_long_enough(seconds, count, seed):
    samples = np.random.default_rng(seed).standard_normal(round(seconds * SECOND))
    analysis = analyze([samples], scene_count=count, shortest_scene_s=0.5)
    assert 2 <= analysis.points.size <= count
    if seconds > 1.1 * count:  # twice the shortest scene for each, so that no two can be in each other's way
        assert analysis.points.size == count


def test_the_archive_holds_the_numbers(tmp_path):
    analysis = analyze([notes(4, {1.0: 0.5})])
    save_npz(analysis, tmp_path / "out.npz")
    with np.load(tmp_path / "out.npz") as archive:
        assert archive["tv"].tolist() == analysis.tv.tolist()
        assert archive["points"].tolist() == analysis.points.tolist()
        assert archive["alphas"].tolist() == analysis.alphas.tolist()
        assert float(archive["step_s"]) == 128 / 44_100
