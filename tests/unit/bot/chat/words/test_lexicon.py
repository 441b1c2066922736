"""The words of every language fit together."""

import tomllib
from pathlib import Path

import pytest

import bot.chat.words.lexicon as module
from bot.chat.grammar import OPTIONS
from bot.chat.menu import BY_NAME
from bot.chat.words.lexicon import languages, lexicon
from bot.chat.words.phrases import CUT, orders, phrases

FOLDER = Path(module.__file__).parent


def test_english_and_german_are_read() -> None:
    assert languages() == ("de", "en")


@pytest.mark.parametrize("tag", languages())
def test_every_language_has_the_tables_of_english(tag: str) -> None:
    english = tomllib.loads((FOLDER / "en.toml").read_text(encoding="utf-8"))
    other = tomllib.loads((FOLDER / f"{tag}.toml").read_text(encoding="utf-8"))
    assert other.keys() == english.keys()
    for table in ("phrases", "units", "fillers", "refusals"):
        assert other[table].keys() == english[table].keys()


def test_every_option_that_is_named_exists() -> None:
    assert set(lexicon().options.values()) <= {*OPTIONS, "scene"}
    assert set(OPTIONS) <= set(lexicon().options.values())


def test_every_order_is_a_command() -> None:
    assert {name for name, _ in orders()} <= BY_NAME.keys()


@pytest.mark.parametrize("meaning", lexicon().phrases)
def test_no_phrase_is_found_in_nothing(meaning: str) -> None:
    for pattern in phrases(meaning):
        assert not pattern.search(""), pattern.pattern
        assert not pattern.search(f" {CUT} , "), pattern.pattern
