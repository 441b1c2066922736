"""The doubles are held against the official descriptions of the two APIs, where those lie beside the repository."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.doubles.telegram_grammar import TABLE, load_description, read_list, render_table
from tests.doubles.telegram_methods import DO
from tests.doubles.telegram_server import TelegramServer

SPECS = Path(__file__).resolve().parents[3] / "shared" / "specs"


def spec(name: str) -> Path:
    path = SPECS / name
    if not path.is_file():
        pytest.skip(f"the official description {name} is not beside this repository (../shared/specs)")
    return path


# --- Telegram ---------------------------------------------------------------------------------------------------------


def test_the_telegram_double_takes_exactly_the_parameters_of_the_bot_api() -> None:
    api = load_description(spec("telegram-bot-api.json"))
    table = TABLE.read_text()
    assert table == render_table(api, read_list(table))


def test_the_telegram_double_carries_out_every_method_that_it_speaks() -> None:
    assert set(DO) | {"getUpdates"} == set(TelegramServer().methods)


async def test_all_that_the_telegram_double_answers_has_the_types_of_the_bot_api() -> None:
    with TelegramServer(audit=load_description(spec("telegram-bot-api.json"))) as server:
        called = await _call_every_telegram_method(server)
    assert called == set(server.methods)
    assert server.violations == []


async def _call_every_telegram_method(server: TelegramServer) -> set[str]:
    """Call each method at least once, successfully, after filling the world with every kind of message and update."""
    world = server.world
    ada = world.user("Ada", language_code="de")
    ada.says("/start https://example.org @someone_x")
    ada.sends_voice(b"OggS", caption="/ganterpret")
    band = world.supergroup("Band", [ada])
    forum = world.supergroup("Studio", [ada], forum=True)
    old = world.group("Old", [ada])
    topic = forum.topic("Clips")
    band.promotes(world.bot)
    film = band.sends_video(ada, MP4)
    band.sends_audio(ada, b"ID3", title="Song")
    band.sends_document(ada, b"%PDF", name="score.pdf")
    band.forwards(ada, film)
    old.says(ada, "/x")
    old.migrates()
    ada.blocks_bot()
    ada.unblocks_bot()
    wish = topic.says(ada, "/ganterpret")
    picture, mp4 = ("p.jpg", _jpeg(), "image/jpeg"), ("c.mp4", MP4, "video/mp4")
    keyboard = {
        "inline_keyboard": [[{"text": "🎲", "callback_data": "r"}, {"text": "site", "url": "https://example.org"}]]
    }
    called: set[str] = set()

    async with httpx.AsyncClient() as client:

        async def call(method: str, files: Mapping[str, Any] | None = None, **parameters: Any) -> Any:
            form = {name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items()}
            answer = await client.post(f"{server.base_url}{server.token}/{method}", data=form, files=files)
            assert answer.status_code == 200, (method, answer.text)
            called.add(method)
            return answer.json()["result"]

        for method in ("getMe", "getWebhookInfo", "deleteWebhook", "logOut", "close", "setChatMenuButton"):
            await call(method)
        sent = await call(
            "sendMessage", chat_id=ada.id, text="<b>hello</b> world", parse_mode="HTML", reply_markup=keyboard
        )
        here = {"chat_id": ada.id, "message_id": sent["message_id"]}
        message = ada.private.find(sent["message_id"])
        assert message is not None
        press = ada.presses(message, "🎲")
        await call("answerCallbackQuery", callback_query_id=press.id, text="rolling")
        await call("editMessageText", **here, text="changed", reply_markup=keyboard)
        await call("editMessageReplyMarkup", **here)
        media = {"type": "photo", "media": "attach://new", "caption": "storyboard"}
        await call("editMessageMedia", {"new": picture}, **here, media=media)
        await call("editMessageCaption", **here, caption="<i>again</i>", parse_mode="HTML")
        await call("setMessageReaction", **here, reaction=[{"type": "emoji", "emoji": "👍"}])
        video = {"width": 128, "height": 128, "duration": 3, "supports_streaming": True}
        clip = await call("sendVideo", {"video": mp4, "thumbnail": picture}, chat_id=band.id, **video)
        await call("sendPhoto", {"photo": ("big.jpg", _jpeg(800), "image/jpeg")}, chat_id=band.id, caption="poster")
        await call("sendDocument", {"document": ("r.json", b"{}", "application/json")}, chat_id=band.id)
        await call("sendAudio", {"audio": ("s.mp3", b"ID3", "audio/mpeg")}, chat_id=band.id, title="Song", duration=1)
        await call("sendVoice", {"voice": ("v.ogg", b"OggS", "audio/ogg")}, chat_id=band.id)
        await call("sendAnimation", {"animation": mp4}, chat_id=band.id)
        album = [{"type": "photo", "media": "attach://one"}, {"type": "video", "media": clip["video"]["file_id"]}]
        await call("sendMediaGroup", {"one": picture}, chat_id=band.id, media=album)
        await call("sendMessage", chat_id=forum.id, text="in a topic", reply_parameters={"message_id": wish.id})
        await call("sendChatAction", chat_id=band.id, action="upload_video")
        there = {"from_chat_id": band.id, "message_id": clip["message_id"]}
        copy = await call("copyMessage", chat_id=ada.id, **there)
        await call("forwardMessage", chat_id=ada.id, **there)
        file = await call("getFile", file_id=clip["video"]["file_id"])
        download = await client.get(f"{server.base_file_url}{server.token}/{file['file_path']}")
        assert download.content == MP4
        await call("deleteMessage", chat_id=ada.id, message_id=copy["message_id"])
        await call("deleteMessages", chat_id=ada.id, message_ids=[sent["message_id"], 404])
        for user in (ada, world.bot, world.user("Stranger")):
            await call("getChatMember", chat_id=band.id, user_id=user.id)
        band.removes(world.users[ada.id])
        await call("getChatMember", chat_id=band.id, user_id=ada.id)
        await call("getChatAdministrators", chat_id=band.id)
        await call("getChatMemberCount", chat_id=band.id)
        for chat in (ada.private, band, forum):
            await call("getChat", chat_id=chat.id)
        await call("setMyCommands", commands=[{"command": "help", "description": "Help"}], scope={"type": "default"})
        await call("getMyCommands")
        await call("deleteMyCommands", scope={"type": "chat", "chat_id": band.id})
        await call("setMyName", name="GANterpreter")
        await call("setMyDescription", description="Turns sound into music videos")
        await call("setMyShortDescription", short_description="Music videos")
        world.press(ada, message, "gone")  # a press on a deleted message: an InaccessibleMessage
        await call("leaveChat", chat_id=forum.id)
        updates = await call("getUpdates")
    kinds = {kind for update in updates for kind in update}
    assert kinds == {"update_id", "message", "callback_query", "my_chat_member"}
    return called


MP4 = b"\x00\x00\x00\x18ftypisom" + b"\x00" * 64


def _jpeg(side_px: int = 64) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side_px, side_px), "teal").save(out, "JPEG")
    return out.getvalue()
