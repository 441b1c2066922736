"""One delivery, step by step, so that whoever takes it over after a crash knows what has been said already.

Creating a message is the one step that must not be done twice: that it is about to be done is committed before, and
which message it became after. Everything else is an edit, and editing twice is editing once.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from bot.chat import Chat, ChatCode, ChatError, Place, Posted, Screen
from bot.screens import status
from bot.screens.clip import clip_screen
from bot.usecases.delivering import Parcel, bytes_to_fit, place_of, posted_of, unpack
from pipeline.errors import ErrorCode, PipelineError
from pipeline.video import reencode_smaller
from storage import chats, deliveries, posted_messages, quotas
from storage.database import Database, Snapshot, Transaction
from storage.deliveries import Delivery
from storage.errors import StorageError
from storage.media import MediaStore
from storage.posted_messages import PostedMessage, Role
from storage.states import OPEN, RequestState

log = logging.getLogger(__name__)

T = TypeVar("T")

KEEP_EVERY_S = 20.0
"""How often a claim is renewed while a call to the chat takes its time."""
MOST_ATTEMPTS = 12
"""After these, with growing pauses between them over an hour long, a chat counts as out of reach."""
MOST_EDITS = 5
"""A status message that cannot be changed so often may keep its old words; the clip is there."""
_LONGEST_PAUSE_S = 900.0
_OUT_OF_REACH = frozenset({ChatCode.GONE, ChatCode.FORBIDDEN, ChatCode.REFUSED})


class InThread(Protocol):
    """Runs a function that blocks where it does not hold up everybody else."""

    def __call__(self, work: Callable[[], T], /) -> Awaitable[T]:
        """Return what it returns."""
        ...


class ClaimLost(Exception):
    """Somebody else has taken the delivery over, or it is gone."""


class Postman:
    """Carries out deliveries of one platform.

    Parameters
    ----------
    shrink : callable
        ``shrink(clip, out, max_bytes=…)`` encodes a clip once more, smaller.
    in_thread : InThread
        Runs what touches the database or the disk.
    sleep : callable
        Waits, in seconds.
    """

    def __init__(
        self,
        *,
        database: Database,
        chat: Chat,
        media: MediaStore,
        shrink: Callable[..., None] = reencode_smaller,
        in_thread: InThread = asyncio.to_thread,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database = database
        self._chat = chat
        self._media = media
        self._shrink = shrink
        self._in_thread = in_thread
        self._sleep = sleep

    async def deliver(self, delivery: Delivery) -> float:
        """Carry out a delivery, and return how many seconds its chat wants to be left in peace."""
        try:
            parcel = await self.read(lambda tx: unpack(tx, delivery, self._media))
            await self._carry_out(delivery, parcel)
        except ClaimLost:
            log.info("delivery %d is in other hands now", delivery.id)
        except ChatError as error:
            return await self._refused(delivery, error)
        except StorageError:
            await self.write(lambda tx: deliveries.drop(tx, delivery.id, delivery.fence, "deleted"))
        except Exception:
            log.exception("delivery %d broke", delivery.id)
            await self._later_or_never(delivery, "broke")
        return 0.0

    async def read(self, look: Callable[[Snapshot], T]) -> T:
        """Look something up."""

        def run() -> T:
            with self._database.read() as tx:
                return look(tx)

        return await self._in_thread(run)

    async def write(self, change: Callable[[Transaction], T]) -> T:
        """Write something down."""

        def run() -> T:
            with self._database.write() as tx:
                return change(tx)

        return await self._in_thread(run)

    async def edit(self, message: PostedMessage, screen: Screen, chat_id: int) -> bool:
        """Make a message of ours show a screen; False if it is gone, and then it is forgotten.

        Raises
        ------
        ChatError
            Never ``GONE``; ``UNREACHABLE`` for ``UNCERTAIN``, since an edit can be repeated.
        """
        before = posted_of(message)
        try:
            after = await self._chat.edit(before, screen)
        except ChatError as error:
            if error.code is ChatCode.UNCERTAIN:
                raise ChatError(ChatCode.UNREACHABLE) from error
            if error.code is not ChatCode.GONE:
                raise
            await self.write(lambda tx: posted_messages.forget(tx, self._chat.platform, before.chat, before.message))
            return False
        if (after.chat, after.message) != (before.chat, before.message):
            await self.write(partial(self._replaced, before=before, after=after, message=message, chat_id=chat_id))
        return True

    # --- the kinds of deliveries --------------------------------------------------------------------------------------

    async def _carry_out(self, delivery: Delivery, parcel: Parcel) -> None:
        match delivery.kind:
            case "status":
                await self._open_status(delivery, parcel)
            case "notice":
                await self._tell_the_end(delivery, parcel)
            case "clip" | "show":
                await self._bring_clip(delivery, parcel)

    async def _open_status(self, delivery: Delivery, parcel: Parcel) -> None:
        """Post the message that will show how a request gets on."""
        request = parcel.request
        assert request is not None
        if Role.STATUS in delivery.posted:
            await self._done(delivery)
        elif request.state not in OPEN:
            await self._drop(delivery, "over")
        elif self._in_doubt(delivery):
            # Its clip comes as a message of its own, whether this one has arrived or not.
            await self._drop(delivery, "uncertain")
        else:
            screen = status.waiting(request, delivery.language, position=parcel.position, picture=parcel.storyboard)
            await self._create(delivery, Role.STATUS, screen, place_of(delivery, request))
            await self._done(delivery)

    async def _tell_the_end(self, delivery: Delivery, parcel: Parcel) -> None:
        """Say why there is no clip: in the status message, else in one of its own."""
        request = parcel.request
        assert request is not None
        screen = status.ended(request, delivery.language, parcel.storyboard)
        if (message := delivery.posted.get(Role.STATUS)) is not None:
            try:
                said = await self.edit(message, screen, delivery.chat_id)
            except ChatError as error:
                if error.code not in _OUT_OF_REACH:
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
        elif self._in_doubt(delivery):
            await self._drop(delivery, "uncertain")
        else:
            words = Screen(screen.text)
            await self._create(delivery, Role.NOTICE, words, place_of(delivery, request))
            await self._done(delivery)

    async def _bring_clip(self, delivery: Delivery, parcel: Parcel) -> None:
        """Post a clip, and let its status message say so."""
        if Role.CLIP not in delivery.posted:
            if delivery.in_doubt is Role.NOTICE:
                limit_bytes = await self._chat.upload_limit_bytes(place_of(delivery, parcel.request))
                await self._offer_smaller(delivery, parcel, limit_bytes)
                return
            if self._in_doubt(delivery):
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
                if error.code in _OUT_OF_REACH:
                    await self._try_to_say(delivery, parcel, status.unsent)
                raise
        assert parcel.clip is not None
        if (message := delivery.posted.get(Role.STATUS)) is not None:
            screen = status.delivered(parcel.clip, delivery.language, parcel.storyboard)
            try:
                await self.edit(message, screen, delivery.chat_id)
            except ChatError as error:
                waits = error.code not in _OUT_OF_REACH and delivery.attempts < MOST_EDITS
                if waits or error.code in (ChatCode.BUSY, ChatCode.MOVED):
                    raise
        await self._done(delivery)

    # --- posting a clip -----------------------------------------------------------------------------------------------

    async def _post_clip(self, delivery: Delivery, parcel: Parcel) -> None:
        """Post a clip as it is, or encoded once more where it is too large for the chat."""
        clip, video = parcel.clip, parcel.video
        assert clip is not None
        assert video is not None
        place = place_of(delivery, parcel.request)
        size_bytes = await self._in_thread(lambda: _size_bytes(video.path))
        limit_bytes = await self._chat.upload_limit_bytes(place)
        post = partial(self._post_video, delivery, parcel, place)
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
                await self._keeping(delivery, self._in_thread(shrink))
                await post(smaller)
            except PipelineError as error:
                if error.code is not ErrorCode.CANNOT_FIT:
                    log.exception("clip %d cannot be encoded once more", clip.id)
                raise _DoesNotFit(fit_bytes) from error
            except ChatError as error:
                if error.code is not ChatCode.TOO_LARGE:
                    raise
                raise _DoesNotFit(fit_bytes) from error

    async def _post_video(self, delivery: Delivery, parcel: Parcel, place: Place, path: Path) -> None:
        assert parcel.clip is not None
        assert parcel.video is not None
        video = parcel.video
        if path != video.path:
            video = replace(video, path=path, remembered=None)
        screen = clip_screen(parcel.clip, video, delivery.language, parcel.contributors)
        await self._create(delivery, Role.CLIP, screen, place)

    async def _offer_smaller(self, delivery: Delivery, parcel: Parcel, limit_bytes: int) -> None:
        """Offer a lower size of a clip that does not fit; what it cost is given back."""
        assert parcel.clip is not None
        screen = status.too_large(parcel.clip, delivery.language, limit_bytes, parcel.storyboard)
        message = delivery.posted.get(Role.STATUS)
        said = message is not None and await self.edit(message, screen, delivery.chat_id)
        if not (said or Role.NOTICE in delivery.posted or self._in_doubt(delivery)):
            try:
                await self._create(delivery, Role.NOTICE, screen, place_of(delivery, parcel.request))
            except ChatError as error:
                if error.code is not ChatCode.UNCERTAIN:
                    raise

        def give_back(tx: Transaction) -> None:
            if delivery.request_id is not None:
                quotas.refund(tx, delivery.request_id)
            self._end(tx, delivery, "too_large")

        await self.write(give_back)

    # --- creating a message -------------------------------------------------------------------------------------------

    async def _create(self, delivery: Delivery, role: Role, screen: Screen, place: Place) -> None:
        """Post a message where it belongs, or directly to whom it is for where the place is out of reach.

        Raises
        ------
        ChatError
        ClaimLost
        """
        if not await self.write(lambda tx: deliveries.sending(tx, delivery.id, delivery.fence, role)):
            raise ClaimLost
        nonce = delivery.nonce(role)
        try:
            posted = await self._post(delivery, place, screen, nonce)
        except ChatError as error:
            if error.code not in _OUT_OF_REACH or place.person is None:
                raise
            directly = Place(place.chat, person=place.person, direct=True)
            posted = await self._post(delivery, directly, screen, f"{nonce}-d")
        await self.write(lambda tx: self._note(tx, delivery, role, posted))

    async def _post(self, delivery: Delivery, place: Place, screen: Screen, nonce: str) -> Posted:
        """Post a message; where nobody can tell whether it arrived but the nonce can, try again at once."""
        began_at_s = self._database.clock()
        pause_s = 1.0
        while True:
            try:
                return await self._keeping(delivery, self._chat.post(place, screen, nonce))
            except ChatError as error:
                waited_s = self._database.clock() + pause_s - began_at_s
                if error.code is not ChatCode.UNCERTAIN or waited_s >= self._chat.nonce_lasts_s or pause_s > 4:
                    raise
            await self._sleep(pause_s)
            pause_s *= 2

    def _note(self, tx: Transaction, delivery: Delivery, role: Role, posted: Posted) -> None:
        elsewhere = None
        if posted.chat != delivery.chat:
            elsewhere = chats.meet(tx, self._chat.platform, posted.chat).id
        deliveries.posted(
            tx,
            delivery.id,
            delivery.fence,
            role,
            posted.message,
            file_id=posted.remembered,
            elsewhere=elsewhere,
        )

    async def _keeping(self, delivery: Delivery, call: Awaitable[T]) -> T:
        """Wait for a call to the chat, renewing the claim meanwhile."""
        task = asyncio.ensure_future(call)
        try:
            while True:
                finished, _ = await asyncio.wait({task}, timeout=KEEP_EVERY_S)
                if finished:
                    return task.result()
                await self.write(lambda tx: deliveries.keep(tx, delivery.id, delivery.fence))
        finally:
            task.cancel()

    # --- how a delivery ends ------------------------------------------------------------------------------------------

    def _in_doubt(self, delivery: Delivery) -> bool:
        """Tell whether a message may be in the chat already, and the chat could not tell if it came twice."""
        if delivery.in_doubt_since_s is None:
            return False
        return self._database.clock() - delivery.in_doubt_since_s >= self._chat.nonce_lasts_s

    async def _doubt(self, delivery: Delivery, parcel: Parcel) -> None:
        """Say that a clip may have arrived or not, and leave it to the people there."""

        def screen(clip: Any, language: str, picture: Path | None) -> Screen:
            return status.uncertain(clip, language, delivery.id, picture)

        await self._try_to_say(delivery, parcel, screen)
        await self.write(lambda tx: deliveries.doubt(tx, delivery.id, delivery.fence))

    async def _try_to_say(self, delivery: Delivery, parcel: Parcel, screen: Callable[..., Screen]) -> None:
        """Change the status message if that can be done; what matters is written down either way."""
        message = delivery.posted.get(Role.STATUS)
        if message is None or parcel.clip is None:
            return
        try:
            await self.edit(message, screen(parcel.clip, delivery.language, parcel.storyboard), delivery.chat_id)
        except ChatError as error:
            log.info("the status of delivery %d cannot be changed: %s", delivery.id, error.code)

    async def _done(self, delivery: Delivery) -> None:
        await self.write(lambda tx: deliveries.sent(tx, delivery.id, delivery.fence))

    async def _drop(self, delivery: Delivery, reason: str) -> None:
        await self.write(lambda tx: deliveries.drop(tx, delivery.id, delivery.fence, reason))

    async def _refused(self, delivery: Delivery, error: ChatError) -> float:
        """Deal with a chat that did not take a message, and return how long it wants to be left in peace."""
        match error.code:
            case ChatCode.BUSY:
                pause_s = float(error.facts.get("retry_after_s", 5.0))  # type: ignore[arg-type]
                await self._later(delivery, pause_s)
                return pause_s
            case ChatCode.MOVED:
                new_chat = str(error.facts["new_chat"])

                def follow(tx: Transaction) -> None:
                    chats.move(tx, delivery.platform, delivery.chat, new_chat)
                    deliveries.again(tx, delivery.id, delivery.fence, after_s=0.0)

                await self.write(follow)
            case ChatCode.UNREACHABLE:
                await self._later_or_never(delivery, error.code)
            case _:
                await self.write(lambda tx: self._end(tx, delivery, error.code))
        return 0.0

    async def _later(self, delivery: Delivery, after_s: float) -> None:
        await self.write(lambda tx: deliveries.again(tx, delivery.id, delivery.fence, after_s=after_s))

    async def _later_or_never(self, delivery: Delivery, reason: str) -> None:
        if delivery.attempts >= MOST_ATTEMPTS:
            await self.write(lambda tx: self._end(tx, delivery, reason))
            return
        pause_s = min(_LONGEST_PAUSE_S, 2.0**delivery.attempts)
        await self._later(delivery, pause_s)

    def _end(self, tx: Transaction, delivery: Delivery, reason: str) -> None:
        """Hold a clip until somebody asks for it; give up anything else."""
        if delivery.kind == "clip":
            deliveries.hold(tx, delivery.id, delivery.fence, reason)
        else:
            deliveries.drop(tx, delivery.id, delivery.fence, reason)

    def _replaced(
        self, tx: Transaction, *, before: Posted, after: Posted, message: PostedMessage, chat_id: int
    ) -> None:
        """Write down that another message stands in the place of one."""
        posted_messages.forget(tx, self._chat.platform, before.chat, before.message)
        if after.chat != before.chat:
            chat_id = chats.meet(tx, self._chat.platform, after.chat).id
        posted_messages.add(
            tx,
            chat_id=chat_id,
            message=after.message,
            role=message.role,
            channel=after.channel,
            request_id=message.request_id,
            clip_id=message.clip_id,
        )


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
