"""Taking an order for a clip: in one transaction who asks, the request, its charge and its status message."""

from __future__ import annotations

from dataclasses import dataclass

from bot.chat.events import Incoming
from bot.usecases.policy import Policy
from pipeline.recipe import Recipe
from storage.database.transactions import Database, Transaction
from storage.outbox import deliveries
from storage.people import chats, people
from storage.requests import requests
from storage.requests.requests import NewRequest, Request
from storage.requests.sources import NewSource


@dataclass(frozen=True, slots=True)
class ClipOrder:
    """What is to be made.

    Attributes
    ----------
    estimated_s : float
        Seconds of clip, until the length is known.
    reply_to : str or None
        The message that the clip answers.
    """

    source: NewSource
    recipe: Recipe
    estimated_s: float
    parent_clip_id: int | None = None
    reply_to: str | None = None


def submit(tx: Transaction, incoming: Incoming, order: ClipOrder, policy: Policy, language: str) -> Request:
    """Take an order, once however often its event comes in.

    Raises
    ------
    StorageError
        Banned, or a quota is spent; the caller's transaction must then be undone.
    """
    person = people.get_or_create(tx, incoming.platform, incoming.sender.id, incoming.sender.name)
    chat = chats.get_or_create(tx, incoming.platform, incoming.origin.chat, incoming.origin.title)
    submission = requests.submit(
        tx,
        NewRequest(
            platform=incoming.platform,
            event_id=incoming.event_id,
            person_id=person.id,
            chat_id=chat.id,
            channel=incoming.origin.channel,
            message=order.reply_to,
            source=order.source,
            recipe=order.recipe,
            parent_clip_id=order.parent_clip_id,
            estimated_s=order.estimated_s,
            language=language,
            max_bytes=incoming.origin.upload_limit_bytes,
            max_duration_s=policy.longest_s(chat.settings),
            prices=policy.prices_today(tx),
        ),
        policy.quotas,
    )
    if submission.fresh:
        deliveries.add_for_request(tx, submission.request.id, "status")
    return submission.request


def dry_run(database: Database, incoming: Incoming, order: ClipOrder, policy: Policy) -> None:
    """Find out whether an order would be taken, and leave no trace of it.

    Raises
    ------
    StorageError
        As `place`.
    """
    try:
        with database.write() as tx:
            submit(tx, incoming, order, policy, policy.language)
            raise _Undone
    except _Undone:
        pass


class _Undone(Exception):
    """Undoes a transaction."""
