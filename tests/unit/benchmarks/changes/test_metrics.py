"""Points beside what is known: what counts as a hit, what as elsewhere, what as neither."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.changes.metrics import Point, Score, beat_f, confusion, nearest, same_section_f, score
from benchmarks.changes.truth import TEMPO_WINDOW_S, Change, Truth

times = st.floats(0, 60, allow_nan=False)


def points_at(*times_s, reason=None):
    return [Point(time_s, reason) for time_s in times_s]


def truth_of(*changes, **facts):
    return Truth(changes=tuple(changes), **facts)


def test_a_point_within_the_window_is_a_hit_and_others_are_elsewhere():
    found = score(points_at(1.1, 5.0), truth_of(Change(1.0, "chord"), Change(3.0, "chord")))
    assert (found.asked, found.found, found.elsewhere) == (2, 1, 1)
    assert found.hit_share == pytest.approx(0.5)
    assert found.elsewhere_share == pytest.approx(0.5)
    assert found.f1 == pytest.approx(0.5)


@pytest.mark.parametrize(("off_s", "hits"), [(0.149, 1), (0.151, 0), (-0.149, 1), (-0.151, 0)])
def test_the_window_is_150_milliseconds_to_either_side(off_s, hits):
    assert score(points_at(2.0 + off_s), truth_of(Change(2.0, "chord"))).found == hits


def test_a_tempo_has_a_longer_window():
    change = Change(2.0, "tempo", before_s=TEMPO_WINDOW_S, after_s=TEMPO_WINDOW_S)
    assert score(points_at(2.49), truth_of(change)).found == 1


def test_two_points_at_one_change_are_one_hit_and_one_elsewhere():
    found = score(points_at(1.0, 1.1), truth_of(Change(1.05, "chord")))
    assert (found.found, found.elsewhere) == (1, 1)


def test_matching_is_optimal_where_the_nearest_first_would_lose_a_hit():
    # The point at 1.10 is nearest to the change at 1.20, which only the other point cannot do without.
    found = score(points_at(1.10, 1.30), truth_of(Change(1.0, "chord"), Change(1.2, "chord")))
    assert found.found == 2


def test_lower_and_optional_changes_count_neither_for_nor_against():
    truth = truth_of(Change(1.0, "drums enter"), Change(3.0, "chord", "lower"), Change(5.0, "voice leaves", "optional"))
    found = score(points_at(1.0, 3.0, 5.0), truth)
    assert (found.asked, found.found, found.neutral, found.elsewhere) == (1, 1, 2, 0)
    assert found.f1 == 1.0
    nothing = score([], truth)
    assert (nothing.found, nothing.elsewhere) == (0, 0)


def test_a_point_goes_to_the_change_that_is_asked_for_before_one_that_is_not():
    truth = truth_of(Change(1.0, "chord", "lower"), Change(1.1, "drums enter"))
    assert score(points_at(1.0), truth).found == 1


def test_only_optional_changes_have_slots_of_their_own_at_the_true_count():
    truth = truth_of(Change(1.0, "key"), Change(2.0, "chord", "lower"), Change(3.0, "voice leaves", "optional"))
    assert truth.true_count == 2


def test_in_a_room_what_dies_away_may_die_away_later_and_nothing_else_may():
    truth = truth_of(Change(1.0, "key"), Change(3.0, "voice leaves", "optional")).with_longer_endings(1.0)
    assert score(points_at(4.1), truth).neutral == 1
    assert score(points_at(1.2), truth).found == 0


def test_silence_with_no_points_is_worth_nothing_and_loses_nothing():
    found = score([], Truth())
    assert (found.points, found.elsewhere_share) == (0, 0.0)
    assert math.isnan(found.f1)


def test_a_point_in_a_sound_without_changes_is_elsewhere():
    assert score(points_at(4.0), Truth()).elsewhere == 1


@given(st.lists(times, max_size=12), st.lists(times, max_size=12))
def test_every_point_counts_once_and_no_change_twice(found_s, true_s):
    levels = ("section", "lower", "optional")
    truth = truth_of(*(Change(time_s, "chord", levels[index % 3]) for index, time_s in enumerate(sorted(true_s))))
    one = score(points_at(*found_s), truth)
    assert one.points == len(found_s)
    assert one.found <= one.asked == len(truth.asked)


@given(st.lists(times, max_size=10), st.lists(times, max_size=10))
def test_the_order_of_points_does_not_matter(found_s, true_s):
    truth = truth_of(*(Change(time_s, "chord") for time_s in sorted(true_s)))
    there, back = score(points_at(*found_s), truth), score(points_at(*reversed(found_s)), truth)
    assert (there.found, there.elsewhere) == (back.found, back.elsewhere)


def test_scores_of_several_sounds_add_up_by_changes():
    one = score(points_at(1.0), truth_of(Change(1.0, "chord")))
    other = score(points_at(9.0), truth_of(*(Change(float(second), "key") for second in (1, 2, 3))))
    both = one + other
    assert (both.asked, both.found, both.elsewhere) == (4, 1, 1)
    assert both + Score() == both


def test_a_reason_is_right_if_the_kind_or_one_of_its_other_names_is_given():
    change = Change(1.0, "bar", also=("chord",))
    assert change.is_reason("bar 17")
    assert change.is_reason("chord")
    assert not change.is_reason("barn")
    assert not change.is_reason("drums enter")
    assert not change.is_reason(None)


def test_the_confusion_matrix_counts_reasons_by_what_was_true_and_drops_the_number_of_a_bar():
    truth = truth_of(Change(1.0, "bar"), Change(2.0, "bar"), Change(3.0, "key"))
    points = [Point(1.0, "bar 2"), Point(2.0, "chord"), Point(3.0)]
    assert confusion(score(points, truth).hits) == {"bar": {"bar": 1, "chord": 1}, "key": {"none": 1}}


def test_distance_to_an_onset_is_signed_and_to_the_nearest():
    truth = truth_of(Change(1.0, "chord"), onsets_s=(0.5, 1.0, 1.08))
    assert score(points_at(1.07), truth).onset_errors_s == (pytest.approx(-0.01),)


def test_a_new_tempo_says_nothing_of_the_distance_to_onsets():
    assert score(points_at(1.0), truth_of(Change(1.0, "tempo"), onsets_s=(1.01,))).onset_errors_s == ()


@given(st.lists(times, min_size=1, max_size=30), times)
def test_the_nearest_of_many_is_as_near_as_any(of_s, time_s):
    of_s = sorted(of_s)
    assert abs(nearest(of_s, time_s) - time_s) == pytest.approx(min(abs(each - time_s) for each in of_s))


def test_beats_count_once_each_within_70_milliseconds():
    assert beat_f([1.0, 2.0, 3.0], [1.05, 2.0, 3.2]) == pytest.approx(2 / 3)
    assert beat_f([1.0, 1.01], [1.0]) == pytest.approx(2 / 3)
    assert beat_f([], [1.0]) == 0.0
    assert math.isnan(beat_f([], []))


def test_twice_the_tempo_finds_every_beat_and_as_many_that_are_none():
    assert beat_f(np.arange(0, 8, 0.5), tuple(np.arange(0, 8, 1.0))) == pytest.approx(2 / 3)


def test_sections_that_come_again_count_by_pairs_of_moments_whatever_their_names():
    true = [(0.0, "A"), (10.0, "B"), (20.0, "A")]
    assert same_section_f([(0.0, "x"), (10.0, "y"), (20.0, "x")], true, 30.0) == pytest.approx(1.0)
    never_again = same_section_f([(0.0, "x"), (10.0, "y"), (20.0, "z")], true, 30.0)
    assert 0.3 < never_again < 0.9
