"""The language of some words, where the chat does not tell it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.words.guess import language_of
from bot.chat.words.lexicon import languages


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("noch mal, ruhiger", "de"),
        ("nur Affen bitte", "de"),
        ("Vögel", "de"),
        ("kannst du ein Video von https://youtu.be/dQw4w9WgXcQ mit Katzen machen", "de"),
        ("make it birds please", "en"),
        ("again, calmer", "en"),
        ("can you make a video of https://youtu.be/dQw4w9WgXcQ with cats", "en"),
        ("", None),
        ("🎲", None),
        ("12", None),
        ("xyzzy", None),
    ],
)
def test_words_tell_their_language(text: str, language: str | None) -> None:
    assert language_of(text) == language


@given(st.text(max_size=400))
def test_any_text_is_of_a_language_or_none(text: str) -> None:
    assert language_of(text) in {*languages(), None}
