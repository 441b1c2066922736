"""The outbox of one platform: says whatever is owed there, and keeps the status messages true.

Once a second, and whenever it is woken, it looks at the database. What belongs into one chat is done one after the
other, several chats at a time: a chat that is slow, full or flooded holds up nobody else.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from bot.chat.port import ChatCode, ChatError, ChatPort, Destination, Posted
from bot.delivery.async_database import AsyncDatabase, InThread
from bot.delivery.deliver import Deliverer, new_owner
from bot.delivery.lookup import open_requests, still_open
from bot.delivery.sender import MessageSender
from bot.delivery.status_updates import StatusUpdate, StatusUpdates
from bot.screens.relay import over_screen
from bot.usecases import relay as relaying
from bot.usecases.policy import Policy
from pipeline.errors import CodedError
from pipeline.media.video import reencode_smaller
from storage.clips.media import MediaStore
from storage.database.transactions import Database
from storage.outbox import deliveries
from storage.outbox.deliveries import Delivery
from storage.people import chats
from storage.requests import relays
from storage.requests.relays import Relay

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
CHATS_AT_A_TIME = 8
FINISH_WITHIN_S = 20.0
"""How long a stopping outbox waits for uploads under way; what is cut off then counts as in doubt."""


class Outbox:
    """Says in one platform's chats what is owed there.

    Parameters
    ----------
    database, media
        Where what is owed is written down, and where its files are.
    chat : ChatPort
        The platform.
    policy : Policy
        For relays, which become requests here.
    owner : str
        Name of this run, unlike any other's.
    in_thread, shrink, sleep
        See `AsyncDatabase`, `Deliverer` and `MessageSender`.
    """

    def __init__(
        self,
        *,
        database: Database,
        chat: ChatPort,
        media: MediaStore,
        policy: Policy,
        owner: str | None = None,
        in_thread: InThread = asyncio.to_thread,
        shrink: Callable[..., None] = reencode_smaller,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database = database
        self._chat = chat
        self._media = media
        self._policy = policy
        self._owner = owner or new_owner()
        self._async_database = AsyncDatabase(database, in_thread)
        self._message_sender = MessageSender(self._async_database, chat, sleep)
        self._deliverer = Deliverer(
            async_database=self._async_database,
            chat=chat,
            message_sender=self._message_sender,
            media=media,
            shrink=shrink,
        )
        self._board = StatusUpdates()
        self._at_work: dict[int, asyncio.Task[None]] = {}  # by chat
        self._left_in_peace: dict[int, float] = {}  # chat: until when
        self._woken = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; what is under way then is finished first."""
        self._loop = asyncio.get_running_loop()
        stopping = asyncio.ensure_future(stop.wait())
        stopping.add_done_callback(lambda _: self._woken.set())
        try:
            while not stop.is_set():
                self._woken.clear()
                try:
                    await self.look()
                except Exception:
                    log.exception("the outbox of %s could not look", self._chat.platform)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), LOOK_EVERY_S)
            await asyncio.wait_for(self.finish(), FINISH_WITHIN_S)
        except TimeoutError:
            log.warning("the outbox of %s stops in the middle of %d chats", self._chat.platform, len(self._at_work))
        finally:
            stopping.cancel()
            for task in self._at_work.values():
                task.cancel()

    def wake(self) -> None:
        """Look now; may be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._woken.set)

    async def look(self) -> None:
        """Look once at what there is to say, and begin to say it."""
        await self._close_relays()
        await self._begin_deliveries()
        await self._begin_edits()

    async def finish(self) -> None:
        """Wait until everything that was begun is done."""
        while self._at_work:
            await asyncio.wait(self._at_work.values())

    # --- deliveries ---------------------------------------------------------------------------------------------------

    async def _begin_deliveries(self) -> None:
        while len(self._at_work) < CHATS_AT_A_TIME:
            delivery = await self._async_database.write(
                deliveries.claim, self._chat.platform, self._owner, but_in=self._busy()
            )
            if delivery is None:
                return
            self._begin(delivery.chat_id, self._deliver(delivery))

    async def _deliver(self, delivery: Delivery) -> None:
        pause_s = await self._deliverer.deliver(delivery)
        self._leave_in_peace(delivery.chat_id, pause_s)

    # --- status messages ----------------------------------------------------------------------------------------------

    async def _begin_edits(self) -> None:
        under_way = await self._async_database.read(open_requests, self._chat.platform, self._media)
        due: dict[int, list[StatusUpdate]] = defaultdict(list)
        for change in self._board.due(under_way, self._async_database.now_s()):
            due[change.waiting.request.chat_id].append(change)
        busy = self._busy()
        for chat_id, changes in due.items():
            if chat_id not in busy and len(self._at_work) < CHATS_AT_A_TIME:
                self._begin(chat_id, self._edit(chat_id, changes))

    async def _edit(self, chat_id: int, changes: Sequence[StatusUpdate]) -> None:
        """Change status messages of one chat, one after the other, until it wants to be left in peace."""
        for change in changes:
            # It may have ended since we looked; its last words are a delivery's to say.
            if not await self._async_database.read(still_open, change.waiting.request.id):
                continue
            try:
                await self._message_sender.edit(change.waiting.message, change.screen, chat_id)
            except ChatError as error:
                for_good = error.code in (ChatCode.FORBIDDEN, ChatCode.REFUSED)
                self._board.failed(change, self._async_database.now_s(), for_good=for_good)
                if error.code is ChatCode.BUSY:
                    self._leave_in_peace(chat_id, error.retry_after_s)
                    return
                if error.code is ChatCode.MOVED:
                    await self._follow(change.waiting.request.chat, str(error.facts["new_chat"]))
                    return
            else:
                self._board.shown(change, self._async_database.now_s())

    # --- relays -------------------------------------------------------------------------------------------------------

    async def _close_relays(self) -> None:
        """Make requests of relays that are full or out of time."""
        for relay in await self._async_database.read(relays.due, self._chat.platform):
            if relay.chat_id not in self._busy():
                self._begin(relay.chat_id, self._close_relay(relay))

    async def _close_relay(self, relay: Relay) -> None:
        destination = Destination(relay.chat, relay.channel, reply_to=relay.message)
        try:
            limit_bytes = await self._chat.upload_limit_bytes(destination)
        except ChatError:
            limit_bytes = None
        why = await self._async_database.in_thread(
            lambda: relaying.close(self._database, relay, self._policy, limit_bytes)
        )
        try:
            await self._say_it_is_over(relay, destination, why)
        except ChatError as error:
            log.info("the end of relay %d was not said: %s", relay.id, error.code)
            if error.code in (ChatCode.BUSY, ChatCode.UNREACHABLE) and why is not None:
                self._leave_in_peace(relay.chat_id, error.retry_after_s)
                return
        if why is not None:
            await self._async_database.write(relays.end, relay.id)

    async def _say_it_is_over(self, relay: Relay, destination: Destination, why: CodedError | None) -> None:
        """Say so in the relay's message; in a new one only where there is no clip to come and no message to change."""
        relay = await self._async_database.read(relays.get, relay.id)
        screen = over_screen(relay, relay.language, why)
        if relay.message is not None:
            await self._chat.edit(Posted(relay.chat, relay.message, relay.channel), screen)
        elif why is not None:
            await self._chat.post(destination, screen, f"g-relay-{relay.id}")

    # --- who is next --------------------------------------------------------------------------------------------------

    def _begin(self, chat_id: int, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._at_work[chat_id] = task

        def ended(_: asyncio.Task[None]) -> None:
            if self._at_work.get(chat_id) is task:
                del self._at_work[chat_id]
            if not task.cancelled() and (error := task.exception()) is not None:
                log.error("work in chat %d broke", chat_id, exc_info=error)
            self._woken.set()

        task.add_done_callback(ended)

    def _busy(self) -> frozenset[int]:
        """Return the chats that are being written to, or want to be left in peace."""
        now_s = self._async_database.now_s()
        self._left_in_peace = {chat: until_s for chat, until_s in self._left_in_peace.items() if until_s > now_s}
        return frozenset(self._at_work) | frozenset(self._left_in_peace)

    def _leave_in_peace(self, chat_id: int, pause_s: float) -> None:
        if pause_s > 0:
            self._left_in_peace[chat_id] = self._async_database.now_s() + pause_s

    async def _follow(self, old_chat: str, new_chat: str) -> None:
        await self._async_database.write(chats.move, self._chat.platform, old_chat, new_chat)
