"""Keeping tokens out of every log.

HTTP libraries log the addresses that they call, and Telegram's addresses hold the bot's token; exceptions quote them
too. So every log record is cleaned when it is made, whoever makes it and whichever handler writes it.
"""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Callable, Iterable
from typing import Any

HIDDEN = "[hidden]"
_ANY_TOKEN = re.compile(
    r"(?<!\d)\d{6,20}:[A-Za-z0-9_-]{30,}"  # Telegram's
    r"|(?<![\w-])[\w-]{23,40}\.[\w-]{6,7}\.[\w-]{27,}"  # Discord's
)
_CHATTY = ("httpx", "httpcore")
"""Their every request is logged at INFO, address and all."""


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return the text without the secrets, and without anything that looks like a token of a chat.

    Parameters
    ----------
    secrets : iterable of str
        What is known to be secret, whatever it looks like.
    """
    for secret in secrets:
        if secret:
            text = text.replace(secret, HIDDEN)
    return _ANY_TOKEN.sub(HIDDEN, text)


def redact_logs(secrets: Iterable[str] = ()) -> Callable[[], None]:
    """Clean every log record from now on; return what undoes it.

    A record that holds no secret is left as it is, arguments and all.
    """
    known = tuple(secrets)
    before = logging.getLogRecordFactory()
    levels = {name: logging.getLogger(name).level for name in _CHATTY}

    def make(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = before(*args, **kwargs)
        _clean(record, known)
        return record

    def undo() -> None:
        logging.setLogRecordFactory(before)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)

    logging.setLogRecordFactory(make)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    return undo


def _clean(record: logging.LogRecord, secrets: tuple[str, ...]) -> None:
    try:
        message = record.getMessage()
    except (TypeError, ValueError):
        return  # arguments that do not fit: the handler will say so
    if (cleaned := redact(message, secrets)) != message:
        record.msg, record.args = cleaned, None
    if record.exc_info and record.exc_info[1] is not None:
        trace = "".join(traceback.format_exception(record.exc_info[1])).rstrip("\n")
        if (cleaned := redact(trace, secrets)) != trace:
            # Formatters write `exc_text` where it is set, and the exception itself must go no further.
            record.exc_text, record.exc_info = cleaned, None
    if record.stack_info:
        record.stack_info = redact(record.stack_info, secrets)
