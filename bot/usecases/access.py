"""Who may do what. Every command and every press of a button is judged here, when it happens.

A button can be pressed by anybody who sees it, and pressed again years later; so what it may do depends on who
presses it now, and on nothing that it carries.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.chat.errors import BotCode, BotError
from storage.clips.clips import Clip
from storage.errors import RefusalCode, StorageError
from storage.people.chats import ChatSettings


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who wants something, as far as it matters for what they may.

    Attributes
    ----------
    person_id, chat_id : int or None
        Ours; None for whoever, or wherever, nothing was ever asked.
    is_admin : bool
        Whether the chat counts them among its administrators.
    is_owner : bool
        Whether they are an owner of the bot (`Settings.owners`).
    in_private : bool
        In a conversation with the bot alone, which is theirs to run.
    """

    person_id: int | None
    chat_id: int | None
    is_admin: bool = False
    is_owner: bool = False
    in_private: bool = False

    @property
    def runs_the_chat(self) -> bool:
        """Whether the chat is theirs to configure."""
        return self.is_admin or self.is_owner or self.in_private


def require_asking(actor: Actor, settings: ChatSettings, *, banned: bool) -> None:
    """Let somebody ask for clips in a chat, or say why not."""
    if banned:
        raise StorageError(RefusalCode.BANNED)
    if settings.admins_only and not actor.runs_the_chat:
        raise BotError(BotCode.ASKING_IS_FOR_ADMINS)


def require_configuring(actor: Actor) -> None:
    """Let somebody change a chat's settings and bans."""
    if not actor.runs_the_chat:
        raise BotError(BotCode.FOR_ADMINS)


def require_owner(actor: Actor) -> None:
    """Let the bot's owner through."""
    if not actor.is_owner:
        raise BotError(BotCode.FOR_OWNER)


def require_seeing(actor: Actor, clip: Clip, *, shown_here: bool) -> None:
    """Let somebody see and remix a clip: their own anywhere, anybody's where it was made or shown.

    To others it does not exist, so that numbers cannot be tried out.
    """
    own = clip.maker_id is not None and clip.maker_id == actor.person_id
    if not (own or shown_here or clip.chat_id == actor.chat_id or actor.is_owner):
        raise StorageError(RefusalCode.NOT_FOUND, id=clip.id)


def require_deleting(actor: Actor, clip: Clip) -> None:
    """Let somebody delete a clip: whoever asked for it, and who runs the chat that it was made in."""
    own = clip.maker_id is not None and clip.maker_id == actor.person_id
    _require_own(own, actor, clip.chat_id)


def require_cancelling(actor: Actor, *, asker_id: int, chat_id: int) -> None:
    """Let somebody cancel a request or a relay: who asked, and who runs the chat."""
    _require_own(asker_id == actor.person_id, actor, chat_id)


def _require_own(own: bool, actor: Actor, chat_id: int) -> None:
    runs_it = actor.is_admin and chat_id == actor.chat_id
    if not (own or runs_it or actor.is_owner):
        raise StorageError(RefusalCode.NOT_ALLOWED)
