"""When a status message is changed, and how long it still takes."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.eta import RateEstimate
from bot.delivery.lookup import OpenRequest
from bot.delivery.status_updates import EDIT_EVERY_S, StatusUpdates
from storage.outbox.posted_messages import PostedMessage, Role
from storage.states import RequestState
from tests.doubles.rows import request

MESSAGE = PostedMessage("c", None, "1", Role.STATUS, 3, None, None)


def waiting(done: int, **more: Any) -> OpenRequest:
    facts = {"state": RequestState.RENDERING, "stage": "rendering", "done": done, "total": 100, "fence": 1}
    return OpenRequest(request(**facts | more), None, None, MESSAGE)


@given(steps=st.lists(st.tuples(st.floats(0.1, 3), st.integers(0, 3)), min_size=1, max_size=60))
def test_a_message_rests_between_two_changes_and_is_changed_only_on_change(steps: list[tuple[float, int]]) -> None:
    board, now_s, done = StatusUpdates(), 1000.0, 0
    changes: list[tuple[float, str]] = []
    for pause_s, progress in steps:
        now_s += pause_s
        done += progress
        for change in board.due([waiting(done)], now_s):
            changes.append((now_s, change.screen.text))
            board.shown(change, now_s)
    for (earlier_s, before), (later_s, after) in pairwise(changes):
        assert later_s - earlier_s >= EDIT_EVERY_S - 1e-9
        assert before != after


def test_a_change_that_failed_is_tried_again_after_a_rest_and_one_for_good_never() -> None:
    board = StatusUpdates()
    [change] = board.due([waiting(1)], 1000)
    board.failed(change, 1000, for_good=False)
    assert not list(board.due([waiting(1)], 1001))
    [again] = board.due([waiting(1)], 1000 + EDIT_EVERY_S)
    board.failed(again, 1005, for_good=True)
    assert not list(board.due([waiting(50)], 9999))


def test_a_message_posted_a_moment_ago_is_left_alone() -> None:
    assert not list(StatusUpdates().due([waiting(1, created_at_s=999.0)], 1000))


def test_an_estimate_follows_the_pace() -> None:
    pace = RateEstimate(fence=1, stage="rendering", done=10, at_s=100)
    assert pace.eta_s(20, 110, 110) == 90
    assert pace.eta_s(10, 110, 110) is None, "nothing has happened"
    assert pace.eta_s(20, 110, 101) is None, "too early to tell"
    assert pace.eta_s(110, 110, 110) == 0


def test_another_attempt_has_a_pace_of_its_own() -> None:
    board = StatusUpdates()
    list(board.due([waiting(50)], 1000))
    [change] = board.due([waiting(60, fence=2)], 1010)
    assert "left" not in change.screen.text
