"""The Telegram adapter over a real socket: python-telegram-bot on one side, a Bot API server on the other."""

from __future__ import annotations

import asyncio
import io
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from bot.adapters.telegram import polling
from bot.adapters.telegram.chat import TelegramChat
from bot.adapters.telegram.service import TelegramService
from bot.chat.answers import About, Accepted, Answer, AskText, Download, EditMessage, Nothing, Say, Toast
from bot.chat.events import ButtonPress, Command, Incoming, TextMessage
from bot.chat.markup import escape
from bot.chat.port import Button, ChatCode, ChatError, Destination, Posted, Screen, Video
from bot.handlers.dispatcher import Dispatcher
from bot.screens.messages import say
from bot.usecases.policy import Policy
from storage.clips.media import MediaStore
from storage.database import migrate
from storage.database.transactions import Database
from tests.doubles.fake_dispatcher import FakeDispatcher
from tests.doubles.faults import Delay, Drop, Flood, Refusal, ServerError
from tests.doubles.telegram.server import TelegramServer
from tests.doubles.telegram.world import Chat, User, World

MP4 = b"\x00\x00\x00\x18ftypisom" + b"\x00" * 64
VOICE = b"OggS" + b"\x01" * 64


@pytest.fixture
def server() -> Iterator[TelegramServer]:
    with TelegramServer() as server:
        yield server


@pytest.fixture
def world(server: TelegramServer) -> World:
    return server.world


@pytest.fixture
def ada(world: World) -> User:
    """Ada, who has talked to the bot before."""
    ada = world.user("Ada")
    ada.says("/start")
    world.updates.clear()
    return ada


@pytest.fixture
def band(world: World, ada: User) -> Chat:
    return world.supergroup("Band room", [ada, world.user("Bo")])


@pytest.fixture
def dispatcher() -> FakeDispatcher:
    return FakeDispatcher()


def make_service(
    server: TelegramServer, dispatcher: FakeDispatcher | Dispatcher, token: str | None = None
) -> TelegramService:
    return TelegramService(token=token or server.token, dispatcher=dispatcher, api_url=server.origin)  # type: ignore[arg-type]


@asynccontextmanager
async def serving(server: TelegramServer, dispatcher: FakeDispatcher | Dispatcher) -> AsyncIterator[TelegramService]:
    service = make_service(server, dispatcher)
    stopping = asyncio.Event()
    running = asyncio.create_task(service.run(stopping))
    try:
        yield service
    finally:
        stopping.set()
        await running
        await service.close()


@pytest.fixture
async def chat(server: TelegramServer, dispatcher: FakeDispatcher) -> AsyncIterator[TelegramChat]:
    service = make_service(server, dispatcher)
    yield service.chat
    await service.close()


async def until(look: Callable[[], object], timeout_s: float = 30) -> None:
    """Wait for what the server does not ring its bell for."""
    async with asyncio.timeout(timeout_s):
        while not look():
            await asyncio.sleep(0.01)


def picture(path: Path, colour: str = "orange") -> Path:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "JPEG")
    path.write_bytes(out.getvalue())
    return path


@pytest.fixture
def storyboard(tmp_path: Path) -> Path:
    return picture(tmp_path / "storyboard.jpg")


@pytest.fixture
def video(tmp_path: Path) -> Video:
    path = tmp_path / "clip.mp4"
    path.write_bytes(MP4)
    return Video(path, 128, 3.2, thumbnail=picture(tmp_path / "thumbnail.jpg"))


def place(chat: Chat, **where: str) -> Destination:
    return Destination(str(chat.id), **where)


# --- posting and editing ----------------------------------------------------------------------------------------------


async def test_a_clip_plays_inline_and_is_sent_again_by_its_id(
    server: TelegramServer, chat: TelegramChat, band: Chat, video: Video
) -> None:
    screen = Screen("<b>primates</b>", ((Button("🎲", "reroll:1"),),), video=video)
    first = await chat.post(place(band), screen)
    shown = band.bot_messages[-1]
    assert shown.video is not None
    assert shown.video.content == MP4
    assert shown.media.label() == "video clip.mp4, 128 × 128, 0:03"  # type: ignore[union-attr]
    assert shown.media.thumbnail is not None  # type: ignore[union-attr]
    assert server.calls_of("sendVideo")[0].parameters["supports_streaming"] is True
    assert shown.buttons == ["🎲"]
    assert first == Posted(str(band.id), str(shown.id), None, shown.video.file_id)

    gone = replace(video, path=video.path.with_name("swept.mp4"), remembered=first.remembered)
    again = await chat.post(place(band), replace(screen, video=gone))
    assert again.remembered == first.remembered


async def test_a_file_that_telegram_has_forgotten_is_uploaded(chat: TelegramChat, band: Chat, video: Video) -> None:
    await chat.post(place(band), Screen("clip", video=replace(video, remembered="forgotten")))
    assert band.bot_messages[-1].video.content == MP4  # type: ignore[union-attr]
    nowhere = replace(video, path=video.path.with_name("no.mp4"), remembered="forgotten")
    assert (await refused(chat, place(band), Screen("clip", video=nowhere))).code is ChatCode.REFUSED


async def test_a_status_shows_a_storyboard_then_new_words_without_sending_the_picture_again(
    server: TelegramServer, chat: TelegramChat, band: Chat, storyboard: Path
) -> None:
    cancel = ((Button("Cancel", "cancel:1"),),)
    posted = await chat.post(place(band), Screen("queued", cancel))
    posted = await chat.edit(posted, Screen("10 %", cancel, picture=storyboard))
    posted = await chat.edit(posted, Screen("20 %", cancel, picture=storyboard))
    await chat.edit(posted, Screen("20 %", cancel, picture=storyboard))  # unchanged: refused, and fine
    status = band.bot_messages[-1]
    assert (status.text, status.versions, status.buttons) == ("20 %", ["queued", "10 %"], ["Cancel"])
    assert status.photo is not None
    assert [call.method for call in server.calls] == [
        "sendMessage",
        "editMessageMedia",
        "editMessageCaption",
        "editMessageCaption",
    ]
    await chat.edit(posted, Screen("done", picture=storyboard))
    assert status.buttons == []


async def test_after_a_restart_the_picture_is_sent_once_more(
    server: TelegramServer, dispatcher: FakeDispatcher, chat: TelegramChat, band: Chat, storyboard: Path
) -> None:
    posted = await chat.post(place(band), Screen("10 %", picture=storyboard))
    other = make_service(server, dispatcher)
    posted = await other.chat.edit(posted, Screen("20 %", picture=storyboard))
    await other.chat.edit(posted, Screen("30 %", picture=storyboard))
    await other.close()
    assert [call.method for call in server.calls] == ["sendPhoto", "editMessageMedia", "editMessageCaption"]
    assert band.bot_messages[-1].text == "30 %"


async def test_words_take_the_place_of_a_picture(
    server: TelegramServer, dispatcher: FakeDispatcher, chat: TelegramChat, band: Chat, video: Video
) -> None:
    posted = await chat.post(place(band), Screen("a clip", video=video))
    stranger = make_service(server, dispatcher)  # which does not know what the message shows
    unknown = replace(posted, remembered=None)
    await stranger.chat.edit(unknown, Screen("#1 is deleted."))
    await stranger.chat.edit(unknown, Screen("#1 is deleted!"))
    await stranger.close()
    message = band.bot_messages[-1]
    assert message.video is None
    assert message.text == "#1 is deleted!"


async def test_a_message_is_deleted_or_emptied(chat: TelegramChat, world: World, band: Chat, video: Video) -> None:
    old = await chat.post(place(band), Screen("an old clip", video=video))
    world.clock.advance(49 * 3600)
    new = await chat.post(place(band), Screen("a new clip", video=video))
    for posted in (new, new, old):  # twice is fine
        await chat.delete(posted)
    [left] = band.bot_messages
    assert (left.video, left.text, left.buttons) == (None, "🗑", [])


async def test_a_reply_to_a_deleted_message_is_posted_all_the_same(
    chat: TelegramChat, world: World, ada: User, band: Chat
) -> None:
    asked = band.says(ada, "/ganterpret")
    asked.deleted = True
    await chat.post(place(band, reply_to=str(asked.id)), Screen("here"))
    assert band.bot_messages[-1].reply_to is None

    forum = world.supergroup("Studio", [ada], forum=True)
    clips = forum.topic("Clips")
    asked = clips.says(ada, "/ganterpret")
    there = place(forum, channel=str(clips.thread_id), reply_to=str(asked.id))
    await chat.post(there, Screen("as a reply"))
    asked.deleted = True
    await chat.post(there, Screen("of its own"))
    assert [message.text for message in clips.bot_messages] == ["as a reply", "of its own"]


async def test_foreign_markup_stays_text(server: TelegramServer, chat: TelegramChat, band: Chat) -> None:
    title = "<b>bold</b> & <script>@everyone"
    await chat.post(place(band), Screen(f"🎬 <i>{escape(title)}</i>"))
    assert band.bot_messages[-1].text == f"🎬 {title}"
    await chat.post(place(band), Screen("<b>" + escape("&" * 5000, limit=5000) + "</b>"))
    assert len(band.bot_messages[-1].text) == 4096
    assert {call.status for call in server.calls} == {200}


# --- refusals and bad luck --------------------------------------------------------------------------------------------


WORDS = Screen("x")


async def refused(chat: TelegramChat, where: Destination, screen: Screen = WORDS) -> ChatError:
    with pytest.raises(ChatError) as caught:
        await chat.post(where, screen)
    return caught.value


async def test_a_flood_says_how_long_to_wait(server: TelegramServer, chat: TelegramChat, band: Chat) -> None:
    server.faults.add("sendMessage", Flood(retry_after_s=7))
    error = await refused(chat, place(band))
    assert (error.code, error.facts) == (ChatCode.BUSY, {"retry_after_s": 7.0})


@pytest.mark.parametrize("fault", [Drop(accepted=True), ServerError(502)])
async def test_what_may_have_arrived_is_uncertain(
    server: TelegramServer, chat: TelegramChat, band: Chat, video: Video, fault: Drop | ServerError
) -> None:
    server.faults.add("sendVideo", fault)
    assert (await refused(chat, place(band), Screen("x", video=video))).code is ChatCode.UNCERTAIN


async def test_an_answer_that_does_not_come_is_uncertain(
    server: TelegramServer, chat: TelegramChat, band: Chat, storyboard: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.adapters.telegram.files.CALL_TIMEOUT_S", 0.3)
    server.faults.add("sendPhoto", Delay(3, accepted=True))
    assert (await refused(chat, place(band), Screen("x", picture=storyboard))).code is ChatCode.UNCERTAIN
    assert band.bot_messages[-1].photo is not None


async def test_what_never_left_is_unreachable(server: TelegramServer, chat: TelegramChat, band: Chat) -> None:
    server.stop()
    assert (await refused(chat, place(band))).code is ChatCode.UNREACHABLE
    server.start()


async def test_limits_rights_and_moves_are_told_apart(
    chat: TelegramChat, world: World, ada: User, band: Chat, video: Video
) -> None:
    clip = Screen("x", video=video)
    world.limits = replace(world.limits, upload=50)
    assert (await refused(chat, place(band), clip)).code is ChatCode.TOO_LARGE
    world.limits = replace(world.limits, upload=5000)
    band.bot_may["video"] = False
    assert (await refused(chat, place(band), clip)).code is ChatCode.FORBIDDEN
    ada.blocks_bot()
    assert (await refused(chat, Destination("-1", person=str(ada.id), direct=True))).code is ChatCode.FORBIDDEN
    assert (await refused(chat, Destination("-77"))).code is ChatCode.GONE
    group = world.group("Old", [ada])
    new = group.migrates()
    error = await refused(chat, place(group))
    assert (error.code, error.facts) == (ChatCode.MOVED, {"new_chat": str(new.id)})
    gone = Posted(str(band.id), "4711")
    with pytest.raises(ChatError) as caught:
        await chat.edit(gone, Screen("x"))
    assert caught.value.code is ChatCode.GONE


async def test_what_telegram_should_not_refuse_is_logged(
    server: TelegramServer, chat: TelegramChat, band: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    error = await refused(chat, place(band), Screen("<u>ours alone</u><b>"))
    assert error.code is ChatCode.REFUSED
    assert "parse entities" in caplog.text


# --- a conversation ---------------------------------------------------------------------------------------------------


async def test_commands_are_offered_in_every_language(
    server: TelegramServer, world: World, dispatcher: FakeDispatcher
) -> None:
    async with serving(server, dispatcher):
        await until(lambda: len(world.commands) == 4)
    default, admins = '{"type": "default"}', '{"type": "all_chat_administrators"}'
    described = {command["command"]: command["description"] for command in world.commands[default, ""]}
    assert described["ganterpret"] == say("menu.ganterpret", "en")
    assert "settings" not in described
    assert {"command": "settings", "description": say("menu.settings", "de")} in world.commands[admins, "de"]


async def test_what_was_said_while_the_bot_was_away_is_answered(
    server: TelegramServer, dispatcher: FakeDispatcher, ada: User
) -> None:
    ada.says("/help")
    dispatcher.rule = lambda incoming: Say(Screen(f"hello {incoming.sender.name}"))
    async with serving(server, dispatcher):
        answer = await ada.private.wait_for(lambda m: m.text == "hello Ada")
    assert answer.reply_to.text == "/help"  # type: ignore[union-attr]
    [heard] = dispatcher.heard
    assert (heard.origin.private, heard.sender.language) == (True, "en")


async def test_an_update_is_confirmed_when_it_is_answered_and_comes_again_if_it_never_was(
    server: TelegramServer, world: World, dispatcher: FakeDispatcher, ada: User
) -> None:
    begun, release = threading.Event(), threading.Event()

    def slow(incoming: Incoming) -> Answer:
        begun.set()
        release.wait(30)
        return Say(Screen("done"))

    dispatcher.rule = slow
    said = ada.says("/help")
    service = make_service(server, dispatcher)
    running = asyncio.create_task(service.run(asyncio.Event()))
    await asyncio.to_thread(begun.wait, 30)
    await asyncio.sleep(2 * polling.PEEK_EVERY_S)  # it is fetched more than once
    assert [update["message"]["message_id"] for update in world.updates] == [said.id]
    running.cancel()  # the process dies
    await asyncio.gather(running, return_exceptions=True)
    release.set()
    await service.close()
    assert len(world.updates) == 1

    async with serving(server, dispatcher):
        await ada.private.wait_for(lambda m: m.text == "done")
    assert world.updates == []
    first, second = dispatcher.heard
    assert first == second  # with one event id, so that asking twice is asking once


async def test_a_repeated_update_is_the_same_event(
    server: TelegramServer, world: World, dispatcher: FakeDispatcher, ada: User
) -> None:
    ada.says("/help")
    update = world.updates[0]
    async with serving(server, dispatcher):
        await until(lambda: not world.updates)
        server.redeliver(update)
        ada.says("/quota")
        await until(lambda: len(dispatcher.heard) == 3)
    assert dispatcher.heard[0].event_id == dispatcher.heard[1].event_id != dispatcher.heard[2].event_id


async def test_one_chat_waits_for_nobody_elses_answer_and_keeps_its_own_order(
    server: TelegramServer, dispatcher: FakeDispatcher, ada: User, band: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "PEEK_EVERY_S", 0.05)
    release = threading.Event()

    def rule(incoming: Incoming) -> Answer:
        if incoming.said.words == "slow":  # type: ignore[union-attr]
            release.wait(30)
        return Say(Screen(incoming.said.words))  # type: ignore[union-attr]

    dispatcher.rule = rule
    async with serving(server, dispatcher):
        band.says(ada, "/help slow")
        band.says(ada, "/help second")
        ada.says("/help elsewhere")
        await ada.private.wait_for(lambda m: m.text == "elsewhere")
        ada.says("/help once more")  # comes although the first is not confirmed
        await ada.private.wait_for(lambda m: m.text == "once more")
        assert band.bot_messages == []
        release.set()
        await band.wait_for(lambda m: m.text == "second")
    assert [message.text for message in band.bot_messages] == ["slow", "second"]


async def test_every_press_is_answered_whatever_the_dispatcher_says(
    server: TelegramServer,
    dispatcher: FakeDispatcher,
    chat: TelegramChat,
    ada: User,
    band: Chat,
    caplog: pytest.LogCaptureFixture,
) -> None:
    long = "long " * 30
    answers = {
        "cancel:1": Toast("That is not <b>yours</b> to do."),
        "cancel:2": Say(Screen("just for you")),
        "cancel:3": Say(Screen("for <b>all</b>"), private=False, about=About("poster", 7)),
        "cancel:4": Nothing(),
        "cancel:5": Toast(long),
        "cancel:6": Accepted("On its way."),
    }

    def rule(incoming: Incoming) -> Answer:
        assert isinstance(incoming.said, ButtonPress)
        return answers[incoming.said.action]

    dispatcher.rule = rule
    actions = [*answers, "cancel:99"]
    await chat.post(place(band), Screen("press", tuple((Button(action, action),) for action in actions)))
    message = band.bot_messages[-1]
    async with serving(server, dispatcher):
        told = [await ada.presses(message, action).answered() for action in actions]
    assert [answer["text"] for answer in told] == [
        "That is not yours to do.",
        "just for you",
        "",
        "",
        long.strip(),
        "On its way.",
        say("refusal.broke"),
    ]
    assert told[4]["show_alert"] is True
    ((platform, about, posted),) = dispatcher.posts
    assert (platform, about) == ("telegram", About("poster", 7))
    assert next(m for m in band.bot_messages if str(m.id) == posted.message).text == "for all"
    assert "show_alert" not in told[0] or told[0]["show_alert"] is False
    assert [m.text for m in band.bot_messages] == ["press", "for all"]
    assert "the dispatcher broke" in caplog.text


async def test_a_broken_dispatcher_is_told_of_in_the_language_that_was_chosen(
    server: TelegramServer, dispatcher: FakeDispatcher, chat: TelegramChat, ada: User, band: Chat
) -> None:
    def breaks(incoming: Incoming) -> Answer:
        raise RuntimeError

    dispatcher.rule, dispatcher.language = breaks, "de"
    await chat.post(place(band), Screen("press", ((Button("🎲", "reroll:1"),),)))
    async with serving(server, dispatcher):
        told = await ada.presses(band.bot_messages[-1], "🎲").answered()
    assert told["text"] == say("refusal.broke", "de")


async def test_a_press_of_long_ago_is_heard_although_nobody_waits_for_a_word_any_more(
    server: TelegramServer, dispatcher: FakeDispatcher, chat: TelegramChat, world: World, ada: User, band: Chat
) -> None:
    dispatcher.rule = lambda incoming: Accepted("On its way.")
    await chat.post(place(band), Screen("press", ((Button("🎲", "reroll:1"),),)))
    ada.presses(band.bot_messages[-1], "🎲")
    world.clock.advance(3600)
    async with serving(server, dispatcher):
        await until(lambda: not world.updates)
    assert [incoming.said for incoming in dispatcher.heard] == [ButtonPress("reroll:1", str(band.bot_messages[-1].id))]
    assert {call.status for call in server.calls_of("answerCallbackQuery")} == {400}


async def test_a_pressed_menu_changes_asks_and_goes(
    server: TelegramServer,
    dispatcher: FakeDispatcher,
    chat: TelegramChat,
    world: World,
    ada: User,
    band: Chat,
    storyboard: Path,
) -> None:
    poster = await chat.post(place(band), Screen("poster", picture=storyboard))
    await chat.post(place(band), Screen("which?", ((Button("next", "scene:1"),),)))
    menu = band.bot_messages[-1]

    def rule(incoming: Incoming) -> Answer:
        match incoming.said:
            case ButtonPress(action="scene:1"):
                return EditMessage(
                    Screen("what?", ((Button("ask", "scene:2"), Button("go", "scene:3")),)), remove=(poster,)
                )
            case ButtonPress(action="scene:2"):
                return AskText("What shall it show?", "volcano", "scene_word:1")
            case ButtonPress(action="scene:3"):
                return Accepted("On its way.", close=True)
            case _:
                return Say(Screen("thank you"))

    dispatcher.rule = rule
    async with serving(server, dispatcher):
        await ada.presses(menu, "next").answered()
        await until(lambda: menu.text == "what?" and menu in band.bot_messages and len(band.bot_messages) == 1)
        await ada.presses(menu, "ask").answered()
        question = await band.wait_for(lambda m: m.text == "Ada: What shall it show?")
        await until(lambda: len(server.calls_of("sendMessage")) == 2)
        asked = server.calls_of("sendMessage")[-1].parameters["reply_markup"]
        assert asked == {"force_reply": True, "selective": True, "input_field_placeholder": "volcano"}
        band.says(ada, "volcano", reply_to=question)
        await band.wait_for(lambda m: m.text == "thank you")
        said = dispatcher.heard[-1].said
        assert isinstance(said, TextMessage)
        assert (said.text, said.message, said.reply_to) == ("volcano", str(question.id + 1), str(question.id))
        await ada.presses(menu, "go").answered()
        await until(lambda: menu.deleted)


async def test_a_button_tells_whether_its_presser_runs_the_group(
    server: TelegramServer, dispatcher: FakeDispatcher, chat: TelegramChat, world: World, ada: User, band: Chat
) -> None:
    await chat.post(place(band), Screen("press", ((Button("x", "cancel:1"),),)))
    message, bo = band.bot_messages[-1], world.users[ada.id + 1]
    async with serving(server, dispatcher):
        for user in (ada, bo, ada):
            await user.presses(message, "x").answered()
    assert [incoming.sender.is_admin for incoming in dispatcher.heard] == [True, False, True]
    assert len(server.calls_of("getChatMember")) == 2


async def test_an_answer_waits_out_a_flood(server: TelegramServer, dispatcher: FakeDispatcher, ada: User) -> None:
    dispatcher.rule = lambda incoming: Say(Screen("at last"))
    server.faults.add("sendMessage", Flood(retry_after_s=1))
    async with serving(server, dispatcher):
        ada.says("/help")
        await ada.private.wait_for(lambda m: m.text == "at last")
    assert [call.status for call in server.calls_of("sendMessage")] == [429, 200]


# --- files ------------------------------------------------------------------------------------------------------------


def wants_file(incoming: Incoming) -> Answer:
    said = incoming.said
    assert isinstance(said, Command | TextMessage)
    replied = said.reply_to if isinstance(said, Command) else said.answered
    files = said.attachments or (replied.attachments if replied else ())
    return Download(files[0]) if files else Say(Screen("no sound"))


async def test_the_dispatcher_gets_the_bytes_of_a_voice_note_that_is_replied_to(
    server: TelegramServer, dispatcher: FakeDispatcher, ada: User, band: Chat
) -> None:
    dispatcher.rule = wants_file
    async with serving(server, dispatcher):
        voice = band.sends_voice(ada, VOICE)
        band.says(ada, "/ganterpret@ganterpreter_bot", reply_to=voice)
        await band.wait_for(lambda m: m.text == "got it")
    assert dispatcher.files == [VOICE]
    assert band.actions == ["typing"]


async def test_a_file_that_telegram_does_not_hand_out_is_told_to_the_desk(
    server: TelegramServer, world: World, dispatcher: FakeDispatcher, ada: User
) -> None:
    dispatcher.rule = wants_file
    world.limits = replace(world.limits, download=10)
    async with serving(server, dispatcher):
        ada.sends_voice(VOICE)
        await ada.private.wait_for(lambda m: m.text == "no file")
        assert dispatcher.heard[-1].said.attachments[0].limit_bytes == 20_000_000  # type: ignore[union-attr]
        server.faults.add("download", ServerError(500))
        world.limits = replace(world.limits, download=1000)
        ada.sends_voice(VOICE)
        await until(lambda: sum(m.text == "no file" for m in ada.private.bot_messages) == 2)
    assert dispatcher.files == []


async def test_more_than_20_mb_is_not_even_asked_for(
    server: TelegramServer, dispatcher: FakeDispatcher, ada: User
) -> None:
    def rule(incoming: Incoming) -> Answer:
        answer = wants_file(incoming)
        assert isinstance(answer, Download)
        return Download(replace(answer.attachment, bytes=20_000_001))

    dispatcher.rule = rule
    async with serving(server, dispatcher):
        ada.sends_voice(VOICE)
        await ada.private.wait_for(lambda m: m.text == "no file")
    assert server.calls_of("getFile") == []


async def test_remix_of_a_voice_note_that_answered_a_clip_means_the_clip_and_the_new_sound(
    server: TelegramServer, dispatcher: FakeDispatcher, chat: TelegramChat, ada: User, band: Chat, video: Video
) -> None:
    clip = await chat.post(place(band), Screen("a clip", video=video))
    dispatcher.rule = lambda incoming: Say(Screen("heard"))
    async with serving(server, dispatcher):
        voice = band.sends_voice(ada, VOICE, reply_to=band.bot_messages[-1])
        band.says(ada, "/remix theme:birds", reply_to=voice)
        await until(lambda: len(dispatcher.heard) == 2)
    said = next(heard.said for heard in dispatcher.heard if isinstance(heard.said, Command))
    assert isinstance(said, Command)
    assert said.reply_to is not None
    assert (said.name, said.words, said.reply_to.id) == ("remix", "theme:birds", clip.message)
    assert len(said.attachments) == 1


# --- the life of a service --------------------------------------------------------------------------------------------


async def test_a_group_that_becomes_a_supergroup_is_followed(
    server: TelegramServer, world: World, dispatcher: FakeDispatcher, ada: User
) -> None:
    group = world.group("Old", [ada])
    async with serving(server, dispatcher):
        new = group.migrates()
        await until(lambda: not world.updates)
    assert set(dispatcher.moves) == {("telegram", str(group.id), str(new.id))}


async def test_a_second_bot_with_the_same_token_is_named_and_made_way_for(
    server: TelegramServer,
    world: World,
    dispatcher: FakeDispatcher,
    ada: User,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(polling, "CONFLICT_PAUSE_S", 0.05)
    dispatcher.rule = lambda incoming: Say(Screen("mine"))
    refusal = Refusal(409, "Conflict: terminated by other getUpdates request")
    server.faults.add("getUpdates", refusal, times=2)
    async with serving(server, dispatcher):
        ada.says("/help")
        await ada.private.wait_for(lambda m: m.text == "mine")
    assert "two bots run with one token" in caplog.text


async def test_polling_goes_on_after_an_outage(
    server: TelegramServer,
    dispatcher: FakeDispatcher,
    ada: User,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(polling, "FIRST_PAUSE_S", 0.05)
    dispatcher.rule = lambda incoming: Say(Screen("back"))
    server.faults.add("getUpdates", ServerError(502), times=2)
    async with serving(server, dispatcher):
        ada.says("/help")
        await ada.private.wait_for(lambda m: m.text == "back")
    assert caplog.text.count("cannot be reached") == 1
    assert "Telegram is there again" in caplog.text


async def test_a_server_that_is_not_there_yet_is_waited_for(
    server: TelegramServer, dispatcher: FakeDispatcher, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.adapters.telegram.service.FIRST_PAUSE_S", 0.05)
    ada.says("/help")
    dispatcher.rule = lambda incoming: Say(Screen("here"))
    server.stop()
    async with serving(server, dispatcher):
        await asyncio.sleep(0.1)
        server.start()
        await ada.private.wait_for(lambda m: m.text == "here")


async def test_a_refused_token_ends_the_service_and_is_not_quoted(
    server: TelegramServer, dispatcher: FakeDispatcher, caplog: pytest.LogCaptureFixture
) -> None:
    token = "123456789:AAF-another_token_of_the_right_form_"
    service = make_service(server, dispatcher, token)
    with pytest.raises(ChatError) as caught:
        await service.run(asyncio.Event())
    await service.close()
    assert caught.value.code is ChatCode.FORBIDDEN
    assert caught.value.__cause__ is None
    assert "refuses the token" in caplog.text
    assert token not in caplog.text


async def test_stopping_lets_the_answer_in_hand_be_finished(
    server: TelegramServer, world: World, dispatcher: FakeDispatcher, ada: User
) -> None:
    begun, release = threading.Event(), threading.Event()

    def slow(incoming: Incoming) -> Answer:
        begun.set()
        release.wait(30)
        return Say(Screen("finished"))

    dispatcher.rule = slow
    ada.says("/help")
    service = make_service(server, dispatcher)
    stopping = asyncio.Event()
    running = asyncio.create_task(service.run(stopping))
    await asyncio.to_thread(begun.wait, 30)
    stopping.set()
    await asyncio.sleep(0.05)
    assert not running.done()
    release.set()
    await running
    await service.close()
    assert [message.text for message in ada.private.bot_messages] == ["finished"]
    assert world.updates == []


async def test_a_question_is_asked_in_the_language_that_was_chosen_not_the_client_s(
    server: TelegramServer, ada: User, band: Chat, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'ganterpret.sqlite3'}"
    migrate.upgrade(url)
    database = Database(url)
    dispatcher = Dispatcher(database, MediaStore(tmp_path / "media"), Policy(model="sketch"))
    try:
        async with serving(server, dispatcher):
            ada.says("/language de")
            await ada.private.wait_for(lambda m: "Deutsch" in m.text)
            band.says(ada, "/relay 3 https://youtu.be/dQw4w9WgXcQ")
            relay = await band.wait_for(lambda m: m.buttons)
            ada.presses(relay, "✏️")
            await band.wait_for(lambda m: say("ask.relay", "de") in m.text)
    finally:
        database.close()
