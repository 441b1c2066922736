"""What the benchmark of motion counts is what it says."""

import numpy as np
import pytest

from benchmarks.motion import correlation, least_held_s, longest_run, onset_curve, running_mean
from pipeline.motion.film_motion import film_motion
from pipeline.recipe import Recipe, Scene
from tests.unit.pipeline.motion.sounds import heard

SCENES = tuple(Scene(category, category) for category in range(4))


def test_a_scene_that_is_held_longer_counts_longer():
    analysis = heard(points_s=(4.0, 8.0))
    held = {
        motion: least_held_s(analysis, film_motion(analysis, Recipe(scenes=SCENES, motion=motion)))
        for motion in ("paper", "arrive")
    }
    assert held["paper"] < 0.3
    assert held["arrive"] > 2.0


def test_the_longest_run_is_the_longest_and_not_the_sum():
    assert longest_run(np.array([True, True, False, True, True, True, False])) == 3
    assert longest_run(np.zeros(4, bool)) == 0


def test_what_follows_correlates_and_what_is_constant_has_no_correlation():
    curve = np.random.default_rng(0).random(50)
    assert correlation(curve, 3 * curve + 1) == pytest.approx(1.0)
    assert np.isnan(correlation(curve, np.ones(50)))


def test_an_average_leaves_out_what_does_not_count():
    curve, counted = np.ones(60), np.ones(60, bool)
    curve[20:30], counted[20:30] = 100.0, False
    assert running_mean(curve, counted)[counted] == pytest.approx(1.0)


def test_an_onset_is_where_it_is():
    curve = onset_curve(heard(beat_s=1.0), np.array([0.25, 0.31, 0.5, 1.25]))
    assert curve == pytest.approx([0.8, 0.4, 0.0, 0.8])
