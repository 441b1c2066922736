"""Fetching updates, so that none is lost: an update is confirmed when it has been answered, not when it has come.

Telegram hands out updates from an offset on, and forgets those before it. The library's own updater moves the offset
as soon as it has put an update into its queue; what is in the queue when the process dies is gone. Here the offset
stays at the first update that is still being answered. Others are answered meanwhile: while something slow (a
download) holds the offset back, Telegram is asked every half second, skips nothing, and what is already in hand is
passed over.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.adapters.telegram.errors import retry_after_s
from bot.adapters.telegram.reading import UPDATES

log = logging.getLogger(__name__)

LONG_POLL_S = 50
"""Telegram answers a poll after this time, if nothing happens."""
ANSWER_WITHIN_S = 10.0
"""… and is given so much longer."""
PEEK_EVERY_S = 0.5
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
CONFLICT_PAUSE_S = 15.0
FINISH_WITHIN_S = 20.0
"""When stopping: for what is in hand. What takes longer stays unconfirmed and comes again."""


class Poller:
    """Fetches updates and has each of them answered by a task of its own.

    Parameters
    ----------
    bot : telegram.Bot
    answer : coroutine function
        Answers one update. An update whose answer raises counts as answered: it would only raise again.
    """

    def __init__(self, bot: Bot, answer: Callable[[Update], Awaitable[None]]) -> None:
        self._bot = bot
        self._answer = answer
        self._in_hand: dict[int, asyncio.Task[None]] = {}
        self._done: set[int] = set()
        self._next: int | None = None
        self._pause_s = 0.0

    @property
    def offset(self) -> int | None:
        """The first update that is not answered yet; None as long as none has come."""
        return min(self._in_hand, default=self._next)

    async def run(self, stopping: asyncio.Event) -> None:
        """Poll until `stopping` is set, then finish what is in hand. Cancelled, leave it: it comes again.

        Raises
        ------
        telegram.error.InvalidToken
            The token is refused, and would be again.
        """
        stop = asyncio.create_task(stopping.wait())
        try:
            while not stopping.is_set():
                if self._in_hand:
                    await asyncio.wait(list(self._in_hand.values()), timeout=PEEK_EVERY_S)
                poll = asyncio.create_task(self._poll())
                try:
                    await asyncio.wait([stop, poll], return_when=asyncio.FIRST_COMPLETED)
                finally:
                    poll.cancel()  # in vain where it is done
                if poll.done():
                    self._take(poll.result())
                if self._pause_s:
                    await asyncio.wait([stop], timeout=self._pause_s)
            await self._finish()
        finally:
            stop.cancel()
            await self._drop()

    async def _poll(self) -> Sequence[Update]:
        offset = self.offset
        try:
            updates = await self._fetch(offset, 0 if self._in_hand else LONG_POLL_S)
        except InvalidToken:
            raise
        except RetryAfter as error:
            self._pause_s = retry_after_s(error)
            return ()
        except Conflict:
            log.error(
                "Another program fetches this bot's updates: two bots run with one token. Trying again in %.0f s.",
                CONFLICT_PAUSE_S,
            )
            self._pause_s = CONFLICT_PAUSE_S
            return ()
        except TelegramError as error:
            if not self._pause_s:
                log.warning("Telegram cannot be reached (%s); trying again until it can.", error.message)
            self._pause_s = min(LONGEST_PAUSE_S, 2 * self._pause_s or FIRST_PAUSE_S)
            return ()
        except Exception:
            log.exception("an answer of Telegram's cannot be understood")
            self._pause_s = LONGEST_PAUSE_S
            return ()
        if self._pause_s:
            log.info("Telegram is there again.")
        self._pause_s = 0.0
        # What this poll confirmed cannot be in its answer; later answers may have been finished while it ran.
        self._done = {number for number in self._done if offset is not None and number >= offset}
        return updates

    async def _fetch(self, offset: int | None, timeout_s: int, limit: int = 100) -> Sequence[Update]:
        return await self._bot.get_updates(
            offset=offset,
            limit=limit,
            timeout=timeout_s,
            allowed_updates=UPDATES,
            read_timeout=ANSWER_WITHIN_S,
        )

    def _take(self, updates: Sequence[Update]) -> None:
        for update in updates:
            number = update.update_id
            # Looked at here and not when they came: an answer may have been finished in between.
            if number in self._in_hand or number in self._done:
                continue
            self._next = max(self._next or 0, number + 1)
            self._in_hand[number] = asyncio.create_task(self._handle(update), name=f"telegram-update-{number}")

    async def _handle(self, update: Update) -> None:
        try:
            await self._answer(update)
        except Exception:
            log.exception("update %d could not be answered", update.update_id)
        # Not reached when cancelled: then it has not been answered, and comes again.
        del self._in_hand[update.update_id]
        self._done.add(update.update_id)

    async def _finish(self) -> None:
        if self._in_hand:
            await asyncio.wait(list(self._in_hand.values()), timeout=FINISH_WITHIN_S)
        if self.offset is not None:
            try:
                await self._fetch(self.offset, 0, limit=1)  # confirms all before the offset, and takes nothing on
            except TelegramError as error:
                log.info("the last updates are not confirmed (%s) and will come again", error.message)

    async def _drop(self) -> None:
        left = list(self._in_hand.values())
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
