"""The Discord double keeps Discord's promises, as seen through discord.py's real client over a real socket."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import aiohttp
import discord
import pytest
from discord import app_commands

from tests.doubles.discord.gateway import Gateway
from tests.doubles.discord.interactions import File
from tests.doubles.discord.server import DiscordServer
from tests.doubles.discord.world import MESSAGE_CONTENT, Guild, Limits, World
from tests.doubles.faults import Drop, Flood, Refusal, ServerError

MP4 = b"\x00\x00\x00\x18ftypisom" + b"\x00" * 64
SEND = "POST /channels/{channel_id}/messages"


class Reroll(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"reroll:(?P<clip>\d+)"):
    """A button that outlives restarts: the clip's number is in its custom_id."""

    def __init__(self, clip: int) -> None:
        self.clip = clip
        super().__init__(discord.ui.Button(label="Reroll", emoji="🎲", custom_id=f"reroll:{clip}"))

    @classmethod
    async def from_custom_id(cls, _interaction: Any, _item: Any, match: Any) -> Reroll:
        return cls(int(match["clip"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"rolling clip {self.clip}", ephemeral=True)


class ThemeForm(discord.ui.Modal, title="Another theme"):
    theme: discord.ui.TextInput[Any] = discord.ui.TextInput(label="Theme", max_length=40)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.edit_message(content=f"theme {self.theme.value}")


class Bot(discord.Client):
    """A small bot that does with discord.py what ours will do."""

    def __init__(self, intents: discord.Intents | None = None) -> None:
        # Ready as soon as the guilds are there: discord.py waits for two seconds more for guilds that may be late.
        super().__init__(intents=intents or discord.Intents(guilds=True, messages=True), guild_ready_timeout=0.1)
        self.tree = app_commands.CommandTree(self)
        self.heard: list[discord.Message] = []
        self.resumed = asyncio.Event()
        self.tree.add_command(self.ganterpret())
        self.tree.add_command(app_commands.ContextMenu(name="GANterpret this", callback=self.this))

    async def setup_hook(self) -> None:
        self.add_dynamic_items(Reroll)
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Do not wait for five seconds before identifying again."""

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message)

    async def on_resumed(self) -> None:
        self.resumed.set()

    def ganterpret(self) -> app_commands.Command[Any, ..., None]:
        @app_commands.command(name="ganterpret", description="Make a music video")
        @app_commands.allowed_installs(guilds=True, users=True)
        @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
        async def ganterpret(
            interaction: discord.Interaction,
            link: str | None = None,
            sound: discord.Attachment | None = None,
            theme: str = "voyage",
            size: app_commands.Range[int, 128, 512] = 256,
        ) -> None:
            await interaction.response.send_message(f"{link or sound} {theme} {size}: queued")
            await interaction.edit_original_response(content="rendering")
            await interaction.followup.send("psst", ephemeral=True)
            if sound is not None:
                await interaction.followup.send(f"{len(await sound.read())} bytes")

        @ganterpret.autocomplete("theme")
        async def themes(_interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
            return [app_commands.Choice(name=name, value=name) for name in ("primates", "voyage") if typed in name]

        return ganterpret

    async def this(self, interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.defer(thinking=True)
        await interaction.followup.send(f"from {message.content!r}")


@pytest.fixture
def server() -> Iterator[DiscordServer]:
    with DiscordServer() as server, server.takes_the_place_of_discord():
        # Patient with a machine that has much else to do; the test of the three seconds restores them.
        server.world.limits = replace(server.world.limits, answer_within_s=60)
        yield server


@pytest.fixture
def world(server: DiscordServer) -> World:
    return server.world


@pytest.fixture
def guild(world: World) -> Guild:
    return world.guild("Band", members=["Ada", "Bo"])


@asynccontextmanager
async def running(server: DiscordServer, intents: discord.Intents | None = None) -> AsyncIterator[Bot]:
    async with Bot(intents) as bot:
        task = asyncio.create_task(bot.start(server.token))
        ready = asyncio.create_task(bot.wait_until_ready())
        try:
            await asyncio.wait([task, ready], timeout=10, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                task.result()
            yield bot
        finally:
            ready.cancel()
            await bot.close()
            await asyncio.gather(task, ready, return_exceptions=True)


@pytest.fixture
async def bot(server: DiscordServer, guild: Guild) -> AsyncIterator[Bot]:
    async with running(server) as bot:
        yield bot


async def until(what: Callable[[], object]) -> None:
    """Wait for something to be true of the client, which rings no bell."""
    async with asyncio.timeout(30):
        while not what():
            await asyncio.sleep(0.01)


def text_channel(bot: Bot, guild: Guild) -> discord.TextChannel:
    channel = bot.get_channel(guild.general.id)
    assert isinstance(channel, discord.TextChannel)
    return channel


# --- interactions -----------------------------------------------------------------------------------------------------


async def test_a_slash_command_is_answered_edited_and_followed_up(bot: Bot, guild: Guild) -> None:
    bo = guild.member("Bo")
    asked = bo.slash("ganterpret", link="https://example.org", theme="primates")
    await bo.wait_for(lambda m: m.text == "psst")
    assert asked.original is not None
    assert (asked.original.text, asked.original.versions) == ("rendering", ["https://example.org primates 256: queued"])
    assert guild.general.messages == [asked.original]  # what is ephemeral is only there for Bo
    assert bo.screen() == (
        "── Band › #general ─────────────────────────────────────────────────────\n"
        "\nGANterpreter [APP]\n  ┃ Bo used /ganterpret\n  rendering\n"
        "\nGANterpreter [APP]  · only Bo can see this\n  psst\n"
    )


async def test_the_client_offers_only_what_the_bot_has_registered(bot: Bot, guild: Guild) -> None:
    bo = guild.member("Bo")
    with pytest.raises(AssertionError, match="no command 'remix'"):
        bo.slash("remix")
    with pytest.raises(AssertionError, match="no option 'colour'"):
        bo.slash("ganterpret", colour="red")
    with pytest.raises(AssertionError, match="128 to 512"):
        bo.slash("ganterpret", size=64)


async def test_a_file_given_to_a_command_can_be_read(bot: Bot, guild: Guild) -> None:
    guild.member("Bo").slash("ganterpret", sound=File("song.mp3", b"ID3 and more"))
    assert await guild.general.wait_for(lambda m: m.text == "12 bytes")


async def test_options_are_completed_while_they_are_typed(bot: Bot, guild: Guild) -> None:
    choices = await guild.member("Bo").autocomplete("ganterpret", "theme", "pri")
    assert choices == [{"name": "primates", "value": "primates"}]


async def test_a_menu_command_reads_a_message_that_the_bot_may_not_hear(bot: Bot, guild: Guild) -> None:
    ada = guild.member("Ada")
    said = ada.says("https://example.org")
    answer = await guild.member("Bo").message_menu("GANterpret this", said).reply()
    assert answer.text == "from 'https://example.org'"


async def test_the_bot_is_reached_from_direct_messages_and_from_places_that_it_is_not_in(
    bot: Bot, world: World, guild: Guild
) -> None:
    ada = guild.member("Ada").user
    assert (await ada.direct.slash("ganterpret").reply()).text.startswith("None")
    elsewhere = world.guild("Elsewhere", members=[ada], has_bot=False)
    assert (await elsewhere.member(ada).slash("ganterpret").reply()).text
    with pytest.raises(AssertionError, match="not for users"):
        elsewhere.member(ada).message_menu("GANterpret this", elsewhere.member(ada).says("x"))
    trip = world.people_among_themselves("Trip", ada, world.user("Cy"))
    assert (await ada.at(trip).slash("ganterpret").reply()).text
    for unreachable in (elsewhere.general, trip):
        with pytest.raises(discord.Forbidden, match="Missing Access"):
            await bot.http.get_channel(unreachable.id)


async def test_a_button_works_after_a_restart_of_the_bot(server: DiscordServer, guild: Guild) -> None:
    async with running(server) as bot:
        view = discord.ui.View(timeout=None)
        view.add_item(Reroll(7))
        await text_channel(bot, guild).send("clip 7", file=discord.File(io.BytesIO(MP4), "clip.mp4"), view=view)
    clip = guild.general.bot_messages[0]
    assert clip.video is not None
    assert clip.buttons == ["🎲 Reroll"]
    async with running(server):
        answer = await guild.member("Bo").presses(clip, "🎲").reply()
    assert (answer.text, answer.only_for) == ("rolling clip 7", guild.member("Bo").user)


async def test_a_form_and_a_menu_change_the_message_that_they_came_from(bot: Bot, guild: Guild) -> None:
    class Menu(discord.ui.View):
        @discord.ui.button(label="Theme…")
        async def ask(self, interaction: discord.Interaction, _button: Any) -> None:
            await interaction.response.send_modal(ThemeForm())

        @discord.ui.select(placeholder="Scene", options=[discord.SelectOption(label="first", value="1")])
        async def scene(self, interaction: discord.Interaction, select: discord.ui.Select[Any]) -> None:
            await interaction.response.edit_message(content=f"scene {select.values[0]}")

    await text_channel(bot, guild).send("clip", view=Menu())
    clip, bo = guild.general.bot_messages[0], guild.member("Bo")
    asked = bo.presses(clip, "Theme")
    assert (await asked.form())["title"] == "Another theme"
    bo.submits(asked, Theme="birds")
    await guild.general.wait_for(lambda m: m.text == "theme birds")
    bo.chooses(clip, "Scene", "first")
    await guild.general.wait_for(lambda m: m.text == "scene 1")
    assert guild.general.bot_messages == [clip]


async def test_an_interaction_waits_three_seconds_and_its_token_lives_for_fifteen_minutes(
    server: DiscordServer, world: World, guild: Guild, bot: Bot
) -> None:
    interactions: asyncio.Queue[discord.Interaction] = asyncio.Queue()

    @bot.tree.command(name="slow", description="Answers late")
    async def slow(interaction: discord.Interaction) -> None:
        await interactions.put(interaction)

    await bot.tree.sync()
    bo = guild.member("Bo")
    bo.slash("slow")
    interaction = await interactions.get()
    patient, world.limits = world.limits, Limits()
    world.clock.advance(4)
    with pytest.raises(discord.NotFound, match="10062"):
        await interaction.response.send_message("late")
    world.limits = patient
    bo.slash("slow")
    interaction = await interactions.get()
    await interaction.response.defer()
    with pytest.raises(discord.HTTPException, match="already been acknowledged"):
        await bot.http.request(
            discord.http.Route("POST", f"/interactions/{interaction.id}/{interaction.token}/callback"), json={"type": 5}
        )
    world.clock.advance(16 * 60)
    with pytest.raises(discord.HTTPException, match="50027"):
        await interaction.edit_original_response(content="much too late")


# --- messages ---------------------------------------------------------------------------------------------------------


async def test_a_posted_file_comes_back_from_its_link_for_a_day(bot: Bot, world: World, guild: Guild) -> None:
    sent = await text_channel(bot, guild).send(file=discord.File(io.BytesIO(MP4), "my clip.mp4"))
    assert sent.attachments[0].filename == "my_clip.mp4"
    assert await sent.attachments[0].read() == MP4
    world.clock.advance(25 * 3600)
    with pytest.raises(discord.NotFound):
        await sent.attachments[0].read()
    again = await sent.channel.fetch_message(sent.id)  # a fresh link
    assert await again.attachments[0].read() == MP4


async def test_an_edit_keeps_adds_and_drops_files(bot: Bot, guild: Guild) -> None:
    sent = await text_channel(bot, guild).send("board", file=discord.File(io.BytesIO(b"one"), "one.txt"))
    both = await sent.add_files(discord.File(io.BytesIO(b"two"), "two.txt"))
    assert [file.filename for file in both.attachments] == ["one.txt", "two.txt"]
    last = await both.edit(content=None, attachments=[both.attachments[1]])
    assert [file.filename for file in last.attachments] == ["two.txt"]
    assert guild.general.bot_messages[0].text == ""


async def test_a_picture_in_an_embed_is_shown_there_and_not_listed(bot: Bot, guild: Guild) -> None:
    embed = discord.Embed(title="Storyboard").set_image(url="attachment://board.png")
    sent = await text_channel(bot, guild).send(embed=embed, file=discord.File(io.BytesIO(b"png"), "board.png"))
    assert sent.attachments == []
    assert "/attachments/" in (sent.embeds[0].image.url or "")
    with pytest.raises(discord.HTTPException, match="referenced attachment cannot be found"):
        await text_channel(bot, guild).send(embed=embed)


async def test_a_nonce_is_used_once(server: DiscordServer, bot: Bot, world: World, guild: Guild) -> None:
    # discord.py sets enforce_nonce itself when it is given a nonce
    server.faults.add(SEND, Drop(accepted=True))
    channel = text_channel(bot, guild)
    with pytest.raises(aiohttp.ClientConnectionError):  # discord.py lets it through
        await channel.send("clip", nonce="job-1")
    again = await channel.send("clip", nonce="job-1")
    assert [message.id for message in guild.general.bot_messages] == [again.id]
    world.clock.advance(600)
    await channel.send("clip", nonce="job-1")
    assert len(guild.general.bot_messages) == 2


async def test_the_bot_reads_only_what_is_meant_for_it(bot: Bot, guild: Guild) -> None:
    ada = guild.member("Ada")
    mine = await text_channel(bot, guild).send("clip")
    posted = guild.general.bot_messages[0]
    ada.says("secret", File("song.mp3", b"ID3"))
    ada.says("nice", File("song.mp3", b"ID3"), reply_to=posted)
    ada.says("unheard", reply_to=posted, ping=False)
    ada.says(f"<@{guild.world.bot.id}> hello")
    ada.user.direct.sends_voice(b"OggS", duration_s=2.5)
    await until(lambda: len(bot.heard) == 6)
    contents = [(message.content, len(message.attachments)) for message in bot.heard]
    assert contents == [("clip", 0), ("", 0), ("nice", 1), ("", 0), (f"<@{guild.world.bot.id}> hello", 0), ("", 1)]
    voice = bot.heard[-1]
    assert voice.flags.voice
    assert voice.attachments[0].duration == 2.5
    assert (await text_channel(bot, guild).fetch_message(guild.general.messages[1].id)).content == ""
    assert mine.content == "clip"


async def test_mentions_fire_unless_they_are_forbidden(bot: Bot, guild: Guild) -> None:
    ada = guild.member("Ada").user
    channel = text_channel(bot, guild)
    await channel.send(f"<@{ada.id}> @everyone")
    await channel.send(f"<@{ada.id}> @everyone", allowed_mentions=discord.AllowedMentions.none())
    loud, quiet = guild.general.bot_messages
    assert (loud.pings, loud.pings_everyone) == ([ada], True)
    assert (quiet.pings, quiet.pings_everyone) == ([], False)


async def test_threads_and_direct_channels_take_messages(bot: Bot, guild: Guild) -> None:
    ada = guild.member("Ada").user
    thread = guild.general.thread("Remixes")
    found = await bot.fetch_channel(thread.id)
    assert isinstance(found, discord.Thread)
    await found.send("in the thread")
    await (await bot.fetch_user(ada.id)).send("in private")
    assert [message.text for message in thread.messages] == ["in the thread"]
    assert [message.text for message in ada.direct.sees] == ["in private"]
    ada.takes_direct_messages = False
    with pytest.raises(discord.Forbidden, match="50007"):
        await (await bot.fetch_user(ada.id)).send("again")


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"content": "x" * 2001}, "Must be 2000 or fewer in length"),
        ({"content": " "}, "50006"),
        ({"embed": discord.Embed(title="x" * 257)}, "Must be 256 or fewer in length"),
        ({"embeds": [discord.Embed(description="x" * 4000)] * 2}, "maximum size of 6000"),
        ({"content": "x", "nonce": "n" * 26}, "Must be 25 or fewer in length"),
    ],
)
async def test_messages_that_break_the_rules_are_refused(
    bot: Bot, guild: Guild, message: dict[str, Any], reason: str
) -> None:
    with pytest.raises(discord.HTTPException, match=reason):
        await text_channel(bot, guild).send(**message)
    assert guild.general.messages == []


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ([{"type": 2, "style": 1, "label": "x", "custom_id": "c" * 101}], "Must be between 1 and 100 in length"),
        ([{"type": 2, "style": 1, "label": "x", "custom_id": "c"}] * 2, "cannot be duplicated"),
        ([{"type": 2, "style": 1, "label": "x", "custom_id": str(i)} for i in range(6)], "exceeds the maximum width"),
        ([{"type": 2, "style": 1, "label": "x"}], "This field is required"),
        ([{"type": 2, "style": 1, "label": "x" * 81, "custom_id": "c"}], "Must be 80 or fewer in length"),
    ],
)
async def test_components_that_break_the_rules_are_refused(
    bot: Bot, guild: Guild, row: list[dict[str, Any]], reason: str
) -> None:
    route = discord.http.Route("POST", "/channels/{channel_id}/messages", channel_id=guild.general.id)
    with pytest.raises(discord.HTTPException, match=reason):
        await bot.http.request(route, json={"content": "x", "components": [{"type": 1, "components": row}]})


async def test_commands_that_break_the_rules_are_refused(bot: Bot) -> None:
    route = discord.http.Route("PUT", f"/applications/{bot.application_id}/commands")
    option = {"type": 3, "name": "Theme!", "description": "x"}
    with pytest.raises(discord.HTTPException, match="Command name is invalid"):
        await bot.http.request(route, json=[{"name": "go", "description": "x", "options": [option]}])


async def test_the_upload_limit_is_the_guilds(bot: Bot, world: World, guild: Guild) -> None:
    world.limits = replace(world.limits, upload_bytes=100)
    channel = text_channel(bot, guild)
    await channel.send(file=discord.File(io.BytesIO(bytes(100)), "a.bin"))
    with pytest.raises(discord.HTTPException) as caught:
        await channel.send(file=discord.File(io.BytesIO(bytes(101)), "a.bin"))
    assert (caught.value.status, caught.value.code) == (413, 40005)
    boosted = world.guild("Boosted", members=["Cy"], premium_tier=2)
    assert boosted.upload_limit_bytes == 50 * 1024 * 1024


async def test_what_is_gone_or_not_the_bots_can_not_be_edited(bot: Bot, guild: Guild) -> None:
    channel, ada = text_channel(bot, guild), guild.member("Ada")
    sent = await channel.send("mine")
    theirs = await channel.fetch_message(ada.says("theirs").id)
    with pytest.raises(discord.Forbidden, match="50005"):
        await theirs.edit(content="yours")
    with pytest.raises(discord.Forbidden, match="50013"):
        await theirs.delete()
    ada.deletes(guild.general.bot_messages[0])
    with pytest.raises(discord.NotFound, match="10008"):
        await sent.edit(content="still there?")
    with pytest.raises(discord.HTTPException, match="Unknown message"):
        await channel.send("x", reference=discord.MessageReference(message_id=sent.id, channel_id=channel.id))


async def test_permissions_are_refused_and_announced(bot: Bot, guild: Guild) -> None:
    channel = text_channel(bot, guild)
    guild.general.denies_bot("attach_files")
    with pytest.raises(discord.Forbidden, match="50013"):
        await channel.send(file=discord.File(io.BytesIO(b"x"), "a.bin"))
    await until(lambda: not channel.permissions_for(channel.guild.me).attach_files)
    assert not channel.permissions_for(channel.guild.me).attach_files
    assert channel.permissions_for(channel.guild.me).send_messages
    guild.general.denies_bot("view_channel")
    with pytest.raises(discord.Forbidden, match="50001"):
        await channel.send("x")


async def test_a_wrong_token_is_refused(server: DiscordServer) -> None:
    async with discord.Client(intents=discord.Intents.none()) as client:
        with pytest.raises(discord.LoginFailure):
            await client.start("wrong")


# --- faults -----------------------------------------------------------------------------------------------------------


async def test_a_flood_is_waited_out_only_if_it_came_via_discord(server: DiscordServer, bot: Bot, guild: Guild) -> None:
    server.faults.add(SEND, Flood(retry_after_s=0.05), times=2)
    await text_channel(bot, guild).send("patience")
    assert [call.status for call in server.calls_of(SEND)] == [429, 429, 200]
    server.faults.add(SEND, Flood(retry_after_s=0.05, via=False))
    with pytest.raises(discord.HTTPException) as caught:
        await text_channel(bot, guild).send("banned")
    assert caught.value.status == 429
    assert server.faults.pending == 0


async def test_any_refusal_can_be_ordered(server: DiscordServer, bot: Bot, guild: Guild) -> None:
    server.faults.add(SEND, Refusal(400, "Explicit content", code=20009), where=lambda about: about["content"] == "x")
    channel = text_channel(bot, guild)
    await channel.send("y")
    with pytest.raises(discord.HTTPException, match="20009"):
        await channel.send("x")
    server.faults.add(SEND, ServerError(503))
    with pytest.raises(discord.DiscordServerError):
        await channel.send("x")


# --- gateway ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", [Gateway.hang_up, Gateway.ask_to_reconnect])
async def test_a_broken_line_is_resumed_without_loss(
    server: DiscordServer, bot: Bot, guild: Guild, trouble: Callable[[Gateway], None]
) -> None:
    trouble(server.gateway)
    await server.world.changes.wait_until(lambda: not server.gateway.connected or None, 30)
    asked = guild.member("Bo").slash("ganterpret")
    await asyncio.wait_for(bot.resumed.wait(), 10)
    assert await asked.reply()
    assert server.gateway.identified == 1


async def test_a_session_that_was_forgotten_begins_anew(server: DiscordServer, bot: Bot, guild: Guild) -> None:
    server.gateway.invalidate()
    await server.world.changes.wait_until(lambda: server.gateway.identified == 2 or None, 10)
    assert await guild.member("Bo").slash("ganterpret").reply()


async def test_while_the_bot_is_away_nothing_is_kept(server: DiscordServer, guild: Guild) -> None:
    async with running(server):
        pass
    lost = guild.member("Bo").slash("ganterpret")
    async with running(server):
        assert (await guild.member("Ada").slash("ganterpret").reply()).text
    assert not lost.acknowledged
    assert server.gateway.identified == 2


async def test_reading_messages_must_be_granted(server: DiscordServer, world: World, guild: Guild) -> None:
    intents = discord.Intents(guilds=True, messages=True, message_content=True)
    with pytest.raises(discord.PrivilegedIntentsRequired):
        async with running(server, intents):
            pass
    world.granted_intents = MESSAGE_CONTENT
    async with running(server, intents) as bot:
        guild.member("Ada").says("hello")
        await until(lambda: bot.heard)
        assert bot.heard[0].content == "hello"
