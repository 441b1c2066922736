"""The Telegram double keeps Telegram's promises, as seen through python-telegram-bot's real client."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import httpx
import pytest
from PIL import Image
from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    InputMediaVideo,
    ReplyParameters,
    Update,
)
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter
from telegram.ext import Application, CallbackQueryHandler, CommandHandler
from telegram.request import HTTPXRequest

from tests.doubles.faults import Delay, Drop, Flood, ServerError
from tests.doubles.telegram.server import TelegramServer
from tests.doubles.telegram.world import Chat, User, World

MP4 = b"\x00\x00\x00\x18ftypisom" + b"\x00" * 64
VOICE = b"OggS" + b"\x01" * 64


def picture(kind: str = "JPEG", width: int = 64, height: int = 48) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "orange").save(out, kind)
    return out.getvalue()


def buttons(**data_by_label: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=data)] for label, data in data_by_label.items()]
    )


def client(server: TelegramServer, token: str | None = None, read_timeout_s: float = 5) -> Bot:
    """A real client; without the certificates, whose loading takes longer than most tests here."""
    requests = [HTTPXRequest(read_timeout=read_timeout_s, httpx_kwargs={"verify": False}) for _ in range(2)]
    return Bot(
        token or server.token,
        base_url=server.base_url,
        base_file_url=server.base_file_url,
        request=requests[0],
        get_updates_request=requests[1],
    )


@pytest.fixture(autouse=True)
def durations_as_timedelta(monkeypatch: pytest.MonkeyPatch) -> None:
    """python-telegram-bot warns unless its coming behaviour is chosen."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


@pytest.fixture
def server() -> Iterator[TelegramServer]:
    with TelegramServer() as server:
        yield server


@pytest.fixture
def world(server: TelegramServer) -> World:
    return server.world


@pytest.fixture
async def bot(server: TelegramServer) -> AsyncIterator[Bot]:
    async with client(server) as bot:
        yield bot


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


# --- a whole conversation ---------------------------------------------------------------------------------------------


async def test_a_real_application_answers_a_command_edits_its_message_and_hears_a_press(
    server: TelegramServer, band: Chat, ada: User
) -> None:
    async def ganterpret(update: Update, _context: object) -> None:
        waiting = await update.effective_message.reply_text("In the queue", do_quote=True)
        await waiting.edit_media(InputMediaPhoto(picture(), caption="Storyboard"))
        await update.effective_message.reply_video(
            MP4,
            filename="clip.mp4",
            caption="<b>Primates</b>",
            parse_mode="HTML",
            width=128,
            height=128,
            duration=3,
            reply_markup=buttons(reroll="r:1"),
        )

    async def pressed(update: Update, _context: object) -> None:
        await update.callback_query.answer("Rolling")

    application = (
        Application.builder().token(server.token).base_url(server.base_url).base_file_url(server.base_file_url).build()
    )
    application.add_handler(CommandHandler("ganterpret", ganterpret))
    application.add_handler(CallbackQueryHandler(pressed))
    async with application:
        await application.start()
        await application.updater.start_polling()
        band.says(ada, "/ganterpret@ganterpreter_bot theme:primates")
        clip = await band.wait_for(lambda m: m.video)
        answer = await ada.presses(clip, "reroll").answered()
        await application.updater.stop()
        await application.stop()

    assert clip.text == "Primates"
    assert clip.video.content == MP4
    assert answer["text"] == "Rolling"
    storyboard = band.bot_messages[0]
    assert (storyboard.text, storyboard.versions) == ("Storyboard", ["In the queue"])
    assert storyboard.reply_to.sender is ada
    assert band.screen() == (
        "── Band room (supergroup) ──────────────────────────────────────────────\n"
        "\nAda\n  /ganterpret@ganterpreter_bot theme:primates\n"
        "\nGANterpreter (bot)\n  ┃ Ada: /ganterpret@ganterpreter_bot theme:primates\n"
        "  ▣ photo, 64 × 48\n  Storyboard\n"
        "\nGANterpreter (bot)\n  ┃ Ada: /ganterpret@ganterpreter_bot theme:primates\n"
        "  ▣ video clip.mp4, 128 × 128, 0:03\n  Primates\n  [ reroll ]\n"
    )


async def test_a_voice_note_can_be_downloaded(bot: Bot, ada: User) -> None:
    ada.sends_voice(VOICE, duration_s=2)
    [update] = await bot.get_updates()
    file = await update.message.voice.get_file()
    assert bytes(await file.download_as_bytearray()) == VOICE


async def test_a_file_over_20_mb_can_not_be_downloaded(bot: Bot, world: World, ada: User) -> None:
    world.limits = replace(world.limits, download=10)
    ada.sends_voice(VOICE)
    [update] = await bot.get_updates()
    with pytest.raises(BadRequest, match="ile is too big"):
        await update.message.voice.get_file()


# --- updates ----------------------------------------------------------------------------------------------------------


async def test_an_update_comes_until_it_is_confirmed_by_a_higher_offset(bot: Bot, ada: User) -> None:
    ada.says("one")
    [first] = await bot.get_updates()
    [again] = await bot.get_updates()
    assert again.update_id == first.update_id
    assert await bot.get_updates(offset=first.update_id + 1) == ()


async def test_a_long_poll_ends_when_something_happens(server: TelegramServer, bot: Bot, ada: User) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    async with asyncio.timeout(30):
        while not server.polled:
            await asyncio.sleep(0.01)
    ada.says("hello")
    [update] = await asyncio.wait_for(poll, 30)
    assert update.message.text == "hello"


async def test_of_two_polls_at_once_the_older_is_told_of_the_conflict(
    server: TelegramServer, bot: Bot, ada: User
) -> None:
    async with client(server) as second:
        older = asyncio.create_task(bot.get_updates(timeout=30))
        async with asyncio.timeout(30):
            while not server.polled:
                await asyncio.sleep(0.01)
        newer = asyncio.create_task(second.get_updates(timeout=30))
        with pytest.raises(Conflict):
            await asyncio.wait_for(older, 30)
        ada.says("hello")
        assert len(await asyncio.wait_for(newer, 30)) == 1


async def test_a_confirmed_update_can_come_twice(server: TelegramServer, bot: Bot, ada: User) -> None:
    ada.says("hello")
    update = server.world.updates[0]
    await bot.get_updates(offset=update["update_id"] + 1)
    server.redeliver(update)
    [again] = await bot.get_updates(offset=update["update_id"] + 1)
    assert again.update_id == update["update_id"]


async def test_privacy_mode_lets_only_commands_replies_and_service_messages_through(
    bot: Bot, world: World, band: Chat, ada: User
) -> None:
    mine = await bot.send_message(band.id, "I am here")
    band.says(ada, "just talking")
    band.says(ada, "/ganterpret")
    band.says(ada, "/ganterpret@ganterpreter_bot x")
    band.says(ada, "/ganterpret@another_bot x")
    band.says(ada, "@ganterpreter_bot hello")
    band.sends_voice(ada, VOICE)
    band.sends_audio(ada, VOICE, caption="/ganterpret")
    band.says(ada, "nice", reply_to=band.find(mine.message_id))
    heard = [update.message.text or update.message.caption for update in await bot.get_updates() if update.message]
    assert heard == ["/ganterpret", "/ganterpret@ganterpreter_bot x", "/ganterpret", "nice"]


async def test_a_reply_shows_the_foreign_message_that_it_answers(bot: Bot, band: Chat, ada: User) -> None:
    voice = band.sends_voice(ada, VOICE)
    band.says(ada, "/ganterpret", reply_to=voice)
    [update] = await bot.get_updates()
    assert update.message.reply_to_message is not None
    assert update.message.reply_to_message.voice is not None
    # a trap of supergroups: this is the number of a thread that nothing may be sent to
    assert update.message.message_thread_id == voice.id
    with pytest.raises(BadRequest, match="thread not found"):
        await bot.send_message(band.id, "hi", message_thread_id=update.message.message_thread_id)


async def test_a_forum_keeps_its_topics_apart(bot: Bot, world: World, ada: User) -> None:
    forum = world.supergroup("Studio", [ada], forum=True)
    clips, talk = forum.topic("Clips"), forum.topic("Talk")
    asked = clips.says(ada, "/ganterpret")
    update = (await bot.get_updates())[-1]
    assert update.message.is_topic_message
    assert update.message.message_thread_id == clips.thread_id
    assert update.message.reply_to_message.forum_topic_created
    await bot.send_message(forum.id, "by number", message_thread_id=clips.thread_id)
    await bot.send_message(forum.id, "by reply", reply_parameters=ReplyParameters(asked.id))
    assert [message.text for message in clips.bot_messages] == ["by number", "by reply"]
    assert talk.bot_messages == []
    with pytest.raises(BadRequest, match="thread not found"):
        await bot.send_message(forum.id, "General has no number", message_thread_id=1)


async def test_a_group_that_migrated_tells_its_new_id(bot: Bot, world: World, ada: User) -> None:
    group = world.group("Old", [ada])
    await bot.send_message(group.id, "before")
    new = group.migrates()
    service = [update.message for update in await bot.get_updates() if update.message]
    assert [message.migrate_to_chat_id for message in service] == [new.id, None]
    assert service[1].migrate_from_chat_id == group.id
    with pytest.raises(ChatMigrated) as caught:
        await bot.send_message(group.id, "after")
    assert caught.value.new_chat_id == new.id
    await bot.send_message(new.id, "after")


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("<blink>x</blink>", 'Unsupported start tag "blink" at byte offset 0'),
        ("é <b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("é 1 < 2", "Unclosed start tag at byte offset 5"),
        ("x</b>", "Unexpected end tag at byte offset 1"),
    ],
)
async def test_broken_html_is_refused(bot: Bot, ada: User, html: str, reason: str) -> None:
    with pytest.raises(BadRequest) as caught:
        await bot.send_message(ada.id, html, parse_mode="HTML")
    assert caught.value.message.lower() == f"can't parse entities: {reason}".lower()


async def test_good_html_becomes_text_with_entities_counted_in_utf_16(bot: Bot, ada: User) -> None:
    sent = await bot.send_message(
        ada.id, "🎲 <b>a &lt; b &amp; &copy;</b> <a href='https://e.org/?a=1&amp;b'>link</a>", "HTML"
    )
    assert sent.text == "🎲 a < b & &copy; link"
    assert [(mark.type, mark.offset, mark.length, mark.url) for mark in sent.entities] == [
        ("bold", 3, 14, None),
        ("text_link", 18, 4, "https://e.org/?a=1&b"),
    ]


async def test_an_edit_that_changes_nothing_is_refused(bot: Bot, ada: User) -> None:
    sent = await bot.send_message(ada.id, "same", reply_markup=buttons(stop="s"))
    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_text("same", ada.id, sent.message_id, reply_markup=buttons(stop="s"))
    await bot.edit_message_text("same", ada.id, sent.message_id)  # the buttons go: that is a change
    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_reply_markup(ada.id, sent.message_id)


async def test_edits_go_to_the_bots_own_living_messages_of_the_right_kind(bot: Bot, ada: User) -> None:
    theirs = ada.says("mine")
    text = await bot.send_message(ada.id, "text")
    video = await bot.send_video(ada.id, MP4)
    with pytest.raises(BadRequest, match="can't be edited"):
        await bot.edit_message_text("yours", ada.id, theirs.id)
    with pytest.raises(BadRequest, match="no text in the message"):
        await bot.edit_message_text("x", ada.id, video.message_id)
    with pytest.raises(BadRequest, match="no caption in the message"):
        await bot.edit_message_caption(ada.id, text.message_id, caption="x")
    await bot.delete_message(ada.id, text.message_id)
    with pytest.raises(BadRequest, match="edit not found"):
        await bot.edit_message_text("x", ada.id, text.message_id)
    with pytest.raises(BadRequest, match="delete not found"):
        await bot.delete_message(ada.id, text.message_id)
    with pytest.raises(BadRequest, match="replied not found"):
        await bot.send_message(ada.id, "x", reply_parameters=ReplyParameters(text.message_id))
    await bot.send_message(
        ada.id, "x", reply_parameters=ReplyParameters(text.message_id, allow_sending_without_reply=True)
    )


async def test_what_is_too_long_is_refused(bot: Bot, ada: User) -> None:
    await bot.send_message(ada.id, "<b>" + "x" * 4096 + "</b>", "HTML")
    with pytest.raises(BadRequest, match="too long"):
        await bot.send_message(ada.id, "x" * 4097)
    with pytest.raises(BadRequest, match="caption is too long"):
        await bot.send_video(ada.id, MP4, caption="x" * 1025)
    await bot.send_message(ada.id, "x", reply_markup=buttons(ok="d" * 64))
    with pytest.raises(BadRequest, match="utton_data_invalid"):
        await bot.send_message(ada.id, "x", reply_markup=buttons(no="d" * 65))


@pytest.mark.parametrize(
    ("method", "parameters", "reason"),
    [
        ("sendMessage", {"chat_id": 1}, "text is empty"),
        ("sendMessage", {"text": "x"}, "chat_id is empty"),
        ("sendMessage", {"chat_id": 1, "text": "x", "colour": "red"}, "no parameter colour"),
        ("sendMessage", {"chat_id": 1, "text": "x", "reply_markup": {"inline_keyboard": [[{}]]}}, "lacks text"),
        ("sendMessage", {"chat_id": 404, "text": "x"}, "chat not found"),
        ("sendVideo", {"chat_id": 1}, "video is empty"),
    ],
)
async def test_missing_unknown_and_malformed_parameters_are_refused(
    server: TelegramServer, method: str, parameters: dict[str, object], reason: str
) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{server.base_url}{server.token}/{method}", json=parameters)
    assert answer.status_code == 400
    assert reason in answer.json()["description"]


async def test_uploads_keep_the_limits_of_the_bot_api(bot: Bot, world: World, ada: User) -> None:
    world.limits = replace(world.limits, upload=5_000)
    with pytest.raises(NetworkError, match="Request Entity Too Large"):
        await bot.send_video(ada.id, MP4 + bytes(5_000))
    with pytest.raises(BadRequest, match="not jpeg"):
        await bot.send_video(ada.id, MP4, thumbnail=picture("PNG"))
    with pytest.raises(BadRequest, match="321 × 10"):
        await bot.send_video(ada.id, MP4, thumbnail=picture(width=321, height=10))
    world.limits = replace(world.limits, thumbnail=700)
    with pytest.raises(BadRequest, match="must be less than 700"):
        await bot.send_video(ada.id, MP4, thumbnail=picture(width=320, height=320))
    with pytest.raises(BadRequest, match="mage_process_failed"):
        await bot.send_photo(ada.id, b"not a picture")
    assert ada.private.bot_messages == []


async def test_only_mp4_is_shown_as_video(bot: Bot, ada: User) -> None:
    sent = await bot.send_video(ada.id, b"\x1aE\xdf\xa3webm", filename="clip.webm")
    assert sent.video is None
    assert sent.document.file_name == "clip.webm"


async def test_a_file_can_be_sent_again_by_its_id_but_not_as_something_else(bot: Bot, ada: User, band: Chat) -> None:
    first = await bot.send_video(ada.id, MP4, width=512, height=256, duration=9, thumbnail=picture())
    assert first.video.thumbnail is not None
    again = await bot.send_video(band.id, first.video.file_id)
    assert again.video == first.video
    edited = await bot.edit_message_media(InputMediaVideo(MP4, thumbnail=picture()), ada.id, first.message_id)
    assert edited.video != first.video
    with pytest.raises(BadRequest, match="an't use file of type video as photo"):
        await bot.send_photo(ada.id, first.video.file_id)
    with pytest.raises(BadRequest, match="rong file identifier"):
        await bot.send_video(ada.id, "no-such-id")


async def test_a_press_must_be_answered_soon(bot: Bot, world: World, ada: User) -> None:
    sent = await bot.send_message(ada.id, "choose", reply_markup=buttons(dice="r:1"))
    message = ada.private.find(sent.message_id)
    assert message is not None
    ada.presses(message, "dice")
    [update] = await bot.get_updates()
    assert update.callback_query.data == "r:1"
    world.clock.advance(60)
    with pytest.raises(BadRequest, match="too old"):
        await update.callback_query.answer("late")


async def test_the_bot_is_told_where_it_may_not_go(bot: Bot, world: World, ada: User, band: Chat) -> None:
    with pytest.raises(Forbidden, match="can't initiate"):
        await bot.send_message(world.user("Stranger").private.id, "hi")
    ada.blocks_bot()
    with pytest.raises(Forbidden, match="blocked"):
        await bot.send_message(ada.id, "hi")
    band.bot_may["video"] = False
    with pytest.raises(BadRequest, match="ot enough rights to send videos"):
        await bot.send_video(band.id, MP4)
    band.removes(world.bot)
    with pytest.raises(Forbidden, match="kicked"):
        await bot.send_message(band.id, "hi")
    changes = [update.my_chat_member for update in await bot.get_updates() if update.my_chat_member]
    assert [change.new_chat_member.status for change in changes] == ["kicked", "kicked"]


async def test_only_administrators_delete_what_others_said_and_nothing_after_48_hours(
    bot: Bot, world: World, band: Chat, ada: User
) -> None:
    theirs = band.says(ada, "/x")
    with pytest.raises(BadRequest, match="can't be deleted"):
        await bot.delete_message(band.id, theirs.id)
    band.promotes(world.bot)
    await bot.delete_message(band.id, theirs.id)
    mine = await bot.send_message(band.id, "mine")
    world.clock.advance(49 * 3600)
    with pytest.raises(BadRequest, match="can't be deleted"):
        await bot.delete_message(band.id, mine.message_id)
    statuses = {member.user.id: member.status for member in await bot.get_chat_administrators(band.id)}
    assert statuses == {ada.id: "creator", world.bot.id: "administrator"}


async def test_commands_are_kept_by_scope_and_language(bot: Bot) -> None:
    await bot.set_my_commands([BotCommand("help", "What I can do")])
    await bot.set_my_commands([BotCommand("help", "Was ich kann")], language_code="de")
    assert [command.description for command in await bot.get_my_commands(language_code="de")] == ["Was ich kann"]
    with pytest.raises(BadRequest, match="ot_command_invalid"):
        await bot.set_my_commands([BotCommand("Help-me", "no")])


@pytest.mark.parametrize("token", ["123456789:AAF-another_token_of_the_right_form_", "nonsense"])
async def test_a_wrong_token_is_refused(server: TelegramServer, token: str) -> None:
    bot = client(server, token)
    with pytest.raises(InvalidToken):
        await bot.initialize()
    await bot.shutdown()


# --- faults -----------------------------------------------------------------------------------------------------------


async def test_a_flood_says_when_to_come_back(server: TelegramServer, bot: Bot, ada: User) -> None:
    server.faults.add("sendMessage", Flood(retry_after_s=3), where=lambda p: p["chat_id"] == ada.id)
    with pytest.raises(RetryAfter, match="Retry in"):
        await bot.send_message(ada.id, "x")
    await bot.send_message(ada.id, "x")
    assert [call.status for call in server.calls_of("sendMessage")] == [429, 200]
    assert server.faults.pending == 0


@pytest.mark.parametrize("accepted", [True, False])
async def test_a_dropped_connection_does_not_tell_whether_the_message_was_sent(
    server: TelegramServer, bot: Bot, ada: User, accepted: bool
) -> None:
    server.faults.add("sendVideo", Drop(accepted=accepted))
    with pytest.raises(NetworkError):
        await bot.send_video(ada.id, MP4)
    assert len(ada.private.bot_messages) == accepted


async def test_a_late_answer_times_out_after_the_message_was_sent(server: TelegramServer, ada: User) -> None:
    server.faults.add("sendMessage", Delay(5, accepted=True))
    async with client(server, read_timeout_s=0.5) as bot:
        with pytest.raises(NetworkError, match="Timed out"):
            await bot.send_message(ada.id, "x")
    assert [message.text for message in ada.private.bot_messages] == ["x"]


@pytest.mark.parametrize("status", [500, 502])
async def test_a_server_error_is_a_network_error(server: TelegramServer, bot: Bot, ada: User, status: int) -> None:
    server.faults.add("sendMessage", ServerError(status))
    with pytest.raises(NetworkError):
        await bot.send_message(ada.id, "x")


async def test_the_world_survives_a_restart_of_its_server(server: TelegramServer, ada: User) -> None:
    port = server.port
    server.stop()
    ada.says("while you were away")
    server.start()
    assert server.port == port
    async with client(server) as bot:
        [update] = await bot.get_updates()
    assert update.message.text == "while you were away"


async def test_waiting_in_vain_shows_the_screen(ada: User) -> None:
    with pytest.raises(AssertionError, match="── Ada"):
        await ada.private.wait_for(lambda m: m.video, timeout_s=0.01)
