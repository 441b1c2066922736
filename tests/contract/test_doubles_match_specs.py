"""The doubles are held against the official descriptions of the two APIs, where those lie beside the repository."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import discord
import httpx
import pytest
from discord import app_commands
from PIL import Image

from tests.doubles.discord.description import Description
from tests.doubles.discord.interactions import File
from tests.doubles.discord.rest import ROUTES
from tests.doubles.discord.server import DiscordServer
from tests.doubles.telegram.grammar import TABLE, load_description, read_list, render_table
from tests.doubles.telegram.methods import DO
from tests.doubles.telegram.server import TelegramServer

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


# --- Discord ----------------------------------------------------------------------------------------------------------


async def test_all_that_is_said_between_the_discord_double_and_discord_py_fits_discords_descriptions() -> None:
    description = Description(spec("discord-openapi.json"), spec("discord-gateway.schema.json"))
    with DiscordServer(audit=description) as server, server.takes_the_place_of_discord():
        await _use_every_discord_route(server)
    assert description.violations == []
    assert description.routes == {f"{method} {path}" for method, path, _ in ROUTES} | {"GET /gateway/bot"}
    assert description.events == {"READY", "GUILD_CREATE", "INTERACTION_CREATE", "MESSAGE_CREATE", "MESSAGE_UPDATE"}


class Everything(discord.Client):
    """A bot that uses all that the double has."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents(guilds=True, messages=True), guild_ready_timeout=0.1)
        self.tree = app_commands.CommandTree(self)
        self.asked: asyncio.Queue[discord.Interaction] = asyncio.Queue()

        @self.tree.command(name="ganterpret", description="Make a music video")
        @app_commands.allowed_installs(guilds=True, users=True)
        @app_commands.choices(preset=[app_commands.Choice(name="auto", value="auto")])
        async def ganterpret(
            interaction: discord.Interaction,
            link: str = "",
            theme: str = "",
            preset: str = "",
            who: discord.User | None = None,
            sound: discord.Attachment | None = None,
            size: app_commands.Range[int, 128, 512] = 128,
            loud: bool = False,
            truncation: float = 0.2,
        ) -> None:
            await interaction.response.send_message("queued", view=Buttons())
            await interaction.edit_original_response(content="rendering")
            followup = await interaction.followup.send("psst", ephemeral=True, wait=True)
            await followup.edit(content="pssst")
            await interaction.followup.fetch_message(followup.id)
            await followup.delete()
            await interaction.original_response()
            await interaction.delete_original_response()
            await self.asked.put(interaction)

        @ganterpret.autocomplete("theme")
        async def themes(_interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
            return [app_commands.Choice(name=typed, value=typed)]

        settings = app_commands.Group(name="settings", description="Of this chat")

        @settings.command(name="size", description="Default size")
        async def size(interaction: discord.Interaction, px: int) -> None:
            await interaction.response.defer(ephemeral=True)
            await interaction.followup.send(f"{px}")
            await self.asked.put(interaction)

        self.tree.add_command(settings)
        self.tree.add_command(app_commands.ContextMenu(name="GANterpret this", callback=self.this))

    async def this(self, interaction: discord.Interaction, _message: discord.Message) -> None:
        await interaction.response.defer(thinking=True)
        await self.asked.put(interaction)

    async def setup_hook(self) -> None:
        await self.tree.sync()
        await self.tree.fetch_commands()


class Buttons(discord.ui.View):
    @discord.ui.button(label="Reroll", emoji="🎲", style=discord.ButtonStyle.primary)
    async def reroll(self, interaction: discord.Interaction, _button: object) -> None:
        await interaction.response.defer()
        await interaction.followup.send("rolling")

    @discord.ui.button(label="Theme…")
    async def theme(self, interaction: discord.Interaction, _button: object) -> None:
        await interaction.response.send_modal(Form())

    @discord.ui.select(placeholder="Scene", options=[discord.SelectOption(label="first", description="x")])
    async def scene(self, interaction: discord.Interaction, _select: object) -> None:
        await interaction.response.edit_message(content="scene")


class Form(discord.ui.Modal, title="Theme"):
    theme: discord.ui.Label[Any] = discord.ui.Label(text="Theme", component=discord.ui.TextInput())

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("thanks")


def _layout() -> discord.ui.LayoutView:
    """Components of the newer kind, in which text and pictures are components too."""
    view = discord.ui.LayoutView()
    picture = discord.ui.Thumbnail("attachment://board.png")
    section = discord.ui.Section("**Primates**", accessory=picture)
    gallery = discord.ui.MediaGallery(discord.MediaGalleryItem("attachment://board.png"))
    row = discord.ui.ActionRow(discord.ui.Button(label="Stop", custom_id="stop"))
    view.add_item(discord.ui.Container(section, discord.ui.Separator(), gallery, row, accent_color=0x336699))
    return view


async def _use_every_discord_route(server: DiscordServer) -> None:
    world = server.world
    world.limits = replace(world.limits, answer_within_s=60)  # patient with a busy machine
    guild = world.guild("Band", members=["Ada", "Bo"])
    ada, bo = guild.member("Ada"), guild.member("Bo")
    board = ("board.png", _jpeg(), "image/png")
    async with Everything() as bot:
        running = asyncio.create_task(bot.start(server.token))
        await bot.wait_until_ready()

        assert await bo.autocomplete("ganterpret", "theme", "pri")
        given = {"who": ada.user, "sound": File("s.mp3", b"ID3"), "size": 256, "loud": True, "truncation": 0.5}
        bo.slash("ganterpret", link="https://example.org", theme="x", preset="auto", **given)
        await bot.asked.get()
        bo.user.direct.slash("ganterpret")
        await bot.asked.get()
        bo.at(world.people_among_themselves("Trip", bo.user, ada.user)).slash("ganterpret")
        await bot.asked.get()
        bo.slash("settings size", px=128)
        await bot.asked.get()
        voice = ada.sends_voice(b"OggS")
        asked = bo.message_menu("GANterpret this", voice)
        interaction = await bot.asked.get()
        await interaction.edit_original_response(content="storyboard", attachments=[_file(*board[:2])])
        assert (await asked.reply()).image

        channel = bot.get_channel(guild.general.id)
        assert isinstance(channel, discord.TextChannel)
        embed = discord.Embed(title="Clip", description="x", color=1, url="https://example.org")
        embed.set_image(url="attachment://board.png").set_footer(text="by Ada").add_field(name="Theme", value="ocean")
        sent = await channel.send("clip", embed=embed, file=_file(*board[:2]), view=Buttons(), nonce="n1")
        await sent.reply("a reply", allowed_mentions=discord.AllowedMentions.none(), silent=True)
        await channel.send(view=_layout(), file=_file(*board[:2]))
        posted = next(message for message in guild.general.messages if message.id == sent.id)
        await bo.presses(posted, "🎲").acknowledged_soon()
        asked = bo.presses(posted, "Theme")
        await asked.form()
        await bo.submits(asked, Theme="birds").reply()
        bo.chooses(posted, "Scene", "first")
        await guild.general.wait_for(lambda message: message.text.startswith("scene"))
        ada.says("nice", reply_to=posted)
        await sent.edit(content="changed", embed=None, view=None)
        await sent.add_reaction("👍")
        async for _ in channel.history(limit=50):
            pass
        await channel.fetch_message(voice.id)
        await channel.typing()
        thread = await sent.create_thread(name="Remixes")
        await thread.join()
        await thread.send("in here")
        await channel.create_thread(name="More", type=discord.ChannelType.public_thread)
        await sent.delete()

        for found in (channel.id, thread.id):
            await bot.fetch_channel(found)
        fetched = await bot.fetch_guild(guild.id)
        await fetched.fetch_channels()
        await fetched.fetch_member(ada.user.id)
        await (await bot.fetch_user(ada.user.id)).send("hello")
        await bot.http.get_bot_gateway()
        await bot.application_info()
        await bot.http.request(discord.http.Route("GET", "/applications/@me"))
        assert bot.http.token == server.token
        await bot.close()
        await asyncio.gather(running, return_exceptions=True)


def _file(name: str, content: bytes) -> discord.File:
    return discord.File(io.BytesIO(content), name)


MP4 = b"\x00\x00\x00\x18ftypisom" + b"\x00" * 64


def _jpeg(side_px: int = 64) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side_px, side_px), "teal").save(out, "JPEG")
    return out.getvalue()
