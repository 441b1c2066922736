"""What Telegram's refusals mean: the one place where the library's errors become ours."""

from __future__ import annotations

import logging
from datetime import timedelta

import httpx
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TelegramError

from bot.chat.port import ChatCode, ChatError

log = logging.getLogger(__name__)

_MEANINGS: tuple[tuple[str, ChatCode], ...] = (
    # The words of the Bot API server and of Telegram behind it, in lower case; nothing better than words is told.
    ("message to edit not found", ChatCode.GONE),
    ("message to delete not found", ChatCode.GONE),
    ("message to be replied not found", ChatCode.GONE),
    ("message can't be edited", ChatCode.GONE),
    ("message_id_invalid", ChatCode.GONE),
    ("message thread not found", ChatCode.GONE),
    ("topic_deleted", ChatCode.GONE),
    ("chat not found", ChatCode.GONE),
    ("peer_id_invalid", ChatCode.GONE),
    ("group chat was deactivated", ChatCode.GONE),
    ("query is too old", ChatCode.GONE),
    ("user is deactivated", ChatCode.GONE),
    ("topic_closed", ChatCode.FORBIDDEN),
    ("not enough rights", ChatCode.FORBIDDEN),
    ("have no rights", ChatCode.FORBIDDEN),
    ("need administrator rights", ChatCode.FORBIDDEN),
    ("chat_write_forbidden", ChatCode.FORBIDDEN),
    ("_forbidden", ChatCode.FORBIDDEN),  # CHAT_SEND_VIDEOS_FORBIDDEN and its relatives
    ("chat_restricted", ChatCode.FORBIDDEN),
    ("message can't be deleted", ChatCode.FORBIDDEN),
    ("file is too big", ChatCode.TOO_LARGE),
    ("request entity too large", ChatCode.TOO_LARGE),
)

_NEVER_ARRIVED = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    # The body was never complete, and half a request is not carried out.
    httpx.WriteError,
    httpx.WriteTimeout,
)


def explain(error: TelegramError) -> ChatError:
    """Return what a refusal or failure of a call means."""
    text = error.message.lower()
    match error:
        case RetryAfter():
            return ChatError(ChatCode.BUSY, retry_after_s=retry_after_s(error))
        case ChatMigrated():
            return ChatError(ChatCode.MOVED, new_chat=str(error.new_chat_id))
        case BadRequest() | Forbidden() | NetworkError() if (known := _meaning(text)) is not None:
            return ChatError(known)
        case Forbidden():
            return ChatError(ChatCode.FORBIDDEN)
        case BadRequest():
            log.error("Telegram refuses a call, which it should have no reason to: %s", error.message)
            return ChatError(ChatCode.REFUSED, reason=error.message)
        case NetworkError() if isinstance(error.__cause__, _NEVER_ARRIVED):
            return ChatError(ChatCode.UNREACHABLE)
        case NetworkError():
            return ChatError(ChatCode.UNCERTAIN)
        case _:
            # The token is refused (it was revoked), or the answer was no answer of the Bot API's.
            log.error("Telegram cannot be used: %s", error.message)
            return ChatError(ChatCode.UNREACHABLE)


def retry_after_s(error: RetryAfter) -> float:
    """Return how long Telegram wants to be left in peace."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def is_unchanged(error: TelegramError) -> bool:
    """Tell whether an edit was refused because the message shows just that already."""
    return isinstance(error, BadRequest) and "message is not modified" in error.message.lower()


def is_captioned(error: TelegramError) -> bool:
    """Tell whether a message holds a file, so that its words are a caption."""
    return isinstance(error, BadRequest) and "no text in the message to edit" in error.message.lower()


def is_unknown_file(error: TelegramError) -> bool:
    """Tell whether a file that was sent before is not known any more and must be sent as bytes."""
    words = ("wrong file identifier", "wrong remote file", "file reference", "can't use file of type")
    return isinstance(error, BadRequest) and any(word in error.message.lower() for word in words)


def is_lost_reply(error: TelegramError) -> bool:
    """Tell whether the message to be replied to is gone."""
    return isinstance(error, BadRequest) and "message to be replied not found" in error.message.lower()


def _meaning(text: str) -> ChatCode | None:
    return next((code for words, code in _MEANINGS if words in text), None)
