"""Behind the bot's name a command needs no slash; a sentence that begins like one is none."""

import pytest

from bot.chat.implied_command import implied_command


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("help", "help"),
        ("/help", "help"),
        ("remix theme:birds", "remix"),
        ("remix seed : new", "remix"),
        ("show #12", "show"),
        ("relay 6 https://youtu.be/dQw4w9WgXcQ", "relay"),
        ("ganterpret https://youtu.be/dQw4w9WgXcQ with cats", "ganterpret"),
        ("/weather", "weather"),
        ("show me cats", None),
        ("remix this with birds", None),
        ("help me please", None),
        ("weather", None),
        ("", None),
    ],
)
def test_a_command_is_told_from_a_sentence(words: str, name: str | None) -> None:
    command = implied_command(words)
    assert (None if command is None else command.name) == name
