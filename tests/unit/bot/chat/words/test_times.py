"""Times as people write them, in every language that is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.words.times import number_in, seconds_in


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("83", 83),
        ("1:23", 83),
        ("1：23", 83),
        ("1:02:03", 3723),
        ("1m23s", 83),
        ("1m30", 90),
        ("1 min 30", 90),
        ("30 sec", 30),
        ("30 s", 30),
        ("30S", 30),
        ("12,5", 12.5),
        ("2.5s", 2.5),
        ("half a minute", 30),
        ("one minute and 20 seconds", 80),
        ("45 Sekunden", 45),
        ("eine halbe Minute", 30),
        ("zwei Minuten", 120),
        ("1h", 3600),
        ("1h 5", 3900),
    ],
)
def test_a_time_is_read(text: str, seconds: float) -> None:
    assert seconds_in(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "nan", "-3", "1:2:3:4", "90000", "30 px", "inf"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert seconds_in(text) is None


@given(st.text(max_size=40))
def test_any_text_is_a_time_of_a_day_or_none(text: str) -> None:
    seconds = seconds_in(text)
    assert seconds is None or 0 <= seconds <= 86_400


def test_numbers_are_read_in_words() -> None:
    assert (number_in("six"), number_in("zwölf"), number_in("many")) == (6, 12, None)
