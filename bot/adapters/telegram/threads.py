"""Remembering which of our messages a sound answered.

A new sound for an old clip is sent as a reply to the clip, and ``/remix`` as a reply to that sound (a voice note has no
caption to write it in). Telegram shows a command with the message that it replies to, and not what that one in turn
replied to; so the bot, which sees every reply to its own messages, keeps it in mind for a while.
"""

from __future__ import annotations

from dataclasses import replace

from telegram import Update

from bot.adapters.bounded_memory import BoundedMemory
from bot.chat.events import Command, Incoming, Message

REMEMBERED = 2000


class Threads:
    """The latest replies to messages of the bot."""

    def __init__(self, bot_id: int) -> None:
        self._bot_id = bot_id
        self._answered: BoundedMemory[tuple[str, str], str] = BoundedMemory(REMEMBERED)

    def hear(self, update: Update) -> None:
        """Keep in mind what a message replied to."""
        message = update.message
        if message is None or message.reply_to_message is None or message.effective_attachment is None:
            return
        author = message.reply_to_message.from_user
        if author is not None and author.id == self._bot_id:
            self._answered[str(message.chat.id), str(message.message_id)] = str(message.reply_to_message.message_id)

    def follow(self, incoming: Incoming) -> Incoming:
        """Read ``/remix`` on a sound that answered a message of ours as ``/remix`` of that message with the sound."""
        said = incoming.said
        if not isinstance(said, Command) or said.name != "remix" or said.reply_to is None or said.attachments:
            return incoming
        ours = self._answered.get((incoming.origin.chat, said.reply_to.id))
        if ours is None:
            return incoming
        return replace(incoming, said=replace(said, attachments=said.reply_to.attachments, reply_to=Message(ours)))
