"""Remixing: by buttons and by words, clips of any age, and mp4s of ours that were found somewhere."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.chat.answers import About, Accepted, AskText, Download, EditMessage, Say, Toast
from bot.chat.events import Attachment, Message
from bot.chat.port import Posted
from bot.handlers.dispatcher import Dispatcher
from pipeline.recipe import Recipe, Scene
from pipeline.themes.categories import category_name
from storage.clips import clips
from storage.requests import requests
from storage.requests.requests import Request
from tests.doubles.chat_world import SONG, World, actions_of, text_of

MP4 = Attachment("handle", name="clip.mp4", mime="video/mp4", bytes=900_000)
VOICE = Attachment("voice", mime="audio/ogg", duration_s=7.0)


@pytest.fixture
async def world(tmp_path: Path) -> World:
    """One clip is in the chat: #1, by Ada, three scenes."""
    world = World(tmp_path)
    await world.posted_clip()
    return world


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The same, once for all that changes nothing."""
    world = World(tmp_path_factory.mktemp("unchanged"))
    asyncio.run(world.posted_clip())
    return world


def latest(world: World) -> Request:
    return world.look(lambda tx: requests.open_on(tx, "telegram"))[-1]


@pytest.fixture
def shown(world: World) -> str:
    """The message that shows the clip."""
    return world.chat.clips[0].posted.message


# --- buttons ----------------------------------------------------------------------------------------------------------


def test_again_makes_the_same_with_another_seed(world: World, shown: str) -> None:
    answer = world.press("reroll:1", shown, who="bo")
    assert isinstance(answer, Accepted)
    assert not answer.close, "the clip's message stays"
    clip, remix = world.look(lambda tx: clips.get(tx, 1)), latest(world)
    assert remix.parent_clip_id == 1
    assert remix.asker_name == "Bo"
    assert remix.message == shown, "the remix answers the clip"
    assert remix.source.clip_id == 1
    assert remix.recipe.seed != clip.recipe.seed
    assert remix.recipe.scenes == ()
    assert remix.recipe.theme == clip.recipe.theme


def test_a_press_that_is_faster_than_the_books_does_not_close_the_clip(world: World) -> None:
    answer = world.press("reroll:1", "a clip whose posting is not written down yet")
    assert isinstance(answer, Accepted)
    assert not answer.close


def test_pressing_twice_in_two_events_makes_two_and_one_event_twice_makes_one(world: World, shown: str) -> None:
    world.press("reroll:1", shown, event="a")
    world.press("reroll:1", shown, event="a")
    world.press("reroll:1", shown, event="b")
    assert len(world.look(lambda tx: requests.open_on(tx, "telegram"))) == 2


def test_a_theme_is_chosen_from_a_menu_that_then_goes_away(world: World, shown: str) -> None:
    menu = world.press("theme:1", shown)
    assert isinstance(menu, Say)
    choices = {label: action for label, action in actions_of(menu).items() if action.startswith("theme_is:")}
    assert len(choices) == 9
    label, action = next(iter(choices.items()))
    answer = world.press(action, "menu message", who="bo")
    assert isinstance(answer, Accepted)
    assert answer.close
    assert latest(world).recipe.theme == label


def test_a_theme_may_be_given_in_a_word_through_a_text_box(world: World, shown: str) -> None:
    asked = world.press("theme_word:1", "menu message")
    assert isinstance(asked, AskText)
    assert (len(asked.question) <= 45, len(asked.placeholder) <= 64, asked.action) == (True, True, "theme_word:1")
    assert isinstance(world.press(asked.action, text="musical instruments"), Accepted)
    assert latest(world).recipe.theme == "musical instruments"


def test_a_theme_may_be_given_in_a_word_as_a_message_even_after_a_restart(world: World, shown: str) -> None:
    world.press("theme_word:1", "menu message")
    world.dispatcher = Dispatcher(world.database, world.media, world.policy)
    assert isinstance(world.say("birds", reply_to="the question"), Accepted)
    assert latest(world).recipe.theme == "birds"
    assert not isinstance(world.say("fish", reply_to="the question"), Accepted), "one answer counts"


def test_a_scene_is_changed_in_two_steps_and_the_others_stay_as_they_were(world: World, shown: str) -> None:
    menu = world.press("scene:1", shown)
    assert list(actions_of(menu))[:3] == ["1 macaque", "2 gorilla", "3 red fox"]
    choices = world.press(actions_of(menu)["2 gorilla"], "menu message")
    assert isinstance(choices, EditMessage)
    assert "Scene 2 shows gorilla" in text_of(choices)
    offered = {label: action for label, action in actions_of(choices).items() if action.startswith("scene_is:")}
    assert len(offered) == 6
    assert "gorilla" not in offered
    label, action = next(iter(offered.items()))
    world.press(action, "menu message")
    before, after = world.look(lambda tx: clips.get(tx, 1)).recipe.scenes, latest(world).recipe.scenes
    assert (after[0], after[2]) == (before[0], before[2])
    assert category_name(after[1].category) == label


def test_a_scene_may_be_given_in_a_word(world: World, shown: str) -> None:
    asked = world.press("scene_word:1:3", "menu message")
    assert text_of(asked) == "What shall scene 3 show?"
    world.press("scene_word:1:3", text="volcano")
    assert category_name(latest(world).recipe.scenes[2].category) == "volcano"


def test_a_clip_of_many_scenes_is_chosen_from_page_by_page(world: World) -> None:
    many = Recipe(theme="birds", scenes=tuple(Scene(index, index) for index in range(50)))
    world.command("ganterpret", SONG)
    request = world.begin()
    world.write(lambda tx: tx.connection.exec_driver_sql("UPDATE requests SET recipe = ?", (many.to_json(),)))
    world.finish(world.request(request.id))
    page = world.press("scene:2")
    assert len(actions_of(page)) <= 25
    turned = world.press(actions_of(page)["▶"], "menu message")
    assert isinstance(turned, EditMessage)
    assert next(iter(actions_of(turned))).startswith("17 ")
    assert {"◀", "▶"} <= actions_of(turned).keys()


def test_poster_and_recipe_are_shown(world: World, shown: str) -> None:
    poster = world.press("poster:1", shown)
    assert isinstance(poster, Say)
    assert not poster.private
    assert poster.screen.picture == world.media.path("clips/1-1/poster.png")
    recipe = text_of(world.press("recipe:1", shown))
    assert "theme primates · seed" in recipe
    assert "2. gorilla" in recipe


def test_a_poster_can_be_replied_to_and_goes_with_its_clip(world: World, shown: str) -> None:
    poster = world.press("poster:1", shown)
    assert isinstance(poster, Say)
    assert poster.about is not None
    world.dispatcher.posted("telegram", poster.about, Posted("music", "m-poster"))
    assert isinstance(world.command("remix", "theme:birds", reply_to=Message("m-poster")), Accepted)
    assert latest(world).parent_clip_id == 1
    gone = world.press("delete_yes:1", "menu")
    assert isinstance(gone, EditMessage)
    assert "m-poster" in [posted.message for posted in gone.remove]


def test_a_poster_of_a_clip_that_is_gone_is_nobodys_trouble(world: World) -> None:
    world.dispatcher.posted("telegram", About("poster", 404), Posted("music", "m-poster"))


def test_old_buttons_work_after_a_restart_and_without_the_files(world: World, shown: str) -> None:
    world.dispatcher = Dispatcher(world.database, world.media, world.policy)
    world.write(lambda tx: tx.connection.exec_driver_sql("UPDATE clips SET media_removed_at_s = 1"))
    assert "files of #1 are not kept" in text_of(world.press("poster:1", shown))
    assert isinstance(world.press("reroll:1", shown), Accepted)
    assert latest(world).source.kind == "link", "the sound is fetched again"


# --- presses that come to nothing -------------------------------------------------------------------------------------

NONSENSE = {
    "a button that nobody knows": ("explode:1", "do not know any more"),
    "no button at all": ("💥", "do not know any more"),
    "a clip that never was": ("reroll:9999", "no such clip"),
    "a number beyond every database": ("reroll:zzzzzzzzzzzzz", "do not know any more"),
    "a scene that is none": ("scene_is:1:99:3", "There is no scene 99: that clip has 3"),
    "scene zero": ("scene:1:0", "There is no scene 0"),
    "a scene that is no number": ("scene:1:x", "is not the number"),
    "a category that is none": ("scene_is:1:2:1000", "I know no theme “1000”"),
    "half a button": ("scene_is:1:2", "do not know any more"),
    "a theme that is none": ("theme_is:1:xyzzy", "I know no theme"),
    "somebody else's question": ("forget_yes:1", "for somebody else"),
    "a request that never was": ("cancel:77", "no such clip"),
    "a relay that never was": ("relay:77:3", "no such clip"),
}


@pytest.mark.parametrize("case", NONSENSE)
def test_a_press_that_makes_no_sense_gets_a_passing_word(unchanged: World, case: str) -> None:
    action, sentence = NONSENSE[case]
    answer = unchanged.press(action, "whatever", who="bo")
    assert isinstance(answer, Toast)
    assert sentence in text_of(answer)
    assert unchanged.look(lambda tx: requests.open_on(tx, "telegram")) == ()


def test_a_clip_of_another_chat_does_not_exist_here(unchanged: World) -> None:
    for action in ("reroll:1", "theme:1", "recipe:1", "poster:1", "delete:1", "show:1"):
        assert "no such clip" in text_of(unchanged.press(action, where="elsewhere", who="bo")), action
    assert "no such clip" in text_of(unchanged.command("show", "#1", where="elsewhere", who="bo"))
    assert isinstance(unchanged.press("recipe:1", where="elsewhere", who="ada"), Say), "but her own she has anywhere"


async def test_a_clip_that_was_shown_elsewhere_may_be_remixed_there(world: World) -> None:
    world.command("show", "#1", where="elsewhere", who="ada")
    await world.settle()
    assert isinstance(world.press("reroll:1", where="elsewhere", who="bo"), Accepted)


def test_no_press_turns_a_clip_s_message_into_something_else(world: World, shown: str) -> None:
    """Programs that make up presses exist; a menu's action may come from under a clip."""
    assert not isinstance(world.press("scene_page:1:0", shown), EditMessage)
    assert not isinstance(world.press("scene:1:2", shown), EditMessage)
    for action in ("theme_is:1:birds", "close:1"):
        answer = world.press(action, shown)
        assert isinstance(answer, Accepted)
        assert not answer.close


# --- words ------------------------------------------------------------------------------------------------------------

REMIXES = {
    "theme:birds": lambda recipe, old: recipe.theme == "birds" and recipe.scenes == (),
    "birds": lambda recipe, old: recipe.theme == "birds",
    "seed:new": lambda recipe, old: recipe.seed != old.seed and recipe.theme == old.theme,
    "": lambda recipe, old: recipe.seed != old.seed,
    "seed:5": lambda recipe, old: recipe.seed == 5,
    "scene:3 volcano": lambda recipe, old: recipe.scenes[:2] == old.scenes[:2] and recipe.scenes[2].category == 980,
    "size:128": lambda recipe, old: recipe.size_px == 128 and recipe.scenes == old.scenes,
    "scenes:9": lambda recipe, old: recipe.scene_count == 9 and recipe.seed == old.seed,
}


@pytest.mark.parametrize("words", REMIXES)
def test_a_reply_to_a_clip_remixes_it(world: World, shown: str, words: str) -> None:
    answer = world.command("remix", words, reply_to=Message(shown, attachments=(MP4,)), who="bo", message="m")
    assert isinstance(answer, Accepted)
    remix = latest(world)
    assert (remix.parent_clip_id, remix.message) == (1, "m")
    assert REMIXES[words](remix.recipe, world.look(lambda tx: clips.get(tx, 1)).recipe)


def test_a_clip_may_be_named_by_its_number(world: World) -> None:
    assert isinstance(world.command("remix", "#1 theme:birds"), Accepted)
    assert isinstance(world.command("remix", options={"clip": "#1", "scene": "2", "category": "volcano"}), Accepted)
    assert category_name(latest(world).recipe.scenes[1].category) == "volcano"


def test_a_clip_may_get_a_new_sound(world: World, shown: str) -> None:
    answer = world.command("remix", reply_to=Message(shown), attachments=(VOICE,))
    assert answer == Download(VOICE)
    world.command("remix", f"{SONG}?t=5 start:20", reply_to=Message(shown))
    remix, old = latest(world), world.look(lambda tx: clips.get(tx, 1)).recipe
    assert remix.source.kind == "link"
    assert (remix.recipe.scenes, remix.recipe.start_s, remix.recipe.seed) == (old.scenes, 20, old.seed)


def test_a_recipe_of_one_and_the_sound_of_another(world: World) -> None:
    reply = Message("a voice note", attachments=(VOICE,))
    assert world.command("remix", "#1", reply_to=reply) == Download(VOICE)


NO_REMIX = {
    "of nothing": ({}, "Which clip?"),
    "of words": ({"reply_to": Message("5", "hello")}, "Which clip?"),
    "of a number that is none": ({"words": "#twelve"}, "is not the number of a clip"),
    "of a number beyond all": ({"words": "#99999999999999999999"}, "is not the number of a clip"),
    "of a clip that never was": ({"words": "#77"}, "no such clip"),
    "with two sounds": ({"words": f"#1 {SONG}", "attachments": (VOICE,)}, "two sounds"),
    "with a scene that is none": ({"words": "#1 scene:7 volcano"}, "There is no scene 7"),
    "with half a scene": ({"words": "#1 scene:2"}, "Which category shall scene 2 show?"),
    "with an unknown theme": ({"words": "#1 theme:xqzzy"}, "I know no theme"),
    "of a voice note": ({"attachments": (VOICE,)}, "Which clip?"),
}


@pytest.mark.parametrize("case", NO_REMIX)
def test_a_remix_that_makes_no_sense_gets_a_sentence(unchanged: World, case: str) -> None:
    arguments, sentence = NO_REMIX[case]
    arguments = dict(arguments)
    answer = unchanged.command("remix", str(arguments.pop("words", "")), **arguments)
    assert sentence in text_of(answer)
    assert unchanged.look(lambda tx: requests.open_on(tx, "telegram")) == ()


def test_a_clip_that_was_deleted_says_so(world: World, shown: str) -> None:
    world.press("delete_yes:1", "menu")
    assert "deleted" in text_of(world.command("remix", reply_to=Message(shown, attachments=(MP4,))))
    assert "deleted" in text_of(world.press("reroll:1", shown))


# --- clips found elsewhere --------------------------------------------------------------------------------------------


def test_an_mp4_of_ours_found_anywhere_is_remixed_from_its_own_recipe(tmp_path: Path) -> None:
    recipe = Recipe(theme="ocean", scenes=(Scene(1, 1), Scene(2, 2)), start_s=30, duration_s=5, model="/etc", seed=9)
    world = World(tmp_path, recognize=lambda _: None, read_recipe=lambda _: recipe)
    found = tmp_path / "found.mp4"
    found.write_bytes(b"clip")
    reply = Message("foreign", attachments=(MP4,))
    assert world.command("remix", "scene:2 volcano", reply_to=reply) == Download(MP4)
    world.command("remix", "scene:2 volcano", reply_to=reply, file=found)
    remix = latest(world)
    assert remix.parent_clip_id is None
    assert remix.source.kind == "file"
    assert (remix.recipe.start_s, remix.recipe.duration_s) == (0, None), "its own sound is that part already"
    assert remix.recipe.scenes[0] == Scene(1, 1)
    assert remix.recipe.scenes[1].category == 980
    assert remix.recipe.model == "auto", "and no folder that a stranger names is opened"


def test_a_clip_longer_than_a_chat_allows_is_not_remixed_there(world: World) -> None:
    world.command("settings", "longest:5", admin=True)
    assert "longer than 5 s" in text_of(world.press("reroll:1"))
    assert isinstance(world.command("remix", "#1 duration:3"), Accepted)


def test_an_mp4_that_is_not_ours_says_so(world: World, tmp_path: Path) -> None:
    path = tmp_path / "holiday.mp4"
    path.write_bytes(b"\0\0\0\x18ftypmp42" + bytes(100))
    answer = world.command("remix", attachments=(MP4,), file=path)
    assert text_of(answer) == "That clip carries no recipe of mine."
