"""Where discord.py calls us: commands, presses, filled-in boxes, messages."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

import aiohttp
import discord
from discord import app_commands

from bot.adapters.albums import one_for_each_sound
from bot.adapters.bounded_memory import BoundedMemory
from bot.adapters.discord import commands, reading
from bot.adapters.discord.buttons import ActionButton, modal_of
from bot.adapters.discord.conversation import Conversation
from bot.adapters.discord.reading import Interaction
from bot.chat.answers import AskText
from bot.chat.events import Message
from bot.screens.messages import say

log = logging.getLogger(__name__)

CHOSEN: Mapping[str, str] = {"ganterpret_this": "ganterpret", "remix_this": "remix"}
"""The box that *Apps → …* opens, by the beginning of its id (the chosen message's number follows), and its command."""
QUESTIONS: Mapping[str, str] = {"ganterpret": "ask.ganterpret", "remix": "ask.remix"}
LONGEST_FLOOD_S = 60.0
"""Up to this long the library waits by itself when Discord wants to be left in peace."""
REMEMBERED = 500


class BotClient(discord.Client):
    """The connection to Discord, and what it hears.

    Parameters
    ----------
    guild_ready_timeout_s : float
        How long late servers are waited for at the start.

    Attributes
    ----------
    signed_in : asyncio.Event
        Set once Discord may be called.
    """

    def __init__(self, *, guild_ready_timeout_s: float = 2.0) -> None:
        # We never speak in voice channels; the library would warn that it cannot.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            # No privileged intent: what people write is read only where they write to the bot.
            intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            max_ratelimit_timeout=LONGEST_FLOOD_S,
            guild_ready_timeout=guild_ready_timeout_s,
        )
        self.signed_in = asyncio.Event()
        self._conversation: Conversation | None = None
        self._chosen: BoundedMemory[str, Message] = BoundedMemory(REMEMBERED)
        self.tree = app_commands.CommandTree(self)

    def converse(self, conversation: Conversation) -> None:
        """Bring everything that is heard there from now on."""
        self._conversation = conversation
        for command in commands.slash_commands(self._commanded, conversation.suggest):
            self.tree.add_command(command)
        for menu in commands.message_commands(self._chosen_for):
            self.tree.add_command(menu)

    async def setup_hook(self) -> None:
        """Say which buttons and commands are ours."""
        self.add_dynamic_items(ActionButton)
        await self.tree.set_translator(commands.Translations())
        try:
            await self.tree.sync()
        except (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError) as error:
            log.warning("the list of commands could not be set: %s", type(error).__name__)
        self.signed_in.set()

    # --- what is heard ------------------------------------------------------------------------------------------------

    async def _commanded(self, interaction: Interaction, name: str, options: Mapping[str, object]) -> None:
        await self._talk.answer_interaction(interaction, reading.read_slash(interaction, name, options))

    async def _chosen_for(self, interaction: Interaction, name: str, message: discord.Message) -> None:
        incoming = reading.read_chosen(interaction, name, message)
        target, language = reading.said_before(message), await self._talk.language_of(incoming)
        self._chosen[target.id] = target
        box = next(box for box, command in CHOSEN.items() if command == name)
        question = QUESTIONS[name]
        ask = AskText(say(question, language), say(f"{question}_placeholder", language), f"{box}:{target.id}")
        await interaction.response.send_modal(modal_of(ask, required=False))

    async def pressed(self, interaction: Interaction, action: str) -> None:
        """Answer a press of one of our buttons."""
        await self._talk.answer_interaction(interaction, reading.read_press(interaction, action))

    async def on_interaction(self, interaction: Interaction) -> None:
        """Answer a filled-in box, by its id: the library would only know those that this process has opened."""
        if interaction.type is not discord.InteractionType.modal_submit:
            return
        data: Any = interaction.data
        action, text = str(data["custom_id"]), reading.text_in(interaction)
        kind, _, number = action.partition(":")
        if kind in CHOSEN:
            target = self._chosen.get(number) or Message(number)
            incoming = reading.read_box(interaction, CHOSEN[kind], text, target)
        else:
            incoming = reading.read_press(interaction, action, text)
        await self._talk.answer_interaction(interaction, incoming)

    async def on_message(self, message: discord.Message) -> None:
        """Answer what is written to the bot."""
        if self.user is not None and (incoming := reading.read_message(message, self.user.id)) is not None:
            for each in one_for_each_sound(incoming):
                await self._talk.answer_message(message, each)

    async def on_message_edit(self, before: discord.Message, after: discord.Message) -> None:
        """Answer what somebody corrects; Discord tells of a link's preview in the same way."""
        if self.user is None or before.content == after.content:
            return
        if (incoming := reading.read_edit(after, self.user.id)) is not None:
            await self._talk.answer_message(after, incoming)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Say hello where the bot has just been added."""
        when = int((guild.me.joined_at or discord.utils.utcnow()).timestamp())
        if (incoming := reading.read_added(guild, when)) is not None:
            await self._talk.greet(incoming)

    @property
    def _talk(self) -> Conversation:
        assert self._conversation is not None
        return self._conversation
