"""The Discord adapter over a real socket: discord.py on one side, Discord's REST and gateway on the other."""

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

from bot.adapters import dispatching
from bot.adapters.discord import chat as chat_module
from bot.adapters.discord import conversation
from bot.adapters.discord.chat import DiscordChat
from bot.adapters.discord.service import DiscordService
from bot.chat.answers import About, Accepted, Answer, AskText, Download, EditMessage, Say, Toast
from bot.chat.events import ButtonPress, Command, Incoming, TextMessage
from bot.chat.markup import escape
from bot.chat.port import Button, ChatCode, ChatError, Destination, Posted, Screen, Video
from bot.screens.messages import say
from tests.doubles.discord import payloads
from tests.doubles.discord.description import Description
from tests.doubles.discord.interactions import File
from tests.doubles.discord.server import DiscordServer
from tests.doubles.discord.world import Channel, Guild, World
from tests.doubles.fake_dispatcher import FakeDispatcher
from tests.doubles.faults import Drop, Flood, Refusal, ServerError

MP4 = b"\x00\x00\x00\x18ftypisom" + b"\x00" * 64
SEND = "POST /channels/{channel_id}/messages"
EDIT = "PATCH /channels/{channel_id}/messages/{message_id}"
DELETE = "DELETE /channels/{channel_id}/messages/{message_id}"
ACKNOWLEDGE = "POST /interactions/{interaction_id}/{interaction_token}/callback"
FOLLOW_UP = "POST /webhooks/{webhook_id}/{webhook_token}"
FOLLOW_UP_EDIT = "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original"
REROLL = Button("🎲 Again", "reroll:7")
SPECS = Path(__file__).resolve().parents[5] / "shared" / "specs"


@pytest.fixture
def server() -> Iterator[DiscordServer]:
    with DiscordServer() as server, server.takes_the_place_of_discord():
        server.world.limits = replace(server.world.limits, answer_within_s=60)  # this machine may be slow
        yield server


@pytest.fixture
def world(server: DiscordServer) -> World:
    return server.world


@pytest.fixture
def guild(world: World) -> Guild:
    return world.guild("Band", members=["Ada", "Bo"])


@pytest.fixture
def dispatcher() -> FakeDispatcher:
    return FakeDispatcher()


@asynccontextmanager
async def serving(server: DiscordServer, dispatcher: FakeDispatcher) -> AsyncIterator[DiscordService]:
    service = DiscordService(
        token=server.token,
        dispatcher=dispatcher,  # type: ignore[arg-type]
        api_url=server.api_url,
        gateway_url=server.gateway_url,
        guild_ready_timeout_s=0.05,
    )
    stopping = asyncio.Event()
    running = asyncio.create_task(service.run(stopping))
    ready = asyncio.create_task(service._client.signed_in.wait())
    try:
        await asyncio.wait([running, ready], timeout=10, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
        await asyncio.wait_for(service._client.wait_until_ready(), 10)
        yield service
    finally:
        ready.cancel()
        stopping.set()
        await running
        await service.close()


@pytest.fixture
async def service(server: DiscordServer, guild: Guild, dispatcher: FakeDispatcher) -> AsyncIterator[DiscordService]:
    async with serving(server, dispatcher) as service:
        yield service


@pytest.fixture
def chat(service: DiscordService) -> DiscordChat:
    return service.chat


def place(channel: Channel, **more: object) -> Destination:
    chat = str(channel.guild.id if channel.guild else channel.id)
    return replace(Destination(chat, str(channel.id)), **more)  # type: ignore[arg-type]


def picture(path: Path, colour: str = "orange") -> Path:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "PNG")
    path.write_bytes(out.getvalue())
    return path


def clip(folder: Path, size: int = len(MP4)) -> Video:
    path = folder / "clip.mp4"
    path.write_bytes(MP4.ljust(size, b"\x00"))
    return Video(path, side_px=128, duration_s=4.0)


async def until(look: Callable[[], object], timeout_s: float = 30) -> None:
    """Wait for what the server does not ring its bell for."""
    async with asyncio.timeout(timeout_s):
        while not look():
            await asyncio.sleep(0.01)


# --- posting, changing, taking away -----------------------------------------------------------------------------------


async def test_a_clip_is_a_regular_message_that_plays_where_it_stands(
    chat: DiscordChat, guild: Guild, tmp_path: Path
) -> None:
    asked = guild.member("Ada").says("make me a clip")
    screen = Screen("🎬 <b>primates</b>", ((REROLL,),), video=clip(tmp_path))
    posted = await chat.post(place(guild.general, reply_to=str(asked.id)), screen, "g1-clip")
    (message,) = guild.general.bot_messages
    assert posted == Posted(str(guild.id), str(message.id), str(guild.general.id))
    assert (message.text, message.buttons, message.reply_to) == ("🎬 **primates**", ["🎲 Again"], asked)
    assert message.video is not None
    assert message.video.content == MP4
    assert message.pings == []


async def test_what_is_answered_may_be_gone(chat: DiscordChat, guild: Guild) -> None:
    asked = guild.member("Ada").says("never mind")
    guild.member("Ada").deletes(asked)
    await chat.post(place(guild.general, reply_to=str(asked.id)), Screen("here"), "n")
    assert [message.reply_to for message in guild.general.bot_messages] == [None]


async def test_foreign_words_mention_nobody_and_are_no_markup(chat: DiscordChat, guild: Guild) -> None:
    ada = guild.member("Ada").user
    words = escape(f"<@{ada.id}> @everyone **bold** [x](https://evil.example) `c`")
    posted = await chat.post(place(guild.general), Screen(words), "n")
    (message,) = guild.general.bot_messages
    assert (message.pings, message.pings_everyone) == ([], False)
    assert "\\*\\*bold\\*\\*" in message.text
    await chat.edit(posted, Screen(words + "!"))
    assert (message.pings, message.pings_everyone) == ([], False)


async def test_an_edit_swaps_the_picture_only_where_it_is_another(
    server: DiscordServer, chat: DiscordChat, guild: Guild, tmp_path: Path
) -> None:
    board, other = picture(tmp_path / "board.png"), picture(tmp_path / "other.png", "navy")
    posted = await chat.post(place(guild.general), Screen("waiting"), "n")
    (message,) = guild.general.bot_messages
    await chat.edit(posted, Screen("10 %", picture=board))
    await chat.edit(posted, Screen("20 %", picture=board))
    assert [file.filename for file in message.attachments] == ["board.png"]
    await chat.edit(posted, Screen("30 %", picture=other))
    assert [file.filename for file in message.attachments] == ["other.png"]
    await chat.edit(posted, Screen("done"))
    assert message.attachments == []
    assert [call.files for call in server.calls_of(EDIT)] == [("board.png",), (), ("other.png",), ()]


async def test_buttons_go_when_a_screen_has_none(chat: DiscordChat, guild: Guild) -> None:
    posted = await chat.post(place(guild.general), Screen("rendering", ((Button("Cancel", "cancel:1"),),)), "n")
    await chat.edit(posted, Screen("done"))
    assert guild.general.bot_messages[0].buttons == []


async def test_a_lost_answer_does_not_post_twice(server: DiscordServer, chat: DiscordChat, guild: Guild) -> None:
    server.faults.add(SEND, Drop(accepted=True))
    with pytest.raises(ChatError) as caught:
        await chat.post(place(guild.general), Screen("clip"), "g1-clip")
    assert caught.value.code is ChatCode.UNCERTAIN
    posted = await chat.post(place(guild.general), Screen("clip"), "g1-clip")
    assert [str(message.id) for message in guild.general.bot_messages] == [posted.message]
    assert all(call.body["enforce_nonce"] for call in server.calls_of(SEND))


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Flood(retry_after_s=120, via=True), ChatCode.BUSY),
        (Flood(retry_after_s=7, via=False), ChatCode.BUSY),
        (ServerError(503), ChatCode.UNREACHABLE),
        (Refusal(413, "Request entity too large", code=40005), ChatCode.TOO_LARGE),
        (Refusal(403, "Missing Access", code=50001), ChatCode.FORBIDDEN),
        (Refusal(404, "Unknown Channel", code=10003), ChatCode.GONE),
        (Refusal(400, "Message blocked by AutoMod", code=200000), ChatCode.REFUSED),
    ],
)
async def test_refusals_are_told_apart(
    server: DiscordServer, chat: DiscordChat, guild: Guild, fault: Flood | ServerError | Refusal, code: ChatCode
) -> None:
    server.faults.add(SEND, fault)
    with pytest.raises(ChatError) as caught:
        await chat.post(place(guild.general), Screen("clip"), "n")
    assert caught.value.code is code
    if isinstance(fault, Flood):
        assert caught.value.facts["retry_after_s"] == fault.retry_after_s
    assert len(server.calls_of(SEND)) == 1


async def test_a_short_flood_is_waited_out(server: DiscordServer, chat: DiscordChat, guild: Guild) -> None:
    posted = await chat.post(place(guild.general), Screen("10 %"), "n")
    server.faults.add(EDIT, Flood(retry_after_s=0.1))
    await chat.edit(posted, Screen("20 %"))
    assert guild.general.bot_messages[0].text == "20 %"
    assert server.faults.pending == 0


async def test_the_upload_limit_is_the_server_s(chat: DiscordChat, world: World, guild: Guild, tmp_path: Path) -> None:
    assert await chat.upload_limit_bytes(place(guild.general)) == 10 * 1024 * 1024
    boosted = world.guild("Boosted", members=["Cy"], premium_tier=2)
    await until(lambda: chat._client.get_guild(boosted.id))
    assert await chat.upload_limit_bytes(place(boosted.general)) == 50 * 1024 * 1024
    assert await chat.upload_limit_bytes(place(boosted.general, person="1", direct=True)) == 10 * 1024 * 1024
    guild.refuses_over_bytes = 1000
    with pytest.raises(ChatError) as caught:
        await chat.post(place(guild.general), Screen("clip", video=clip(tmp_path, 2000)), "n")
    assert caught.value.code is ChatCode.TOO_LARGE


async def test_a_thread_is_a_place_like_any_other(chat: DiscordChat, guild: Guild) -> None:
    thread = guild.general.thread("Remixes")
    posted = await chat.post(place(thread), Screen("in here"), "n")
    await chat.edit(posted, Screen("still in here"))
    assert [message.text for message in thread.messages] == ["still in here"]


async def test_somebody_is_written_to_directly_and_may_not_want_it(chat: DiscordChat, guild: Guild) -> None:
    ada = guild.member("Ada").user
    directly = place(guild.general, person=str(ada.id), direct=True)
    posted = await chat.post(directly, Screen("here"), "n-d")
    (message,) = ada.direct.sees
    assert posted == Posted(str(message.channel.id), str(message.id), str(message.channel.id))
    await chat.edit(posted, Screen("there"))
    assert message.text == "there"
    ada.takes_direct_messages = False
    with pytest.raises(ChatError) as caught:
        await chat.post(directly, Screen("again"), "m-d")
    assert caught.value.code is ChatCode.FORBIDDEN


async def test_a_message_that_is_gone(chat: DiscordChat, guild: Guild) -> None:
    posted = await chat.post(place(guild.general), Screen("x"), "n")
    await chat.delete(posted)
    assert guild.general.messages == []
    await chat.delete(posted)  # is as good as done
    with pytest.raises(ChatError) as caught:
        await chat.edit(posted, Screen("y"))
    assert caught.value.code is ChatCode.GONE


# --- what is said to the bot ------------------------------------------------------------------------------------------


async def test_an_option_s_value_reaches_the_dispatcher_as_a_person_would_have_written_it(
    service: DiscordService, dispatcher: FakeDispatcher, guild: Guild
) -> None:
    dispatcher.rule = lambda incoming: Accepted("On its way.")
    bo = guild.member("Bo")
    options = {"link": "https://e.org/a.mp3", "theme": "primates", "size": "128", "fps": 12, "truncation": 0.4}
    asked = bo.slash("ganterpret", **options)
    answer = await asked.reply()
    assert (answer.text, answer.only_for) == ("On its way.", bo.user)
    (incoming,) = dispatcher.heard
    assert incoming.said == Command("ganterpret", options={**options, "fps": "12", "truncation": "0.4"})
    assert (incoming.sender.id, incoming.sender.name, incoming.sender.language) == (str(bo.user.id), "Bo", "en-US")
    assert not incoming.sender.is_admin
    assert (incoming.origin.chat, incoming.origin.channel) == (str(guild.id), str(guild.general.id))
    assert (incoming.origin.title, incoming.origin.private) == ("Band", False)
    assert incoming.origin.upload_limit_bytes == 10 * 1024 * 1024


async def test_a_person_is_told_by_their_number_and_admins_are_known(
    service: DiscordService, dispatcher: FakeDispatcher, guild: Guild
) -> None:
    ada, bo = guild.member("Ada"), guild.member("Bo")
    with pytest.raises(AssertionError, match="not offered"):
        bo.slash("ban", person=ada.user)
    dispatcher.rule = lambda incoming: Say(Screen("banned"))
    assert (await ada.slash("ban", person=bo.user).reply()).text == "banned"
    (incoming,) = dispatcher.heard
    assert incoming.sender.is_admin
    assert incoming.said == Command("ban", options={"person": str(bo.user.id)})


async def test_options_are_completed_and_have_bounds(service: DiscordService, guild: Guild) -> None:
    bo = guild.member("Bo")
    assert await bo.autocomplete("ganterpret", "theme", "pri") == [{"name": "theme pri…", "value": "pri"}]
    assert await bo.autocomplete("remix", "category", "vol") == [{"name": "category vol…", "value": "vol"}]
    assert await bo.autocomplete("ganterpret", "model", "s") == [{"name": "model s…", "value": "s"}]
    for options in ({"fps": 61}, {"truncation": 1.5}, {"size": "300"}, {"preset": "loud"}):
        with pytest.raises(AssertionError):
            bo.slash("ganterpret", **options)


async def test_commands_are_described_in_both_languages(service: DiscordService, world: World) -> None:
    command = world.commands[1, "ganterpret"]
    assert command["description"] == "Turn a sound into a music video"
    assert "Musikvideo" in command["description_localizations"]["de"]
    theme = next(option for option in command["options"] if option["name"] == "theme")
    assert theme["autocomplete"]
    assert theme["description_localizations"]["de"] != theme["description"]
    assert world.commands[3, "GANterpret this"]["contexts"] == [0, 1, 2]


async def test_the_bytes_of_an_attachment_are_fetched_once_and_handed_over(
    service: DiscordService, dispatcher: FakeDispatcher, server: DiscordServer, guild: Guild
) -> None:
    dispatcher.rule = lambda incoming: Download(incoming.said.attachments[0])  # type: ignore[union-attr]
    bo = guild.member("Bo")
    assert (await bo.slash("ganterpret", file=File("song.mp3", b"ID3 and more")).reply()).text == "got it"
    assert dispatcher.files == [b"ID3 and more"]
    server.faults.add("download", ServerError(502))
    assert (await bo.slash("ganterpret", file=File("song.mp3", b"ID3")).reply()).text == "no file"


async def test_a_message_is_chosen_from_its_menu_whoever_wrote_it(
    service: DiscordService, dispatcher: FakeDispatcher, guild: Guild
) -> None:
    dispatcher.rule = lambda incoming: Accepted("On its way.")
    ada = guild.member("Ada")
    voice = ada.sends_voice(b"OggS", duration_s=2.5)
    bo = guild.member("Bo")
    asked = bo.message_menu("GANterpret this", voice)
    await asked.form()
    await bo.submits(asked, **{say("ask.ganterpret"): "birds"}).reply()
    said = dispatcher.heard[0].said
    assert isinstance(said, Command)
    assert said.reply_to is not None
    assert said.reply_to.author is not None
    assert (said.name, said.words, said.reply_to.id) == ("ganterpret", "birds", str(voice.id))
    (file,) = said.reply_to.attachments
    assert (file.name, file.mime, file.bytes, file.duration_s) == ("voice-message.ogg", "audio/ogg", 4, 2.5)
    assert said.reply_to.author.id == str(ada.user.id)


async def test_a_message_is_remixed_from_its_menu_in_words(
    service: DiscordService, dispatcher: FakeDispatcher, guild: Guild
) -> None:
    dispatcher.rule = lambda incoming: Accepted("On its way.")
    clip, bo = guild.member("Ada").says("look", File("clip.mp4", MP4)), guild.member("Bo")
    asked = bo.message_menu("Remix this", clip)
    await asked.form()
    answer = await bo.submits(asked, **{"What shall be different?": "theme:birds"}).reply()
    assert answer.only_for is bo.user
    said = dispatcher.heard[0].said
    assert isinstance(said, Command)
    assert (said.name, said.words, said.options) == ("remix", "theme:birds", None)
    assert said.reply_to is not None
    assert [file.name for file in said.reply_to.attachments] == ["clip.mp4"]


async def test_the_box_of_a_menu_speaks_the_language_that_was_chosen_not_the_client_s(
    service: DiscordService, dispatcher: FakeDispatcher, guild: Guild
) -> None:
    dispatcher.language = "de"
    asked = guild.member("Bo").message_menu("Remix this", guild.member("Ada").says("look", File("clip.mp4", MP4)))
    await asked.form()
    assert say("ask.remix", "de") in str(await asked.form())


async def test_the_box_of_a_menu_opens_in_the_client_s_language_where_none_is_known_in_time(
    service: DiscordService, dispatcher: FakeDispatcher, guild: Guild, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = threading.Event()
    monkeypatch.setattr(dispatching, "LANGUAGE_WITHIN_S", 0.05)
    monkeypatch.setattr(dispatcher, "language_of", lambda incoming: never.wait() and "de")
    try:
        asked = guild.member("Bo").message_menu("Remix this", guild.member("Ada").says("look", File("clip.mp4", MP4)))
        assert say("ask.remix", "en") in str(await asked.form())
    finally:
        never.set()


async def test_words_reach_the_bot_where_they_are_meant_for_it(
    service: DiscordService, dispatcher: FakeDispatcher, guild: Guild, world: World
) -> None:
    ada, mention = guild.member("Ada"), f"<@{world.bot.id}>"
    posted = await service.chat.post(place(guild.general), Screen("clip", ((REROLL,),)), "n")
    ours = guild.general.bot_messages[0]
    ada.says("talking to others")
    ada.says("birds", reply_to=ours)
    ada.says(f"{mention} theme:birds", File("song.mp3", b"ID3"))
    ada.user.direct.says("hello")
    ada.user.direct.sends_voice(b"OggS")
    await until(lambda: len(dispatcher.heard) == 4)
    words = [incoming.said for incoming in dispatcher.heard if isinstance(incoming.said, TextMessage)]
    assert [(said.text, said.reply_to, said.mentioned, len(said.attachments)) for said in words] == [
        ("birds", posted.message, False, 0),
        ("theme:birds", None, True, 1),
        ("hello", None, False, 0),
        ("", None, False, 1),
    ]
    assert dispatcher.heard[-1].origin.private
    assert dispatcher.heard[-1].sender.is_admin


# --- how answers are shown --------------------------------------------------------------------------------------------


@pytest.fixture
async def pressed(service: DiscordService, guild: Guild) -> Posted:
    """A clip of the bot's, with a button."""
    return await service.chat.post(place(guild.general), Screen("clip", ((REROLL,),)), "n")


async def test_a_press_is_read_and_answered_to_one_pair_of_eyes(
    dispatcher: FakeDispatcher, guild: Guild, pressed: Posted
) -> None:
    dispatcher.rule = lambda incoming: Toast("not for you")
    bo = guild.member("Bo")
    bo.presses(guild.general.bot_messages[0], "🎲")
    answer = await bo.wait_for(lambda m: m.text == "not for you")
    assert answer.only_for is bo.user
    assert dispatcher.heard[0].said == ButtonPress("reroll:7", pressed.message)
    assert len(guild.general.messages) == 1


async def test_what_is_for_everybody_is_a_regular_message(
    dispatcher: FakeDispatcher, guild: Guild, pressed: Posted, tmp_path: Path
) -> None:
    screen, about = Screen("poster", picture=picture(tmp_path / "poster.png")), About("poster", 7)
    dispatcher.rule = lambda incoming: Say(screen, private=False, about=about)
    clip, bo = guild.general.bot_messages[0], guild.member("Bo")
    bo.presses(clip, "🎲")
    poster = await guild.general.wait_for(lambda m: m.text == "poster")
    assert (poster.only_for, poster.interaction, poster.reply_to) == (None, None, clip)
    asked = bo.slash("family")
    await guild.general.wait_for(lambda m: m.text == "poster" and m is not poster)
    assert asked.original is not None
    assert asked.original.deleted  # nothing is left thinking
    async with asyncio.timeout(30):
        while len(dispatcher.posts) < 2:
            await asyncio.sleep(0.01)
    platform, told, posted = dispatcher.posts[0]
    assert (platform, told, posted.message) == ("discord", about, str(poster.id)), "so that it is known again"


async def test_a_menu_changes_and_goes_away(dispatcher: FakeDispatcher, guild: Guild, pressed: Posted) -> None:
    bo = guild.member("Bo")
    menu = Screen("which?", ((Button("3 fox", "scene:7:3"), Button("Close", "close:7")),))
    dispatcher.rule = lambda incoming: Say(menu)
    bo.presses(guild.general.bot_messages[0], "🎲")
    shown = await bo.wait_for(lambda m: m.text == "which?")
    assert shown.only_for is bo.user
    dispatcher.rule = lambda incoming: EditMessage(Screen("what?", ((Button("Close", "close:7"),),)))
    bo.presses(shown, "3 fox")
    await bo.wait_for(lambda m: m.text == "what?")
    assert shown.buttons == ["Close"]
    dispatcher.rule = lambda incoming: Accepted("All right.", status=False, close=True)
    bo.presses(shown, "Close")
    await until(lambda: shown.deleted)


async def test_a_clip_is_no_menu_and_stays(
    service: DiscordService, dispatcher: FakeDispatcher, guild: Guild, tmp_path: Path
) -> None:
    dispatcher.rule = lambda incoming: Accepted("Rolling.", close=True)
    await service.chat.post(place(guild.general), Screen("clip", ((REROLL,),), video=clip(tmp_path)), "n")
    asked = guild.member("Bo").presses(guild.general.bot_messages[0], "🎲")
    await asked.acknowledged_soon()
    await until(lambda: dispatcher.heard)
    await service._conversation.finish(5)
    assert [message.text for message in guild.general.bot_messages] == ["clip"]


async def test_a_word_is_asked_for_in_a_box_that_outlives_a_restart(server: DiscordServer, guild: Guild) -> None:
    dispatcher = FakeDispatcher(lambda incoming: AskText("Which theme?", "birds, …", "theme_word:7"))
    button = Button("✏️ In a word…", "theme_word:7")
    bo = guild.member("Bo")
    async with serving(server, dispatcher) as service:
        await service.chat.post(place(guild.general), Screen("clip", ((button,),)), "n")
        clip = guild.general.bot_messages[0]
        asked = bo.presses(clip, "✏️")
        form = await asked.form()
        assert form["custom_id"] == "theme_word:7"
    dispatcher.rule = lambda incoming: Accepted("On its way.")
    async with serving(server, dispatcher):
        answer = bo.submits(asked, **{"Which theme?": "birds"})
        await answer.acknowledged_soon()
        await until(lambda: len(dispatcher.heard) == 2)
        assert dispatcher.heard[-1].said == ButtonPress("theme_word:7", str(clip.id), "birds")


async def test_a_slow_dispatcher_opens_its_box_by_a_button(
    dispatcher: FakeDispatcher, guild: Guild, service: DiscordService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "QUESTION_WITHIN_S", 0)
    dispatcher.language = "de"  # chosen; the client is English
    dispatcher.rule = lambda incoming: AskText("Which theme?", "birds, …", "theme_word:7")
    await service.chat.post(place(guild.general), Screen("clip", ((Button("✏️", "theme_word:7"),),)), "n")
    bo = guild.member("Bo")
    bo.presses(guild.general.bot_messages[0], "✏️")
    question = await bo.wait_for(lambda m: m.text == "Which theme?")
    assert question.buttons == [say("button.word", "de")]


async def test_an_old_button_works_after_a_restart(server: DiscordServer, guild: Guild) -> None:
    dispatcher = FakeDispatcher(lambda incoming: Toast("rolling"))
    async with serving(server, dispatcher) as service:
        await service.chat.post(place(guild.general), Screen("clip", ((REROLL,),)), "n")
    bo = guild.member("Bo")
    async with serving(server, dispatcher):
        bo.presses(guild.general.bot_messages[0], "🎲")
        await bo.wait_for(lambda m: m.text == "rolling")
    assert dispatcher.heard[0].said == ButtonPress("reroll:7", str(guild.general.bot_messages[0].id))


async def test_an_interaction_that_came_too_late_is_left_alone(
    server: DiscordServer, service: DiscordService, dispatcher: FakeDispatcher, guild: Guild
) -> None:
    server.faults.add(ACKNOWLEDGE, Refusal(404, "Unknown interaction", code=10062))
    guild.member("Bo").slash("help")
    dispatcher.rule = lambda incoming: Say(Screen("help"))
    await until(lambda: server.faults.pending == 0)
    assert (await guild.member("Bo").slash("help").reply()).text == "help"
    assert len(dispatcher.heard) == 1  # whoever saw "did not respond" asks again, and is not charged twice


async def test_everything_is_acknowledged_before_the_dispatcher_is_asked(
    service: DiscordService, dispatcher: FakeDispatcher, guild: Guild, pressed: Posted
) -> None:
    acknowledged: list[bool] = []

    def look(incoming: Incoming) -> Answer:
        acknowledged.append(asked.acknowledged)
        return Toast("done")

    dispatcher.rule = look
    bo = guild.member("Bo")
    asked = bo.slash("queue")
    await asked.reply()
    asked = bo.presses(guild.general.bot_messages[0], "🎲")
    await bo.wait_for(lambda m: m.text == "done" and m.interaction is asked)
    assert acknowledged == [True, True]


async def test_an_event_that_the_gateway_repeats_is_answered_like_the_first_time(
    service: DiscordService, dispatcher: FakeDispatcher, guild: Guild, world: World
) -> None:
    dispatcher.rule = lambda incoming: Accepted("On its way.")
    asked = guild.member("Bo").slash("ganterpret", link="https://e.org/a.mp3")
    await asked.reply()
    world.tell_bot("INTERACTION_CREATE", payloads.interaction(asked))
    await until(lambda: len(dispatcher.heard) == 2)
    assert dispatcher.heard[0] == dispatcher.heard[1]  # the same event: to the dispatcher, asking twice is asking once


async def test_what_is_being_answered_when_it_stops_is_answered(server: DiscordServer, guild: Guild) -> None:
    asked_for, goes_on = threading.Event(), threading.Event()

    def slow(incoming: Incoming) -> Answer:
        asked_for.set()
        assert goes_on.wait(10)
        return Toast("at last")

    async with serving(server, FakeDispatcher(slow)):
        asked = guild.member("Bo").slash("queue")
        await until(asked_for.is_set)
        asyncio.get_running_loop().call_later(0.05, goes_on.set)
    assert (await asked.reply()).text == "at last"


async def test_no_token_reaches_the_log(
    server: DiscordServer, dispatcher: FakeDispatcher, guild: Guild, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    dispatcher.rule = lambda incoming: Say(Screen("help"))
    async with serving(server, dispatcher) as service:
        server.faults.add(EDIT, Flood(retry_after_s=0.01))
        server.faults.add(FOLLOW_UP_EDIT, Flood(retry_after_s=0.01))
        asked = guild.member("Bo").slash("help")
        await asked.reply()
        posted = await service.chat.post(place(guild.general), Screen("x"), "n")
        await service.chat.edit(posted, Screen("y"))
        server.faults.add(ACKNOWLEDGE, ServerError(503))
        broken = guild.member("Bo").slash("help")
        await until(lambda: len(dispatcher.heard) == 2)
    assert server.faults.pending == 0
    assert "rate limited" in caplog.text
    for secret in (server.token, asked.token, broken.token):
        assert secret not in caplog.text


# --- where the bot itself is not --------------------------------------------------------------------------------------


async def test_people_who_bring_the_app_along_are_answered_by_the_token_while_it_lives(
    server: DiscordServer,
    service: DiscordService,
    dispatcher: FakeDispatcher,
    world: World,
    guild: Guild,
    tmp_path: Path,
) -> None:
    dispatcher.rule = lambda incoming: Accepted("On its way.")
    ada, chat = guild.member("Ada").user, service.chat
    elsewhere = world.guild("Elsewhere", members=[ada], has_bot=False)
    asked = elsewhere.member(ada).slash("ganterpret", link="https://e.org/a.mp3")
    await asked.reply()
    (incoming,) = dispatcher.heard
    assert incoming.origin.chat == str(elsewhere.id)
    assert incoming.origin.upload_limit_bytes == 10 * 1024 * 1024

    where = place(elsewhere.general, person=str(ada.id))
    status = await chat.post(replace(where, event=incoming.event_id), Screen("waiting"), "g1-status")
    await chat.edit(status, Screen("10 %", picture=picture(tmp_path / "board.png")))
    await chat.post(where, Screen("clip", video=clip(tmp_path)), "g1-clip")
    assert [message.text for message in elsewhere.general.messages] == ["10 %", "clip"]
    assert elsewhere.general.messages[1].video is not None

    world.clock.advance(16 * 60)
    with pytest.raises(ChatError) as caught:
        await chat.post(where, Screen("late"), "g2-clip")
    assert caught.value.code is ChatCode.FORBIDDEN
    with pytest.raises(ChatError) as caught:
        await chat.edit(status, Screen("late"))
    assert caught.value.code is ChatCode.FORBIDDEN


async def test_an_answer_by_token_that_may_have_arrived_is_not_repeated(
    server: DiscordServer, service: DiscordService, dispatcher: FakeDispatcher, world: World, guild: Guild
) -> None:
    dispatcher.rule = lambda incoming: Accepted("On its way.")
    ada = guild.member("Ada").user
    trip = world.people_among_themselves("Trip", ada, world.user("Cy"))
    await ada.at(trip).slash("ganterpret", link="https://e.org/a.mp3").reply()
    assert not dispatcher.heard[0].origin.private
    where = place(trip, person=str(ada.id), event=dispatcher.heard[0].event_id)
    server.faults.add(FOLLOW_UP, Drop(accepted=True))
    for _ in range(2):
        with pytest.raises(ChatError) as caught:
            await service.chat.post(where, Screen("clip"), "g1-clip")
        assert caught.value.code is ChatCode.UNCERTAIN
    assert [message.text for message in trip.messages] == ["clip"]


async def test_in_a_channel_that_is_closed_to_the_bot_the_token_helps_too(
    service: DiscordService, dispatcher: FakeDispatcher, guild: Guild
) -> None:
    dispatcher.rule = lambda incoming: Accepted("On its way.")
    guild.general.denies_bot("send_messages")
    await guild.member("Bo").slash("ganterpret", link="https://e.org/a.mp3").reply()
    where = place(guild.general, person=dispatcher.heard[0].sender.id, event=dispatcher.heard[0].event_id)
    await service.chat.post(where, Screen("waiting"), "g1-status")
    assert [message.text for message in guild.general.messages] == ["waiting"]
    with pytest.raises(ChatError) as caught:
        await service.chat.post(replace(where, person="1", event=None), Screen("waiting"), "g2-status")
    assert caught.value.code is ChatCode.FORBIDDEN


# --- Discord's own description ---------------------------------------------------------------------------------------


async def test_all_that_is_said_fits_discords_description(dispatcher: FakeDispatcher, tmp_path: Path) -> None:
    parts = SPECS / "discord-openapi.json", SPECS / "discord-gateway.schema.json"
    if not all(part.is_file() for part in parts):
        pytest.skip("Discord's descriptions are not beside this repository (../shared/specs)")
    description = Description(*parts)
    menu = Screen("which?", ((Button("✏️", "theme_word:7"), Button("Close", "close:7", "danger")),))
    answers: dict[str, Answer] = {
        "reroll:7": Say(menu),
        "close:7": EditMessage(Screen("closed")),
        "theme_word:7": AskText("Which theme?", "birds, …", "theme_word:7"),
    }

    def rule(incoming: Incoming) -> Answer:
        match incoming.said:
            case ButtonPress(action, _, None):
                return answers[action]
            case _:
                return Accepted("On its way.")

    dispatcher.rule = rule
    with DiscordServer(audit=description) as server, server.takes_the_place_of_discord():
        server.world.limits = replace(server.world.limits, answer_within_s=60)
        guild = server.world.guild("Band", members=["Ada", "Bo"])
        bo = guild.member("Bo")
        async with serving(server, dispatcher) as service:
            chat = service.chat
            asked = bo.slash("ganterpret", file=File("song.mp3", b"ID3"), fps=12, truncation=0.4)
            await asked.reply()
            await bo.autocomplete("ganterpret", "theme", "pri")
            here = place(guild.general, reply_to=str(guild.member("Ada").says("hello").id))
            screen = Screen("clip", ((REROLL,),), video=clip(tmp_path))
            posted = await chat.post(here, screen, "g1-clip")
            message = guild.general.bot_messages[-1]
            bo.presses(message, "🎲")
            shown = await bo.wait_for(lambda m: m.text == "which?")
            form = bo.presses(shown, "✏️")
            await form.form()
            await bo.submits(form, **{"Which theme?": "birds"}).acknowledged_soon()
            bo.presses(shown, "Close")
            await bo.wait_for(lambda m: m.text == "closed")
            form = bo.message_menu("GANterpret this", message)
            await form.form()
            await bo.submits(form).reply()
            await chat.edit(posted, Screen("board", picture=picture(tmp_path / "board.png")))
            await chat.post(place(guild.general, person=str(bo.user.id), direct=True), Screen("here"), "g1-clip-d")
            await chat.delete(posted)
    assert description.violations == []
    sent = {route for route in description.routes if not route.startswith("GET")}
    assert sent == {
        "PUT /applications/{application_id}/commands",
        "POST /users/@me/channels",
        "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original",
        ACKNOWLEDGE,
        FOLLOW_UP,
        SEND,
        EDIT,
        DELETE,
    }


# --- starting and stopping --------------------------------------------------------------------------------------------


async def test_a_refused_token_ends_it(server: DiscordServer, dispatcher: FakeDispatcher) -> None:
    service = DiscordService(token="wrong", dispatcher=dispatcher, api_url=server.api_url)  # type: ignore[arg-type]
    with pytest.raises(ChatError) as caught:
        await service.run(asyncio.Event())
    assert caught.value.code is ChatCode.FORBIDDEN
    await service.close()


async def test_a_discord_that_is_away_is_waited_for(
    server: DiscordServer, dispatcher: FakeDispatcher, guild: Guild, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.adapters.discord.service.FIRST_PAUSE_S", 0.05)
    server.faults.add("GET /users/@me", Drop(accepted=False), times=2)
    async with serving(server, dispatcher):
        assert server.faults.pending == 0


async def test_before_it_has_signed_in_nothing_is_posted(
    server: DiscordServer, dispatcher: FakeDispatcher, guild: Guild, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_module, "SIGNED_IN_WITHIN_S", 0.01)
    service = DiscordService(token=server.token, dispatcher=dispatcher, api_url=server.api_url)  # type: ignore[arg-type]
    with pytest.raises(ChatError) as caught:
        await service.chat.post(place(guild.general), Screen("x"), "n")
    assert caught.value.code is ChatCode.UNREACHABLE
    await service.close()
