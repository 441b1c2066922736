"""Albums: Telegram tells of each piece by itself, and only one of them carries what was written beside all."""

from __future__ import annotations

from dataclasses import replace

from telegram import Update

from bot.adapters.bounded_memory import BoundedMemory
from bot.chat.events import Command, Incoming, TextMessage

REMEMBERED = 500


class Albums:
    """The words of the latest albums."""

    def __init__(self) -> None:
        self._said: BoundedMemory[tuple[str, str], Command | TextMessage] = BoundedMemory(REMEMBERED)

    def follow(self, update: Update, incoming: Incoming) -> Incoming:
        """Say of a piece without words what was said of the album."""
        message, said = update.message, incoming.said
        album = None if message is None else message.media_group_id
        if album is None or not isinstance(said, Command | TextMessage):
            return incoming
        key = (incoming.origin.chat, album)
        if isinstance(said, Command) or said.text:
            self._said[key] = said
            return incoming
        spoken = self._said.get(key)
        if spoken is None:
            return incoming
        return replace(incoming, said=replace(spoken, attachments=said.attachments, message=said.message))
