"""The Telegram bot as one thing that runs until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from telegram import Bot, BotCommandScopeAllChatAdministrators, BotCommandScopeDefault
from telegram.error import InvalidToken, TelegramError
from telegram.request import HTTPXRequest

from bot.adapters.telegram import showing
from bot.adapters.telegram.chat import TelegramChat
from bot.adapters.telegram.polling import FIRST_PAUSE_S, LONGEST_PAUSE_S, Poller
from bot.adapters.telegram.reading import Account
from bot.adapters.telegram.reception import Reception
from bot.chat.port import ChatCode, ChatError
from bot.handlers.dispatcher import Dispatcher
from bot.screens.messages import DEFAULT_LANGUAGE, LANGUAGES

log = logging.getLogger(__name__)

API_URL = "https://api.telegram.org"
DOWNLOAD_LIMIT_BYTES = 20_000_000
UPLOAD_LIMIT_BYTES = 50_000_000
LOCAL_UPLOAD_LIMIT_BYTES = 2_000_000_000
"""The largest file that a Bot API server of one's own takes from disk; it hands out files of any size."""
CONNECTIONS = 64


class TelegramService:
    """Brings what people say to the dispatcher, and back what the dispatcher answers.

    Parameters
    ----------
    token : str
        From BotFather. Two services with one token take updates from each other: hold a lease.
    dispatcher : Dispatcher
    api_url, file_url : str, optional
        Addresses of a Bot API server of one's own, without ``/bot<token>``.
    local_server : bool
        That server runs with ``--local`` and shares its disk with us: files of any size, up to 2 GB back.

    Notes
    -----
    `chat` can be used as soon as the service is made and until it is closed, whether it runs or not.
    """

    def __init__(
        self,
        *,
        token: str,
        dispatcher: Dispatcher,
        api_url: str | None = None,
        file_url: str | None = None,
        local_server: bool = False,
        languages: Sequence[str] = LANGUAGES,
    ) -> None:
        root = (api_url or API_URL).rstrip("/").removesuffix("/bot")
        files = (file_url or f"{root}/file").rstrip("/").removesuffix("/bot")
        self._clients = _client(root, CONNECTIONS), _client(root, 1)
        self._bot = Bot(
            token,
            base_url=f"{root}/bot",
            base_file_url=f"{files}/bot",
            request=self._clients[0],
            get_updates_request=self._clients[1],
            local_mode=local_server,
        )
        self._dispatcher = dispatcher
        self._languages = languages
        self._download_limit_bytes = None if local_server else DOWNLOAD_LIMIT_BYTES
        self._upload_limit_bytes = LOCAL_UPLOAD_LIMIT_BYTES if local_server else UPLOAD_LIMIT_BYTES
        self._chat = TelegramChat(self._bot, self._upload_limit_bytes)

    @property
    def chat(self) -> TelegramChat:
        """What the outbox posts through."""
        return self._chat

    async def run(self, stopping: asyncio.Event) -> None:
        """Serve until `stopping` is set; what was said meanwhile and before is answered, nothing is dropped.

        Raises
        ------
        ChatError
            ``FORBIDDEN``: Telegram refuses the token.
        """
        try:
            account = await self._sign_in(stopping)
            if account is None:
                return
            await self._offer_commands()
            reception = Reception(self._bot, self._chat, self._dispatcher, account)
            log.info("Telegram: @%s is listening", account.username)
            await Poller(self._bot, reception.answer).run(stopping)
        except InvalidToken:
            log.error("Telegram refuses the token. BotFather has the right one: send him /token.")
            raise ChatError(ChatCode.FORBIDDEN) from None  # the library's error quotes the token

    async def close(self) -> None:
        """Hang up, once nobody posts any more."""
        for client in self._clients:  # the library closes only what it was asked to open, and opens them unasked
            await client.shutdown()

    async def _sign_in(self, stopping: asyncio.Event) -> Account | None:
        """Learn who the bot is; wait for a server that cannot be reached."""
        pause_s = FIRST_PAUSE_S
        stop = asyncio.create_task(stopping.wait())
        try:
            while not stopping.is_set():
                try:
                    await self._bot.initialize()
                    # Where a webhook is set nobody may poll. Updates that wait are kept.
                    await self._bot.delete_webhook(drop_pending_updates=False)
                except InvalidToken:
                    raise
                except TelegramError as error:
                    log.warning("Telegram cannot be reached (%s); trying again in %.0f s", error.message, pause_s)
                    await asyncio.wait([stop], timeout=pause_s)
                    pause_s = min(LONGEST_PAUSE_S, 2 * pause_s)
                else:
                    me = self._bot.bot
                    return Account(me.id, me.username or "", self._download_limit_bytes, self._upload_limit_bytes)
            return None
        finally:
            stop.cancel()

    async def _offer_commands(self) -> None:
        """Tell Telegram what to offer while somebody types a slash, in every language."""
        try:
            for language in self._languages:
                code = None if language == DEFAULT_LANGUAGE else language
                for_all = showing.commands(language, ("everyone",))
                await self._bot.set_my_commands(for_all, BotCommandScopeDefault(), language_code=code)
                for_admins = showing.commands(language, ("everyone", "admins"))
                await self._bot.set_my_commands(for_admins, BotCommandScopeAllChatAdministrators(), language_code=code)
        except TelegramError as error:
            log.warning("the list of commands could not be set: %s", error.message)


def _client(url: str, connections: int) -> HTTPXRequest:
    # A server on this machine is talked to without TLS; loading certificates for it would be in vain.
    options = {"verify": False} if url.startswith("http://") else {}
    return HTTPXRequest(connection_pool_size=connections, pool_timeout=30.0, httpx_kwargs=options)
