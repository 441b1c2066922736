"""What a delivery's messages show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bot.chat.port import Screen
from bot.delivery.lookup import DeliveryContents
from bot.delivery.next_step import EVERY_CHAT_TAKES_BYTES
from bot.delivery.steps import Words
from bot.screens import status
from bot.screens.clip import clip_screen
from storage.outbox.deliveries import Delivery


def screen_of_request(words: Words, delivery: Delivery, contents: DeliveryContents) -> Screen:
    """Show how a request gets on, or how it ended."""
    assert contents.request is not None
    if words is Words.WAITING:
        return status.waiting(
            contents.request, delivery.language, position=contents.position, picture=contents.storyboard
        )
    return status.ended(contents.request, delivery.language, contents.storyboard)


def screen_of_clip(
    words: Words,
    delivery: Delivery,
    contents: DeliveryContents,
    limit_bytes: int | None = None,
    smaller: Path | None = None,
) -> Screen:
    """Show a clip, or what has become of it.

    Parameters
    ----------
    limit_bytes : int or None
        How large a file may be there, for ``TOO_LARGE``.
    smaller : Path or None
        The clip as it was encoded once more.
    """
    clip, video, language = contents.clip, contents.video, delivery.language
    assert clip is not None
    assert video is not None
    match words:
        case Words.DELIVERED:
            return status.delivered(clip, language, contents.storyboard)
        case Words.TOO_LARGE:
            return status.too_large(clip, language, limit_bytes or EVERY_CHAT_TAKES_BYTES, contents.storyboard)
        case Words.UNSENT:
            return status.unsent(clip, language, contents.storyboard)
        case Words.UNCERTAIN:
            return status.uncertain(clip, language, delivery.id, contents.storyboard)
    if smaller is not None:
        video = replace(video, path=smaller, remembered=None)
    return clip_screen(clip, video, language, contents.contributors)
