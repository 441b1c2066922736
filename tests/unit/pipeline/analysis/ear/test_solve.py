"""The best points are the best: no other choice that keeps the gap is worth more."""

from itertools import combinations, pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.analysis.ear.choosing.solve import best_points

DURATION_S = 10.0
SHORTEST_S = 1.0


def best_by_trying_all(times_s, scores, count):
    best = 0.0
    for number in range(count + 1):
        for chosen in combinations(range(len(times_s)), number):
            edges = [0.0, *(times_s[index] for index in chosen), DURATION_S]
            if all(b - a >= SHORTEST_S for a, b in pairwise(edges)):
                best = max(best, sum(scores[index] for index in chosen))
    return best


@settings(derandomize=True, deadline=None, max_examples=80)
@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(-3, 9)), max_size=8, unique_by=lambda pair: pair[0]),
    st.integers(0, 5),
)
def test_no_choice_is_worth_more(pairs, count):
    pairs.sort()
    times_s = np.array([quarter / 4 for quarter, _ in pairs])
    scores = np.array([float(score) for _, score in pairs])

    chosen = best_points(times_s, scores, count=count, shortest_s=SHORTEST_S, duration_s=DURATION_S)

    assert len(chosen) <= count
    edges = [0.0, *times_s[chosen], DURATION_S]
    assert not len(chosen) or np.diff(edges).min() >= SHORTEST_S
    assert scores[chosen].sum() == best_by_trying_all(times_s, scores, count)


def test_two_good_points_are_taken_before_a_better_one_between_them():
    chosen = best_points(
        np.array([4.0, 4.6, 5.2]), np.array([5.0, 6.0, 5.0]), count=2, shortest_s=1.0, duration_s=DURATION_S
    )

    assert chosen.tolist() == [0, 2]
