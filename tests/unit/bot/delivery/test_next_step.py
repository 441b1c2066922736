"""The tables of a delivery, asked everything that can be the case.

`scripts.draw_tables` yields every decision: all that the books can say of a claimed delivery, followed by every answer
that the chat can give to every step.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.port import ChatCode, ChatError
from bot.delivery.next_step import (
    EVERY_CHAT_TAKES_BYTES,
    LONGEST_PAUSE_S,
    MOST_ATTEMPTS,
    TABLES,
    Case,
    Row,
    bytes_to_fit,
    next_step,
    put_off,
)
from bot.delivery.steps import Announce, Edit, End, Ending, Find, Post, Step, Words
from scripts.draw_tables import NOW_S, PAGE, beginnings, decisions, page
from storage.outbox.deliveries import Delivery
from storage.outbox.posted_messages import Role
from storage.states import RequestState


@pytest.fixture(scope="module")
def everything() -> list[tuple[Case, Row, Step]]:
    return list(decisions())


def test_every_claim_ends_after_a_few_steps(everything: list[tuple[Case, Row, Step]]) -> None:
    assert max(len(case.facts.tried) for case, _, _ in everything) <= 8


def test_every_line_of_every_table_is_reached(everything: list[tuple[Case, Row, Step]]) -> None:
    reached = {(case.delivery.kind, row.name) for case, row, _ in everything}
    everywhere = {(kind, row.name) for kind, rows in TABLES.items() for row in rows}
    assert everywhere - reached == {("show", "the clip is there; somebody has waited for it")}


def test_what_stands_in_the_chat_is_never_posted_again(everything: list[tuple[Case, Row, Step]]) -> None:
    posts = [(case, step) for case, _, step in everything if isinstance(step, Post)]
    assert posts
    assert not [case for case, step in posts if case.stands(step.role)]


def test_what_may_be_there_already_is_looked_for_before_it_is_posted(everything: list[tuple[Case, Row, Step]]) -> None:
    """Whether a claim left it in doubt or this one did: after a lost answer nothing is posted in the same claim."""
    for case, _, step in everything:
        if isinstance(step, Post):
            find = Find(step.role, step.words)
            assert case.tried(find) or not (case.in_doubt and case.delivery.in_doubt is step.role)
            assert not [outcome for tried, outcome in case.facts.tried if tried == step]


def test_after_a_lost_answer_the_next_claim_knows(everything: list[tuple[Case, Row, Step]]) -> None:
    lost = [
        step
        for case, _, step in everything
        if isinstance(step, End)
        and case.facts.tried
        and isinstance(case.facts.tried[-1][0], Post)
        and case.facts.tried[-1][1].refusal
        and case.facts.tried[-1][1].refusal.code is ChatCode.UNCERTAIN
        and case.delivery.attempts < MOST_ATTEMPTS
    ]
    assert lost
    assert {end.ending for end in lost} == {Ending.DOUBT}


def test_the_clip_comes_only_by_an_edit(everything: list[tuple[Case, Row, Step]]) -> None:
    assert not [step for _, _, step in everything if isinstance(step, Post) and step.words is Words.CLIP]
    assert [step for _, _, step in everything if step == Edit(Words.CLIP)]


def test_whoever_has_waited_is_told_once(everything: list[tuple[Case, Row, Step]]) -> None:
    told = [case for case, _, step in everything if isinstance(step, Announce)]
    assert told
    assert not [case for case in told if case.stands(Role.NOTICE) or case.delivery.in_doubt is Role.NOTICE]


def test_whoever_has_not_waited_long_is_not_told() -> None:
    case = next(case for case in beginnings() if case.delivery.kind == "clip" and case.stands(Role.CLIP))
    just_asked = replace(case.facts, asked_at_s=NOW_S - 1)
    assert next_step(case.delivery, just_asked, NOW_S) == End(Ending.SENT)


def test_a_step_that_was_refused_is_not_repeated_within_a_claim(everything: list[tuple[Case, Row, Step]]) -> None:
    assert not [step for case, _, step in everything if not isinstance(step, End) and case.is_refused(step)]


def test_sent_means_that_it_is_there(everything: list[tuple[Case, Row, Step]]) -> None:
    says_it = {"status": Role.STATUS, "notice": Role.NOTICE, "clip": Role.CLIP, "show": Role.CLIP}
    for case, _, step in everything:
        if step == End(Ending.SENT):
            assert case.stands(says_it[case.delivery.kind]) or case.done(Edit(Words.ENDED))


def test_a_clip_is_never_dropped(everything: list[tuple[Case, Row, Step]]) -> None:
    endings = {step.ending for case, _, step in everything if case.delivery.kind == "clip" and isinstance(step, End)}
    assert Ending.DROPPED not in endings


def test_only_a_clip_that_does_not_fit_costs_nothing(everything: list[tuple[Case, Row, Step]]) -> None:
    refunded = [case for case, _, step in everything if isinstance(step, End) and step.refund]
    assert refunded
    assert all(case.fits_not and not case.stands(Role.CLIP) for case in refunded)


def test_nothing_is_put_off_for_ever(everything: list[tuple[Case, Row, Step]]) -> None:
    """Being busy is the chat's own pause; everything else has its last attempt."""
    for case, _, step in everything:
        if case.delivery.attempts >= MOST_ATTEMPTS and isinstance(step, End):
            is_busy = [o for _, o in case.facts.tried if o.refusal and o.refusal.code is ChatCode.BUSY]
            assert step.ending not in (Ending.LATER, Ending.DOUBT, Ending.MOVED) or is_busy


def test_a_chat_that_moves_on_and_on_is_followed_ever_more_slowly() -> None:
    claim = next(beginnings()).delivery
    moved = ChatError(ChatCode.MOVED, new_chat="there")
    pauses = []
    for attempts in range(1, MOST_ATTEMPTS):
        end = put_off(_with_attempts(claim, attempts), moved.code, moved)
        assert (end.ending, end.new_chat) == (Ending.MOVED, "there")
        pauses.append(end.after_s)
    assert pauses[0] == 0
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE_S
    assert put_off(_with_attempts(claim, MOST_ATTEMPTS), moved.code, moved).ending is Ending.DROPPED


def test_a_chat_says_itself_how_long_it_wants_to_be_left_in_peace() -> None:
    busy = ChatError(ChatCode.BUSY, retry_after_s=33)
    end = put_off(next(beginnings()).delivery, busy.code, busy)
    assert (end.ending, end.after_s, end.leave_in_peace_s) == (Ending.LATER, 33, 33)


def test_a_request_that_is_over_gets_no_status_message(everything: list[tuple[Case, Row, Step]]) -> None:
    over = [
        step
        for case, _, step in everything
        if case.delivery.kind == "status" and case.facts.request_state is RequestState.FAILED
    ]
    assert {type(step) for step in over} == {End, Find}


def test_the_tables_ask_nothing_but_what_they_are_told() -> None:
    for case in beginnings():
        assert next_step(case.delivery, case.facts, NOW_S) == next_step(case.delivery, case.facts, NOW_S)


def test_the_page_shows_the_tables_as_they_are() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "write it anew: python -m scripts.draw_tables"


@given(size=st.integers(1_000, 10**9), told=st.none() | st.integers(1, 10**9))
def test_a_file_that_was_refused_is_made_smaller(size: int, told: int | None) -> None:
    fit = bytes_to_fit(size, told)
    assert fit < size
    if told is not None and told < size:
        assert fit == told
    else:
        assert fit <= EVERY_CHAT_TAKES_BYTES


def _with_attempts(delivery: Delivery, attempts: int) -> Delivery:
    return replace(delivery, attempts=attempts)
