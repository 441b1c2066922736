"""Discord as the outbox and the dispatcher's answers see it: post a screen, change it, take it away."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

import discord

from bot.adapters.bounded_memory import BoundedMemory
from bot.adapters.discord import errors, showing
from bot.adapters.discord.buttons import view_of
from bot.adapters.discord.errors import explained
from bot.adapters.discord.hints import Hint, Hints
from bot.adapters.discord.reading import DEFAULT_UPLOAD_LIMIT_BYTES
from bot.chat.port import ChatCode, ChatError, Destination, Posted, Screen

REMEMBERED = 2000
SETTLED_WITHIN_S = 10.0
"""For whoever asked to be answered, before something else is said by the same token."""
SIGNED_IN_WITHIN_S = 10.0
"""What is owed since the last run is posted as soon as the bot has signed in."""
NONCE_LASTS_S = 120.0
"""Discord says "a few minutes"."""

FIND_WITHIN = 50
"""How many messages after the one that it answers a message is looked for in."""

FileKey: TypeAlias = tuple[Path, int]


class DiscordChat:
    """Implements `bot.chat.port.Chat`.

    Messages are regular ones, addressed by ids that outlive everything; where the bot may not post they are further
    answers to an interaction, while its token lives. None of them ever mentions anybody.

    Parameters
    ----------
    client : discord.Client
    signed_in : asyncio.Event
        Set once the client may call Discord; until then, calls wait a little.
    hints : Hints
        Interactions that can still be answered.
    """

    def __init__(self, client: discord.Client, signed_in: asyncio.Event, hints: Hints) -> None:
        self._client = client
        self._signed_in = signed_in
        self._hints = hints
        # By message: the file that it shows, and those that were said by a token.
        self._pictures: BoundedMemory[str, FileKey | None] = BoundedMemory(REMEMBERED)
        self._followups: BoundedMemory[str, discord.WebhookMessage] = BoundedMemory(REMEMBERED)
        self._in_doubt: BoundedMemory[str, None] = BoundedMemory(REMEMBERED)  # nonces of answers that may have arrived

    @property
    def platform(self) -> Literal["discord"]:
        """``discord``."""
        return "discord"

    @property
    def nonce_lasts_s(self) -> float:
        """How long Discord recognizes a nonce."""
        return NONCE_LASTS_S

    async def upload_limit_bytes(self, destination: Destination) -> int:
        """Return the largest file that can be posted: what the server's boosts allow, else what anybody may."""
        guild = None if destination.direct else self._client.get_guild(int(destination.chat))
        if guild is not None:
            return guild.filesize_limit
        hint = self._hints.find(destination)
        return DEFAULT_UPLOAD_LIMIT_BYTES if hint is None else hint.interaction.filesize_limit

    async def post(self, destination: Destination, screen: Screen, nonce: str) -> Posted:
        """Post a message; where the bot may not, as an answer to an interaction that was made there.

        Raises
        ------
        ChatError
        """
        await self._require_connection()
        hint = self._hints.find(destination)
        if hint is not None and not hint.bot_is_there:
            return await self._follow_up(hint, destination, screen, nonce)
        try:
            return await self._post(destination, screen, nonce)
        except ChatError as error:
            if error.code is not ChatCode.FORBIDDEN or hint is None:
                raise
            return await self._follow_up(hint, destination, screen, nonce)

    async def edit(self, posted: Posted, screen: Screen) -> Posted:
        """Change what a message shows; a picture that it shows already is not sent again.

        Raises
        ------
        ChatError
        """
        await self._require_connection()
        key = _key_of(screen)
        swapped = posted.message not in self._pictures or self._pictures[posted.message] != key
        followup = self._followups.get(posted.message)
        with explained():
            if followup is not None:
                await followup.edit(**contents(screen, files="attachments" if swapped else None))
            else:
                message = self._channel(posted.channel or posted.chat).get_partial_message(int(posted.message))
                await message.edit(**contents(screen, files="attachments" if swapped else None))
        self._pictures[posted.message] = key
        return posted

    async def find(self, destination: Destination, screen: Screen, known: Collection[str]) -> Posted | None:
        """Look for a message of ours in the channel's latest, by its buttons, which carry the request's number.

        Raises
        ------
        ChatError
            For a reason that passes.
        """
        await self._require_connection()
        if destination.direct:
            return None
        channel = self._channel(destination.channel or destination.chat)
        after = None if destination.reply_to is None else discord.Object(int(destination.reply_to))
        actions = {button.action for row in screen.buttons for button in row}
        try:
            with explained():
                latest = channel.history(limit=FIND_WITHIN, after=after, oldest_first=True)
                found = [message async for message in latest]
        except ChatError as refusal:
            if refusal.code in (ChatCode.FORBIDDEN, ChatCode.GONE, ChatCode.REFUSED):
                return None
            raise
        for message in found:
            is_ours = self._client.user is not None and message.author.id == self._client.user.id
            if not is_ours or str(message.id) in known:
                continue
            if _actions(message) == actions if actions else message.content == showing.content(screen.text):
                return Posted(destination.chat, str(message.id), str(channel.id))
        return None

    async def announce(self, destination: Destination, shown: Posted, words: str, nonce: str) -> Posted | None:
        """Mention who has waited, in an answer to the message that has come; nobody else is mentioned.

        Raises
        ------
        ChatError
        """
        await self._require_connection()
        if destination.person is None or shown.message in self._followups:
            return None
        person = discord.Object(int(destination.person))
        with explained():
            channel = self._channel(shown.channel or shown.chat)
            message = await channel.send(
                content=f"<@{person.id}> {showing.content(words)}",
                reference=discord.MessageReference(
                    message_id=int(shown.message), channel_id=channel.id, fail_if_not_exists=False
                ),
                allowed_mentions=discord.AllowedMentions(
                    everyone=False, roles=False, users=[person], replied_user=False
                ),
                nonce=nonce,
            )
        return Posted(shown.chat, str(message.id), str(channel.id))

    async def delete(self, posted: Posted) -> None:
        """Take a message away.

        Raises
        ------
        ChatError
        """
        await self._require_connection()
        followup = self._followups.get(posted.message)
        try:
            with explained():
                if followup is not None:
                    await followup.delete()
                else:
                    await self._channel(posted.channel or posted.chat).get_partial_message(int(posted.message)).delete()
        except ChatError as error:
            if error.code is not ChatCode.GONE:
                raise

    # --- posting ------------------------------------------------------------------------------------------------------

    async def _post(self, destination: Destination, screen: Screen, nonce: str) -> Posted:
        with explained():
            channel: discord.DMChannel | discord.PartialMessageable
            if destination.direct:
                channel = await self._client.create_dm(discord.Object(int(destination.person or destination.chat)))
            else:
                channel = self._channel(destination.channel or destination.chat)
            try:
                message = await self._send(channel, screen, nonce, None if destination.direct else destination.reply_to)
            except discord.HTTPException as error:
                if error.code != errors.CANNOT_REPLY_HERE:
                    raise
                message = await self._send(channel, screen, nonce, None)
        self._pictures[str(message.id)] = _key_of(screen)
        chat = str(channel.id) if destination.direct else destination.chat
        return Posted(chat, str(message.id), str(channel.id))

    async def _send(
        self, channel: discord.abc.Messageable, screen: Screen, nonce: str, reply_to: str | None
    ) -> discord.Message:
        more: dict[str, Any] = {}
        if reply_to is not None:
            number = cast("discord.PartialMessageable", channel).id
            more["reference"] = discord.MessageReference(
                message_id=int(reply_to), channel_id=number, fail_if_not_exists=False
            )
        if nonce:
            more["nonce"] = nonce  # the library asks Discord to enforce it
        return await channel.send(**contents(screen, files="files"), **more)

    async def _follow_up(self, hint: Hint, destination: Destination, screen: Screen, nonce: str) -> Posted:
        """Say something by an interaction's token, which knows no nonces: what may have arrived is not repeated."""
        if nonce and nonce in self._in_doubt:
            raise ChatError(ChatCode.UNCERTAIN)
        with suppress(TimeoutError):
            await asyncio.wait_for(hint.settled.wait(), SETTLED_WITHIN_S)
        try:
            with explained():
                message = await hint.interaction.followup.send(**contents(screen, files="files"), wait=True)
        except ChatError as error:
            if error.code is ChatCode.UNCERTAIN:
                self._in_doubt[nonce] = None
            raise
        self._pictures[str(message.id)] = _key_of(screen)
        self._followups[str(message.id)] = message
        return Posted(destination.chat, str(message.id), str(hint.interaction.channel_id))

    def _channel(self, number: str) -> discord.PartialMessageable:
        return self._client.get_partial_messageable(int(number))

    async def _require_connection(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._signed_in.wait(), SIGNED_IN_WITHIN_S)
        if not self._signed_in.is_set() or self._client.is_closed():
            raise ChatError(ChatCode.UNREACHABLE)


def contents(screen: Screen, *, files: Literal["files", "attachments", None]) -> dict[str, Any]:
    """Return what a call of the library's needs to show a screen.

    Parameters
    ----------
    files : {"files", "attachments", None}
        The name by which that call takes files: those of a new message, those that an edited one has from now on; None
        leaves alone what is there.
    """
    shown: dict[str, Any] = {
        "content": showing.content(screen.text),
        "allowed_mentions": discord.AllowedMentions.none(),
    }
    view = view_of(screen.buttons)
    if files != "files" or view is not None:
        shown["view"] = view
    if files is not None:
        path = showing.file_of(screen)
        shown[files] = [] if path is None else [discord.File(path, path.name)]
    return shown


def _actions(message: discord.Message) -> set[str]:
    """Return what the buttons under a message mean."""
    rows = [row for row in message.components if isinstance(row, discord.ActionRow)]
    buttons = [child for row in rows for child in row.children if isinstance(child, discord.Button)]
    return {button.custom_id for button in buttons if button.custom_id}


def _key_of(screen: Screen) -> FileKey | None:
    path = showing.file_of(screen)
    return None if path is None else (path, path.stat().st_mtime_ns)
