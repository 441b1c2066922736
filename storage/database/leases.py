"""Locks with an end: one bot to a token, one sweep at a time."""

from __future__ import annotations

from sqlalchemy import or_
from sqlalchemy.dialects.sqlite import insert

from storage.database.tables import leases
from storage.database.transactions import Transaction


def acquire(tx: Transaction, name: str, owner: str, lease_s: float) -> bool:
    """Hold a lease, or go on holding it; False while another holds it.

    Parameters
    ----------
    name : str
        What is held; never a secret itself.
    lease_s : float
        It ends by itself unless it is acquired again before.
    """
    until_s = tx.now_s + lease_s
    statement = (
        insert(leases)
        .values(name=name, owner=owner, until_s=until_s)
        .on_conflict_do_update(
            index_elements=[leases.c.name],
            set_={"owner": owner, "until_s": until_s},
            where=or_(leases.c.owner == owner, leases.c.until_s <= tx.now_s),
        )
        .returning(leases.c.name)
    )
    return tx.connection.execute(statement).first() is not None


def release(tx: Transaction, name: str, owner: str) -> None:
    """Let go of a lease; another's is left alone."""
    tx.connection.execute(leases.delete().where(leases.c.name == name, leases.c.owner == owner))
