"""Buttons outlive restarts: what is written into one can be read from it for ever."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.actions import MAX_LENGTH, VERBS, Action, parse_action

actions = st.builds(
    Action,
    verb=st.sampled_from(sorted(VERBS)),
    subject=st.integers(0, 2**53),
    arguments=st.lists(st.integers(0, 999).map(str), max_size=3).map(tuple),
)


@given(actions)
def test_an_action_survives_its_button(action: Action) -> None:
    assert parse_action(str(action)) == action


@given(actions)
def test_every_button_fits_the_smaller_chat(action: Action) -> None:
    assert len(str(action).encode()) <= MAX_LENGTH


@given(st.text())
def test_a_foreign_id_is_nothing(text: str) -> None:
    action = parse_action(text)
    assert action is None or str(action)


@pytest.mark.parametrize("text", ["", "reroll", "reroll:", "explode:1", "reroll:1:2:3:4:5", "reroll:1 ", "reroll:Ä"])
def test_what_is_none_of_ours_is_refused(text: str) -> None:
    assert parse_action(text) is None


def test_an_argument_that_would_not_come_back_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="no button"):
        str(Action("theme_is", 1, ("Red fox!",)))


def test_buttons_that_are_out_there_keep_their_meaning() -> None:
    assert parse_action("reroll:k3f") == Action("reroll", 26043)
    assert parse_action("scene_is:1:3:980") == Action("scene_is", 1, ("3", "980"))
