"""Who may do what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.chat.errors import BotCode
from bot.usecases import access
from bot.usecases.access import Actor
from pipeline.errors import CodedError
from storage.errors import RefusalCode
from storage.people.chats import ChatSettings
from tests.doubles.rows import clip

ASKER, HERE, ELSEWHERE = 1, 10, 20
CLIP = clip(maker_id=ASKER, chat_id=HERE)

PEOPLE = {
    "the asker": Actor(ASKER, HERE),
    "the asker elsewhere": Actor(ASKER, ELSEWHERE),
    "somebody": Actor(2, HERE),
    "a stranger": Actor(None, HERE),
    "an admin": Actor(3, HERE, is_admin=True),
    "an admin elsewhere": Actor(3, ELSEWHERE, is_admin=True),
    "somebody in private": Actor(2, ELSEWHERE, in_private=True),
    "the owner elsewhere": Actor(4, ELSEWHERE, is_owner=True),
}


def may(rule: Callable[[Actor], None]) -> set[str]:
    """Return who gets past a rule."""
    allowed = set()
    for name, actor in PEOPLE.items():
        try:
            rule(actor)
        except CodedError:
            continue
        allowed.add(name)
    return allowed


def test_a_clip_is_seen_where_it_was_made_and_by_its_asker_anywhere() -> None:
    assert may(lambda actor: access.require_seeing(actor, CLIP, shown_here=False)) == {
        "the asker", "the asker elsewhere", "somebody", "a stranger", "an admin", "the owner elsewhere",
    }  # fmt: skip


def test_a_clip_that_was_shown_in_a_chat_is_seen_there_by_everybody() -> None:
    assert may(lambda actor: access.require_seeing(actor, CLIP, shown_here=True)) == PEOPLE.keys()


def test_a_clip_is_deleted_by_its_asker_and_by_who_runs_its_chat() -> None:
    allowed = {"the asker", "the asker elsewhere", "an admin", "the owner elsewhere"}
    assert may(lambda actor: access.require_deleting(actor, CLIP)) == allowed


def test_a_forgotten_person_s_clip_is_nobody_s_own() -> None:
    nobodys = replace(CLIP, maker_id=None)
    assert may(lambda actor: access.require_deleting(actor, nobodys)) == {"an admin", "the owner elsewhere"}


def test_a_request_is_cancelled_by_its_asker_and_by_who_runs_its_chat() -> None:
    allowed = {"the asker", "the asker elsewhere", "an admin", "the owner elsewhere"}
    assert may(lambda actor: access.require_cancelling(actor, asker_id=ASKER, chat_id=HERE)) == allowed


def test_a_chat_is_configured_by_its_admins_the_owner_and_whoever_has_it_to_themselves() -> None:
    admins = {"an admin", "an admin elsewhere", "somebody in private", "the owner elsewhere"}
    assert may(access.require_configuring) == admins
    assert may(access.require_owner) == {"the owner elsewhere"}


def test_asking_is_free_unless_admins_say_otherwise() -> None:
    assert may(lambda actor: access.require_asking(actor, ChatSettings(), banned=False)) == PEOPLE.keys()
    closed = ChatSettings(admins_only=True)
    admins = {"an admin", "an admin elsewhere", "somebody in private", "the owner elsewhere"}
    assert may(lambda actor: access.require_asking(actor, closed, banned=False)) == admins


def test_whoever_is_banned_asks_nowhere_and_is_told_so() -> None:
    for actor in PEOPLE.values():
        with pytest.raises(CodedError) as refusal:
            access.require_asking(actor, ChatSettings(), banned=True)
        assert refusal.value.code is RefusalCode.BANNED


def test_a_refusal_says_whose_it_would_be() -> None:
    with pytest.raises(CodedError) as refusal:
        access.require_configuring(PEOPLE["somebody"])
    assert refusal.value.code is BotCode.FOR_ADMINS
