"""Screens as what Discord's messages are made of, its refusals as ours, and which interaction leads where."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.discord import commands, errors, showing
from bot.adapters.discord.buttons import ActionButton, modal_of, view_of
from bot.adapters.discord.hints import MARGIN, Hints
from bot.chat.actions import VERBS, Action
from bot.chat.answers import AskText
from bot.chat.markup import escape, to_discord
from bot.chat.menu import MENU
from bot.chat.port import Button, ChatCode, Destination, Screen, Video
from bot.screens.messages import LANGUAGES, say

# --- texts ------------------------------------------------------------------------------------------------------------


def test_what_fits_is_only_translated() -> None:
    assert showing.content("🎬 <b>birds</b> <code>/show #1</code> &amp; more") == "🎬 **birds** `/show #1` & more"


def test_what_does_not_fit_is_cut_between_characters_and_closed() -> None:
    assert showing.content("<b>abcdefghij</b>", 10) == "**abcde…**"
    assert showing.content("ab_cdef", 6) == "ab\\_c…"  # never between a backslash and what it escapes


PIECES = st.lists(
    st.one_of(st.text(max_size=12).map(escape), st.sampled_from(["🎲", "&lt;", "*", "_", " "])), max_size=8
)


@settings(deadline=None, max_examples=60)
@given(PIECES, PIECES, st.integers(12, 60))
def test_a_cut_text_is_short_enough_and_leaves_no_mark_open(before: list[str], inside: list[str], limit: int) -> None:
    text = f"{''.join(before)}<b>{''.join(inside)}</b>{''.join(inside)}"
    shown = showing.content(text, limit)
    assert len(shown) <= limit
    bare = shown.replace("\\\\", "").replace("\\*", "")
    assert bare.count("**") % 2 == 0


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=60))
def test_foreign_words_are_never_markup_nor_mentions(words: str) -> None:
    shown = showing.content(f"<i>{escape(words)}</i>")
    assert "@everyone" not in shown
    assert "@here" not in shown
    assert "<@" not in shown
    assert "](" not in shown


# --- buttons ----------------------------------------------------------------------------------------------------------


def buttons(count: int, width: int) -> tuple[tuple[Button, ...], ...]:
    each = [Button(str(number), f"scene:7:{number}") for number in range(1, count + 1)]
    return tuple(tuple(each[start : start + width]) for start in range(0, count, width))


def test_rows_that_fit_stay_as_they_are() -> None:
    assert showing.rows(buttons(15, 3)) == list(buttons(15, 3))


@pytest.mark.parametrize(("count", "width"), [(18, 4), (15, 3), (18, 3), (20, 1)])
def test_a_tall_menu_is_made_broader_and_keeps_its_way_out(count: int, width: int) -> None:
    close = (Button("▶", "scene_page:7:1"), Button("Close", "close:7"))
    rows = showing.rows((*buttons(count, width), close))
    assert rows[-1] == close
    assert len(rows) <= showing.MOST_ROWS
    assert max(map(len, rows)) <= showing.ROW_WIDTH
    assert [button.label for row in rows[:-1] for button in row] == [str(number) for number in range(1, count + 1)]


async def test_a_button_of_every_verb_is_known_again_by_its_id() -> None:
    for verb in VERBS:
        action = str(Action(verb, 2**40, ("musical-instrument", "3")))
        assert ActionButton.__discord_ui_compiled_template__.fullmatch(action)
    view = view_of(((Button("Delete it", "delete_yes:7", "danger"), Button("Keep it", "close:7")),))
    assert view is not None
    assert view.is_persistent()
    (row,) = view.to_components()
    assert [(item["custom_id"], item["style"]) for item in row["components"]] == [("delete_yes:7", 4), ("close:7", 2)]
    assert view_of(()) is None


async def test_a_box_keeps_its_question_in_its_label_and_its_meaning_in_its_id() -> None:
    modal = modal_of(AskText("Which theme?", "birds", "theme_word:7")).to_dict()
    (label,) = modal["components"]
    assert (modal["custom_id"], label["label"], label["component"]["placeholder"]) == (
        "theme_word:7",
        "Which theme?",
        "birds",
    )


def test_a_video_goes_before_a_picture() -> None:
    clip = Video(Path("clip.mp4"), 128, 4.0)
    assert showing.file_of(Screen("x")) is None
    assert showing.file_of(Screen("x", picture=Path("a.png"))) == Path("a.png")
    assert showing.file_of(Screen("x", picture=Path("a.png"), video=clip)) == Path("clip.mp4")


def test_an_event_s_nonce_fits() -> None:
    assert showing.nonce_of(f"interaction:{2**63}") == f"a{2**63}"
    assert len(showing.nonce_of(f"message:{2**64 - 1}")) <= showing.NONCE_LIMIT


# --- commands ---------------------------------------------------------------------------------------------------------


async def nobody(*_: object) -> Any:
    raise AssertionError("not asked")


def test_every_command_of_the_menu_is_there_with_all_its_options() -> None:
    made = {command.name: command for command in commands.slash_commands(nobody, nobody)}
    assert list(made) == [item.name for item in MENU]
    for item in MENU:
        parameters = {parameter.name: parameter for parameter in made[item.name].parameters}
        assert set(parameters) == {option.name for option in item.options}
        for option in item.options:
            shown = parameters[option.name]
            assert shown.required == option.required
            assert shown.autocomplete == option.suggests
            assert [choice.value for choice in shown.choices] == list(option.choices)


def test_numbers_have_their_bounds() -> None:
    made = {command.name: command for command in commands.slash_commands(nobody, nobody)}
    bounds = {(p.name, p.min_value, p.max_value) for command in made.values() for p in command.parameters}
    assert {("fps", 1, 60), ("truncation", 0.02, 1.0), ("scene", 1, 1000), ("people", 2, 12)} <= bounds


@pytest.mark.parametrize("language", LANGUAGES)
def test_descriptions_fit_where_discord_shows_them(language: str) -> None:
    for item in MENU:
        assert 1 <= len(say(f"menu.{item.name}", language)) <= 100
        for option in item.options:
            assert 1 <= len(say(f"option.{option.name}", language)) <= 100
    for key in commands.ON_MESSAGES.values():
        assert 1 <= len(say(key, language)) <= 32


async def test_descriptions_are_translated_for_those_who_read_another_language() -> None:
    translate = commands.Translations().translate
    text = discord.app_commands.locale_str("Show a clip again", key="menu.show")
    context: Any = None
    assert await translate(text, discord.Locale.german, context) == say("menu.show", "de")
    assert await translate(text, discord.Locale.french, context) is None
    assert await translate(text, discord.Locale.british_english, context) is None


# --- refusals ---------------------------------------------------------------------------------------------------------


def answer(status: int, code: int = 0, headers: dict[str, str] | None = None) -> discord.HTTPException:
    response: Any = SimpleNamespace(status=status, reason="", headers=headers or {})
    return discord.HTTPException(response, {"code": code, "message": "no"})


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (answer(400, 40005), ChatCode.TOO_LARGE),
        (answer(413), ChatCode.TOO_LARGE),
        (answer(404, 10008), ChatCode.GONE),
        (answer(404, 10003), ChatCode.GONE),
        (answer(404, 10062), ChatCode.GONE),
        (answer(403, 50001), ChatCode.FORBIDDEN),
        (answer(403, 50013), ChatCode.FORBIDDEN),
        (answer(403, 50007), ChatCode.FORBIDDEN),
        (answer(401, 50027), ChatCode.FORBIDDEN),
        (answer(403), ChatCode.FORBIDDEN),
        (answer(429), ChatCode.BUSY),
        (answer(400, 30046), ChatCode.BUSY),
        (answer(500), ChatCode.UNCERTAIN),
        (answer(502), ChatCode.UNCERTAIN),
        (answer(503), ChatCode.UNREACHABLE),
        (answer(401), ChatCode.UNREACHABLE),
        (answer(400, 200000), ChatCode.REFUSED),
        (discord.RateLimited(90.0), ChatCode.BUSY),
        (aiohttp.ServerDisconnectedError(), ChatCode.UNCERTAIN),
        (aiohttp.ClientOSError(), ChatCode.UNCERTAIN),
        (TimeoutError(), ChatCode.UNCERTAIN),
    ],
)
def test_a_refusal_s_meaning_is_in_its_number(error: Exception, code: ChatCode) -> None:
    assert errors.explain(error).code is code


def test_a_line_that_was_never_there_carried_nothing() -> None:
    key: Any = SimpleNamespace(host="discord.com", port=443, ssl=True)
    error = aiohttp.ClientConnectorError(key, OSError("no route"))
    assert errors.explain(error).code is ChatCode.UNREACHABLE


def test_a_flood_says_when_to_come_back() -> None:
    assert errors.explain(answer(429, headers={"Retry-After": "7.5"})).facts == {"retry_after_s": 7.5}
    assert errors.explain(answer(429)).facts == {"retry_after_s": errors.RETRY_AFTER_S}
    assert errors.explain(discord.RateLimited(90.0)).facts == {"retry_after_s": 90.0}


def test_what_is_no_business_of_discord_s_stays_what_it_is() -> None:
    with pytest.raises(KeyError):
        errors.explain(KeyError("x"))
    with pytest.raises(FileNotFoundError), errors.explained():
        Path("/nowhere/at/all").read_bytes()


# --- hints ------------------------------------------------------------------------------------------------------------

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def interaction(person: int, channel: int, at: datetime = NOON) -> Any:
    client = SimpleNamespace(get_guild=lambda _number: None)
    user = SimpleNamespace(id=person)
    return SimpleNamespace(
        user=user, channel_id=channel, guild_id=1, client=client, expires_at=at + timedelta(minutes=15)
    )


def test_the_event_that_is_answered_comes_first_and_then_the_person_s_latest() -> None:
    hints = Hints(lambda: NOON)
    first, second = interaction(7, 5), interaction(7, 5)
    hints.remember("e1", first)
    hints.remember("e2", second)
    hints.remember("e3", interaction(8, 5))
    found = {
        name: hints.find(place)
        for name, place in {
            "event": Destination("1", "5", person="7", event="e1"),
            "person": Destination("1", "5", person="7"),
            "elsewhere": Destination("1", "6", person="7"),
            "stranger": Destination("1", "5", person="9"),
            "directly": Destination("1", "5", person="7", direct=True),
        }.items()
    }
    assert {name: hint and hint.interaction for name, hint in found.items()} == {
        "event": first,
        "person": second,
        "elsewhere": None,
        "stranger": None,
        "directly": None,
    }


def test_a_token_is_not_relied_on_when_it_runs_out() -> None:
    now = [NOON]
    hints = Hints(lambda: now[0])
    hints.remember("e1", interaction(7, 5))
    place = Destination("1", "5", person="7", event="e1")
    now[0] = NOON + timedelta(minutes=15) - MARGIN - timedelta(seconds=1)
    assert hints.find(place) is not None
    now[0] = NOON + timedelta(minutes=15) - MARGIN
    assert hints.find(place) is None


def test_to_discord_agrees_with_what_is_measured() -> None:
    text = "<b>a_b</b> &lt;x&gt; <code>`</code>"
    assert showing.content(text, len(to_discord(text))) == to_discord(text)
