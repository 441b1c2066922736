"""Taking an order for a clip: in one transaction who asks, the request, its charge and its status message."""

from __future__ import annotations

from dataclasses import dataclass

from bot.chat.events import Incoming
from bot.usecases.policy import HouseRules
from pipeline.recipe import Recipe
from storage.database.transactions import Database, Transaction
from storage.outbox import deliveries
from storage.people import chats, people
from storage.requests import requests
from storage.requests.requests import Intake, Request
from storage.requests.sources import NewSource


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made.

    Attributes
    ----------
    estimated_s : float
        Seconds of clip to charge until the length is known.
    reply_to : str or None
        The message that the clip answers.
    """

    source: NewSource
    recipe: Recipe
    estimated_s: float
    parent_clip_id: int | None = None
    reply_to: str | None = None


def place(tx: Transaction, incoming: Incoming, order: Order, house: HouseRules, language: str) -> Request:
    """Take an order, once however often its event comes in.

    Raises
    ------
    StorageError
        Banned, or a quota is spent; the caller's transaction must then be undone.
    """
    person = people.meet(tx, incoming.platform, incoming.sender.id, incoming.sender.name)
    chat = chats.meet(tx, incoming.platform, incoming.where.chat, incoming.where.title)
    submission = requests.submit(
        tx,
        Intake(
            platform=incoming.platform,
            event_id=incoming.event_id,
            person_id=person.id,
            chat_id=chat.id,
            channel=incoming.where.channel,
            message=order.reply_to,
            source=order.source,
            wish=order.recipe,
            parent_clip_id=order.parent_clip_id,
            estimated_s=order.estimated_s,
            language=language,
            max_bytes=incoming.where.upload_limit_bytes,
            max_duration_s=house.longest_s(chat.settings),
        ),
        house.quotas,
    )
    if submission.fresh:
        deliveries.add_for_request(tx, submission.request.id, "status")
    return submission.request


def rehearse(database: Database, incoming: Incoming, order: Order, house: HouseRules) -> None:
    """Find out whether an order would be taken, and leave no trace of it.

    Raises
    ------
    StorageError
        As `place`.
    """
    try:
        with database.write() as tx:
            place(tx, incoming, order, house, house.language)
            raise _Undone
    except _Undone:
        pass


class _Undone(Exception):
    """Undoes a transaction."""
