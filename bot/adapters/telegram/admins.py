"""Who runs a group, as Telegram says; asked once a minute at the most."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from telegram import Bot
from telegram.constants import ChatMemberStatus
from telegram.error import TelegramError

log = logging.getLogger(__name__)

VALID_S = 60.0
_RUNS_IT = (ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR)


class Admins:
    """Knows the administrators of groups for a minute.

    Parameters
    ----------
    bot : telegram.Bot
    now_s : callable
        A clock that never goes back.
    """

    def __init__(self, bot: Bot, now_s: Callable[[], float] = time.monotonic) -> None:
        self._bot = bot
        self._now_s = now_s
        self._known: dict[tuple[str, str], tuple[bool, float]] = {}

    async def is_admin(self, chat: str, person: str) -> bool:
        """Tell whether somebody runs a group; no, where Telegram does not tell."""
        now_s = self._now_s()
        known = self._known.get((chat, person))
        if known is not None and now_s < known[1]:
            return known[0]
        try:
            member = await self._bot.get_chat_member(int(chat), int(person))
        except TelegramError as error:
            log.info("who runs chat %s is not known: %s", chat, error.message)
            return False
        self._known = {key: value for key, value in self._known.items() if now_s < value[1]}
        self._known[chat, person] = member.status in _RUNS_IT, now_s + VALID_S
        return self._known[chat, person][0]
