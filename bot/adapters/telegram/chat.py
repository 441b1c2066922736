"""Telegram as the outbox and the dispatcher's answers see it: post a screen, change it, take it away."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image
from telegram import Bot, ForceReply, InputMediaPhoto, InputMediaVideo, LinkPreviewOptions, Message
from telegram.constants import ChatAction, ParseMode, ReactionEmoji
from telegram.error import BadRequest, TelegramError

from bot.adapters.bounded_memory import BoundedMemory
from bot.adapters.telegram import errors, showing
from bot.adapters.telegram.files import CALL_TIMEOUT_S, REMEMBERED, Call, FileKey, Files, Source, key_of
from bot.adapters.telegram.showing import CAPTION_LIMIT, TEXT_LIMIT
from bot.chat.port import ChatCode, ChatError, Destination, Posted, Screen
from storage.people.people import Platform

_AS_HTML: dict[str, Any] = {"parse_mode": ParseMode.HTML}
_AS_TEXT: dict[str, Any] = {
    **_AS_HTML,
    "link_preview_options": LinkPreviewOptions(is_disabled=True),
    "read_timeout": CALL_TIMEOUT_S,
}
FIND_WITHIN = 8
"""How many numbers after a message its answer is looked for."""
READY = ReactionEmoji.PARTY_POPPER
_BLANK: FileKey = (Path("blank"), 0)


class TelegramChat:
    """Implements `bot.chat.port.Chat`.

    A message that shows a picture already, as a status does its storyboard, gets new words without the picture being
    sent again.

    Parameters
    ----------
    bot : telegram.Bot
    upload_limit_bytes : int
        What its Bot API server takes.
    """

    def __init__(self, bot: Bot, upload_limit_bytes: int) -> None:
        self._bot = bot
        self._upload_limit_bytes = upload_limit_bytes
        self._files = Files(shared_disk=bot.local_mode)
        self._shown: BoundedMemory[tuple[str, str], FileKey] = BoundedMemory(REMEMBERED)  # by message

    @property
    def platform(self) -> Platform:
        """``telegram``."""
        return "telegram"

    @property
    def nonce_lasts_s(self) -> float:
        """Never: Telegram posts whatever it is told, as often as it is told."""
        return 0.0

    async def upload_limit_bytes(self, destination: Destination) -> int:  # noqa: ARG002 - the same everywhere
        """Return the largest file that can be posted."""
        return self._upload_limit_bytes

    async def post(self, destination: Destination, screen: Screen, nonce: str = "") -> Posted:  # noqa: ARG002 - there are none
        """Post a message.

        Raises
        ------
        ChatError
        """
        with _explained():
            try:
                message = await self._send(showing.destination(destination), screen)
            except BadRequest as error:
                if not errors.is_lost_reply(error):
                    raise
                message = await self._send(showing.destination(destination, replying=False), screen)
        return self._posted(message, destination.channel, screen)

    async def edit(self, posted: Posted, screen: Screen) -> Posted:
        """Change what a message shows: words into a picture and back, as often as is liked.

        Raises
        ------
        ChatError
        """
        with _explained():
            try:
                message = await self._change(posted, screen)
            except BadRequest as error:
                if not errors.is_unchanged(error):
                    raise
                return posted
        return self._posted(message, posted.channel, screen)

    async def find(self, destination: Destination, screen: Screen, known: Collection[str]) -> Posted | None:
        """Look for a message among the next numbers after the one that it answers.

        A bot cannot read a chat. But an edit that changes nothing is refused as such: the buttons carry the request's
        number, so the message that has them already is the one.

        Raises
        ------
        ChatError
            For a reason that passes.
        """
        if destination.reply_to is None or destination.direct:
            return None
        first = int(destination.reply_to) + 1
        for number in range(first, first + FIND_WITHIN):
            if str(number) in known:
                continue
            candidate = Posted(destination.chat, str(number), destination.channel)
            try:
                with _explained():
                    await self._touch(candidate, screen)
            except ChatError as refusal:
                if refusal.code in (ChatCode.GONE, ChatCode.REFUSED):
                    continue
                raise
            return candidate
        return None

    async def announce(self, destination: Destination, shown: Posted, words: str, nonce: str) -> Posted | None:  # noqa: ARG002 - nothing is said
        """Put a reaction to what somebody sent, which can be repeated.

        Raises
        ------
        ChatError
        """
        if destination.reply_to is not None and not destination.direct:
            with _explained():
                await self._bot.set_message_reaction(int(shown.chat), int(destination.reply_to), READY)
        return None

    async def delete(self, posted: Posted) -> None:
        """Take a message away, or at least what it shows: Telegram deletes nothing that is older than two days.

        Raises
        ------
        ChatError
        """
        try:
            with _explained():
                await self._bot.delete_message(**_address(posted))
        except ChatError as refusal:
            if refusal.code is ChatCode.FORBIDDEN:
                await self.edit(posted, Screen("🗑"))
            elif refusal.code is not ChatCode.GONE:
                raise

    async def answer_press(self, query_id: str, text: str = "") -> None:
        """Stop the waiting sign on a pressed button, with a passing word if there is one.

        Raises
        ------
        ChatError
        """
        words, stays = showing.toast(text)
        with _explained():
            await self._bot.answer_callback_query(query_id, words or None, show_alert=stays)

    async def ask(self, destination: Destination, words: str, reply: ForceReply) -> None:
        """Ask somebody for a word.

        Raises
        ------
        ChatError
        """
        with _explained():
            await self._bot.send_message(text=words, reply_markup=reply, **showing.destination(destination), **_AS_TEXT)

    async def be_busy(self, destination: Destination) -> None:
        """Show for some seconds that something is under way.

        Raises
        ------
        ChatError
        """
        where = showing.destination(destination, replying=False)
        with _explained():
            await self._bot.send_chat_action(action=ChatAction.TYPING, **where)

    # --- sending ------------------------------------------------------------------------------------------------------

    async def _send(self, where: dict[str, Any], screen: Screen) -> Message:
        where = {**where, "reply_markup": showing.keyboard(screen.buttons)}
        if key_of(screen) is None:
            return await self._bot.send_message(text=showing.fit(screen.text, TEXT_LIMIT), **where, **_AS_TEXT)
        caption = {"caption": showing.fit(screen.text, CAPTION_LIMIT), **_AS_HTML}

        async def send(file: Source, thumbnail: Source | None, timeouts: dict[str, Any]) -> Message:
            if screen.video is None:
                return await self._bot.send_photo(photo=file, **caption, **where, **timeouts)
            facts = showing.dimensions(screen.video)
            return await self._bot.send_video(video=file, thumbnail=thumbnail, **facts, **caption, **where, **timeouts)

        return await self._with_file(screen, send)

    # --- editing ------------------------------------------------------------------------------------------------------

    async def _change(self, posted: Posted, screen: Screen) -> Message:
        shown, wanted = self._shown.get((posted.chat, posted.message)), key_of(screen)
        if wanted is None and shown is None and posted.remembered is None:
            try:
                return await self._edit_text(posted, screen)
            except BadRequest as error:
                if not errors.is_captioned(error):
                    raise
        if (wanted or _BLANK) == shown:
            return await self._edit_caption(posted, screen)
        return await (self._edit_file(posted, screen) if wanted else self._edit_into_blank(posted, screen))

    async def _touch(self, posted: Posted, screen: Screen) -> None:
        """Change a message into what it shows already."""
        try:
            if screen.buttons:
                await self._bot.edit_message_reply_markup(**_target(posted, screen))
            else:
                await self._edit_text(posted, screen)
        except BadRequest as error:
            if not errors.is_unchanged(error):
                raise

    async def _edit_text(self, posted: Posted, screen: Screen) -> Message:
        text = showing.fit(screen.text, TEXT_LIMIT)
        return _message(await self._bot.edit_message_text(text, **_target(posted, screen), **_AS_TEXT))

    async def _edit_caption(self, posted: Posted, screen: Screen) -> Message:
        caption = showing.fit(screen.text, CAPTION_LIMIT)
        return _message(await self._bot.edit_message_caption(caption=caption, **_target(posted, screen), **_AS_HTML))

    async def _edit_file(self, posted: Posted, screen: Screen) -> Message:
        caption = {"caption": showing.fit(screen.text, CAPTION_LIMIT), **_AS_HTML}

        async def edit(file: Source, thumbnail: Source | None, timeouts: dict[str, Any]) -> Message:
            media: InputMediaPhoto | InputMediaVideo = (
                InputMediaPhoto(file, **caption)
                if screen.video is None
                else InputMediaVideo(file, thumbnail=thumbnail, **showing.dimensions(screen.video), **caption)
            )
            return _message(await self._bot.edit_message_media(media, **_target(posted, screen), **timeouts))

        return await self._with_file(screen, edit)

    async def _edit_into_blank(self, posted: Posted, screen: Screen) -> Message:
        """Leave words alone in the place of a picture: a message that once held a file always holds one."""
        caption = showing.fit(screen.text, CAPTION_LIMIT)
        media = InputMediaPhoto(_blank_picture(), caption=caption, **_AS_HTML)
        return _message(await self._bot.edit_message_media(media, **_target(posted, screen)))

    async def _with_file(self, screen: Screen, call: Call) -> Message:
        if screen.video is not None:
            video = screen.video
            return await self._files.send(call, video.path, thumbnail=video.thumbnail, remembered=video.remembered)
        assert screen.picture is not None
        return await self._files.send(call, screen.picture)

    def _posted(self, message: Message, channel: str | None, screen: Screen) -> Posted:
        """Note what a message shows now."""
        file_id = self._files.learn(screen, message)
        chat, number = str(message.chat.id), str(message.message_id)
        if file_id is not None:
            self._shown[chat, number] = key_of(screen) or _BLANK
        return Posted(chat, number, channel, file_id)


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except TelegramError as error:
        raise errors.explain(error) from error


def _address(posted: Posted) -> dict[str, Any]:
    return {"chat_id": int(posted.chat), "message_id": int(posted.message)}


def _target(posted: Posted, screen: Screen) -> dict[str, Any]:
    return {**_address(posted), "reply_markup": showing.keyboard(screen.buttons)}


def _message(result: Message | bool) -> Message:
    assert isinstance(result, Message)  # True is for inline messages, and we have none
    return result


@cache
def _blank_picture() -> bytes:
    """Draw a slim dark strip, the least that can stand above words that were a caption."""
    out = io.BytesIO()
    Image.new("RGB", (512, 32), (38, 38, 46)).save(out, "JPEG", quality=90)
    return out.getvalue()
