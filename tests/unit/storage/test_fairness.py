"""Who is next."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from storage.requests.release import QueuedRequest, fair_order

ADA, BEN, CEM = 1, 2, 3


def order(
    *waiting: QueuedRequest, running: dict[int, int] | None = None, served: dict[int, float] | None = None
) -> list[int]:
    return [request.id for request in fair_order(waiting, running or {}, served or {})]


def test_first_come_first_served_among_equals() -> None:
    assert order(QueuedRequest(2, BEN, 0, 20.0), QueuedRequest(1, ADA, 0, 10.0), QueuedRequest(3, CEM, 0, 30.0)) == [
        1,
        2,
        3,
    ]


def test_somebody_with_many_requests_does_not_push_the_others_back() -> None:
    many = [QueuedRequest(number, ADA, 0, float(number)) for number in range(1, 6)]
    assert order(*many, QueuedRequest(9, BEN, 0, 100.0)) == [1, 9, 2, 3, 4, 5]


def test_whoever_has_nothing_running_goes_before_whoever_has() -> None:
    assert order(QueuedRequest(1, ADA, 0, 1.0), QueuedRequest(2, BEN, 0, 2.0), running={ADA: 1}) == [2, 1]


def test_whoever_was_served_longest_ago_goes_first_and_never_is_longest_ago() -> None:
    waiting = [QueuedRequest(1, ADA, 0, 1.0), QueuedRequest(2, BEN, 0, 2.0), QueuedRequest(3, CEM, 0, 3.0)]
    assert order(*waiting, served={ADA: 500.0, BEN: 400.0}) == [3, 2, 1]


def test_priority_goes_before_fairness() -> None:
    assert order(QueuedRequest(1, ADA, 0, 1.0), QueuedRequest(2, BEN, 9, 2.0), running={BEN: 5}) == [2, 1]


WAITING = st.lists(
    st.builds(QueuedRequest, st.just(0), st.integers(1, 4), st.integers(0, 2), st.floats(0, 100)), max_size=25
).map(lambda requests: [QueuedRequest(n, r.person_id, r.priority, r.created_at_s) for n, r in enumerate(requests)])
RUNNING = st.dictionaries(st.integers(1, 4), st.integers(0, 3))
SERVED = st.dictionaries(st.integers(1, 4), st.floats(0, 1e9))


@given(WAITING, RUNNING, SERVED)
def test_everybody_s_turn_comes_once(
    waiting: list[QueuedRequest], running: dict[int, int], served: dict[int, float]
) -> None:
    assert Counter(fair_order(waiting, running, served)) == Counter(waiting)


@given(WAITING, RUNNING, SERVED)
def test_each_choice_is_the_best_by_the_stated_rule(
    waiting: list[QueuedRequest], running: dict[int, int], served: dict[int, float]
) -> None:
    """Choose anew each time by the rule as it is written; the clever order must be the same."""
    shares, last, left = Counter(running), dict(served), list(waiting)
    now = 1e12  # later than anybody was served before
    for chosen in fair_order(waiting, running, served):
        best = min(
            left,
            key=lambda r: (
                -r.priority,
                shares[r.person_id],
                last.get(r.person_id, float("-inf")),
                r.created_at_s,
                r.id,
            ),
        )
        assert chosen == best
        left.remove(best)
        shares[best.person_id] += 1
        now += 1.0
        last[best.person_id] = now


@given(WAITING)
def test_nobody_gets_two_turns_while_another_waits_for_the_first(waiting: list[QueuedRequest]) -> None:
    same_priority = [QueuedRequest(r.id, r.person_id, 0, r.created_at_s) for r in waiting]
    people = {r.person_id for r in same_priority}
    first_round = list(fair_order(same_priority, {}, {}))[: len(people)]
    assert {r.person_id for r in first_round} == people
