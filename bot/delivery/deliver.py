"""One delivery, step by step, so that whoever takes it over after a crash knows what has been said already."""

from __future__ import annotations

import logging
import secrets
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from bot.chat.port import ChatCode, ChatError, ChatPort, Destination, Screen
from bot.delivery.async_database import AsyncDatabase
from bot.delivery.lookup import DeliveryContents, bytes_to_fit, destination_of, load_contents
from bot.delivery.sender import OUT_OF_REACH, ClaimLost, MessageSender
from bot.screens import status
from bot.screens.clip import clip_screen
from pipeline.errors import ErrorCode, PipelineError
from pipeline.media.video import reencode_smaller
from storage.clips.media import MediaStore
from storage.database.transactions import Transaction
from storage.errors import StorageError
from storage.outbox import deliveries
from storage.outbox.deliveries import Delivery
from storage.outbox.posted_messages import Role
from storage.people import chats
from storage.requests import quotas
from storage.states import OPEN, RequestState

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 12
"""After these, with growing pauses between them over an hour long, a chat counts as out of reach."""
MOST_EDITS = 5
"""A status message that cannot be changed so often may keep its old words; the clip is there."""
_LONGEST_PAUSE_S = 900.0


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
            parcel = await self._async_database.read(lambda tx: load_contents(tx, delivery, self._media))
            await self._carry_out(delivery, parcel)
        except ClaimLost:
            log.info("delivery %d is in other hands now", delivery.id)
        except ChatError as error:
            return await self._refused(delivery, error)
        except StorageError:
            await self._async_database.write(lambda tx: deliveries.abandon(tx, delivery.id, delivery.fence, "deleted"))
        except Exception:
            log.exception("delivery %d broke", delivery.id)
            await self._later_or_never(delivery, "broke")
        return 0.0

    # --- the kinds of deliveries --------------------------------------------------------------------------------------

    async def _carry_out(self, delivery: Delivery, parcel: DeliveryContents) -> None:
        match delivery.kind:
            case "status":
                await self._open_status(delivery, parcel)
            case "notice":
                await self._tell_the_end(delivery, parcel)
            case "clip" | "show":
                await self._bring_clip(delivery, parcel)

    async def _open_status(self, delivery: Delivery, parcel: DeliveryContents) -> None:
        """Post the message that will show how a request gets on."""
        request = parcel.request
        assert request is not None
        if Role.STATUS in delivery.posted:
            await self._done(delivery)
        elif request.state not in OPEN:
            await self._drop(delivery, "over")
        elif self._message_sender.is_in_doubt(delivery):
            # Its clip comes as a message of its own, whether this one has arrived or not.
            await self._drop(delivery, "uncertain")
        else:
            screen = status.waiting(request, delivery.language, position=parcel.position, picture=parcel.storyboard)
            await self._message_sender.create(delivery, Role.STATUS, screen, destination_of(delivery, request))
            await self._done(delivery)

    async def _tell_the_end(self, delivery: Delivery, parcel: DeliveryContents) -> None:
        """Say why there is no clip: in the status message, else in one of its own."""
        request = parcel.request
        assert request is not None
        screen = status.ended(request, delivery.language, parcel.storyboard)
        if (message := delivery.posted.get(Role.STATUS)) is not None:
            try:
                said = await self._message_sender.edit(message, screen, delivery.chat_id)
            except ChatError as error:
                if error.code not in OUT_OF_REACH:
                    raise
                said = False
            if said:
                await self._done(delivery)
                return
        if Role.NOTICE in delivery.posted:
            await self._done(delivery)
        elif request.state is RequestState.CANCELLED:
            # Whoever cancelled it has been told.
            await self._drop(delivery, "over")
        elif self._message_sender.is_in_doubt(delivery):
            await self._drop(delivery, "uncertain")
        else:
            words = Screen(screen.text)
            await self._message_sender.create(delivery, Role.NOTICE, words, destination_of(delivery, request))
            await self._done(delivery)

    async def _bring_clip(self, delivery: Delivery, parcel: DeliveryContents) -> None:
        """Post a clip, and let its status message say so."""
        if Role.CLIP not in delivery.posted:
            if delivery.in_doubt is Role.NOTICE:
                limit_bytes = await self._chat.upload_limit_bytes(destination_of(delivery, parcel.request))
                await self._offer_smaller(delivery, parcel, limit_bytes)
                return
            if self._message_sender.is_in_doubt(delivery):
                await self._doubt(delivery, parcel)
                return
            try:
                await self._post_clip(delivery, parcel)
            except _DoesNotFit as refusal:
                await self._offer_smaller(delivery, parcel, refusal.limit_bytes)
                return
            except ChatError as error:
                if error.code is ChatCode.UNCERTAIN:
                    await self._doubt(delivery, parcel)
                    return
                if error.code in OUT_OF_REACH:
                    await self._try_to_say(delivery, parcel, status.unsent)
                raise
        assert parcel.clip is not None
        if (message := delivery.posted.get(Role.STATUS)) is not None:
            screen = status.delivered(parcel.clip, delivery.language, parcel.storyboard)
            try:
                await self._message_sender.edit(message, screen, delivery.chat_id)
            except ChatError as error:
                waits = error.code not in OUT_OF_REACH and delivery.attempts < MOST_EDITS
                if waits or error.code in (ChatCode.BUSY, ChatCode.MOVED):
                    raise
        await self._done(delivery)

    # --- posting a clip -----------------------------------------------------------------------------------------------

    async def _post_clip(self, delivery: Delivery, parcel: DeliveryContents) -> None:
        """Post a clip as it is, or encoded once more where it is too large for the chat."""
        clip, video = parcel.clip, parcel.video
        assert clip is not None
        assert video is not None
        destination = destination_of(delivery, parcel.request)
        size_bytes = await self._async_database.in_thread(lambda: _size_bytes(video.path))
        limit_bytes = await self._chat.upload_limit_bytes(destination)
        post = partial(self._post_video, delivery, parcel, destination)
        if video.remembered is not None or size_bytes <= limit_bytes:
            try:
                await post(video.path)
                return
            except ChatError as error:
                if error.code is not ChatCode.TOO_LARGE:
                    raise
                told = error.facts.get("limit_bytes")
                limit_bytes = int(told) if isinstance(told, int | float) else limit_bytes
        fit_bytes = bytes_to_fit(size_bytes, limit_bytes)
        with tempfile.TemporaryDirectory(prefix="ganterpret-") as folder:
            smaller = Path(folder) / "clip.mp4"
            try:
                shrink = partial(self._shrink, video.path, smaller, max_bytes=fit_bytes)
                await self._message_sender.keeping(delivery, self._async_database.in_thread(shrink))
                await post(smaller)
            except PipelineError as error:
                if error.code is not ErrorCode.CANNOT_FIT:
                    log.exception("clip %d cannot be encoded once more", clip.id)
                raise _DoesNotFit(fit_bytes) from error
            except ChatError as error:
                if error.code is not ChatCode.TOO_LARGE:
                    raise
                raise _DoesNotFit(fit_bytes) from error

    async def _post_video(
        self, delivery: Delivery, parcel: DeliveryContents, destination: Destination, path: Path
    ) -> None:
        assert parcel.clip is not None
        assert parcel.video is not None
        video = parcel.video
        if path != video.path:
            video = replace(video, path=path, remembered=None)
        screen = clip_screen(parcel.clip, video, delivery.language, parcel.contributors)
        await self._message_sender.create(delivery, Role.CLIP, screen, destination)

    async def _offer_smaller(self, delivery: Delivery, parcel: DeliveryContents, limit_bytes: int) -> None:
        """Offer a lower size of a clip that does not fit; what it cost is given back."""
        assert parcel.clip is not None
        screen = status.too_large(parcel.clip, delivery.language, limit_bytes, parcel.storyboard)
        message = delivery.posted.get(Role.STATUS)
        said = message is not None and await self._message_sender.edit(message, screen, delivery.chat_id)
        if not (said or Role.NOTICE in delivery.posted or self._message_sender.is_in_doubt(delivery)):
            try:
                await self._message_sender.create(
                    delivery, Role.NOTICE, screen, destination_of(delivery, parcel.request)
                )
            except ChatError as error:
                if error.code is not ChatCode.UNCERTAIN:
                    raise

        def give_back(tx: Transaction) -> None:
            if delivery.request_id is not None:
                quotas.refund(tx, delivery.request_id)
            self._end(tx, delivery, "too_large")

        await self._async_database.write(give_back)

    # --- how a delivery ends ------------------------------------------------------------------------------------------

    async def _doubt(self, delivery: Delivery, parcel: DeliveryContents) -> None:
        """Say that a clip may have arrived or not, and leave it to the people there."""

        def screen(clip: Any, language: str, picture: Path | None) -> Screen:
            return status.uncertain(clip, language, delivery.id, picture)

        await self._try_to_say(delivery, parcel, screen)
        await self._async_database.write(lambda tx: deliveries.mark_uncertain(tx, delivery.id, delivery.fence))

    async def _try_to_say(self, delivery: Delivery, parcel: DeliveryContents, screen: Callable[..., Screen]) -> None:
        """Change the status message if that can be done; what matters is written down either way."""
        message = delivery.posted.get(Role.STATUS)
        if message is None or parcel.clip is None:
            return
        try:
            await self._message_sender.edit(
                message, screen(parcel.clip, delivery.language, parcel.storyboard), delivery.chat_id
            )
        except ChatError as error:
            log.info("the status of delivery %d cannot be changed: %s", delivery.id, error.code)

    async def _done(self, delivery: Delivery) -> None:
        await self._async_database.write(lambda tx: deliveries.sent(tx, delivery.id, delivery.fence))

    async def _drop(self, delivery: Delivery, reason: str) -> None:
        await self._async_database.write(lambda tx: deliveries.abandon(tx, delivery.id, delivery.fence, reason))

    async def _refused(self, delivery: Delivery, error: ChatError) -> float:
        """Deal with a chat that did not take a message, and return how long it wants to be left in peace."""
        match error.code:
            case ChatCode.BUSY:
                await self._later(delivery, error.retry_after_s)
                return error.retry_after_s
            case ChatCode.MOVED:
                new_chat = str(error.facts["new_chat"])

                def follow(tx: Transaction) -> None:
                    chats.move(tx, delivery.platform, delivery.chat, new_chat)
                    deliveries.reschedule(tx, delivery.id, delivery.fence, after_s=0.0)

                await self._async_database.write(follow)
            case ChatCode.UNREACHABLE:
                await self._later_or_never(delivery, error.code)
            case _:
                await self._async_database.write(lambda tx: self._end(tx, delivery, error.code))
        return 0.0

    async def _later(self, delivery: Delivery, after_s: float) -> None:
        await self._async_database.write(
            lambda tx: deliveries.reschedule(tx, delivery.id, delivery.fence, after_s=after_s)
        )

    async def _later_or_never(self, delivery: Delivery, reason: str) -> None:
        if delivery.attempts >= MOST_ATTEMPTS:
            await self._async_database.write(lambda tx: self._end(tx, delivery, reason))
            return
        pause_s = min(_LONGEST_PAUSE_S, 2.0**delivery.attempts)
        await self._later(delivery, pause_s)

    def _end(self, tx: Transaction, delivery: Delivery, reason: str) -> None:
        """Hold a clip until somebody asks for it; give up anything else."""
        if delivery.kind == "clip":
            deliveries.hold(tx, delivery.id, delivery.fence, reason)
        else:
            deliveries.abandon(tx, delivery.id, delivery.fence, reason)


class _DoesNotFit(Exception):
    """A clip is too large for its chat, even encoded once more."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes


def _size_bytes(path: Path) -> int:
    """Return a file's size; 0 for one that is gone, which the chat may remember all the same."""
    return path.stat().st_size if path.exists() else 0


def new_owner() -> str:
    """Return a name for one run of an outbox, unlike any other's."""
    return secrets.token_hex(6)
