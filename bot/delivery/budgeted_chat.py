"""A chat that is spoken to within its platform's limits, what matters most first."""

from __future__ import annotations

from collections.abc import Collection

from bot.chat.port import ChatCode, ChatError, ChatPort, Destination, Posted, Screen
from bot.delivery.budget import Kind
from bot.delivery.gate import Gate
from storage.people.people import Platform

_NEXT_LOOK_S = 1.0


class BudgetedChat:
    """Implements `bot.chat.port.ChatPort`: another chat, each call to which waits for its turn.

    Words alone, which say how far something is, do not wait: where there is no room for them they are refused as
    ``BUSY``, and newer ones come soon.

    Parameters
    ----------
    chat : ChatPort
    gate : Gate
        One for all calls to the platform.
    """

    def __init__(self, chat: ChatPort, gate: Gate) -> None:
        self._chat = chat
        self._gate = gate

    @property
    def platform(self) -> Platform:
        """The chat's."""
        return self._chat.platform

    @property
    def nonce_lasts_s(self) -> float:
        """As long as the chat recognizes a nonce."""
        return self._chat.nonce_lasts_s

    async def upload_limit_bytes(self, destination: Destination) -> int:
        """Return the largest file that can be posted there now; the answer is known without a call."""
        return await self._chat.upload_limit_bytes(destination)

    async def post(self, destination: Destination, screen: Screen, nonce: str) -> Posted:
        """Post a message when its turn comes.

        Raises
        ------
        ChatError
        """
        await self._gate.turn(Kind.FIRST, destination.chat)
        return await self._chat.post(destination, screen, nonce)

    async def edit(self, posted: Posted, screen: Screen) -> Posted:
        """Make a message show another screen: a clip or a picture when its turn comes, words if there is room now.

        Raises
        ------
        ChatError
            Also ``BUSY``, for words.
        """
        if screen.video is not None or screen.picture is not None:
            await self._gate.turn(Kind.STORYBOARD if screen.video is None else Kind.CLIP, posted.chat)
        elif not self._gate.take_now(Kind.PROGRESS, posted.chat):
            raise ChatError(ChatCode.BUSY, retry_after_s=_NEXT_LOOK_S)
        return await self._chat.edit(posted, screen)

    async def find(self, destination: Destination, screen: Screen, known: Collection[str]) -> Posted | None:
        """Look for a message when its turn comes.

        Raises
        ------
        ChatError
        """
        await self._gate.turn(Kind.FIRST, destination.chat)
        return await self._chat.find(destination, screen, known)

    async def announce(self, destination: Destination, shown: Posted, words: str, nonce: str) -> Posted | None:
        """Let a person know that something has come, when its turn comes.

        Raises
        ------
        ChatError
        """
        await self._gate.turn(Kind.CLIP, shown.chat)
        return await self._chat.announce(destination, shown, words, nonce)

    async def delete(self, posted: Posted) -> None:
        """Take a message away, when its turn comes.

        Raises
        ------
        ChatError
        """
        await self._gate.turn(Kind.PRESS, posted.chat)
        await self._chat.delete(posted)
