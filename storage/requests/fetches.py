"""How the latest fetches went: told by the requests themselves, so that nothing has to be written down twice."""

from __future__ import annotations

from sqlalchemy import func, select

from pipeline.fetch.health import Fetch
from storage.database.tables import requests, sources
from storage.database.transactions import Snapshot
from storage.states import RequestState

LATEST = 500
"""No more requests than these are looked at: they are found by their number, however many there are."""

_UNDERWAY = frozenset({RequestState.QUEUED, RequestState.RELEASED, RequestState.FETCHING})
_TELLS_NOTHING = (RequestState.CANCELLED, RequestState.DEAD)


def latest(tx: Snapshot, *, within_s: float) -> tuple[Fetch, ...]:
    """Return the latest fetches of links, the oldest first."""
    at_s = func.coalesce(requests.c.ended_at_s, requests.c.begun_at_s, requests.c.created_at_s).label("at_s")
    newest = select(requests.c.id).order_by(requests.c.id.desc()).limit(LATEST).scalar_subquery()
    rows = tx.connection.execute(
        select(sources.c.reference, requests.c.state, requests.c.error_code, at_s)
        .join(sources, sources.c.id == requests.c.source_id)
        .where(
            requests.c.id.in_(newest),
            sources.c.kind == "link",
            requests.c.state.not_in(_TELLS_NOTHING),
            at_s > tx.now_s - within_s,
        )
        .order_by(at_s, requests.c.id)
    )
    return tuple(
        Fetch(row.reference, row.at_s, row.error_code, RequestState(row.state) in _UNDERWAY) for row in rows.all()
    )
