"""What Discord's refusals mean: the one place where the library's errors become ours."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import aiohttp
import discord

from bot.chat.port import ChatCode, ChatError

log = logging.getLogger(__name__)

ALREADY_ACKNOWLEDGED = 40060
CANNOT_REPLY_HERE = 160002  # without the permission to read the history

_MEANINGS: Mapping[int, ChatCode] = {
    # https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
    10003: ChatCode.GONE,  # unknown channel
    10004: ChatCode.GONE,  # … guild
    10008: ChatCode.GONE,  # … message
    10013: ChatCode.GONE,  # … user
    10062: ChatCode.GONE,  # … interaction: not answered within three seconds
    50005: ChatCode.GONE,  # not our message, so the one that we mean is not there
    # An interaction's token that has run out: the place may be there still, but there is no way to it.
    10015: ChatCode.FORBIDDEN,
    50027: ChatCode.FORBIDDEN,
    50001: ChatCode.FORBIDDEN,  # missing access
    50007: ChatCode.FORBIDDEN,  # does not take direct messages
    50009: ChatCode.FORBIDDEN,  # the channel wants verified accounts
    50013: ChatCode.FORBIDDEN,  # missing permissions
    50033: ChatCode.FORBIDDEN,  # invalid recipient
    50083: ChatCode.FORBIDDEN,  # thread is archived
    50278: ChatCode.FORBIDDEN,  # no server in common
    160005: ChatCode.FORBIDDEN,  # thread is locked
    40005: ChatCode.TOO_LARGE,
    20016: ChatCode.BUSY,  # slow mode
    30046: ChatCode.BUSY,  # too many edits of an old message
    40062: ChatCode.BUSY,
}
_STATUSES: Mapping[int, ChatCode] = {
    401: ChatCode.UNREACHABLE,
    403: ChatCode.FORBIDDEN,
    404: ChatCode.GONE,
    413: ChatCode.TOO_LARGE,
    429: ChatCode.BUSY,
    503: ChatCode.UNREACHABLE,
}
RETRY_AFTER_S = 5.0
"""Where Discord wants to be left in peace and does not say for how long."""


def explain(error: Exception) -> ChatError:
    """Return what a refusal or failure of a call means."""
    match error:
        case discord.RateLimited():
            return ChatError(ChatCode.BUSY, retry_after_s=error.retry_after)
        case discord.HTTPException():
            return _explain_answer(error)
        case aiohttp.ClientConnectorError():
            return ChatError(ChatCode.UNREACHABLE)
        case aiohttp.ClientError() | TimeoutError() | OSError():
            # The line broke, and it may have been the answer that was lost.
            return ChatError(ChatCode.UNCERTAIN)
        case _:
            raise error


@contextmanager
def explained() -> Iterator[None]:
    """Raise what a call to Discord raises as `ChatError`."""
    try:
        yield
    except FileNotFoundError:
        raise  # ours, not Discord's
    except (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, TimeoutError, OSError) as error:
        raise explain(error) from error


def _explain_answer(error: discord.HTTPException) -> ChatError:
    code = _MEANINGS.get(error.code) or _STATUSES.get(error.status)
    if code is ChatCode.BUSY:
        return ChatError(code, retry_after_s=_retry_after_s(error))
    if code is not None:
        return ChatError(code)
    if error.status >= 500:
        return ChatError(ChatCode.UNCERTAIN)
    log.error("Discord refuses a call, which it should have no reason to: %s", error)
    return ChatError(ChatCode.REFUSED, reason=str(error.code))


def _retry_after_s(error: discord.HTTPException) -> float:
    try:
        return float(error.response.headers.get("Retry-After", RETRY_AFTER_S))
    except ValueError:
        return RETRY_AFTER_S
