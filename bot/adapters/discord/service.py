"""The Discord bot as one thing that runs until it is told to stop."""

from __future__ import annotations

import asyncio
import logging

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.adapters.discord.chat import DiscordChat
from bot.adapters.discord.client import BotClient
from bot.adapters.discord.conversation import Conversation
from bot.adapters.discord.hints import Hints
from bot.chat.port import ChatCode, ChatError
from bot.handlers.dispatcher import Dispatcher

log = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
FINISH_WITHIN_S = 20.0
"""When stopping: for what is being answered."""
AUTHENTICATION_FAILED = 4004
NEEDED = discord.Permissions(
    view_channel=True, send_messages=True, send_messages_in_threads=True, attach_files=True, read_message_history=True
)


class DiscordService:
    """Brings what people say to the dispatcher, and back what the dispatcher answers.

    Parameters
    ----------
    token : str
        From Discord's developer portal. Two services with one token answer everything twice: hold a lease.
    dispatcher : Dispatcher
        Asked in threads.
    api_url, gateway_url : str, optional
        Addresses of a proxy for Discord's REST API (with its version: ``…/api/v10``) and of its gateway. They hold for
        the whole process: the library has one address.
    guild_ready_timeout_s : float
        How long servers that Discord tells of late are waited for at the start.

    Notes
    -----
    `chat` can be used from the moment that the service has signed in until it is closed, whether it runs or not; before
    and after, everything is ``UNREACHABLE``.
    """

    def __init__(
        self,
        *,
        token: str,
        dispatcher: Dispatcher,
        api_url: str | None = None,
        gateway_url: str | None = None,
        guild_ready_timeout_s: float = 2.0,
    ) -> None:
        if api_url is not None:
            Route.BASE = api_url.rstrip("/")
        if gateway_url is not None:
            DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)
        self._token = token
        self._client = BotClient(guild_ready_timeout_s=guild_ready_timeout_s)
        hints = Hints()
        self._chat = DiscordChat(self._client, self._client.signed_in, hints)
        self._conversation = Conversation(dispatcher, self._chat, hints)
        self._client.converse(self._conversation)

    @property
    def chat(self) -> DiscordChat:
        """What the outbox posts through."""
        return self._chat

    async def run(self, stopping: asyncio.Event) -> None:
        """Serve until `stopping` is set, then finish what is being answered.

        Raises
        ------
        ChatError
            ``FORBIDDEN``: Discord refuses the token.
        """
        stop = asyncio.create_task(stopping.wait())
        connection: asyncio.Task[None] | None = None
        try:
            if not await self._sign_in(stop):
                return
            log.info("Discord: %s is listening; %s invites it", self._client.user, self._invitation())
            connection = asyncio.create_task(self._client.connect())
            await asyncio.wait([stop, connection], return_when=asyncio.FIRST_COMPLETED)
            if connection.done():
                connection.result()
        except discord.LoginFailure:
            raise self._token_refused() from None
        except discord.ConnectionClosed as error:
            if error.code == AUTHENTICATION_FAILED:
                raise self._token_refused() from None
            raise
        finally:
            stop.cancel()
            await self._conversation.finish(FINISH_WITHIN_S)
            if connection is not None:
                connection.cancel()
                await asyncio.wait([connection])

    async def close(self) -> None:
        """Hang up, once nobody posts any more."""
        await self._client.close()

    async def _sign_in(self, stop: asyncio.Task[bool]) -> bool:
        """Learn who the bot is; wait for a Discord that cannot be reached."""
        pause_s = FIRST_PAUSE_S
        while not stop.done():
            login = asyncio.create_task(self._client.login(self._token))
            await asyncio.wait([stop, login], return_when=asyncio.FIRST_COMPLETED)
            if not login.done():
                login.cancel()
                await asyncio.wait([login])
                return False
            try:
                login.result()
            except discord.LoginFailure:
                raise
            except (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, TimeoutError, OSError) as error:
                log.warning("Discord cannot be reached (%s); trying again in %.0f s", type(error).__name__, pause_s)
                await self._hang_up()
                await asyncio.wait([stop], timeout=pause_s)
                pause_s = min(LONGEST_PAUSE_S, 2 * pause_s)
            else:
                return True
        return False

    async def _hang_up(self) -> None:
        """Close what an attempt to sign in has opened: the library opens it anew at the next one."""
        http = self._client.http
        await http.close()
        http.clear()
        http.connector = discord.utils.MISSING

    def _invitation(self) -> str:
        """Return the address where whoever manages a server can let the bot in."""
        assert self._client.application_id is not None
        return discord.utils.oauth_url(self._client.application_id, permissions=NEEDED)

    def _token_refused(self) -> ChatError:
        log.error("Discord refuses the token. The developer portal has the right one: Bot → Reset Token.")
        return ChatError(ChatCode.FORBIDDEN)
