"""The length of the chosen part is what sound and choice have in common; a foreign title becomes one line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sound import clean_title, part_length_s

whole_seconds = st.integers(0, 60)


@given(sound_s=whole_seconds, start_s=whole_seconds, duration_s=st.none() | st.integers(1, 60))
def test_a_part_is_as_long_as_the_seconds_that_sound_and_choice_share(
    sound_s: int, start_s: int, duration_s: int | None
) -> None:
    chosen = range(start_s, 1000 if duration_s is None else start_s + duration_s)
    assert part_length_s(sound_s, start_s, duration_s) == len(set(range(sound_s)) & set(chosen))


@given(
    sound_s=st.floats(0, 86_400),
    start_s=st.floats(0, 86_400),
    duration_s=st.none() | st.floats(1e-3, 86_400),
)
def test_a_part_is_never_longer_than_the_sound_or_than_was_asked_for(
    sound_s: float, start_s: float, duration_s: float | None
) -> None:
    length_s = part_length_s(sound_s, start_s, duration_s)
    assert 0 <= length_s <= sound_s
    assert duration_s is None or length_s <= duration_s
    assert (length_s == 0) == (start_s >= sound_s)


@pytest.mark.parametrize("start_s", [10.0, 11.0])
def test_nothing_is_left_where_a_part_begins_at_the_end_or_later(start_s: float) -> None:
    assert part_length_s(10.0, start_s) == part_length_s(10.0, start_s, 5.0) == 0


@pytest.mark.parametrize(
    ("title", "cleaned"),
    [
        (None, None),
        ("", None),
        ("\x00\u200b\n", None),
        ("\x1b[31mred", "[31mred"),
        ("a\tb\r\nc", "a b c"),
        ("\u202egnos\u202c \u200bhidden\ufeff", "gnos hidden"),
        ("Beyonce\u0301 – Halo 🎵", "Beyoncé – Halo 🎵"),
        ("x" * 500, "x" * 199 + "…"),
        ("\ud800broken", "broken"),
    ],
)
def test_a_title_is_one_line_of_letters(title: str | None, cleaned: str | None) -> None:
    assert clean_title(title) == cleaned
