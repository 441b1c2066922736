"""The one statement by which a request or a delivery changes its state: compare and set."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, update

from storage.database.tables import deliveries, requests
from storage.database.transactions import Transaction
from storage.states import DELIVERY_TRANSITIONS, REQUEST_TRANSITIONS, DeliveryState, RequestState, sources_of


def change_request(tx: Transaction, new: RequestState, *where: ColumnElement[bool], **values: Any) -> int | None:
    """Move one request to a new state, and return its id; None if it does not stand where that may follow."""
    origins = requests.c.state.in_(sources_of(new, REQUEST_TRANSITIONS))
    statement = update(requests).where(*where, origins).values(state=new, **values).returning(requests.c.id)
    changed: int | None = tx.connection.execute(statement).scalar_one_or_none()
    return changed


def change_delivery(tx: Transaction, new: DeliveryState, *where: ColumnElement[bool], **values: Any) -> int | None:
    """Move one delivery to a new state, and return its id; None if it does not stand where that may follow."""
    origins = deliveries.c.state.in_(sources_of(new, DELIVERY_TRANSITIONS))
    statement = update(deliveries).where(*where, origins).values(state=new, **values).returning(deliveries.c.id)
    changed: int | None = tx.connection.execute(statement).scalar_one_or_none()
    return changed
