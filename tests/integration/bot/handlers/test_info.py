"""Relays, and everything around the making of clips."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.chat.answers import Accepted, EditMessage, Say, Toast
from bot.chat.events import Attachment, Message, Sender
from bot.chat.menu import MENU
from bot.chat.port import Posted
from bot.usecases.policy import Policy
from pipeline.errors import ErrorCode, PipelineError
from storage.clips import clips
from storage.outbox import posted_messages
from storage.outbox.posted_messages import Role
from storage.people import chats, people
from storage.requests import relays, requests
from storage.requests.prices import PriceTable
from storage.requests.quotas import QuotaLimits
from storage.states import RelayState, RequestState
from tests.doubles.chat_world import SONG, World, actions_of, text_of


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One world for all that leaves nothing behind."""
    return World(tmp_path_factory.mktemp("untouched"))


# --- relays -----------------------------------------------------------------------------------------------------------


def relay(world: World) -> relays.Relay:
    return world.look(lambda tx: relays.get(tx, 1))


def test_a_relay_fills_up_pick_by_pick_and_then_renders(world: World) -> None:
    called = world.command("relay", f"3 {SONG} theme:birds")
    assert isinstance(called, Say)
    assert not called.private
    assert "3 people pick a scene each, within 5 min" in text_of(called)
    suggested = next(action for action in actions_of(called).values() if action.startswith("relay:1:"))
    first = world.press(suggested, "m", who="bo")
    assert isinstance(first, EditMessage)
    assert "1. " in text_of(first)
    assert "· Bo" in text_of(first)
    assert "scene 2 of 3" in text_of(first)
    world.press("relay_word:1", "m", text="volcano", who="cy")
    last = world.say("red fox", reply_to="m", who="dee")
    assert text_of(last).endswith("3. red fox · Dee\n▶ Off it goes.")
    assert relay(world).state is RelayState.FULL


def test_everybody_picks_once(world: World) -> None:
    world.command("relay", f"3 {SONG}")
    world.press("relay:1:3", "m", who="bo")
    again = world.press("relay:1:4", "m", who="bo")
    assert isinstance(again, Toast)
    assert "picked your scene already" in text_of(again)


def test_a_word_that_is_no_theme_is_no_pick(world: World) -> None:
    world.command("relay", f"3 {SONG}")
    world.press("relay:1:3", "m", who="bo")
    assert "I know no theme" in text_of(world.say("xqzzy", reply_to="m", who="cy"))
    assert len(relay(world).picks) == 1


def test_a_pick_after_the_end_says_that_it_is_over(world: World) -> None:
    world.command("relay", f"3 {SONG}")
    world.clock.advance(301)
    assert "over" in text_of(world.press("relay:1:3", "m"))


def test_whoever_called_may_render_with_what_is_there(world: World) -> None:
    world.command("relay", f"6 {SONG}")
    assert "needs 2 picks" in text_of(world.press("relay_now:1", "m"))
    world.press("relay:1:3", "m", who="bo")
    world.press("relay:1:4", "m", who="cy")
    assert "Only who asked for it" in text_of(world.press("relay_now:1", "m", who="cy"))
    assert isinstance(world.press("relay_now:1", "m"), EditMessage)
    assert world.begin().recipe.scene_count == 6


def test_a_relay_can_be_stopped_by_who_called_it_and_makes_room_for_another(world: World) -> None:
    world.command("relay", f"6 {SONG}")
    world.press("relay:1:3", "m", who="bo")
    assert "Only who asked for it" in text_of(world.press("relay_stop:1", "m", who="bo"))
    stopped = world.press("relay_stop:1", "m")
    assert isinstance(stopped, EditMessage)
    assert "over" in text_of(stopped)
    assert relay(world).state is RelayState.ENDED
    assert "over" in text_of(world.press("relay:1:4", "m", who="cy"))
    assert isinstance(world.command("relay", f"3 {SONG}"), Say)


def test_a_relay_is_known_by_the_message_that_was_posted(world: World) -> None:
    called = world.command("relay", f"3 {SONG}")
    assert isinstance(called, Say)
    assert called.about is not None
    world.dispatcher.posted("telegram", called.about, Posted("music", "m-relay"))
    world.say("volcano", reply_to="m-other", who="bo")
    assert relay(world).picks == ()
    world.say("volcano", reply_to="m-relay", who="bo")
    assert [pick.category for pick in relay(world).picks] == [980]


def test_a_relay_is_not_played_from_another_chat(world: World) -> None:
    world.command("relay", f"3 {SONG}")
    assert isinstance(world.press("relay:1:3", "m", where="elsewhere"), Toast)
    assert relay(world).picks == ()


def test_words_that_answer_a_clip_are_no_pick(world: World) -> None:
    world.command("relay", f"3 {SONG}")
    world.write(lambda tx: posted_messages.add(tx, chat_id=1, message="a clip", role=Role.CLIP))
    world.say("volcano", reply_to="a clip", who="bo")
    assert relay(world).picks == ()


@pytest.mark.parametrize("words", [f"1 {SONG}", f"13 {SONG}", f"0 {SONG}"])
def test_a_relay_is_for_two_to_twelve(untouched: World, words: str) -> None:
    assert "2 to 12 people" in text_of(untouched.command("relay", words))


def test_a_relay_needs_a_sound_and_there_is_one_at_a_time(world: World) -> None:
    assert "I need a sound" in text_of(world.command("relay", "4"))
    world.command("relay", f"4 {SONG}")
    assert "running here already" in text_of(world.command("relay", f"4 {SONG}"))


# --- clips again ------------------------------------------------------------------------------------------------------


async def test_show_brings_a_clip_again_without_rendering(world: World) -> None:
    await world.posted_clip()
    answer = world.command("show", "#1")
    assert isinstance(answer, Accepted)
    assert not answer.status
    await world.settle()
    assert len(world.chat.clips) == 2
    assert world.look(lambda tx: requests.open_on(tx, "telegram")) == ()


@pytest.mark.parametrize("limit_s", [100.0, 2.5])
async def test_what_is_asked_for_is_priced_and_told_and_showing_counts_too(tmp_path: Path, limit_s: float) -> None:
    quotas = QuotaLimits(None, limit_s, None, None, None)
    prices = PriceTable(frame_s={"sketch/512": 0.0}, listening_s_per_s=0.0, fetching_s=0.0, fetching_s_per_megabyte=0.0)
    world = World(tmp_path, policy=Policy(quotas=quotas, prices=prices, model="sketch"))
    order = world.command("ganterpret", f"{SONG} duration:60")
    assert isinstance(order, Accepted)
    left = "1 min 39 s" if limit_s == 100 else "1.5 s"
    assert order.note == f"On its way. It takes about 1 s of drawing; {left} are left for today."
    await world.settle()
    assert "About 1 s of drawing." in world.chat.words[-1].text
    world.finish(world.begin())
    await world.settle()
    world.command("show", "#1", event="once more")
    world.command("show", "#1", event="once more")
    assert ("2 s of" if limit_s == 100 else "2 s of 2.5 s of drawing") in text_of(world.command("quota"))
    if limit_s == 2.5:
        refused = text_of(world.command("show", "#1"))
        assert "takes about 1 s of drawing, and 0.5 s of your 2.5 s for today are left" in refused


def test_as_long_as_nobody_knows_how_long_it_is_no_price_is_told(tmp_path: Path) -> None:
    world = World(tmp_path)
    order = world.command("ganterpret", SONG)
    assert isinstance(order, Accepted)
    assert order.note == "On its way."


def test_calling_for_a_relay_costs_its_sound_once_and_is_refused_where_nothing_is_left(tmp_path: Path) -> None:
    policy = Policy(quotas=QuotaLimits(None, 1.5, None, None, None), prices=PriceTable())
    world = World(tmp_path, policy=policy)
    for _ in range(2):
        world.command("relay", f"3 {SONG}", event="the same")
    assert "1 s of 1.5 s of drawing" in text_of(world.command("quota"))
    refused = world.command("relay", f"3 {SONG}", where="elsewhere")
    assert "0.5 s of your 1.5 s for today are left" in text_of(refused)


async def test_mine_lists_clips_with_buttons_that_show_them(world: World) -> None:
    assert "no clips yet" in text_of(world.command("mine"))
    await world.posted_clip()
    mine = world.command("mine", where="ada", private=True)
    assert "#1 primates" in text_of(mine)
    world.press(actions_of(mine)["▶ #1"], where="ada", private=True)
    await world.settle()
    assert world.chat.clips[-1].posted.chat == "ada"


async def test_family_is_a_tree(world: World) -> None:
    _, shown = await world.posted_clip()
    for who, theme in (("bo", "birds"), ("cy", "fish")):
        world.command("remix", f"theme:{theme}", reply_to=Message(shown), who=who)
        world.finish(world.begin())
    world.command("remix", "#2 theme:ocean", who="dee")
    world.finish(world.begin())
    tree = text_of(world.command("family", reply_to=Message(shown)))
    assert tree.splitlines() == [
        "🌳 The family",
        "#1 primates · Ada",
        "├ #2 birds · Bo",
        "│\u2002└ #4 ocean · Dee",
        "└ #3 fish · Cy",
    ]


async def test_a_family_that_is_scattered_names_only_what_is_here(world: World) -> None:
    await world.posted_clip()
    world.command("remix", "#1 theme:birds", where="elsewhere", who="ada")
    world.finish(world.begin())
    assert "(a clip in another chat)" in text_of(world.command("family", "#1", who="bo"))


async def test_a_clip_is_deleted_by_its_asker_or_an_admin_and_its_messages_go(world: World) -> None:
    await world.posted_clip()
    assert "Only who asked for it" in text_of(world.press("delete:1", who="bo"))
    assert "Only who asked for it" in text_of(world.press("delete_yes:1", who="bo"))
    question = world.press("delete:1", who="bo", admin=True)
    gone = world.press(actions_of(question)["Delete it"], "menu", who="bo", admin=True)
    assert isinstance(gone, EditMessage)
    assert [posted.message for posted in gone.remove] == [world.chat.clips[0].posted.message]
    assert "no such clip" in text_of(world.command("show", "#1"))


# --- the queue --------------------------------------------------------------------------------------------------------


def test_queue_and_cancel(world: World) -> None:
    assert "Nothing of yours" in text_of(world.command("cancel"))
    world.command("ganterpret", SONG)
    world.begin()
    world.command("ganterpret", f"{SONG} theme:birds", who="bo")
    queue = text_of(world.command("queue", who="cy"))
    assert "#1 office for Ada: being made" in queue
    assert "#2 birds for Bo: next" in queue
    assert "Only who asked for it" in text_of(world.command("cancel", "#1", who="bo"))
    assert text_of(world.command("cancel")) == "Cancelled."
    assert world.request(1).state is RequestState.CANCELLED
    assert "Too late" in text_of(world.command("cancel", "#1"))
    assert text_of(world.press("cancel:2", who="cy", admin=True)) == "Cancelled."


def test_cancel_asks_which_where_there_are_several(world: World) -> None:
    world.command("ganterpret", f"{SONG} theme:birds")
    world.command("ganterpret", f"{SONG} theme:fish")
    which = world.command("cancel")
    assert list(actions_of(which)) == ["#1 birds", "#2 fish"]


def test_a_cancel_tells_the_engine(world: World) -> None:
    from bot.handlers.dispatcher import Dispatcher

    hints: list[tuple[int, int]] = []
    world.dispatcher = Dispatcher(
        world.database, world.media, world.policy, cancel_hint=lambda *hint: hints.append(hint)
    )
    world.command("ganterpret", SONG)
    world.begin()
    world.command("cancel")
    assert hints == [(1, 1)]


# --- people -----------------------------------------------------------------------------------------------------------


def test_quota_says_what_was_spent(world: World) -> None:
    world.command("ganterpret", f"{SONG} duration:45")
    page = text_of(world.command("quota"))
    assert "You: 1 of ∞ clips, 45 s of ∞" in page
    assert "This chat: 1 of ∞" in page


def test_forget_asks_first_and_then_deletes_everything(world: World) -> None:
    world.clip()
    question = world.command("forget")
    [yes, _] = actions_of(question).values()
    assert "somebody else" in text_of(world.press(yes, "menu", who="bo"))
    done = world.press(yes, "menu")
    assert isinstance(done, EditMessage)
    assert "1 clip among it" in text_of(done)
    assert world.look(lambda tx: clips.made_by(tx, 1)) == ()
    person = world.look(lambda tx: people.find(tx, "telegram", "ada"))
    assert person is None or person.name is None


async def test_forget_takes_away_what_still_waits(world: World) -> None:
    world.command("ganterpret", SONG)
    await world.settle()
    done = world.press("forget_yes:1", "menu")
    assert isinstance(done, EditMessage)
    assert [posted.message for posted in done.remove] == [world.chat.messages[0].posted.message]


def test_looking_around_writes_nobody_down(untouched: World) -> None:
    for name in ("help", "themes", "queue", "quota", "mine", "privacy", "forget", "start"):
        assert isinstance(untouched.command(name), Say)
    assert untouched.look(lambda tx: people.find(tx, "telegram", "ada")) is None


# --- admins -----------------------------------------------------------------------------------------------------------


def test_settings_are_for_admins(world: World) -> None:
    assert "for the admins" in text_of(world.command("settings", "theme:ocean"))
    assert isinstance(world.command("settings", private=True, where="ada"), Say), "a private chat is one's own"


def test_settings_are_set_and_cleared(world: World) -> None:
    world.command(
        "settings", "theme:ocean size:256 longest:2:00 clips:20 seconds:600 who:admins language:de", admin=True
    )
    chat = world.look(lambda tx: chats.find(tx, "telegram", "music"))
    assert chat is not None
    assert chat.settings == chats.ChatSettings("ocean", 256, 120, 20, 600, True)
    assert chat.language == "de"
    world.command("settings", "theme:off who:everyone language:auto", admin=True)
    chat = world.look(lambda tx: chats.find(tx, "telegram", "music"))
    assert chat is not None
    assert chat.settings == chats.ChatSettings(None, 256, 120, 20, 600, False)
    assert chat.language is None


BAD_SETTINGS = {
    "colour:red": "no setting “colour”",
    "red": "no setting “red”",
    "theme:xqzzy": "I know no theme",
    "size:300": "size cannot be “300”",
    "longest:never": "write a time",
    "longest:0": "write a time",
    "clips:many": "is not a number",
    "clips:99999999999999": "it goes from 0",
    "who:nobody": "who cannot be “nobody”",
    "language:tlh": "I do not speak “tlh”",
    "size:": "has no value",
}


@pytest.mark.parametrize("words", BAD_SETTINGS)
def test_a_setting_that_makes_no_sense_gets_a_sentence(untouched: World, words: str) -> None:
    assert BAD_SETTINGS[words] in text_of(untouched.command("settings", words, admin=True))
    assert untouched.look(lambda tx: chats.find(tx, "telegram", "music")) is None


def test_bans(world: World) -> None:
    assert "for the admins" in text_of(world.command("ban", "7"))
    assert "Whom?" in text_of(world.command("ban", admin=True))
    assert "Whom?" in text_of(world.command("ban", "somebody", admin=True))
    rude = Message("m", author=Sender("7", "Rude <i>"))
    assert "Rude <i> cannot ask" in text_of(world.command("ban", reply_to=rude, admin=True))
    assert "cannot ask me" in text_of(world.command("ganterpret", SONG, who="7"))
    assert isinstance(world.command("ganterpret", SONG, who="7", where="elsewhere"), Accepted)
    world.command("unban", options={"person": "7"}, admin=True)
    assert isinstance(world.command("ganterpret", SONG, who="7"), Accepted)


def test_only_the_owner_bans_everywhere_and_nobody_bans_the_owner(tmp_path: Path) -> None:
    from bot.usecases.policy import Policy

    world = World(tmp_path, policy=Policy(owners=frozenset({"telegram:1"})))
    assert "for whoever runs me" in text_of(world.command("ban", "7 everywhere", admin=True))
    assert "7 cannot ask" in text_of(world.command("ban", "7 everywhere", who="1"))
    assert "cannot ask me" in text_of(world.command("ganterpret", SONG, who="7", where="elsewhere"))
    assert "cannot be banned" in text_of(world.command("ban", "1", who="2", admin=True))


def test_stats_are_for_the_owner(world: World) -> None:
    assert "for whoever runs me" in text_of(world.command("stats", admin=True))
    world.clip()
    assert "1 person, 1 chat, 1 clip" in text_of(world.command("stats", who="olga"))


# --- the dispatcher itself ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", [item.name for item in MENU])
def test_every_command_on_the_menu_has_an_answer_that_fits(untouched: World, name: str, language: str) -> None:
    answer = untouched.command(name, who="olga", language=language)
    assert isinstance(answer, Say)
    assert 0 < len(text_of(answer)) <= 2000


def test_an_unknown_command_says_so(untouched: World) -> None:
    assert "I do not know /frobnicate" in text_of(untouched.command("frobnicate"))


def test_a_mistake_of_ours_is_confessed_and_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: Path) -> None:
        raise ZeroDivisionError

    world = World(tmp_path, recognize=broken)
    answer = world.command("ganterpret", attachments=(Attachment("h", mime="audio/ogg"),), file=Path("/dev/null"))
    assert "Something broke on my side" in text_of(answer)
    assert "ZeroDivisionError" in caplog.text


def test_suggestions_complete_themes_categories_and_models(untouched: World) -> None:
    assert "primate" in [found.value for found in untouched.dispatcher.suggest("theme", "primat")]
    assert untouched.dispatcher.suggest("theme", "moon > rock")[0].value.startswith("moon > ")
    assert "volcano" in [found.value for found in untouched.dispatcher.suggest("category", "volc")]
    assert [found.value for found in untouched.dispatcher.suggest("model", "sk")] == ["sketch"]
    assert untouched.dispatcher.suggest("seed", "1") == []
    for typed in ("", "a", "x" * 5000, "💥"):
        found = untouched.dispatcher.suggest("theme", typed)
        assert len(found) <= 25
        assert all(1 <= len(each.value) <= 100 for each in found)


def test_a_chat_that_moved_takes_everything_along(world: World) -> None:
    world.command("settings", "theme:ocean", admin=True)
    world.dispatcher.moved("telegram", "music", "supergroup")
    world.command("ganterpret", SONG, where="supergroup")
    assert world.request(1).recipe.theme == "ocean"


def test_a_failed_request_is_no_clip_to_be_remixed(world: World) -> None:
    world.command("ganterpret", SONG)
    world.fail(world.begin(), PipelineError(ErrorCode.LINK_NOT_FOUND))
    assert "no such clip" in text_of(world.press("reroll:1"))
