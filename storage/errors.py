"""Why a request is not taken, or does not become a clip, for reasons that only the database knows."""

from __future__ import annotations

from enum import StrEnum

from pipeline.errors import CodedError


class RefusalCode(StrEnum):
    """Every way in which storage says no. The facts that come along are in brackets."""

    NOT_FOUND = "not_found"
    """[id] Nobody has it, or it was deleted."""
    NOT_ALLOWED = "not_allowed"
    """Not theirs to do, or not in this chat."""
    BANNED = "banned"
    """By the owner everywhere, or by a chat's admins there."""
    TOO_MANY_OPEN = "too_many_open"
    """[limit, open]"""
    USER_CLIPS_SPENT = "user_clips_spent"
    """[limit, used, free_in_s]"""
    USER_SECONDS_SPENT = "user_seconds_spent"
    """[limit_s, used_s, left_s, wanted_s, free_in_s]"""
    CHAT_CLIPS_SPENT = "chat_clips_spent"
    """[limit, used, free_in_s]"""
    CHAT_SECONDS_SPENT = "chat_seconds_spent"
    """[limit_s, used_s, left_s, wanted_s, free_in_s]"""
    LONGER_THAN_QUOTA = "longer_than_quota"
    """[limit_s, wanted_s] Waiting does not help: one piece costs more than what a day allows."""
    GAVE_UP = "gave_up"
    """[starts] Its worker died under it too often."""
    BROKE = "broke"
    """A mistake of ours; the log knows which."""
    RELAY_OVER = "relay_over"
    """All scenes are picked, or the time is up."""
    RELAY_ALREADY_PICKED = "relay_already_picked"
    """Everyone picks once."""
    NO_BOOKS = "no_books"
    """[path] Nothing is there to be backed up."""
    NO_BACKUP = "no_backup"
    """[path] That folder is none."""
    IN_THE_WAY = "in_the_way"
    """[path] Something is there already, and is not written over."""


class StorageError(CodedError):
    """A refusal whose reason the database knows; `code` is a `RefusalCode`."""
