"""Taking what people say to the dispatcher, and its answers back: one event after the other in each chat."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from dataclasses import replace
from pathlib import Path
from weakref import WeakValueDictionary

from telegram import Bot, Update

from bot.adapters.dispatching import ask, report
from bot.adapters.telegram.admins import Admins
from bot.adapters.telegram.albums import Albums
from bot.adapters.telegram.chat import TelegramChat
from bot.adapters.telegram.downloads import download
from bot.adapters.telegram.reading import Account, Migration, read
from bot.adapters.telegram.responder import Responder
from bot.adapters.telegram.threads import Threads
from bot.chat.answers import Answer, Download
from bot.chat.events import ButtonPress, Command, Incoming, TextMessage
from bot.chat.port import ChatError
from bot.handlers.dispatcher import Dispatcher

log = logging.getLogger(__name__)


class Reception:
    """Answers updates.

    Parameters
    ----------
    bot, chat : telegram.Bot, TelegramChat
        For files, and for all that is said.
    dispatcher : Dispatcher
        Asked in threads; of one chat, one thing at a time and in order.
    account : Account
    """

    def __init__(self, bot: Bot, chat: TelegramChat, dispatcher: Dispatcher, account: Account) -> None:
        self._bot = bot
        self._chat = chat
        self._dispatcher = dispatcher
        self._account = account
        self._admins = Admins(bot)
        self._threads = Threads(account.id)
        self._albums = Albums()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def answer(self, update: Update) -> None:
        """Answer an update, or find that it wants no answer."""
        press = update.callback_query.id if update.callback_query is not None else None
        self._threads.hear(update)
        heard = read(update, self._account)
        try:
            match heard:
                case None if press is not None:
                    await self._chat.answer_press(press)
                case Migration(old_chat, new_chat):
                    await asyncio.to_thread(self._dispatcher.moved, "telegram", old_chat, new_chat)
                case Incoming():
                    incoming = self._threads.follow(self._albums.follow(update, heard))
                    await self._converse(incoming, Responder(self._chat, incoming, press))
        except ChatError as error:
            log.info("the answer to update %d was not shown: %s", update.update_id, error.code)

    async def _converse(self, incoming: Incoming, answering: Responder) -> None:
        """Ask the dispatcher and show what it says; a download in between keeps nobody else waiting."""
        turn = self._turns.setdefault(incoming.origin.chat, asyncio.Lock())
        async with turn:
            incoming = await self._with_standing(incoming)
            answer = await ask(self._dispatcher, incoming)
            await self._show(answer, answering)
        if isinstance(answer, Download):
            with tempfile.TemporaryDirectory(prefix="ganterpret-telegram-") as folder:
                path = await self._fetch(answer, Path(folder))
                async with turn:
                    await self._show(await ask(self._dispatcher, incoming, path, downloaded=True), answering)

    async def _show(self, answer: Answer, answering: Responder) -> None:
        await report(self._dispatcher, answering.incoming, answer, await answering.show(answer))

    async def _fetch(self, wanted: Download, folder: Path) -> Path | None:
        try:
            return await download(self._bot, wanted.attachment, folder)
        except ChatError as error:
            log.info("a file was not handed out: %s", error.code)
            return None

    async def _with_standing(self, incoming: Incoming) -> Incoming:
        """Add whether the sender runs the group, where that may matter."""
        sender, where = incoming.sender, incoming.origin
        if sender.is_admin or where.private or not isinstance(incoming.said, Command | ButtonPress | TextMessage):
            return incoming
        is_admin = await self._admins.is_admin(where.chat, sender.id)
        return replace(incoming, sender=replace(sender, is_admin=is_admin))
