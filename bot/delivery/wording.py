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
from bot.screens.messages import say, voice
from storage.outbox.deliveries import Delivery


def screen_of(
    words: Words,
    delivery: Delivery,
    contents: DeliveryContents,
    limit_bytes: int | None = None,
    smaller: Path | None = None,
) -> Screen:
    """Show how a request gets on, how it ended, or its clip.

    Parameters
    ----------
    limit_bytes : int or None
        How large a file may be there, for ``TOO_LARGE``.
    smaller : Path or None
        The clip as it was encoded once more.
    """
    language, request = voice(delivery.language, delivery.platform), contents.request
    match words:
        case Words.WAITING if request is None:
            return Screen(say("note.coming", language))
        case Words.WAITING:
            assert request is not None
            return status.waiting(request, language, position=contents.position, picture=contents.storyboard)
        case Words.ENDED:
            assert request is not None
            return status.ended(request, language, contents.storyboard)
        case Words.CLIP | Words.TOO_LARGE | Words.UNSENT | Words.READY:
            return _screen_of_clip(words, delivery, contents, limit_bytes, smaller)


def _screen_of_clip(
    words: Words, delivery: Delivery, contents: DeliveryContents, limit_bytes: int | None, smaller: Path | None
) -> Screen:
    clip, video, language = contents.clip, contents.video, voice(delivery.language, delivery.platform)
    assert clip is not None
    assert video is not None
    if words is Words.TOO_LARGE:
        return status.too_large(clip, language, limit_bytes or EVERY_CHAT_TAKES_BYTES, contents.storyboard)
    if words is Words.UNSENT:
        return status.unsent(clip, language, contents.storyboard)
    if words is Words.READY:
        return Screen(say("clip.ready", language, id=clip.id))
    if smaller is not None:
        video = replace(video, path=smaller, remembered=None)
    return clip_screen(clip, video, language, contents.contributors)
