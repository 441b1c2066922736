"""A morph ends on its point, and its scene is held: what the ear found is seen when it is heard."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.motion.arrivals import HOLD_S, LONGEST_MORPH_S, arrivals, arrive, flow, morph_lengths_s
from pipeline.motion.drive import drive_of
from tests.unit.pipeline.motion.sounds import heard

FPS = 60
MOST_ALPHA_A_FRAME = 0.55


def paths(points_s, strengths=(), beat_s=0.5, duration_s=12.0):
    analysis = heard(duration_s, points_s, strengths, beat_s)
    drive = drive_of(analysis, FPS, round(duration_s * FPS))
    arrivals_s = arrivals(analysis.point_times_s, loop=False)
    return arrivals_s, arrive(drive, arrivals_s, analysis.strengths), flow(drive, arrivals_s)


points = st.lists(st.floats(0.7, 6.0), min_size=1, max_size=8).map(lambda gaps: tuple(np.cumsum(gaps).round(3)))


@settings(max_examples=60, deadline=None)
@given(points_s=points, strength=st.floats(0.0, 1.0), beat_s=st.sampled_from([0.3, 0.5, 1.1, None]))
def test_every_scene_is_pure_at_its_point_and_half_a_second_after_it(points_s, strength, beat_s):
    duration_s = points_s[-1] + 2.0
    arrivals_s, *both = paths(points_s, (strength,) * len(points_s), beat_s, duration_s)
    for path in both:
        progress = path.segments + path.alphas
        for number, time_s in enumerate(arrivals_s[:-1]):
            room_s = arrivals_s[number + 1] - time_s
            held = slice(int(np.ceil(time_s * FPS - 1e-6)), int((time_s + min(HOLD_S, 0.7 * room_s)) * FPS))
            assert progress[held] == pytest.approx(number, abs=0.05)
        assert (np.diff(progress) >= 0).all()
        assert progress[-1] == len(arrivals_s) - 1


def test_nothing_jumps_even_between_scenes_that_follow_at_once():
    _, arriving, flowing = paths((4.0, 4.7, 5.4), (1.0, 1.0, 1.0), 0.3)
    for path in (arriving, flowing):
        assert np.diff(path.segments + path.alphas).max() < MOST_ALPHA_A_FRAME


def test_a_sure_change_is_quicker_than_a_doubtful_one_and_a_slow_beat_makes_both_slower():
    far_apart_s = np.array([0.0, 10.0, 20.0])
    sure, doubtful = morph_lengths_s(far_apart_s, (1.0, 1.0, 0.2), 0.5)
    slow_sure, slow_doubtful = morph_lengths_s(far_apart_s, (1.0, 1.0, 0.2), 1.0)
    assert sure < doubtful
    assert sure < slow_sure
    assert doubtful < slow_doubtful <= LONGEST_MORPH_S


def test_most_frames_of_a_scene_show_it_alone():
    _, path, _ = paths((3.0, 6.0, 9.0))
    muddy = (path.alphas > 0.05) & (path.alphas < 0.95)
    assert muddy.mean() < 0.2


def test_the_last_scene_is_seen_before_the_sound_ends_unless_the_clip_is_a_loop():
    points_s = np.array([0.0, 4.0, 10.0])
    assert arrivals(points_s, loop=False)[-1] == pytest.approx(8.8)
    assert arrivals(points_s, loop=True).tolist() == points_s.tolist()


def test_the_shortest_sound_has_a_path():
    analysis = heard(0.1, ())
    drive = drive_of(analysis, 24, 2)
    path = arrive(drive, arrivals(analysis.point_times_s, loop=False), analysis.strengths)
    assert (path.segments == 0).all()
    assert ((path.alphas >= 0) & (path.alphas <= 1)).all()
