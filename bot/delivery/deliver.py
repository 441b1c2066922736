"""Doing what the tables say: one delivery, step by step, each of them committed before the next."""

from __future__ import annotations

import logging
import secrets
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from bot.chat.port import ChatCode, ChatError, ChatPort, Screen
from bot.delivery.async_database import AsyncDatabase
from bot.delivery.books import write_end
from bot.delivery.lookup import DeliveryContents, load_contents
from bot.delivery.next_step import after, next_step, put_off
from bot.delivery.sender import ClaimLost, MessageSender
from bot.delivery.steps import AskLimit, Edit, End, Ending, Facts, Outcome, Post, Shrink, Try, Words
from bot.delivery.wording import screen_of_clip, screen_of_request
from pipeline.errors import ErrorCode, PipelineError
from pipeline.media.video import reencode_smaller
from storage.clips.media import MediaStore
from storage.errors import StorageError
from storage.outbox.deliveries import Delivery
from storage.outbox.posted_messages import Role

log = logging.getLogger(__name__)


class Deliverer:
    """Carries out deliveries of one platform.

    Parameters
    ----------
    shrink : callable
        ``shrink(clip, out, max_bytes=…)`` encodes a clip once more, smaller.
    """

    def __init__(
        self,
        *,
        async_database: AsyncDatabase,
        chat: ChatPort,
        message_sender: MessageSender,
        media: MediaStore,
        shrink: Callable[..., None] = reencode_smaller,
    ) -> None:
        self._async_database = async_database
        self._chat = chat
        self._message_sender = message_sender
        self._media = media
        self._shrink = shrink

    async def deliver(self, delivery: Delivery) -> float:
        """Carry out a delivery, and return how many seconds its chat wants to be left in peace."""
        try:
            end = await self._carry_out(delivery)
        except ClaimLost:
            log.info("delivery %d is in other hands now", delivery.id)
            return 0.0
        except StorageError:
            end = End(Ending.DROPPED, "deleted")
        except Exception:
            log.exception("delivery %d broke", delivery.id)
            end = put_off(delivery, "broke")
        await self._async_database.write(write_end, delivery, end)
        return end.leave_in_peace_s

    async def _carry_out(self, delivery: Delivery) -> End:
        contents = await self._async_database.read(load_contents, delivery, self._media)
        facts = _known(delivery, contents, self._chat.nonce_lasts_s)
        with ExitStack() as stack:
            attempt = _Attempt(delivery, contents, stack)
            while True:
                step = next_step(delivery, facts, self._async_database.now_s())
                if isinstance(step, End):
                    return step
                facts = after(facts, step, await self._try(step, attempt, facts.limit_bytes))

    async def _try(self, step: Try, attempt: _Attempt, limit_bytes: int | None) -> Outcome:
        """Take one step; a refusal is an outcome like any other."""
        try:
            match step:
                case Post(role, words, smaller):
                    screen = attempt.screen(words, limit_bytes, smaller=smaller)
                    if role is Role.NOTICE and words is Words.ENDED:
                        screen = Screen(screen.text)
                    await self._message_sender.create(attempt.delivery, role, screen, attempt.destination)
                case Edit(words):
                    await self._edit_status(attempt, attempt.screen(words, limit_bytes))
                case AskLimit():
                    return Outcome(limit_bytes=await self._chat.upload_limit_bytes(attempt.destination))
                case Shrink(max_bytes):
                    return await self._encode_once_more(attempt, max_bytes)
        except ChatError as error:
            told = error.facts.get("limit_bytes")
            log.info("delivery %d: %s is refused: %s", attempt.delivery.id, step, error.code)
            return Outcome(error, int(told) if isinstance(told, int | float) else None)
        return Outcome()

    async def _edit_status(self, attempt: _Attempt, screen: Screen) -> None:
        status = attempt.delivery.posted[Role.STATUS]
        if not await self._message_sender.edit(status, screen, attempt.delivery.chat_id):
            raise ChatError(ChatCode.GONE)

    async def _encode_once_more(self, attempt: _Attempt, max_bytes: int) -> Outcome:
        smaller = attempt.make_place()
        shrink = partial(self._shrink, attempt.video_path, smaller, max_bytes=max_bytes)
        try:
            await self._message_sender.keeping(attempt.delivery, self._async_database.in_thread(shrink))
        except PipelineError as error:
            if error.code is not ErrorCode.CANNOT_FIT:
                log.exception("the clip of delivery %d cannot be encoded once more", attempt.delivery.id)
            return Outcome(ChatError(ChatCode.TOO_LARGE), max_bytes)
        return Outcome(limit_bytes=max_bytes)


class _Attempt:
    """What one claim works with: the delivery, what is in it, and the file that it may have to make."""

    def __init__(self, delivery: Delivery, contents: DeliveryContents, stack: ExitStack) -> None:
        self.delivery = delivery
        self.destination = contents.destination
        self._contents = contents
        self._stack = stack
        self._smaller: Path | None = None

    @property
    def video_path(self) -> Path:
        assert self._contents.video is not None
        return self._contents.video.path

    def make_place(self) -> Path:
        """Return where the smaller file goes; it goes away with the attempt."""
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="ganterpret-"))
        self._smaller = Path(folder) / "clip.mp4"
        return self._smaller

    def screen(self, words: Words, limit_bytes: int | None, *, smaller: bool = False) -> Screen:
        if self._contents.clip is None:
            return screen_of_request(words, self.delivery, self._contents)
        path = self._smaller if smaller else None
        return screen_of_clip(words, self.delivery, self._contents, limit_bytes, path)


def _known(delivery: Delivery, contents: DeliveryContents, nonce_lasts_s: float) -> Facts:
    """Return what the books say before anything is tried."""
    return Facts(
        request_state=None if contents.request is None else contents.request.state,
        stood=frozenset(delivery.posted),
        size_bytes=contents.size_bytes,
        remembered=contents.video is not None and contents.video.remembered is not None,
        nonce_lasts_s=nonce_lasts_s,
    )


def new_owner() -> str:
    """Return a name for one run of an outbox, unlike any other's."""
    return secrets.token_hex(6)
