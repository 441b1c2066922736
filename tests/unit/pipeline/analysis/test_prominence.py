import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.analysis.prominence import peaks, prominent_points


def curve_of(steps: int, entries: dict[int, float]) -> np.ndarray:
    """Nothing, but for a bump of 21 steps at each entry."""
    curve = np.zeros(steps)
    bump = np.hanning(23)[1:-1]
    for step, height in entries.items():
        curve[step - 10 : step + 11] += height * bump
    return curve


def chosen(curve, count=20, threshold=None, shortest=1):
    return prominent_points(curve, count=count, threshold=threshold, shortest=shortest)[0].tolist()


def near(points, entries):
    return len(points) == len(entries) and all(abs(a - b) <= 5 for a, b in zip(points, entries, strict=True))


def test_the_strongest_entries_are_taken_first():
    curve = curve_of(4000, {1000: 0.3, 2000: 1.0, 3000: 0.6})
    assert near(chosen(curve, count=3), [0, 2000, 3999])
    assert near(chosen(curve, count=4), [0, 2000, 3000, 3999])
    assert near(chosen(curve, count=5), [0, 1000, 2000, 3000, 3999])


def test_a_steady_beat_spreads_its_scenes_over_the_whole_sound():
    curve = curve_of(8001, dict.fromkeys(range(400, 8000, 400), 1.0))
    assert near(chosen(curve, count=6), [0, 1600, 3200, 4800, 6400, 8000])


def test_where_nothing_happens_the_sound_is_divided_evenly():
    assert chosen(np.zeros(1001), count=6) == [0, 200, 400, 600, 800, 1000]


def test_where_too_little_happens_the_longest_scenes_are_divided():
    points = chosen(curve_of(3001, {1000: 1.0}), count=4)
    assert near(points, [0, 1000, 2000, 3000])


def test_with_a_threshold_nothing_is_added():
    curve = curve_of(4000, {1000: 0.3, 2000: 1.0, 3000: 0.6})
    assert near(chosen(curve, threshold=0.65), [0, 2000, 3000, 3999])
    assert chosen(np.zeros(1001), threshold=0.1) == [0, 1000]


def test_the_threshold_that_was_solved_for_chooses_the_same_points():
    curve = np.abs(np.random.default_rng(4).normal(size=6000)).cumsum() % 7
    points, threshold = prominent_points(curve, count=9, threshold=None, shortest=100)
    again, same = prominent_points(curve, count=9, threshold=threshold, shortest=100)
    assert again.tolist() == points.tolist()
    assert same == threshold


def test_a_held_note_changes_where_it_enters_not_where_it_is_fullest():
    curve = np.zeros(1000)
    curve[400:500] = np.linspace(0.95, 1.0, 100)
    curve[500:] = 0.2
    (step,), _ = peaks(curve)
    assert step == 435  # the earliest within 64 steps of the peak: as far back as a peak looks


def test_a_plateau_is_one_peak():
    curve = np.zeros(1000)
    curve[500:540] = 1.0
    assert peaks(curve)[0].tolist() == [500]


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    steps=st.integers(2, 3000),
    count=st.integers(2, 30),
    shortest=st.integers(0, 700),
    threshold=st.none() | st.floats(0, 1),
)
def test_no_scene_is_too_short_and_there_are_never_too_many(seed, steps, count, shortest, threshold):
    curve = np.random.default_rng(seed).random(steps) ** 4
    points = chosen(curve, count, threshold, shortest)
    assert points[0] == 0
    assert points[-1] == steps - 1
    assert 2 <= len(points) <= count
    if len(points) > 2:
        assert np.diff(points).min() >= max(1, shortest)
    if threshold is None and (steps - 1) // 2 >= max(1, 2 * shortest):
        assert len(points) >= min(count, 3)
