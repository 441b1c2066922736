"""One spelling for what is written in many ways."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.words.spelling import spelled, tidied


@pytest.mark.parametrize(
    ("written", "tidy"),
    [
        ("theme：“red fox”", 'theme:"red fox"'),
        ("theme:„Affen“", 'theme:"Affen"'),
        ("theme:«birds»", 'theme:"birds"'),
        ("it’s", "it's"),
        ("seed＝5", "seed=5"),
        ("a\u00a0b\u200b", "a b"),
        ("\u202etheme", "theme"),
    ],
)
def test_signs_that_look_alike_are_alike(written: str, tidy: str) -> None:
    assert tidied(written) == tidy


@given(st.text(max_size=60))
def test_to_tidy_twice_is_to_tidy_once(text: str) -> None:
    assert tidied(tidied(text)) == tidied(text)


@pytest.mark.parametrize("written", ["größe", "groesse", "grosse"])
def test_umlauts_are_read_however_they_are_written(written: str) -> None:
    assert re.fullmatch(spelled("größe"), written)
