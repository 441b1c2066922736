"""One message at a time: created at most once as far as anybody can tell, changed as often as one likes.

Creating a message is the one step that must not be done twice: that it is about to be done is committed before, and
which message it became after. Changing one twice is changing it once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.chat.port import ChatCode, ChatError, ChatPort, Destination, Posted, Screen
from bot.delivery.async_database import AsyncDatabase
from bot.delivery.books import note_posted, note_replaced
from bot.delivery.next_step import OUT_OF_REACH
from storage.outbox import deliveries, posted_messages
from storage.outbox.deliveries import Delivery
from storage.outbox.posted_messages import PostedMessage, Role

T = TypeVar("T")

KEEP_EVERY_S = 20.0
"""How often a claim is renewed while a call to the chat takes its time."""
_LONGEST_NONCE_PAUSE_S = 4.0


class ClaimLost(Exception):
    """Somebody else has taken the delivery over, or it is gone."""


class MessageSender:
    """Creates and changes messages in the chats of one platform, and writes down which.

    Parameters
    ----------
    sleep : callable
        Waits, in seconds.
    """

    def __init__(
        self, async_database: AsyncDatabase, chat: ChatPort, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._async_database = async_database
        self._chat = chat
        self._sleep = sleep

    async def edit(self, message: PostedMessage, screen: Screen, chat_id: int) -> Posted | None:
        """Make a message of ours show a screen, and return it; None if it is gone, and then it is forgotten.

        Raises
        ------
        ChatError
            Never ``GONE``; ``UNREACHABLE`` for ``UNCERTAIN``, since an edit can be repeated.
        """
        before = Posted(message.chat, message.message, message.channel, message.file_id)
        try:
            after = await self._chat.edit(before, screen)
        except ChatError as error:
            if error.code is ChatCode.UNCERTAIN:
                raise ChatError(ChatCode.UNREACHABLE) from error
            if error.code is not ChatCode.GONE:
                raise
            await self._async_database.write(posted_messages.forget, self._chat.platform, before.chat, before.message)
            return None
        if (after.chat, after.message) != (before.chat, before.message):
            await self._async_database.write(
                note_replaced, self._chat.platform, before=before, after=after, message=message, chat_id=chat_id
            )
        return after

    async def create(self, delivery: Delivery, role: Role, screen: Screen, destination: Destination) -> Posted:
        """Post a message where it belongs and return it, or directly to whom it is for where the place is out of reach.

        Raises
        ------
        ChatError
        ClaimLost
        """
        nonce = await self._begin(delivery, role)
        try:
            posted = await self._post(delivery, destination, screen, nonce)
        except ChatError as error:
            if error.code not in OUT_OF_REACH or destination.person is None:
                raise
            directly = Destination(destination.chat, person=destination.person, direct=True)
            posted = await self._post(delivery, directly, screen, f"{nonce}-d")
        await self._async_database.write(note_posted, delivery, role, posted)
        return posted

    async def find(self, delivery: Delivery, role: Role, screen: Screen, destination: Destination) -> Posted | None:
        """Look for a message that may have been posted before; what is found is written down.

        Raises
        ------
        ChatError
        """
        known = await self._async_database.read(posted_messages.latest_ids, delivery.chat_id)
        found = await self._chat.find(destination, screen, known)
        if found is not None:
            await self._async_database.write(note_posted, delivery, role, found)
        return found

    async def announce(self, delivery: Delivery, destination: Destination, shown: Posted, words: str) -> None:
        """Let the asker know that something has come: that it is about to be said is committed before.

        Raises
        ------
        ChatError
        ClaimLost
        """
        nonce = await self._begin(delivery, Role.NOTICE)
        said = await self._chat.announce(destination, shown, words, nonce)
        if said is not None:
            await self._async_database.write(note_posted, delivery, Role.NOTICE, said)

    async def _begin(self, delivery: Delivery, role: Role) -> str:
        """Commit that a message is about to be created, and return what marks it."""
        if not await self._async_database.write(deliveries.sending, delivery.id, delivery.fence, role):
            raise ClaimLost
        return delivery.nonce(role)

    async def _post(self, delivery: Delivery, destination: Destination, screen: Screen, nonce: str) -> Posted:
        """Post a message; where nobody can tell whether it arrived but the nonce can, try again at once."""
        began_at_s = self._async_database.now_s()
        pause_s = 1.0
        while True:
            try:
                return await self.keeping(delivery, self._chat.post(destination, screen, nonce))
            except ChatError as error:
                waited_s = self._async_database.now_s() + pause_s - began_at_s
                if (
                    error.code is not ChatCode.UNCERTAIN
                    or waited_s >= self._chat.nonce_lasts_s
                    or pause_s > _LONGEST_NONCE_PAUSE_S
                ):
                    raise
            await self._sleep(pause_s)
            pause_s *= 2

    async def keeping(self, delivery: Delivery, call: Awaitable[T]) -> T:
        """Wait for a call to the chat, renewing the claim meanwhile."""
        task = asyncio.ensure_future(call)
        try:
            while True:
                finished, _ = await asyncio.wait({task}, timeout=KEEP_EVERY_S)
                if finished:
                    return task.result()
                await self._async_database.write(deliveries.renew, delivery.id, delivery.fence)
        finally:
            task.cancel()
