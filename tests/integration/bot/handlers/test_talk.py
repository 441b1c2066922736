"""Plain words: done where they are understood, answered with a choice where they are not, never met with silence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat.answers import Accepted, Answer, Download, Nothing, Say, Toast
from bot.chat.events import Added, Attachment, Command, Incoming, Message, Origin, Sender, TextMessage, edited_event
from pipeline.recipe import Recipe, Scene
from pipeline.themes.theme_of_the_day import theme_of_the_day
from pipeline.themes.themes import resolve_theme
from storage.clips import clips
from storage.requests import requests
from storage.requests.requests import Request
from tests.doubles.chat_world import SONG, World, actions_of, text_of

MP4 = Attachment("handle", name="clip.mp4", mime="video/mp4", bytes=900_000)
VOICE = Attachment("voice", mime="audio/ogg", duration_s=7.0)
VOICE_NOTE = Message("somebody's", attachments=(VOICE,))
ADA_ALONE = {"private": True, "where": "ada"}


@pytest.fixture
async def world(tmp_path: Path) -> World:
    """One clip is in the chat: #1, by Ada, three scenes."""
    world = World(tmp_path, recognize=lambda _: None)
    await world.posted_clip()
    return world


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    """The bytes of a voice note; nobody looks into them here."""
    path = tmp_path / "voice.ogg"
    path.write_bytes(b"voice")
    return path


@pytest.fixture
def shown(world: World) -> str:
    """The message that shows the clip."""
    return world.chat.clips[0].posted.message


def asked(world: World) -> list[Request]:
    return list(world.look(lambda tx: requests.open_on(tx, "telegram")))


# --- in reply to a clip -----------------------------------------------------------------------------------------------


def test_a_word_in_reply_to_a_clip_is_its_new_theme(world: World, shown: str) -> None:
    assert isinstance(world.say("nur Affen", shown, who="bo", language="de"), Accepted)
    [remix] = asked(world)
    assert (remix.parent_clip_id, remix.asker_name, remix.recipe.theme) == (1, "Bo", "Affen")
    assert resolve_theme(remix.recipe.theme).categories == resolve_theme("monkey").categories


def test_calmer_has_fewer_changes_and_livelier_more(world: World, shown: str) -> None:
    world.say("calmer please", shown)
    world.say("livelier!", shown)
    first, second = asked(world)
    assert first.recipe.sensitivity < world.look(lambda tx: clips.get(tx, 1)).recipe.sensitivity
    assert second.recipe.sensitivity > first.recipe.sensitivity
    assert first.recipe.scenes == second.recipe.scenes != ()


def test_a_number_of_scenes_gets_calmer_too(world: World) -> None:
    world.command("ganterpret", f"{SONG} scenes:6")
    world.finish(world.begin())
    assert isinstance(world.command("remix", "#2 slower"), Accepted)
    assert isinstance(world.command("remix", "#2 faster"), Accepted)
    assert [request.recipe.scene_count for request in asked(world)] == [3, 12]


def test_a_clip_is_asked_for_in_another_size(world: World, shown: str) -> None:
    world.say("bigger", shown)
    world.say("smaller", shown)
    assert [request.recipe.size_px for request in asked(world)] == [512, 128]


def test_there_is_a_largest_size(world: World, shown: str) -> None:
    world.say("512 px", shown)
    world.finish(world.begin())
    assert "that is the largest" in text_of(world.command("remix", "#2 bigger"))


def test_one_scene_is_changed_in_words(world: World, shown: str) -> None:
    world.say("Szene 3 ein Vulkan", shown, language="de")
    [remix] = asked(world)
    assert remix.recipe.scenes[2].category == 980
    assert remix.recipe.scenes[:2] == world.look(lambda tx: clips.get(tx, 1)).recipe.scenes[:2]


def test_a_voice_note_in_reply_to_a_clip_is_a_new_sound_for_its_pictures(world: World, shown: str, wav: Path) -> None:
    words = {"attachments": (VOICE,), "event": "voice"}
    assert world.say("", shown, **words) == Download(VOICE)
    assert isinstance(world.say("", shown, **words, file=wav), Accepted)
    [remix] = asked(world)
    assert (remix.parent_clip_id, remix.source.kind) == (1, "file")


def test_praise_makes_nothing(world: World, shown: str) -> None:
    assert text_of(world.say("so good, thank you!", shown)) == "I am glad. 🎶"
    assert asked(world) == []


def test_the_same_event_twice_is_one_remix(world: World, shown: str) -> None:
    for _ in range(2):
        assert isinstance(world.say("birds", shown, event="e"), Accepted)
    assert len(asked(world)) == 1


# --- unsure -----------------------------------------------------------------------------------------------------------


def test_what_is_not_understood_is_answered_with_a_choice(world: World, shown: str) -> None:
    answer = world.say("vulcano", shown, who="bo")
    assert "“vulcano” says nothing to me" in text_of(answer)
    assert next(iter(actions_of(answer))) == "✨ volcano"
    assert asked(world) == []
    pressed = world.press(actions_of(answer)["✨ volcano"], "the choice", who="bo")
    assert isinstance(pressed, Accepted)
    assert pressed.close
    [remix] = asked(world)
    assert (remix.recipe.theme, remix.asker_name, remix.parent_clip_id) == ("volcano", "Bo", 1)


def test_a_choice_is_made_once_and_by_whom_it_was_offered(world: World, shown: str) -> None:
    answer = world.say("vulcano", shown, who="bo")
    button = actions_of(answer)["🎲 Again"]
    assert "somebody else" in text_of(world.press(button, "the choice", who="cy"))
    world.press(button, "the choice", who="bo")
    assert "what that button was for" in text_of(world.press(button, "the choice", who="bo"))
    assert len(asked(world)) == 1


def test_a_made_up_button_offers_nothing(world: World, shown: str) -> None:
    world.say("vulcano", shown, who="bo")
    for action in ("offer:1:9", "offer:1", "offer:1:x", "offer:77:0"):
        assert isinstance(world.press(action, "the choice", who="bo"), Toast)
    assert asked(world) == []


def test_somebody_s_sound_that_is_only_talked_about_is_offered(world: World, wav: Path) -> None:
    answer = world.say("did you hear this?", answered=VOICE_NOTE, mentioned=True)
    [button] = actions_of(answer).values()
    assert text_of(answer).endswith("Shall I make a music video of that sound?")
    assert world.press(button, "the choice", event="p") == Download(VOICE)
    assert isinstance(world.press(button, "the choice", event="p", file=wav), Accepted)
    assert isinstance(world.press(button, "the choice", event="p", file=wav), Accepted), "the chat says it again"
    assert len(asked(world)) == 1


# --- sounds, links, private talk --------------------------------------------------------------------------------------


def test_a_mention_under_a_voice_note_is_a_request(world: World, wav: Path) -> None:
    told = {"answered": VOICE_NOTE, "mentioned": True, "event": "m"}
    assert world.say("with cats please", **told) == Download(VOICE)
    world.say("with cats please", **told, file=wav)
    [request] = asked(world)
    assert request.recipe.theme == "cat"


def test_words_beside_a_link_are_no_theme_unless_they_mean_one(world: World) -> None:
    assert isinstance(world.say(f"Daft Punk - Around the World {SONG}", **ADA_ALONE), Accepted)
    assert isinstance(world.say(f"ein Video von {SONG} mit Katzen bitte", **ADA_ALONE, language="de"), Accepted)
    of_the_day = theme_of_the_day(world.clock())
    assert [request.recipe.theme for request in asked(world)] == [of_the_day, "Katzen"]


def test_a_title_that_plainly_names_something_is_its_theme(world: World) -> None:
    world.say(f"The Lion Sleeps Tonight {SONG}", **ADA_ALONE)
    world.command("settings", "theme:ocean", **ADA_ALONE, admin=True)
    world.say(f"The Lion Sleeps Tonight {SONG}", **ADA_ALONE)
    assert [request.recipe.theme for request in asked(world)] == ["lion", "ocean"], "the chat's own goes first"


def test_a_clip_of_ours_that_is_sent_back_is_remixed(tmp_path: Path) -> None:
    recipe = Recipe(theme="ocean", scenes=(Scene(1, 1), Scene(2, 2)), seed=9)
    world = World(tmp_path, recognize=lambda _: None, read_recipe=lambda _: recipe)
    found = tmp_path / "found.mp4"
    found.write_bytes(b"clip")
    assert world.say("calmer", attachments=(MP4,), **ADA_ALONE, event="e") == Download(MP4)
    assert isinstance(world.say("calmer", attachments=(MP4,), **ADA_ALONE, event="e", file=found), Accepted)
    [remix] = asked(world)
    assert (remix.recipe.theme, remix.recipe.scenes, remix.recipe.sensitivity) == ("ocean", recipe.scenes, 0.5)


async def test_in_private_again_means_the_latest_clip(world: World) -> None:
    assert isinstance(world.say("again", **ADA_ALONE), Accepted)
    [remix] = asked(world)
    assert remix.parent_clip_id == 1
    assert "Which clip?" in text_of(world.say("again", private=True, where="bo", who="bo"))


def test_a_theme_without_a_sound_asks_for_one_and_offers_the_latest_clip(world: World) -> None:
    answer = world.say("birds", **ADA_ALONE)
    assert "I need a sound for that" in text_of(answer)
    [button] = actions_of(answer).values()
    assert isinstance(world.press(button, "the choice", **ADA_ALONE), Accepted)
    [remix] = asked(world)
    assert (remix.recipe.theme, remix.parent_clip_id) == ("birds", 1)
    assert text_of(world.say("birds", private=True, where="bo", who="bo")).startswith("I need a sound: send a link")


def test_plain_words_ask_for_what_commands_do(world: World) -> None:
    assert "I turn sound into music videos" in text_of(world.say("what can you do?", mentioned=True))
    assert "Ich mache aus Ton" in text_of(world.say("was kannst du?", mentioned=True, language="de"))
    assert "Nothing of yours is under way" in text_of(world.say("cancel that", **ADA_ALONE))


def test_nobody_who_asks_is_met_with_silence_and_nobody_else_is_disturbed(world: World, shown: str) -> None:
    assert isinstance(world.say("hmm", shown), Say)
    assert isinstance(world.say("asdf", mentioned=True), Say)
    assert isinstance(world.say("asdf", **ADA_ALONE), Say)
    assert isinstance(world.say("make it birds"), Nothing)
    assert asked(world) == []


def test_a_message_that_discord_hides_is_said_to_be_hidden(world: World) -> None:

    words = TextMessage("make a clip of this", mentioned=True, answered=Message("5"))
    heard = Incoming("discord", "e", Sender("ada", "Ada", "en"), Origin("music"), words)
    assert "Apps → GANterpret this" in text_of(world.dispatcher.answer(heard))
    seen = replace(words, answered=Message("5", "hello"))
    assert "I need a sound" in text_of(world.dispatcher.answer(replace(heard, said=seen)))


def test_german_keys_and_themes_behind_a_command(world: World) -> None:
    assert isinstance(world.command("ganterpret", f"{SONG} Thema: Vögel, Dauer: 30 Sek", language="de"), Accepted)
    typed = {"link": SONG, "theme": "Boot", "duration": "half a minute", "scenes": "six"}
    assert isinstance(world.command("ganterpret", options=typed, language="de"), Accepted)
    first, second = (request.recipe for request in asked(world))
    assert (first.theme, first.duration_s) == ("Vögel", 30)
    assert (second.scene_count, second.duration_s) == (6, 30)
    assert resolve_theme(second.theme).categories == resolve_theme("ships").categories


def test_what_is_typed_is_completed_in_the_language_of_the_chat_program(world: World) -> None:
    typing = Incoming("telegram", "t", Sender("bo", "Bo", "de-AT"), Origin("music"), TextMessage(""))
    assert world.dispatcher.suggest("theme", "vög", typing)[0].value == "Vögel"


def test_one_s_own_clips_are_completed_by_number_and_theme(world: World) -> None:
    ada = Incoming("telegram", "t", Sender("ada", "Ada"), Origin("music"), TextMessage(""))
    assert [(found.label, found.value) for found in world.dispatcher.suggest("clip", "prim", ada)] == [
        ("#1 primates", "#1")
    ]
    assert world.dispatcher.suggest("clip", "birds", ada) == []
    assert world.dispatcher.suggest("clip", "", replace(ada, sender=Sender("bo", "Bo"))) == []


def test_whoever_adds_the_bot_is_greeted_in_their_language_and_their_chat_s_gestures(world: World) -> None:
    assert "Reply to a voice note" in text_of(world.hear(Added()))
    assert "Antwortet auf eine Sprachnachricht" in text_of(world.hear(Added(), language="de"))
    in_discord = Incoming("discord", "e", Sender("ada", "Ada", "en-GB"), Origin("band", "general"), Added())
    assert "Apps → GANterpret this" in text_of(world.dispatcher.answer(in_discord))


def test_where_the_chat_tells_no_language_the_words_do(world: World, shown: str) -> None:
    assert text_of(world.say("danke, sehr schön!", shown, language=None)) == "Das freut mich. 🎶"
    assert text_of(world.say("thank you!", shown, language=None)) == "I am glad. 🎶"
    assert text_of(world.say("danke, sehr schön!", shown, language="en")) == "I am glad. 🎶", "their program goes first"


# --- edits ------------------------------------------------------------------------------------------------------------


def edited(world: World, said: TextMessage | Command, when: int = 1) -> Answer:
    original = "first"
    heard = Incoming(
        "telegram", edited_event(original, when), Sender("ada", "Ada", "en"), Origin("ada", private=True), said
    )
    return world.dispatcher.answer(replace(heard, edits=original))


def test_an_edit_takes_the_place_of_a_request_that_nobody_has_begun(world: World) -> None:
    world.say(f"{SONG} with cats", event="first", **ADA_ALONE)
    assert isinstance(edited(world, TextMessage(f"{SONG} with dogs")), Accepted)
    assert isinstance(edited(world, TextMessage(f"{SONG} with dogs")), Accepted), "the chat says it again"
    [request] = asked(world)
    assert resolve_theme(request.recipe.theme).categories == resolve_theme("dogs").categories
    assert isinstance(edited(world, TextMessage(f"{SONG} with birds"), when=2), Accepted)
    [request] = asked(world)
    assert request.recipe.theme == "birds"


def test_what_has_begun_is_not_changed_by_an_edit(world: World) -> None:
    world.say(f"{SONG} with cats", event="first", **ADA_ALONE)
    world.begin()
    assert isinstance(edited(world, TextMessage(f"{SONG} with dogs")), Nothing)
    [request] = asked(world)
    assert request.recipe.theme == "cat"


def test_a_command_that_was_refused_counts_once_it_is_put_right(world: World) -> None:
    assert isinstance(world.command("ganterpret", f"{SONG} them:cats", event="first", **ADA_ALONE), Say)
    assert isinstance(edited(world, Command("ganterpret", f"{SONG} theme:cats")), Accepted)
    assert len(asked(world)) == 1


def test_a_corrected_word_of_thanks_is_not_answered_again(world: World) -> None:
    assert isinstance(edited(world, TextMessage("thank you!!")), Nothing)
    world.say(f"{SONG} with cats", event="first", **ADA_ALONE)
    assert isinstance(edited(world, TextMessage("never mind, thank you")), Nothing)
    assert len(asked(world)) == 1
