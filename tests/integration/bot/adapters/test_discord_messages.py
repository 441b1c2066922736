"""What people read on Discord, command by command: the real dispatcher behind discord.py's real parsing, in simcord.

simcord takes the place of Discord inside the process; `test_discord_adapter.py` has what goes over the wire.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import discord
import pytest
import simcord

from bot.adapters.discord.chat import DiscordChat
from bot.adapters.discord.client import BotClient
from bot.adapters.discord.conversation import Conversation
from bot.adapters.discord.hints import Hints
from bot.handlers.dispatcher import Dispatcher
from bot.screens.messages import say
from bot.usecases.policy import Policy
from storage.clips.media import MediaStore
from storage.database import migrate
from storage.database.transactions import Database
from storage.people import people


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'ganterpret.sqlite3'}"
    migrate.upgrade(url)
    database = Database(url)
    yield database
    database.close()


def make_client(database: Database, tmp_path: Path) -> BotClient:
    dispatcher = Dispatcher(database, MediaStore(tmp_path / "media"), Policy(model="sketch"), rng=random.Random(1))
    client, hints = BotClient(guild_ready_timeout_s=0.0), Hints()
    client.converse(Conversation(dispatcher, DiscordChat(client, client.signed_in, hints), hints))
    return client


@pytest.fixture
def simcord_bot(database: Database, tmp_path: Path) -> BotClient:
    return make_client(database, tmp_path)


@dataclass
class Band:
    """A server with somebody who runs it and somebody who does not."""

    channel: Any
    ada: Any  # may manage the server
    bo: Any


@pytest.fixture
def band(simcord_env: simcord.Env) -> Band:
    guild = simcord_env.create_guild("Band")
    runs_it = guild.create_role("runs it", permissions=discord.Permissions(manage_guild=True))
    ada = guild.add_member(simcord_env.create_user("ada"), roles=[runs_it])
    return Band(guild.create_text_channel("general"), ada, guild.add_member(simcord_env.create_user("bo")))


def words(result: Any) -> str:
    """Return what somebody was told, and nobody else."""
    assert result.ephemeral
    shown = result.response or result.followups[-1]
    return str(shown.content).replace("\\", "")


async def test_help_says_what_can_be_done_and_more_to_those_who_run_the_server(band: Band) -> None:
    everybody = words(await band.bo.slash(band.channel, "help"))
    assert "/ganterpret" in everybody
    assert len(everybody) <= 2000
    assert "/settings" not in everybody
    assert "/settings" in words(await band.ada.slash(band.channel, "help"))


async def test_a_request_is_taken_and_stands_in_the_queue(band: Band) -> None:
    link = "https://youtu.be/dQw4w9WgXcQ"
    assert words(await band.bo.slash(band.channel, "ganterpret", link=link, theme="primates")) == "On its way."
    assert "primates" in words(await band.bo.slash(band.channel, "queue"))
    assert words(await band.bo.slash(band.channel, "cancel")) == "Cancelled."
    assert "primates" not in words(await band.bo.slash(band.channel, "queue"))


async def test_what_cannot_be_is_refused_with_a_sentence(band: Band) -> None:
    assert "need a sound" in words(await band.bo.slash(band.channel, "ganterpret", theme="birds"))
    refused = words(
        await band.bo.slash(band.channel, "ganterpret", link="https://youtu.be/dQw4w9WgXcQ", theme="primats")
    )
    assert "primate" in refused
    assert "not the number of a clip" in words(await band.bo.slash(band.channel, "show", clip="first"))
    assert "no such clip" in words(await band.bo.slash(band.channel, "show", clip="#7"))


async def test_the_language_is_the_client_s_until_another_is_chosen(band: Band) -> None:
    assert "Thema" not in words(await band.bo.slash(band.channel, "themes", query="birds"))
    await band.bo.slash(band.channel, "language", language="de")
    assert "Themen" in words(await band.bo.slash(band.channel, "themes", query="birds"))


async def test_a_question_is_asked_in_the_language_that_was_chosen_not_the_client_s(band: Band) -> None:
    await band.bo.slash(band.channel, "language", language="de")
    await band.ada.slash(band.channel, "relay", people=3, link="https://youtu.be/dQw4w9WgXcQ")
    asked = await band.bo.click(band.channel.last_message, label="✏️ In a word…")
    assert say("ask.relay", "de") in str(asked.modal)


async def test_settings_are_for_those_who_run_the_server(band: Band) -> None:
    assert "birds" in words(await band.ada.slash(band.channel, "settings", theme="birds", size="256"))
    shown = words(await band.ada.slash(band.channel, "settings"))
    assert "birds" in shown
    assert "256" in shown


async def test_options_are_completed_by_what_there_is(band: Band) -> None:
    themes = await band.bo.autocomplete(band.channel, "ganterpret", "theme", "bir")
    assert "bird" in [choice["value"] for choice in themes]
    categories = await band.bo.autocomplete(band.channel, "remix", "category", "volc")
    assert "volcano" in [choice["value"] for choice in categories]
    models = await band.bo.autocomplete(band.channel, "ganterpret", "model", "sk")
    assert [choice["value"] for choice in models] == ["sketch"]


async def test_being_forgotten_is_confirmed_even_after_a_restart(
    simcord_env: simcord.Env, band: Band, database: Database, tmp_path: Path
) -> None:
    await band.bo.slash(band.channel, "ganterpret", link="https://youtu.be/dQw4w9WgXcQ", theme="primates")
    asked = await band.bo.slash(band.channel, "forget")
    assert "Delete everything" in [button["label"] for row in asked.response.components for button in row["components"]]
    await simcord_env.restart_bot(make_client(database, tmp_path))
    await band.bo.click(asked.response, label="Delete everything")
    assert "primates" not in words(await band.bo.slash(band.channel, "queue"))
    with database.read() as tx:
        person = people.find(tx, "discord", str(band.bo.id))
    assert person is None or person.name is None


async def test_a_relay_is_called_in_the_open_and_takes_picks_by_button_and_by_word(band: Band) -> None:
    called = await band.bo.slash(band.channel, "relay", people=3, link="https://youtu.be/dQw4w9WgXcQ")
    assert called.response is None or called.response.ephemeral
    relay = band.channel.last_message
    assert "relay" in relay.content.lower()
    (first, *_), *_ = [[button.label for button in row.children] for row in relay.components]
    await band.ada.click(relay, label=first)
    assert "ada" in band.channel.last_message.content
    asked = await band.bo.click(band.channel.last_message, label="✏️ In a word…")
    assert asked.modal is not None
    (label,) = asked.modal["components"]
    await band.bo.submit_modal(asked, {label["component"]["custom_id"]: "volcano"})
    assert "volcano" in band.channel.last_message.content
    assert band.channel.last_message.id == relay.id
