"""Showing screens: the arguments of Bot API calls, as values. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any

from telegram import BotCommand, ForceReply, InlineKeyboardButton, InlineKeyboardMarkup, ReplyParameters
from telegram.constants import KeyboardButtonStyle

from bot.chat.answers import AskText
from bot.chat.events import Incoming
from bot.chat.markup import escape, to_plain
from bot.chat.menu import MENU, Audience
from bot.chat.port import Button, Destination, Video
from bot.screens.messages import say

TEXT_LIMIT = 4096
"""The longest message, in UTF-16 code units, as Telegram counts."""
CAPTION_LIMIT = 1024
TOAST_LIMIT = 200
QUICK_READ = 70
"""A toast is gone after some two seconds; whatever is longer stays until it is dismissed (an "alert")."""
DESCRIPTION_LIMIT = 256

_PIECE = re.compile(r"<(/?)(\w+)>|&#?\w+;|.", re.DOTALL)
_STYLES = {"good": KeyboardButtonStyle.SUCCESS, "danger": KeyboardButtonStyle.DANGER}


def fit(text: str, limit: int) -> str:
    """Cut a screen's text to a length that counts what is seen, in UTF-16 code units, and close what is open."""
    if _units(to_plain(text)) <= limit:
        return text
    kept: list[str] = []
    open_tags: list[str] = []
    room = limit - 1  # for the ellipsis
    for piece in _PIECE.finditer(text):
        end, tag = piece[1], piece[2]
        if tag is None:
            room -= _units(html.unescape(piece[0]))
            if room < 0:
                break
        elif end:
            open_tags.pop()
        else:
            open_tags.append(tag)
        kept.append(piece[0])
    return "".join(kept).rstrip() + "…" + "".join(f"</{tag}>" for tag in reversed(open_tags))


def keyboard(rows: Sequence[Sequence[Button]]) -> InlineKeyboardMarkup | None:
    """Return the buttons under a message; None if there are none, which takes away those that are there."""
    if not rows:
        return None
    return InlineKeyboardMarkup([[_button(button) for button in row] for row in rows])


def destination(destination: Destination, *, replying: bool = True) -> dict[str, Any]:
    """Return where a message goes.

    A reply finds its topic by itself, and must not name one (a reply's ``message_thread_id`` outside a forum is no
    thread that one may post to). One whose message is gone goes out all the same; in a topic it is then posted anew by
    the topic's number (`replying` false), or it would end up in the general one.
    """
    if destination.direct:
        return {"chat_id": int(destination.person or destination.chat)}
    where: dict[str, Any] = {"chat_id": int(destination.chat)}
    if destination.reply_to is not None and replying:
        lenient = destination.channel is None
        where["reply_parameters"] = ReplyParameters(int(destination.reply_to), allow_sending_without_reply=lenient)
    elif destination.channel is not None:
        where["message_thread_id"] = int(destination.channel)
    return where


def dimensions(video: Video) -> dict[str, Any]:
    """Return what a player wants to know of a video before it has it."""
    return {
        "width": video.side_px,
        "height": video.side_px,
        "duration": max(1, round(video.duration_s)),
        "supports_streaming": True,
    }


def toast(text: str) -> tuple[str, bool]:
    """Return the answer to a press, and whether it must be dismissed."""
    plain = to_plain(text)
    return to_plain(fit(escape(plain, limit=len(plain) + 1), TOAST_LIMIT)), _units(plain) > QUICK_READ


def question(ask: AskText, incoming: Incoming) -> tuple[str, ForceReply]:
    """Return the words of a question, and the reply field that they open for the one who is asked.

    In a group the field opens for those alone whom the words mention.
    """
    words = escape(ask.question)
    if not incoming.origin.private:
        words = f'<a href="tg://user?id={incoming.sender.id}">{escape(incoming.sender.name, 64)}</a>: {words}'
    return words, ForceReply(selective=True, input_field_placeholder=ask.placeholder[:64])


def commands(language: str, audiences: Sequence[Audience]) -> list[BotCommand]:
    """Return the commands that Telegram offers while somebody types a slash."""
    return [
        BotCommand(item.name, to_plain(say(f"menu.{item.name}", language))[:DESCRIPTION_LIMIT])
        for item in MENU
        if item.audience in audiences
    ]


def _button(button: Button) -> InlineKeyboardButton:
    return InlineKeyboardButton(button.label, callback_data=button.action, style=_STYLES.get(button.style))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
