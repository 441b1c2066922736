"""Doing what the tables say: one delivery, step by step, each of them committed before the next."""

from __future__ import annotations

import logging
import secrets
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from bot.chat.port import ChatCode, ChatError, ChatPort, Posted, Screen
from bot.delivery.async_database import AsyncDatabase
from bot.delivery.books import note_clip_shown, write_end
from bot.delivery.lookup import DeliveryContents, load_contents
from bot.delivery.next_step import after, next_step, put_off
from bot.delivery.sender import ClaimLost, MessageSender
from bot.delivery.steps import Announce, AskLimit, Edit, End, Ending, Facts, Find, Outcome, Post, Shrink, Try, Words
from bot.delivery.wording import screen_of
from pipeline.errors import ErrorCode, PipelineError
from pipeline.media.video import reencode_smaller
from storage.clips.media import MediaStore
from storage.errors import StorageError
from storage.outbox.deliveries import Delivery
from storage.outbox.posted_messages import PostedMessage, Role

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
                case Post(role, words):
                    screen = attempt.screen(words, limit_bytes)
                    if role is Role.NOTICE:
                        screen = Screen(screen.text)
                    attempt.messages[role] = await self._message_sender.create(
                        attempt.delivery, role, screen, attempt.destination
                    )
                case Find(role, words):
                    await self._find(attempt, role, attempt.screen(words, limit_bytes))
                case Edit(words, smaller):
                    await self._edit_status(attempt, words, attempt.screen(words, limit_bytes, smaller=smaller))
                case Announce():
                    said = attempt.screen(Words.READY, limit_bytes).text
                    shown = attempt.messages[Role.CLIP]
                    await self._message_sender.announce(attempt.delivery, attempt.destination, shown, said)
                case AskLimit():
                    return Outcome(limit_bytes=await self._chat.upload_limit_bytes(attempt.destination))
                case Shrink(max_bytes):
                    return await self._encode_once_more(attempt, max_bytes)
        except ChatError as error:
            told = error.facts.get("limit_bytes")
            log.info("delivery %d: %s is refused: %s", attempt.delivery.id, step, error.code)
            return Outcome(error, int(told) if isinstance(told, int | float) else None)
        return Outcome()

    async def _find(self, attempt: _Attempt, role: Role, screen: Screen) -> None:
        found = await self._message_sender.find(attempt.delivery, role, screen, attempt.destination)
        if found is None:
            raise ChatError(ChatCode.GONE)
        attempt.messages[role] = found

    async def _edit_status(self, attempt: _Attempt, words: Words, screen: Screen) -> None:
        """Change the status message; once it shows the clip, the books know it as the clip's."""
        delivery = attempt.delivery
        status = attempt.status()
        edit = self._message_sender.edit(status, screen, delivery.chat_id)
        shown = await self._message_sender.keeping(delivery, edit)
        if shown is None:
            raise ChatError(ChatCode.GONE)
        if words is Words.CLIP:
            await self._async_database.write(note_clip_shown, delivery, status, shown)
            attempt.messages[Role.CLIP] = shown

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
    """What one claim works with: the delivery, what is in it, its messages, and the file that it may have to make."""

    def __init__(self, delivery: Delivery, contents: DeliveryContents, stack: ExitStack) -> None:
        self.delivery = delivery
        self.destination = contents.destination
        self.messages = {
            role: Posted(known.chat, known.message, known.channel, known.file_id)
            for role, known in delivery.posted.items()
        }
        self._contents = contents
        self._stack = stack
        self._smaller: Path | None = None

    @property
    def video_path(self) -> Path:
        assert self._contents.video is not None
        return self._contents.video.path

    def status(self) -> PostedMessage:
        """Return the status message as the books have it."""
        shown, delivery = self.messages[Role.STATUS], self.delivery
        ids = delivery.request_id, delivery.clip_id
        return PostedMessage(shown.chat, shown.channel, shown.message, Role.STATUS, *ids, shown.remembered)

    def make_place(self) -> Path:
        """Return where the smaller file goes; it goes away with the attempt."""
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="ganterpret-"))
        self._smaller = Path(folder) / "clip.mp4"
        return self._smaller

    def screen(self, words: Words, limit_bytes: int | None, *, smaller: bool = False) -> Screen:
        path = self._smaller if smaller else None
        return screen_of(words, self.delivery, self._contents, limit_bytes, path)


def _known(delivery: Delivery, contents: DeliveryContents, nonce_lasts_s: float) -> Facts:
    """Return what the books say before anything is tried."""
    return Facts(
        request_state=None if contents.request is None else contents.request.state,
        stood=frozenset(delivery.posted),
        size_bytes=contents.size_bytes,
        remembered=contents.video is not None and contents.video.remembered is not None,
        nonce_lasts_s=nonce_lasts_s,
        asked_at_s=None if contents.request is None else contents.request.created_at_s,
    )


def new_owner() -> str:
    """Return a name for one run of an outbox, unlike any other's."""
    return secrets.token_hex(6)
