"""Nothing teaches a form that its own grammar refuses: every example in every sentence is given to the reader."""

import re
from collections.abc import Iterator

import pytest

from bot.chat.events import Command
from bot.chat.grammar import RecipeOptions, parse_command
from bot.chat.markup import to_plain
from bot.chat.menu import BY_NAME, Option
from bot.chat.reader.options import take_options
from bot.chat.reader.read import read
from bot.chat.reader.readings import Make, Remix
from bot.chat.reader.room import Room
from bot.chat.wishes import wished
from bot.handlers.admin import changed
from bot.screens.messages import LANGUAGES, keys, template
from pipeline.themes.themes import resolve_theme
from storage.people.chats import ChatSettings

DISCORD = "discord."
PART = r"#\S+|\d+|https?://\S+|\w+:\"[^\"]*\"|\w+:\S+(?: (?!and |und )[a-zV]\w+(?=[\".)]|$))?"
SLASH = re.compile(rf"(?<![\w/.])/[a-z]+(?: (?:{PART}))*")
QUOTED = re.compile(r"[“„]([^”“„]+)[”“]")
CLIPS = ("ganterpret", "remix", "relay")


def examples(language: str) -> Iterator[tuple[str, str]]:
    """Yield (key, example) of every command in a sentence, with a number for every placeholder."""
    for key in sorted(keys(language)):
        text = re.sub(r"\{[^}]*\}", "12", to_plain(template(key, language)))
        for line in text.splitlines():
            for match in SLASH.finditer(line):
                yield key, match[0].rstrip(".,;:").replace("…", "dQw4w9WgXcQ")


def of_discord(key: str) -> bool:
    return key.startswith(DISCORD)


ALL = [(language, key, example) for language in LANGUAGES for key, example in examples(language)]


def test_there_are_examples_to_look_at() -> None:
    found = {example for language, key, example in ALL if language == "en"}
    assert {
        "/ganterpret https://youtu.be/dQw4w9WgXcQ theme:primates",
        '/ganterpret theme:"moon > rocket > baboon" start:1:30 duration:45',
        "/remix #12 theme:birds",
        "/remix scene:3 volcano",
        "/remix clip:#12 scene:3 category:volcano",
        "/relay 6",
    } <= found


@pytest.mark.parametrize(("language", "key", "example"), ALL)
def test_an_example_is_a_command_that_is_understood(language: str, key: str, example: str) -> None:
    command = parse_command(example)
    assert command is not None
    assert command.name in BY_NAME
    if of_discord(key) or command.name not in CLIPS:
        return
    wish = wished(Command(command.name, command.words), language).wish
    assert wish is not None
    if "theme" in wish.changes:
        resolve_theme(wish.changes["theme"], language)
    if wish.scene is not None:
        resolve_theme(wish.scene.category, language)


@pytest.mark.parametrize(("language", "key", "example"), [found for found in ALL if of_discord(found[1])])
def test_an_example_for_discord_names_options_that_the_command_has(language: str, key: str, example: str) -> None:
    name, _, words = example[1:].partition(" ")
    options: dict[str, Option] = {option.name: option for option in BY_NAME[name].options}
    typed = dict(re.findall(r"(\w+):(\S+)", words))
    assert typed.keys() <= options.keys(), example
    assert not words or typed, "Discord knows no words beside options"
    for option, value in typed.items():
        assert not options[option].choices or value in options[option].choices
    if name in CLIPS:
        wished(Command(name, options=typed), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_quoted_as_a_wish_is_read_as_one(language: str) -> None:
    for key in ("help.everyone", "discord.help.everyone", "unsure.clip"):
        wishes = QUOTED.findall(to_plain(template(key, language)))
        assert len(wishes) >= 3
        for wish in wishes:
            rooms = (Room(answers="clip"), Room(mentioned=True, sounds=1))
            readings = [read(wish, room, language) for room in rooms]
            assert isinstance(readings[0], Remix), wish
            assert isinstance(readings[1], Make), wish


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_of_questions_are_answers(language: str) -> None:
    for wish in template("ask.remix_placeholder", language).split(";"):
        assert isinstance(read(wish, Room(answers="clip"), language), Remix), wish
    for wish in template("ask.ganterpret_placeholder", language).split(";"):
        assert wished(Command("ganterpret", wish), language).wish != RecipeOptions(), wish
    for key in ("ask.theme_placeholder", "ask.scene_placeholder", "ask.relay_placeholder"):
        for theme in template(key, language).split(",")[:2]:
            resolve_theme(theme, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_settings_that_are_shown_can_be_set(language: str) -> None:
    example = re.search(r"/settings ([^;<]*)", to_plain(template("settings.text", language)))
    assert example is not None
    pairs = dict(re.findall(r"(\w+):(\S+)", example[1]))
    assert pairs.pop("language") in LANGUAGES
    assert changed(ChatSettings(), pairs) != ChatSettings()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_option_that_help_names_is_one(language: str) -> None:
    line = re.search(r"(?:Options|Optionen): ([^.]*)\.", to_plain(template("help.everyone", language)))
    assert line is not None
    names = line[1].split(", ")
    assert len(names) == 11
    for name in names:
        assert take_options(f"{name}: 1", strict=True).values, name
