"""What a delivery writes into the books: which messages came of it, and how a claim ends."""

from __future__ import annotations

from bot.chat.port import Posted
from bot.delivery.steps import End, Ending
from storage.database.transactions import Transaction
from storage.outbox import deliveries, posted_messages
from storage.outbox.deliveries import Delivery
from storage.outbox.posted_messages import PostedMessage, Role
from storage.people import chats
from storage.people.people import Platform
from storage.requests import quotas


def write_end(tx: Transaction, delivery: Delivery, end: End) -> None:
    """Write an ending down; where the claim is lost, nothing changes but what is true all the same."""
    claim = delivery.id, delivery.fence
    if end.refund and delivery.request_id is not None:
        quotas.refund(tx, delivery.request_id)
    match end.ending:
        case Ending.SENT:
            deliveries.sent(tx, *claim)
        case Ending.LATER:
            deliveries.reschedule(tx, *claim, after_s=end.after_s)
        case Ending.DOUBT:
            deliveries.reschedule(tx, *claim, after_s=end.after_s, in_doubt=True)
        case Ending.MOVED:
            chats.move(tx, delivery.platform, delivery.chat, end.new_chat)
            deliveries.reschedule(tx, *claim, after_s=end.after_s)
        case Ending.HELD:
            deliveries.hold(tx, *claim, end.reason)
        case Ending.DROPPED:
            deliveries.abandon(tx, *claim, end.reason)


def note_posted(tx: Transaction, delivery: Delivery, role: Role, posted: Posted) -> None:
    """Write down which message it became."""
    elsewhere = None
    if posted.chat != delivery.chat:
        elsewhere = chats.get_or_create(tx, delivery.platform, posted.chat).id
    deliveries.posted(
        tx, delivery.id, delivery.fence, role, posted.message, file_id=posted.remembered, elsewhere=elsewhere
    )


def note_replaced(
    tx: Transaction, platform: Platform, *, before: Posted, after: Posted, message: PostedMessage, chat_id: int
) -> None:
    """Write down that another message stands in the place of one."""
    posted_messages.forget(tx, platform, before.chat, before.message)
    if after.chat != before.chat:
        chat_id = chats.get_or_create(tx, platform, after.chat).id
    posted_messages.add(
        tx,
        chat_id=chat_id,
        message=after.message,
        role=message.role,
        channel=after.channel,
        request_id=message.request_id,
        clip_id=message.clip_id,
    )


def note_clip_shown(tx: Transaction, delivery: Delivery, message: PostedMessage, posted: Posted) -> None:
    """Write down that a status message has become the clip."""
    posted_messages.add(
        tx,
        chat_id=chats.get_or_create(tx, delivery.platform, posted.chat).id,
        channel=message.channel,
        message=posted.message,
        role=Role.CLIP,
        request_id=delivery.request_id,
        clip_id=delivery.clip_id,
        delivery_id=delivery.id,
        file_id=posted.remembered,
    )
