"""A clip, its remix, a restart and everything that can be said wrongly, in Discord, by the whole way of a request.

Everything is real but the chat server and the web: discord.py, dispatcher, outbox, database, engine, worker, render
process, encoder. The conversations are written down in `docs/chats-discord.md`; GANTERPRET_WRITE_DOCS=1 writes it anew.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.settings import Settings
from pipeline.media.tags import read_recipe
from storage.clips import clips
from storage.database.transactions import Database
from storage.people import people
from storage.requests import quotas
from tests.doubles.discord.interactions import File, Participant
from tests.doubles.discord.server import DiscordServer
from tests.doubles.discord.world import Message
from tests.doubles.faults import Flood
from tests.doubles.screen import draw_screen
from tests.doubles.transcript import REWRITE, Transcript
from tests.e2e.running_bot import bot_running, saved, worker_running
from tests.integration.pipeline.fetch.media_server import MediaServer

WRITE_DOCS = os.environ.get(REWRITE)  # before the environment is cleared for the test
PAGE = Path(__file__).parents[2] / "docs" / "chats-discord.md"
SEND = "POST /channels/{channel_id}/messages"
EDIT = "PATCH /channels/{channel_id}/messages/{message_id}"

AS_DRAWN = {r"\\([^\w\s])": r"\1", "\u200b": "", r"127\.0\.0\.1:\d+": "music.example"}
"""A client draws neither the backslashes that keep words from being markup nor what keeps an @ from being a mention."""

pytestmark = pytest.mark.usefixtures("impatient")

PLACES = {
    r"127\.0\.0\.1:\d+": "example.org",
    r"In the queue, \d+ before it": "In the queue",
    r"In der Schlange, \d+ davor": "In der Schlange",
    r"<@\d+>": "@GANterpreter",
}


@pytest.fixture
def discord() -> Iterator[DiscordServer]:
    with DiscordServer() as server, server.takes_the_place_of_discord():
        server.world.limits = replace(server.world.limits, answer_within_s=60)  # this machine may be slow
        yield server


@pytest.fixture
def settings(
    discord: DiscordServer,
    media: MediaServer,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> Settings:
    if WRITE_DOCS:
        monkeypatch.setenv(REWRITE, WRITE_DOCS)
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        discord_token=discord.token,  # type: ignore[arg-type]
        discord_api_url=discord.api_url,
        discord_gateway_url=discord.gateway_url,
        fetch_allow_hosts=(media.host,),
        model="sketch",
    )


async def listening(server: DiscordServer, sessions: int) -> None:
    """Wait until the bot hears what is said: Discord keeps nothing for one that is away."""
    await server.world.changes.wait_until(lambda: server.gateway.identified >= sessions or None, 30)


def last(who: Participant, count: int) -> str:
    """Draw the last messages that somebody sees."""
    channel = who.channel
    place = f"@ {channel.name}" if channel.guild is None else f"{channel.guild.name} › #{channel.name}"
    return draw_screen(place, [message.bubble() for message in who.sees[-count:]])


async def a_new_one(who: Participant, act: Callable[[], object], fits: Callable[[Message], object]) -> Message:
    """Do something, and return the new message that comes of it."""
    before = set(map(id, who.sees))
    act()
    return await who.wait_for(lambda message: id(message) not in before and fits(message), 30)


async def test_a_clip_a_remix_and_buttons_that_outlive_a_restart(
    discord: DiscordServer,
    media: MediaServer,
    settings: Settings,
    storyboard_seen: threading.Event,
    tmp_path: Path,
) -> None:
    page = Transcript("Discord: a clip, its remix, and a restart", AS_DRAWN)
    world = discord.world
    guild = world.guild("Band", members=["Cy", "Ada", "Bo"])
    ada, bo, room = guild.member("Ada"), guild.member("Bo"), guild.general

    async with bot_running(settings):
        await listening(discord, 1)
        page.tell("Ada asks in a channel, with typed options that complete themselves, and has an answer at once.")
        choices = await ada.autocomplete("ganterpret", "theme", "prima")
        assert choices[0]["value"].startswith("primate")
        link = media.link("song")
        ada.slash("ganterpret", link=link, theme="primates", size="128", seed="7", duration="4", fps=12)
        status = await room.wait_for(lambda m: m.buttons)
        await ada.wait_for(lambda m: m.only_for and not m.is_loading)
        page.show(ada.screen())
        assert status.buttons == ["Cancel"]
        assert status.interaction is None  # a message like any other, that people can answer and the bot can find

        page.tell("That message shows how far it is, and soon what is to come; a flood holds nothing up for long.")
        discord.faults.add(EDIT, Flood(retry_after_s=0.5))
        async with worker_running(settings):
            await room.wait_for(lambda m: m.image, 30)
            page.show(last(bo, 1))
            assert room.bot_messages == [status]
            assert discord.faults.pending == 0
            storyboard_seen.set()

            page.tell("In the end that message is the clip, and plays where it stands.")
            clip = await room.wait_for(lambda m: m.video, 30)
            page.show(last(bo, 1))
            assert room.bot_messages == [clip] == [status]
            assert clip.video is not None
            first = saved(clip.video.content, tmp_path / "first.mp4", 4.0)

            page.tell("Bo presses 🗑, which is for Ada and for admins; then 🎲, which is for everybody.")
            # From here on the server takes less than it says: what is refused is encoded once more, smaller.
            guild.refuses_over_bytes = int(0.8 * len(clip.video.content))
            await a_new_one(bo, lambda: bo.presses(clip, "🗑"), lambda m: m.only_for)
            page.show(last(bo, 1))
            remix = await a_new_one(bo, lambda: bo.presses(clip, "🎲"), lambda m: m.video)
            page.show(last(bo, 1))
            assert remix.video is not None
            second = saved(remix.video.content, tmp_path / "second.mp4", 4.0)
            assert remix.video.content != clip.video.content
            assert len(remix.video.content) <= guild.refuses_over_bytes
            guild.refuses_over_bytes = None
            refused = [call for call in discord.calls_of(EDIT) if call.status == 413]
            assert [call.files for call in refused] == [("clip.mp4",)]
            assert read_recipe(first).seed == 7 != read_recipe(second).seed
            assert read_recipe(second).theme == "primates"

        await a_new_one(bo, lambda: bo.slash("family", clip="2"), lambda m: "🌳" in m.text)
        page.show(last(bo, 1))

    database = Database(settings.database)
    with database.read() as tx:
        assert clips.get(tx, 2).parent_clip_id == 1
    database.close()

    page.tell(
        "Everything is stopped and started anew, and the old buttons still work: Bo would like to see the poster."
    )
    async with bot_running(settings):
        await listening(discord, 2)
        poster = await a_new_one(bo, lambda: bo.presses(clip, "🖼"), lambda m: m.image)
        page.show(last(bo, 1))
        assert poster.reply_to is clip

        page.tell("Then Bo would like other pictures, and is asked which: nobody else sees that.")
        menu = await a_new_one(bo, lambda: bo.presses(clip, "🎨"), lambda m: m.only_for)
        page.show(last(bo, 1))
        asked = bo.presses(menu, "✏️")
        form = await asked.form()
        (label,) = form["components"]
        page.tell(f"✏️ opens a box: “{label['label']}” Here the bot is started anew once more; the box stays open.")

    async with bot_running(settings):
        await listening(discord, 3)
        waiting = await a_new_one(
            bo, lambda: bo.submits(asked, **{label["label"]: "birds"}), lambda m: "birds" in m.text
        )
        page.show(last(bo, 1))
        page.tell("Ada can not cancel what Bo has asked for; Bo can.")
        await a_new_one(ada, lambda: ada.presses(waiting, "Cancel"), lambda m: m.only_for)
        page.show(last(ada, 1))
        await a_new_one(bo, lambda: bo.presses(waiting, "Cancel"), lambda m: m.only_for)
        await world.changes.wait_until(lambda: not waiting.buttons or None, 10)
        page.show(last(bo, 2))

    assert not any(message.pings or message.pings_everyone for message in room.bot_messages)
    page.hold_against(PAGE)


async def test_where_the_bot_is_not_the_token_helps_until_it_runs_out_and_then_the_clip_comes_directly(
    discord: DiscordServer,
    media: MediaServer,
    settings: Settings,
    tmp_path: Path,
) -> None:
    page = Transcript("Discord: where the bot is not", AS_DRAWN)
    world = discord.world
    elsewhere = world.guild("Elsewhere", members=["Cy", "Ada"], has_bot=False)
    ada, room = elsewhere.member("Ada"), elsewhere.general

    async with bot_running(settings):
        await listening(discord, 1)
        page.tell("Ada has the app with her in a server that the bot is no member of. It answers all the same.")
        ada.slash("ganterpret", link=media.link("song"), theme="fruit", size="128", seed="7", duration="1", fps=12)
        status = await room.wait_for(lambda m: m.buttons)
        await ada.wait_for(lambda m: m.only_for and not m.is_loading)
        page.show(ada.screen())
        assert status.interaction is not None

        page.tell("Twenty minutes later its permission to answer there has run out. The clip comes directly.")
        world.clock.advance(20 * 60)
        async with worker_running(settings):
            clip = await ada.user.direct.wait_for(lambda m: m.video, 30)
            page.show(ada.user.direct.screen())
            assert clip.video is not None
            saved(clip.video.content, tmp_path / "clip.mp4", 1.0)

            page.tell("Its buttons work there as anywhere.")
            here = ada.user.direct
            remix = await a_new_one(here, lambda: here.presses(clip, "🎲"), lambda m: m.video)
            page.show(last(here, 1))
            assert remix.video is not None
            assert remix.video.content != clip.video.content
    page.hold_against(PAGE)


async def test_whatever_goes_wrong_gets_a_helpful_sentence_and_costs_nothing(
    discord: DiscordServer,
    media: MediaServer,
    settings: Settings,
) -> None:
    page = Transcript("Discord: what goes wrong", AS_DRAWN)
    guild = discord.world.guild("Band", members=["Cy", "Ada"])
    ada, link = guild.member("Ada"), media.link("song")

    async def hear(command: str, **options: object) -> None:
        await ada.slash(command, **options).reply()
        page.show(last(ada, 1))

    async with bot_running(settings):
        await listening(discord, 1)
        page.tell("Nothing to listen to, and too much of it. Whatever is refused, Ada alone is told.")
        await hear("ganterpret")
        await hear("ganterpret", link=link, file=File("song.mp3", b"ID3"))
        page.tell("Words that are not understood; markup and mentions are words like any others.")
        await hear("ganterpret", link=link, theme="primats")
        await hear("ganterpret", link=link, seed="lucky")
        await hear("ganterpret", link=link, theme="@everyone **loud** [x](https://evil.example)")
        page.tell("Links that lead where the bot does not go, and clips that are not there.")
        await hear("ganterpret", link="http://192.168.0.1/song.mp3")
        await hear("ganterpret", link="https://example.com/a.mp3")
        await hear("show", clip="4711")
        page.tell("A file that is no sound, and a message that holds none.")
        await hear("ganterpret", file=File("diary.mp3", b"Dear diary", "audio/mpeg"))
        diary = ada.says("Dear diary")
        form = ada.message_menu("GANterpret this", diary)
        await form.form()
        await ada.submits(form).reply()
        page.show(last(ada, 1))

    database = Database(settings.database)
    with database.read() as tx:
        person = people.find(tx, "discord", str(ada.user.id))
        assert person is None or quotas.spent_by_user(tx, person.id).clips == 0
    database.close()
    assert media.asked == []
    assert guild.general.bot_messages == []
    assert not any(message.pings or message.pings_everyone for message in ada.sees)
    page.hold_against(PAGE)


async def test_the_bot_is_talked_to_in_plain_words(
    discord: DiscordServer, media: MediaServer, settings: Settings, storyboard_seen: threading.Event, sounds: Path
) -> None:
    page = Transcript("Discord: in plain words", AS_DRAWN | PLACES)
    guild = discord.world.guild("Band", members=["Cy", "Ada", "Bo", "Dora"])
    ada, bo, dora, room = guild.member("Ada"), guild.member("Bo"), guild.member("Dora"), guild.general
    me, voice = f"<@{discord.world.bot.id}>", (sounds / "voice.ogg").read_bytes()
    storyboard_seen.set()

    async def hear(who: Participant, text: str, *files: File, reply_to: Message | None = None) -> Message:
        answered = len(room.bot_messages)
        who.says(text, *files, reply_to=reply_to)
        await room.wait_for(lambda _: len(room.bot_messages) > answered, 30)
        page.show(last(who, 2))
        return room.bot_messages[-1]

    async with bot_running(settings):
        await listening(discord, 1)
        page.tell("A wish in plain words, with the bot called by its name. Words may stand before it and behind.")
        await hear(ada, f"hey {me} can you make a video of {media.link('song')} with cats, 4 seconds, 128 px?")
        async with worker_running(settings):
            clip = await room.wait_for(lambda m: m.video, 60)
        page.tell("Whoever replies to the clip, changes it; a voice message is another sound for its pictures.")
        await hear(bo, "make it birds", reply_to=clip)
        await hear(ada, "scene 1 a volcano", reply_to=clip)
        await hear(dora, "noch mal, ruhiger", reply_to=clip)
        await hear(bo, "", File("voice-message.ogg", voice, "audio/ogg"), reply_to=clip)
        page.tell("Where the bot is not sure, it asks, and whoever was asked chooses.")
        choice = await hear(dora, "vulcano", reply_to=clip)
        dora.presses(choice, "volcano")
        await room.wait_for(lambda m: "**volcano** for Dora" in m.text, 30)
        page.show(last(dora, 1))
        page.tell("Praise makes nothing, and talk that is not for the bot is left alone.")
        await hear(ada, "haha, so good!", reply_to=clip)
        answered = len(room.bot_messages)
        bo.says("make it birds, they said")
        page.tell(
            "Somebody's file is meant by whoever replies to it and calls the bot; a story about it is not a wish."
        )
        note = bo.says("", File("riff.ogg", voice, "audio/ogg"))
        await hear(ada, f"{me} did you hear this?", reply_to=note)
        assert len(room.bot_messages) == answered + 1
    page.hold_against(PAGE)


async def test_serve_finds_discord_by_its_settings_and_stops_when_told_to(
    start: Callable[..., subprocess.Popen[str]],
) -> None:
    with DiscordServer() as server:
        server.world.limits = replace(server.world.limits, answer_within_s=60)
        ada = server.world.guild("Band", members=["Cy", "Ada"]).member("Ada")
        process = start(
            "serve",
            "--no-worker",
            GANTERPRET_DISCORD_TOKEN=server.token,
            GANTERPRET_DISCORD_API_URL=server.api_url,
            GANTERPRET_DISCORD_GATEWAY_URL=server.gateway_url,
        )
        await listening(server, 1)
        assert "/ganterpret" in (await ada.slash("help").reply()).text
        process.send_signal(signal.SIGTERM)
        _, said = await asyncio.to_thread(process.communicate, timeout=30)
    assert process.returncode == 0, said
    assert "Traceback" not in said
    assert "WARNING" not in said
    assert server.token not in said
