"""A clip, its remix, a restart and everything that can be said wrongly, in Telegram, by the whole way of a request.

Everything is real but the chat server and the web: dispatcher, outbox, database, engine, worker, render process,
encoder. The conversations are written down in `docs/chats-telegram.md`; GANTERPRET_WRITE_DOCS=1 writes it anew.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings import Settings
from pipeline.media.tags import read_recipe
from storage.clips import clips
from storage.database.transactions import Database
from storage.people import chats, people
from storage.requests import quotas, relays
from tests.doubles.faults import Flood
from tests.doubles.screen import draw_screen
from tests.doubles.telegram.server import TelegramServer
from tests.doubles.telegram.world import ButtonPress, Chat, Message, User
from tests.doubles.transcript import REWRITE, Transcript
from tests.e2e.running_bot import bot_running, saved, worker_running
from tests.integration.pipeline.fetch.media_server import MediaServer

WRITE_DOCS = os.environ.get(REWRITE)  # before the environment is cleared for the test
PAGE = Path(__file__).parents[2] / "docs" / "chats-telegram.md"

pytestmark = pytest.mark.usefixtures("impatient")

PLACES = {
    r"127\.0\.0\.1:\d+": "example.org",
    r"In the queue, \d+ before it": "In the queue",
    r"In der Schlange, \d+ davor": "In der Schlange",
}


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    with TelegramServer() as server:
        yield server


@pytest.fixture
def settings(
    telegram: TelegramServer, media: MediaServer, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Settings:
    if WRITE_DOCS:
        monkeypatch.setenv(REWRITE, WRITE_DOCS)
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        telegram_token=telegram.token,  # type: ignore[arg-type]
        telegram_api_url=telegram.origin,
        telegram_file_url=f"{telegram.origin}/file",
        fetch_allow_hosts=(media.host,),
        model="sketch",
    )


def last(room: Chat, count: int) -> str:
    """Draw the last messages of a chat."""
    return draw_screen(room.title_line(), [message.bubble() for message in room.messages[-count:]])


async def toast(press: ButtonPress) -> str:
    """Draw what only the one who pressed gets to see."""
    answer = await press.answered(10)
    return f"  ( {answer['text']} )  · only {press.user.first_name} sees this"


async def test_a_clip_a_remix_and_buttons_that_outlive_a_restart(
    telegram: TelegramServer, media: MediaServer, settings: Settings, storyboard_seen: threading.Event, tmp_path: Path
) -> None:
    page = Transcript("Telegram: a clip, its remix, and a restart")
    world = telegram.world
    ada, bo = world.user("Ada"), world.user("Bo")
    band = world.supergroup("Band room", [world.user("Cy"), ada, bo])

    async with bot_running(settings):
        page.tell("Ada asks in a group, and has an answer at once.")
        band.says(ada, f"/ganterpret {media.link('song')} theme:primates size:128 seed:7 duration:4")
        status = await band.wait_for(lambda m: m.text)
        page.show(band.screen())
        assert status.buttons == ["Cancel"]

        page.tell("The message shows how far it is, and soon what is to come; a flood holds nothing up for long.")
        telegram.faults.add("editMessageMedia", Flood(retry_after_s=1))
        async with worker_running(settings):
            await band.wait_for(lambda m: m.photo, timeout_s=30)
            page.show(last(band, 1))
            assert band.bot_messages == [status]
            assert telegram.faults.pending == 0
            storyboard_seen.set()

            page.tell("In the end that message is the clip, and plays where it stands.")
            clip = await band.wait_for(lambda m: m.video, timeout_s=30)
            page.show(last(band, 1))
            assert band.bot_messages == [clip] == [status]
            assert clip.video is not None
            first = saved(clip.video.content, tmp_path / "first.mp4", 4.0)
            assert clip.media is not None
            assert clip.media.thumbnail is not None
            shown = clip.media.shown
            assert (shown["width"], shown["height"], shown["duration"]) == (128, 128, 4)

            page.tell("Bo presses 🗑, which is for Ada and for admins; then 🎲, which is for everybody.")
            page.show(await toast(bo.presses(clip, "🗑")))
            page.show(await toast(bo.presses(clip, "🎲")))
            remix = await band.wait_for(lambda m: m.video and m is not clip, timeout_s=30)
            page.show(last(band, 1))
            assert remix.video is not None
            second = saved(remix.video.content, tmp_path / "second.mp4", 4.0)
            assert remix.video.content != clip.video.content
            assert read_recipe(first).seed == 7 != read_recipe(second).seed
            assert read_recipe(second).theme == "primates"

        band.says(bo, "/family", reply_to=remix)
        await band.wait_for(lambda m: "🌳" in m.text)
        page.show(last(band, 2))

    database = Database(settings.database)
    with database.read() as tx:
        assert clips.get(tx, 2).parent_clip_id == 1
    database.close()

    page.tell("Everything is stopped. Bo presses 🖼 under the first clip meanwhile. The bot comes back, and answers.")
    press = bo.presses(clip, "🖼")
    async with bot_running(settings):
        await press.answered(10)
        poster = await band.wait_for(lambda m: m.photo and "🖼" in m.text)
        page.show(last(band, 1))
        assert poster.reply_to is clip

        page.tell("Bo would like other pictures, and is asked which.")
        await bo.presses(clip, "🎨").answered()
        menu = await band.wait_for(lambda m: "🎨" in m.text)
        page.show(last(band, 1))
        await bo.presses(menu, "✏️").answered()
        question = await band.wait_for(lambda m: "Which theme?" in m.text)

    page.tell("Here the bot is started anew once more: a question stays open.")
    async with bot_running(settings):
        band.says(bo, "birds", reply_to=question)
        waiting = await band.wait_for(lambda m: "birds" in m.text)
        page.show(last(band, 3))
        page.show(await toast(ada.presses(waiting, "Cancel")))
        page.show(await toast(bo.presses(waiting, "Cancel")))
        await world.changes.wait_until(lambda: not waiting.buttons, 10)
        page.show(last(band, 1))

    assert {call.status for call in telegram.calls if call.method.startswith("send")} == {200}
    page.hold_against(PAGE)


async def test_whatever_goes_wrong_gets_a_helpful_sentence_and_costs_nothing(
    telegram: TelegramServer, media: MediaServer, settings: Settings
) -> None:
    page = Transcript("Telegram: what goes wrong", {r"127\.0\.0\.1:\d+": "example.org"})
    ada = telegram.world.user("Ada")
    room, link = ada.private, media.link("song")

    async def hear(*words: str) -> None:
        for text in words:
            answered = len(room.bot_messages)
            room.says(ada, text)
            await room.wait_for(lambda m, answered=answered: len(room.bot_messages) > answered)  # type: ignore[misc]
        page.show(last(room, 2 * len(words)))

    async with bot_running(settings):
        page.tell("Nothing to listen to, too much of it, and words that are not understood.")
        await hear("hello?", "/ganterpret", "/ganterpret https://open.spotify.com/track/4uLU6hMCjMI75M1A2", "/sing")
        await hear(f"/ganterpret {link} them:birds", f"/ganterpret {link} theme:primats", f"/ganterpret {link} fps:900")
        page.tell("Markup and mentions are words like any others.")
        await hear(f'/ganterpret {link} theme:"*@everyone* & <script"')
        page.tell("Links that lead where the bot does not go, and clips that are not there.")
        await hear("/ganterpret http://192.168.0.1/song.mp3", "/ganterpret https://example.com/a.mp3", "/show 4711")
        page.tell("A file that Telegram does not hand to bots, and one that is no sound.")
        answered = len(room.bot_messages)
        ada.private.sends_audio(ada, bytes(20_000_001), name="concert.flac", mime_type="audio/flac", duration_s=3600)
        await room.wait_for(lambda m: len(room.bot_messages) == answered + 1)
        ada.private.sends_document(ada, b"Dear diary", name="diary.mp3", mime_type="audio/mpeg")
        await room.wait_for(lambda m: len(room.bot_messages) == answered + 2)
        page.show(last(room, 4))
        page.tell("A button that nobody knows any more.")
        page.show(await toast(telegram.world.press(ada, room.bot_messages[0], "reroll:9zzz")))

    database = Database(settings.database)
    with database.read() as tx:
        person = people.find(tx, "telegram", str(ada.id))
        assert person is None or quotas.spent_by_user(tx, person.id).clips == 0
    database.close()
    assert media.asked == []
    assert {call.status for call in telegram.calls} == {200}
    page.hold_against(PAGE)


async def moved_to(settings: Settings, chat: str) -> None:
    """Wait until a group has moved in the books, with what it has spent."""
    database = Database(settings.database)
    async with asyncio.timeout(30):
        while True:
            with database.read() as tx:
                if chats.find(tx, "telegram", chat) is not None:
                    break
            await asyncio.sleep(0.02)
    database.close()


async def test_every_way_to_ask_and_every_step_between_two_restarts(
    telegram: TelegramServer, media: MediaServer, settings: Settings, sounds: Path
) -> None:
    page = Transcript("Telegram: other ways to ask")
    world, voice = telegram.world, (sounds / "voice.ogg").read_bytes()
    ada, bo, dora = world.user("Ada"), world.user("Bo"), world.user("Dora", language_code="de")

    async with bot_running(settings):
        page.tell("In private a voice note is enough. Dora's program speaks German, and so does the bot.")
        dora.sends_voice(voice, duration_s=2, caption="nur Affen bitte")
        asked = await dora.private.wait_for(lambda m: m.buttons)
        page.show(dora.private.screen())
        await dora.presses(asked, asked.buttons[0]).answered()

        page.tell("In a group it is a reply to the voice note, whoever sent it, or a caption on a file.")
        band = world.supergroup("Band room", [world.user("Cy"), ada, bo])
        note = band.sends_voice(ada, voice, duration_s=2)
        band.says(bo, "/ganterpret@ganterpreter_bot theme:ocean", reply_to=note)
        await band.wait_for(lambda m: "ocean" in m.text)
        band.sends_audio(
            bo, voice, name="b.ogg", mime_type="audio/ogg", title="Song", caption="/ganterpret theme:space"
        )
        await band.wait_for(lambda m: "space" in m.text)
        page.show(band.screen())

        page.tell("A forum's topics are kept apart.")
        forum = world.supergroup("Studio", [ada, dora], forum=True)
        clips_topic = forum.topic("Clips")
        clips_topic.says(ada, f"/ganterpret {media.link('song')} theme:kitchen")
        await clips_topic.wait_for(lambda m: "kitchen" in m.text)
        page.show(clips_topic.screen())

    page.tell("A relay, with the bot started anew before every pick. The group becomes a supergroup on the way.")
    group = world.group("Old room", [ada, bo, dora])
    async with bot_running(settings):
        group.says(ada, f"/relay 3 {media.link('song')} theme:birds seed:1")
        called = await group.wait_for(lambda m: m.buttons)
        page.show(group.screen())
    pick = called.buttons[0]
    async with bot_running(settings):
        await ada.presses(called, pick).answered(10)
        await world.changes.wait_until(lambda: pick in called.text, 10)
        page.show(await toast(ada.presses(called, called.buttons[1])))
    async with bot_running(settings):
        group.says(bo, "volcano", reply_to=called)
        told = await group.wait_for(lambda m: "volcano" in m.text)
        page.show(last(group, 2))
        room = group.migrates()
        await moved_to(settings, str(room.id))
        room.says(dora, "/quota")
        await room.wait_for(lambda m: m.text)
        page.show(room.screen())
    assert told is not called

    database = Database(settings.database)
    with database.read() as tx:
        moved = chats.find(tx, "telegram", str(room.id))
        assert moved is not None
        assert relays.gathering_in(tx, moved.id, None) is not None
    database.close()
    assert {call.status for call in telegram.calls if call.method.startswith("send")} == {200}
    page.hold_against(PAGE)


async def test_an_update_that_comes_twice_is_asked_for_once(
    telegram: TelegramServer, media: MediaServer, settings: Settings
) -> None:
    ada = telegram.world.user("Ada")
    ada.says(f"/ganterpret {media.link('song')} theme:birds")
    [update] = telegram.world.updates
    async with bot_running(settings):
        await ada.private.wait_for(lambda m: m.buttons)
        telegram.redeliver(update)
        ada.says("/queue")
        await ada.private.wait_for(lambda m: "under way" in m.text.lower())
    async with bot_running(settings):
        telegram.redeliver(update)
        ada.says("/quota")
        quota = await ada.private.wait_for(lambda m: "24 hours" in m.text)
    assert "1 of 20 clips" in quota.text
    assert sum(bool(message.buttons) for message in ada.private.bot_messages) == 1


async def test_the_bot_is_talked_to_in_plain_words(
    telegram: TelegramServer, media: MediaServer, settings: Settings, sounds: Path, storyboard_seen: threading.Event
) -> None:
    page = Transcript("Telegram: in plain words", PLACES)
    world = telegram.world
    ada, bo, dora = world.user("Ada"), world.user("Bo"), world.user("Dora", language_code="de")
    band = world.supergroup("Band room", [world.user("Cy"), ada, bo, dora])
    storyboard_seen.set()

    async def hear(room: Chat, user: User, text: str, reply_to: Message | None = None) -> Message:
        answered = len(room.bot_messages)
        room.says(user, text, reply_to=reply_to)
        await room.wait_for(lambda _: len(room.bot_messages) > answered)
        page.show(last(room, 2))
        return room.bot_messages[-1]

    async with bot_running(settings):
        page.tell("A wish in plain words, in private. Words beside a link are its title unless they mean a theme.")
        asked = await hear(ada.private, ada, f"a video of {media.link('song')} with cats please, 4 seconds, 128 px")
        await ada.presses(asked, "Cancel").answered()
        await world.changes.wait_until(lambda: not asked.buttons, 10)
        page.tell("What asks for nothing is answered in a word, and so is what asks for what is not there.")
        await hear(ada.private, ada, "hello!")
        await hear(ada.private, ada, "tell me a joke about elephants")
        await hear(ada.private, ada, "birds")

        band.says(ada, f"/ganterpret {media.link('song')} theme : primates size=128 scenes: 3 duration: 4 s seed:7")
        async with worker_running(settings):
            clip = await band.wait_for(lambda m: m.video, timeout_s=60)
        page.tell("Ada's clip is in the group. Whoever replies to it, changes it.")
        await hear(band, bo, "make it birds", clip)
        await hear(band, dora, "noch mal, aber ruhiger", clip)
        await hear(band, ada, "scene 2 a volcano", clip)
        page.tell("A voice note in reply to the clip is another sound for its pictures.")
        answered = len(band.bot_messages)
        band.sends_voice(bo, (sounds / "voice.ogg").read_bytes(), duration_s=2, reply_to=clip)
        await band.wait_for(lambda _: len(band.bot_messages) > answered)
        page.show(last(band, 2))
        page.tell("Where the bot is not sure, it asks. The choice is Dora's, who was asked.")
        choice = await hear(band, dora, "Vulkn", clip)
        page.show(await toast(bo.presses(choice, "Vulkan")))
        await dora.presses(choice, "Vulkan").answered()
        await world.changes.wait_until(lambda: choice.deleted, 10)
        await band.wait_for(lambda m: "Vulkane für Dora" in m.text)
        page.show(last(band, 1))
        page.tell("Praise makes nothing, and neither does what somebody does not want.")
        await hear(band, bo, "haha, so good!", clip)
        await hear(band, dora, "bitte keine Katzen", clip)
        page.tell("What people say to each other is left alone; what they say to the bot is not.")
        answered = len(band.bot_messages)
        band.says(bo, "make it birds, they said")
        await hear(band, bo, "how long will it take?", band.bot_messages[-1])
        assert len(band.bot_messages) == answered + 1

    assert {call.status for call in telegram.calls if call.method.startswith("send")} == {200}
    page.hold_against(PAGE)
