"""Who is sent next: never more than a platform takes, everybody's share, and first in first out."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.budget import LIMITS, UNLIMITED, Budget, Kind, Limit, Limits

LITTLE = Limits(Limit(10, 1.0), a_chat=(Limit(1, 1.0),), a_group=(Limit(5, 20.0),))
CHATS = ("-1", "-2", "1", "2", "3", "4", "5", "6")
ASKED = st.lists(st.tuples(st.floats(0, 5), st.sampled_from(Kind), st.sampled_from(CHATS)), max_size=60)

Asked = list[tuple[float, Kind, str]]
Went = tuple[float, float, Kind, str, int]
"""When a call was asked for and when it went, its kind, its chat and its number."""


def play(limits: Limits, asked: Asked) -> list[Went]:
    """Let everything that was asked for go, in virtual time; nobody looks but when the budget says so."""
    budget, to_come = Budget(limits), sorted(asked, key=lambda one: one[0])
    asked_at_s: dict[int, float] = {}
    went: list[Went] = []
    now_s = 0.0
    for _ in range(100 * len(asked) + 1):
        while to_come and to_come[0][0] <= now_s:
            at_s, kind, chat = to_come.pop(0)
            asked_at_s[budget.ask(kind, chat).number] = at_s
        while call := budget.next_call(now_s):
            went.append((asked_at_s[call.number], now_s, call.kind, call.chat, call.number))
        times = [to_come[0][0]] if to_come else []
        if (again_at_s := budget.look_again_at_s(now_s)) is not None:
            assert again_at_s > now_s, "it would look for ever"
            times.append(again_at_s)
        if not times:
            return went
        now_s = min(times)
    raise AssertionError("somebody waits for ever")


def most_in_a_window(times_s: list[float], window_s: float) -> int:
    return max((sum(start <= at < start + window_s for at in times_s) for start in times_s), default=0)


@given(ASKED)
def test_no_window_ever_holds_more_than_the_limits(asked: Asked) -> None:
    went = play(LITTLE, asked)
    assert len(went) == len(asked), "everything goes in the end"
    assert LITTLE.overall is not None
    assert most_in_a_window([at for _, at, *_ in went], LITTLE.overall.window_s) <= LITTLE.overall.calls
    for chat in CHATS:
        times_s = [at for _, at, _, where, _ in went if where == chat]
        for limit in LITTLE.of(chat):
            assert most_in_a_window(times_s, limit.window_s) <= limit.calls


@given(ASKED)
def test_what_is_of_one_kind_and_for_one_chat_goes_in_the_order_in_which_it_came(asked: Asked) -> None:
    went = play(LITTLE, asked)
    for kind in Kind:
        for chat in CHATS:
            numbers = [number for *_, of, where, number in went if (of, where) == (kind, chat)]
            assert numbers == sorted(numbers)


@given(ASKED)
def test_where_no_chat_is_full_a_kind_goes_first_in_first_out(asked: Asked) -> None:
    went = play(Limits(Limit(10, 1.0)), asked)
    for kind in Kind:
        numbers = [number for _, _, of, _, number in went if of is kind]
        assert numbers == sorted(numbers)


@given(asked=ASKED, burst=st.sampled_from(Kind), size=st.integers(0, 150))
def test_nobody_waits_longer_than_the_share_of_its_kind_implies(asked: Asked, burst: Kind, size: int) -> None:
    limits = Limits(Limit(10, 1.0))
    went = play(limits, [(0.0, burst, "1")] * size + asked)
    for kind in Kind:
        mine = [(asked_at_s, at_s) for asked_at_s, at_s, of, *_ in went if of is kind]
        for asked_at_s, at_s in mine:
            before = sum(other_s <= asked_at_s and gone_s >= asked_at_s for other_s, gone_s in mine)
            # Two places a second, and one second more until the shares of others have come round.
            assert at_s - asked_at_s <= before / 2 + 2


def test_a_burst_of_first_answers_does_not_hold_up_a_clip() -> None:
    burst = [(0.0, Kind.FIRST, str(person)) for person in range(1, 501)]
    went = play(LIMITS["telegram"], [*burst, (0.5, Kind.CLIP, "1000"), (3.2, Kind.CLIP, "1001")])
    waited_s = [at_s - asked_at_s for asked_at_s, at_s, kind, *_ in went if kind is Kind.CLIP]
    assert max(waited_s) <= 1.0
    last_s = max(at_s for _, at_s, kind, *_ in went if kind is Kind.FIRST)
    assert last_s <= 500 / 30, "a share that nobody needs is not kept"


def test_the_most_urgent_goes_first() -> None:
    went = play(Limits(Limit(1, 1.0)), [(0.0, kind, "1") for kind in reversed(Kind)])
    assert [kind for _, _, kind, *_ in went] == list(Kind)
    assert all(later - earlier >= 1 for (_, earlier, *_), (_, later, *_) in pairwise(went))


def test_progress_leaves_places_of_a_group_to_the_clip() -> None:
    budget = Budget(Limits(a_group=(Limit(20, 60.0),)))
    taken = sum(budget.take_now(Kind.PROGRESS, "-1", 0.0) for _ in range(50))
    assert taken == 12
    budget.ask(Kind.CLIP, "-1")
    assert budget.next_call(0.0) is not None


def test_progress_that_asks_again_and_again_gets_its_share_of_a_busy_platform() -> None:
    budget, shown = Budget(Limits(Limit(10, 1.0))), 0
    for _ in range(400):
        budget.ask(Kind.FIRST, "1")
    for tenth in range(1, 101):
        now_s = tenth / 10
        while budget.next_call(now_s):
            pass
        shown += budget.take_now(Kind.PROGRESS, "2", now_s)
    assert 15 <= shown <= 25, "about two a second"


def test_whoever_goes_away_gives_up_the_place() -> None:
    budget = Budget(Limits(Limit(1, 1.0)))
    first, second = budget.ask(Kind.CLIP, "1"), budget.ask(Kind.CLIP, "1")
    budget.withdraw(first)
    assert budget.next_call(0.0) == second
    budget.withdraw(second)
    assert budget.look_again_at_s(0.0) is None


def test_a_chat_that_takes_nothing_now_is_known() -> None:
    budget = Budget(LITTLE)
    assert budget.take_now(Kind.CLIP, "1", 0.0)
    assert budget.full_chats(0.5) == {"1"}
    assert not budget.full_chats(1.0)


def test_without_limits_everything_goes_at_once() -> None:
    went = play(UNLIMITED, [(0.0, kind, "1") for kind in Kind for _ in range(50)])
    assert {at_s for _, at_s, *_ in went} == {0.0}
