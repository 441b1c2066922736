"""A site that stops answering for two hours: how often it is asked, and how soon its return is noticed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.errors import ErrorCode
from pipeline.fetch.health import Fetch, health_of

SITE = "YouTube"
DOWN_S = 7200
EVERY_S = 30


@dataclass(frozen=True, slots=True)
class Outage:
    """How an outage went.

    Attributes
    ----------
    asked, let_through : int
        People who sent a link meanwhile; those whose link was tried all the same.
    noticed_after_s : int
        Between the site's return and the first piece that is fetched again.
    """

    asked: int
    let_through: int
    noticed_after_s: int


def outage(is_open: Callable[[list[Fetch], float], bool]) -> Outage:
    """Let somebody send a link every half minute while the site is down, and then until one is fetched."""
    fetches: list[Fetch] = []
    let_through = 0
    for number in range(10 * DOWN_S // EVERY_S):
        now_s = number * EVERY_S
        if is_open(fetches, now_s):
            continue
        if now_s >= DOWN_S:
            return Outage(DOWN_S // EVERY_S, let_through, now_s - DOWN_S)
        let_through += 1
        link = f"https://www.youtube.com/watch?v={number:011d}"
        fetches.append(Fetch(link, float(now_s), ErrorCode.LINK_TURNED_AWAY))
    raise AssertionError("its return was never noticed")


def with_breaker(fetches: list[Fetch], now_s: float) -> bool:
    """Tell whether somebody's link is refused at once."""
    return health_of(SITE, fetches, now_s).breaker == "open"


def without_breaker(_fetches: list[Fetch], _now_s: float) -> bool:
    """Refuse nobody."""
    return False


def report() -> str:
    """Return the outage with the breaker, and without it."""
    lines = []
    for name, is_open in (("with the breaker", with_breaker), ("without it", without_breaker)):
        went = outage(is_open)
        lines.append(
            f"a site down for {DOWN_S // 60} min, {name}: {went.let_through} of {went.asked} requests tried it, "
            f"its return was noticed after {went.noticed_after_s} s"
        )
    return "\n".join(lines)
