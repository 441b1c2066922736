"""What people see, in both languages: it fits, it is harmless, and it says what is so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.actions import MAX_LENGTH, parse_action
from bot.chat.markup import to_discord, to_plain
from bot.chat.port import Screen, Video
from bot.screens import pages, status
from bot.screens.clip import caption, clip_screen, delete_question, family_screen, poster_screen, recipe_screen
from bot.screens.menus import SCENES_ON_A_PAGE, category_menu, scene_menu, theme_menu
from bot.screens.messages import LANGUAGES
from bot.screens.pieces import CAPTION_LENGTH, bar, chain, listing, percent
from bot.screens.relay import over_screen, relay_screen
from pipeline.errors import ErrorCode, PipelineError
from pipeline.fetch.health import SiteHealth
from pipeline.recipe import MAX_SCENES, Recipe, Scene
from pipeline.themes.categories import categories
from storage.clips.clips import FamilyMember
from storage.people.chats import ChatSettings
from storage.requests.quotas import UNLIMITED, Spending
from storage.requests.relays import Pick
from storage.states import DeliveryState, RelayState, RequestState
from storage.upkeep.stats import Stats
from tests.doubles.rows import clip, relay, request

NASTY = "<b>@everyone</b> **bold** `code` [x](http://evil.example) \u202e\n" + "W" * 3000
WORST = clip(
    title=NASTY,
    maker_name=NASTY,
    recipe=Recipe(theme=NASTY[:2000], scenes=tuple(Scene(n % 1000, n) for n in range(MAX_SCENES)), model="sketch"),
)
RELAY = relay(recipe=Recipe(theme=NASTY[:500]), scenes=12, picks=tuple(Pick(n, NASTY, n) for n in range(11)))
STATS = Stats(1, 2, 3, dict.fromkeys(RequestState, 1), dict.fromkeys(DeliveryState, 0), 4, 5.0, 6.0, 7_000_000)
SITES = [
    SiteHealth("YouTube", 1, {ErrorCode.LINK_TURNED_AWAY: 5}, breaker, 60.0)  # type: ignore[arg-type]
    for breaker in ("closed", "open", "trying")
] + [SiteHealth("Vimeo", 3, {})]
FAILED = request(error=PipelineError(ErrorCode.UNKNOWN_THEME, query=NASTY, suggestions=(NASTY, "b")), asker_name=NASTY)
VIDEO = Video(Path("v"), 256, 1.0)

SCREENS: dict[str, Callable[[str], Screen]] = {
    "waiting": lambda language: status.waiting(request(recipe=Recipe(theme=NASTY[:2000]), asker_name=NASTY), language),
    "ended": lambda language: status.ended(FAILED, language),
    "too large": lambda language: status.too_large(WORST, language, 10_000_000),
    "unsent": lambda language: status.unsent(WORST, language),
    "clip": lambda language: clip_screen(WORST, VIDEO, language),
    "clip of a relay": lambda language: clip_screen(WORST, VIDEO, language, [NASTY] * 12),
    "poster": lambda language: poster_screen(WORST, Path("p"), language),
    "recipe": lambda language: recipe_screen(WORST, language),
    "delete": lambda language: delete_question(WORST, language),
    "family": lambda language: family_screen([FamilyMember(WORST, 0)], 12, frozenset({12}), language),
    "themes for a remix": lambda language: theme_menu(WORST, [("ocean", NASTY)] * 9, language),
    "scenes": lambda language: scene_menu(WORST, 3, language),
    "categories": lambda language: category_menu(WORST, 5, categories()[:6], language),
    "relay": lambda language: relay_screen(RELAY, categories()[:6], language, 300),
    "end of a relay": lambda language: over_screen(replace(RELAY, state=RelayState.ENDED), language),
    "help": lambda language: pages.help_page(language, may_configure=True, is_owner=True),
    "queue": lambda language: pages.queue_page([FAILED] * 100, {3: 7}, language),
    "which to cancel": lambda language: pages.cancel_page([FAILED] * 5, language),
    "quota": lambda language: pages.quota_page(Spending(1, 2), Spending(3, 4), UNLIMITED, 5, False, language),
    "mine": lambda language: pages.mine_page([WORST] * 10, language),
    "privacy": lambda language: pages.privacy_page(30, language),
    "forget": lambda language: pages.forget_question(1, language),
    "forgotten": lambda language: pages.forgotten_page(3, language),
    "settings": lambda language: pages.settings_page(ChatSettings(NASTY, 256, 60, 5, 600, True), "de", language),
    "stats": lambda language: pages.stats_page(STATS, SITES, language),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SCREENS)
def test_every_screen_fits_every_chat_and_foreign_text_in_it_is_harmless(name: str, language: str) -> None:
    screen = SCREENS[name](language)
    limit = CAPTION_LENGTH if screen.video or screen.picture else 2000
    assert 0 < len(to_plain(screen.text)) <= limit
    assert "<b>@everyone" not in screen.text
    assert "\u202e" not in screen.text
    assert "@everyone" not in to_discord(screen.text)
    assert len(screen.buttons) <= 5
    for row in screen.buttons:
        assert 1 <= len(row) <= 5
        for button in row:
            assert 0 < len(button.label) <= 40
            assert len(button.action) <= MAX_LENGTH
            assert parse_action(button.action) is not None


@pytest.mark.parametrize("language", LANGUAGES)
def test_screens_in_one_language_are_not_those_of_another(language: str) -> None:
    others = [other for other in LANGUAGES if other != language]
    for name, screen in SCREENS.items():
        for other in others:
            assert screen(language) != screen(other), name


# --- the status message -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ({}, "Next in the queue."),
        ({"state": RequestState.RELEASED}, "About to begin …"),
        ({"state": RequestState.FETCHING, "stage": "fetching"}, "Fetching the sound …"),
        ({"state": RequestState.RENDERING, "stage": "analyzing", "done": 1, "total": 2}, "Listening …"),
        ({"state": RequestState.RENDERING, "stage": "storyboard"}, "Sketching the scenes …"),
        ({"state": RequestState.RENDERING, "stage": "rendering", "done": 3, "total": 7}, "▰▰▰▰▱▱▱▱▱▱ 42 %"),
        ({"state": RequestState.RENDERING, "stage": "encoding"}, "Putting pictures and sound together …"),
        ({"state": RequestState.RENDERING, "stage": "unheard of"}, "About to begin …"),
    ],
)
def test_a_status_message_says_what_is_going_on(facts: dict[str, Any], line: str) -> None:
    screen = status.waiting(request(**facts), "en", position=0)
    assert to_plain(screen.text).splitlines() == ["🎬 primates for Ada", line]


def test_a_status_message_says_who_is_before() -> None:
    assert "3 before it" in status.waiting(request(), "en", position=3).text


@given(eta_s=st.floats(0.01, 100_000))
def test_an_estimate_is_rounded_up_and_never_by_more_than_a_tenth_or_five_seconds(eta_s: float) -> None:
    rounded = status.rounded_eta_s(eta_s)
    assert eta_s <= rounded <= max(eta_s * 1.25, eta_s + 60)
    assert rounded % 5 == 0


@given(done=st.integers(0, 1000), total=st.integers(0, 1000))
def test_a_bar_has_ten_cells_and_is_full_only_at_the_end(done: int, total: int) -> None:
    drawn = bar(done, total)
    assert len(drawn) == 10
    assert (drawn == "▰" * 10) == (total > 0 and done >= total)
    assert (percent(done, total) == 100) == (total > 0 and done >= total)


# --- captions ---------------------------------------------------------------------------------------------------------


def test_a_caption_says_what_whose_and_for_whom() -> None:
    assert to_plain(caption(clip(), "en")) == (
        "🎬 primates · A song\nmacaque → gorilla\nfor Ada · 45 s · #12 · remix of #7"
    )
    assert to_plain(caption(clip(maker_name=None, title=None, parent_clip_id=None), "de")) == (
        "🎬 primates\nmacaque → gorilla\nfür jemand · 45 s · #12"
    )


def test_a_relay_s_caption_names_everybody() -> None:
    assert "scenes by Ada, Bo and Cy" in caption(clip(), "en", ("Ada", "Bo", "Cy"))
    assert listing(["Ada"], "en") == "Ada"
    assert listing([], "en") == ""


@given(
    names=st.lists(st.sampled_from([category.name for category in categories()]), max_size=300),
    room=st.integers(40, 900),
)
def test_a_chain_of_scenes_fits_its_room_and_says_how_many_are_left_out(names: list[str], room: int) -> None:
    shown = to_plain(chain(names, room))
    assert len(shown) <= room
    if "(+" in shown:
        kept, _, left_out = shown.partition(" → … (+")
        assert len(kept.split(" → ")) + int(left_out.rstrip(")")) == len(names)
    elif shown:
        assert shown.split(" → ") == names


# --- menus ------------------------------------------------------------------------------------------------------------


def test_every_scene_of_the_longest_clip_can_be_reached() -> None:
    reached: set[str] = set()
    for page in range(-(-MAX_SCENES // SCENES_ON_A_PAGE)):
        for row in scene_menu(WORST, page, "en").buttons:
            reached |= {button.action for button in row if button.action.startswith("scene:")}
    assert len(reached) == MAX_SCENES


@pytest.mark.parametrize("page", [-5, 10_000])
def test_a_page_that_is_none_is_the_nearest_that_is(page: int) -> None:
    assert scene_menu(WORST, page, "en") in (scene_menu(WORST, 0, "en"), scene_menu(WORST, 62, "en"))


# --- families ---------------------------------------------------------------------------------------------------------


def test_a_family_of_a_thousand_generations_is_drawn() -> None:
    members = [
        FamilyMember(clip(id=n, parent_clip_id=n - 1 or None, deleted=n % 2 == 0), n - 1) for n in range(1, 1500)
    ]
    lines = to_plain(family_screen(members, 1, frozenset(range(1500)), "en").text).splitlines()
    assert lines[1] == "#1 primates · Ada"
    assert lines[2] == "└ (deleted)"
    assert lines[-1] == "…"


def test_a_family_whose_eldest_is_forgotten_still_hangs_together() -> None:
    members = [FamilyMember(replace(clip(), id=5, parent_clip_id=4), 0)]
    assert "#5 primates" in family_screen(members, 5, frozenset({5}), "en").text
