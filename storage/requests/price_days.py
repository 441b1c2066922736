"""The prices of a day: made at its first request of what clips have taken before, and the same until its end."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from statistics import median

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from pipeline.recipe import Recipe
from storage.database.tables import clips, price_days
from storage.database.transactions import Snapshot, Transaction
from storage.requests.prices import PriceTable, entry

LATEST_CLIPS = 200
LEAST_CLIPS = 3
"""A price is the median of at least so many clips; one clip may have shared its machine with anything."""
KEPT_DAYS = 30


def today(tx: Transaction, known: PriceTable) -> PriceTable:
    """Return the prices of the day, which are made where there are none yet.

    Parameters
    ----------
    known : PriceTable
        What the program comes with.
    """
    now = datetime.fromtimestamp(tx.now_s, UTC)
    day = now.date().isoformat()
    written = _written(tx, day)
    if written is not None:
        return written
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    prices = known.with_measured(day, _measured(tx, midnight.timestamp()))
    tx.connection.execute(insert(price_days).values(day=day, prices=prices.to_json()))
    oldest = (now - timedelta(days=KEPT_DAYS)).date().isoformat()
    tx.connection.execute(delete(price_days).where(price_days.c.day < oldest))
    return prices


def _written(tx: Snapshot, day: str) -> PriceTable | None:
    text = tx.connection.execute(select(price_days.c.prices).where(price_days.c.day == day)).scalar()
    return None if text is None else PriceTable.from_json(text)


def _measured(tx: Snapshot, before_at_s: float) -> dict[str, float]:
    """Return the seconds that a frame has taken in the latest clips, by model and size."""
    latest = (
        select(clips.c.recipe, clips.c.frame_count, clips.c.drawn_in_s)
        .where(clips.c.drawn_in_s.is_not(None), clips.c.created_at_s < before_at_s, clips.c.deleted_at_s.is_(None))
        .order_by(clips.c.id.desc())
        .limit(LATEST_CLIPS)
    )
    frames_s: dict[str, list[float]] = defaultdict(list)
    for row in tx.connection.execute(latest):
        recipe = Recipe.from_json(row.recipe)
        if recipe.size_px is not None and row.frame_count > 0:
            frames_s[entry(recipe.model, recipe.size_px)].append(row.drawn_in_s / row.frame_count)
    return {name: median(times) for name, times in frames_s.items() if len(times) >= LEAST_CLIPS}
