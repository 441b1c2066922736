"""The menu, the dispatcher and the catalogue agree."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.chat.actions import VERBS
from bot.chat.grammar import OPTIONS
from bot.chat.menu import ALIASES, BY_NAME, MENU
from bot.handlers.dispatcher import COMMANDS, PRESSES
from bot.screens.messages import LANGUAGES, keys, say, template

BOT = Path(__file__).parents[4] / "bot"


def test_every_command_on_the_menu_is_served_and_every_served_one_is_on_it() -> None:
    assert BY_NAME.keys() == COMMANDS.keys()
    assert set(ALIASES.values()) <= COMMANDS.keys()


def test_every_button_is_served() -> None:
    assert PRESSES.keys() == VERBS


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_on_the_menu_has_a_description_that_fits(language: str) -> None:
    for item in MENU:
        assert 3 <= len(say(f"menu.{item.name}", language)) <= 100
        for option in item.options:
            assert 3 <= len(say(f"option.{option.name}", language)) <= 100


def test_typed_options_of_a_recipe_are_words_of_its_grammar() -> None:
    others = {"link", "file", "clip", "scene", "category", "people"}
    for name in ("ganterpret", "remix", "relay"):
        assert {option.name for option in BY_NAME[name].options} - others <= OPTIONS.keys()


def test_required_options_come_first_and_there_are_few_enough() -> None:
    for item in MENU:
        required = [option.required for option in item.options]
        assert required == sorted(required, reverse=True)
        assert len(item.options) <= 25
        assert all(len(option.choices) <= 25 for option in item.options)


@pytest.mark.parametrize("language", LANGUAGES)
def test_questions_fit_a_text_box(language: str) -> None:
    for key in ("theme", "scene", "relay"):
        assert len(say(f"ask.{key}", language, number=1000)) <= 45
        assert len(say(f"ask.{key}_placeholder", language)) <= 64


def spoken() -> Iterator[tuple[str, set[str] | None, str]]:
    """Yield (key, names of the facts or None where they are passed on whole, place) of every ``say("key", …)``."""
    for path in sorted(BOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
                key = node.args[0]
                if isinstance(key, ast.Constant):
                    names = {word.arg for word in node.keywords}
                    facts = None if None in names else {str(name) for name in names}
                    yield str(key.value), facts, f"{path.name}:{node.lineno}"


def test_every_sentence_that_is_said_exists_and_gets_its_facts() -> None:
    for key, facts, place in spoken():
        assert key in keys("en"), place
        wanted = {name for _, name, _, _ in string.Formatter().parse(template(key, "en")) if name}
        assert facts is None or wanted <= facts, f"{place} {key}"


def test_no_sentence_is_never_said() -> None:
    literals = {
        node.value
        for path in BOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    of_code_or_menu = ("menu.", "option.", "error.", "advice.", "command.", "refusal.", "dispatcher.")
    for key in sorted(keys("en")):
        if key.startswith("discord."):
            assert key.removeprefix("discord.") in keys("en"), "another wording of a sentence that there is"
        elif not key.startswith(of_code_or_menu):
            last = key.partition(".")[2]  # f"button.{verb}" and the like
            assert literals & {key, key.removesuffix("_placeholder"), last}, key
