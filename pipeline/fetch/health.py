"""Whether sites answer: what the latest fetches say of each, and a breaker for one that fails for everybody. Pure.

A site that has stopped answering is not asked again for every link that people send: they are told at once. Now and
then one request is let through to see whether it answers again; the first success closes the breaker.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.errors import ErrorCode, PipelineError
from pipeline.fetch.link import DIRECT, parse_link

WINDOW_S = 3600.0
OPENS_AFTER = 5
"""Failures in a row, with no success among them."""
OF_PIECES = 3
"""They have to be failures of several pieces: one broken link that is sent again and again is no broken site."""
FIRST_PAUSE_S = 120.0
LONGEST_PAUSE_S = 900.0

SITE_FAULTS = frozenset(
    {
        ErrorCode.FETCH_FAILED,
        ErrorCode.FETCH_TIMEOUT,
        ErrorCode.LINK_RATE_LIMITED,
        ErrorCode.LINK_TURNED_AWAY,
        ErrorCode.LINK_UNREACHABLE,
        ErrorCode.SITE_CHANGED,
        ErrorCode.SITE_NEEDS_SOLVER,
    }
)
"""What says something of a site. A piece that is gone, private or too long was answered about: that is a success."""

Breaker = Literal["closed", "open", "trying"]


@dataclass(frozen=True, slots=True)
class Fetch:
    """A link that was asked for.

    Attributes
    ----------
    link : str
        As the request holds it.
    at_s : float
        When it ended, or else when it was asked for, in seconds since 1970.
    code : str or None
        Why it failed; None where it was fetched, whatever became of it then.
    is_underway : bool
        It is not known yet how it ends.
    """

    link: str
    at_s: float
    code: str | None
    is_underway: bool = False


@dataclass(frozen=True, slots=True)
class SiteHealth:
    """How a site has done within the hour.

    Attributes
    ----------
    site : str
        As people call it.
    answered : int
        Fetches that it answered.
    failed : mapping
        Code to count of those that it did not.
    breaker : {"closed", "open", "trying"}
        Whether it is asked: yes; no; by the next request, to see whether it answers again.
    again_in_s : float
        With an open breaker: when it is tried again, at the soonest.
    """

    site: str
    answered: int
    failed: Mapping[ErrorCode, int]
    breaker: Breaker = "closed"
    again_in_s: float = 0.0


def healths(fetches: Iterable[Fetch], now_s: float) -> tuple[SiteHealth, ...]:
    """Return how each site does that was asked within the hour, the most asked first."""
    by_site: dict[str, list[Fetch]] = defaultdict(list)
    for fetch in fetches:
        if (site := site_of(fetch.link)) is not None and now_s - fetch.at_s < WINDOW_S:
            by_site[site].append(fetch)
    ordered = sorted(by_site.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return tuple(_health(site, of_site, now_s) for site, of_site in ordered)


def health_of(site: str, fetches: Iterable[Fetch], now_s: float) -> SiteHealth:
    """Return how one site does."""
    found = (health for health in healths(fetches, now_s) if health.site == site)
    return next(found, SiteHealth(site, 0, {}))


def site_of(link: str) -> str | None:
    """Return the site that a link leads to; None for what is no site's, such as an operator's own host."""
    try:
        site = parse_link(link).site
    except PipelineError:
        return None
    return None if site == DIRECT else site


def _health(site: str, fetches: Sequence[Fetch], now_s: float) -> SiteHealth:
    ended = [fetch for fetch in fetches if not fetch.is_underway]
    faults = Counter(ErrorCode(fetch.code) for fetch in ended if fetch.code in SITE_FAULTS)
    health = SiteHealth(site, len(ended) - faults.total(), dict(faults))
    row = _failures_in_a_row(ended)
    if len(row) < OPENS_AFTER or len({fetch.link for fetch in row}) < OF_PIECES:
        return health
    pause_s = min(FIRST_PAUSE_S * 2 ** (len(row) - OPENS_AFTER), LONGEST_PAUSE_S)
    wait_s = max(0.0, row[0].at_s + pause_s - now_s)
    is_tried = any(fetch.is_underway and fetch.at_s >= row[0].at_s for fetch in fetches)
    breaker: Breaker = "open" if wait_s or is_tried else "trying"
    return SiteHealth(site, health.answered, health.failed, breaker, wait_s or FIRST_PAUSE_S * is_tried)


def _failures_in_a_row(ended: Sequence[Fetch]) -> list[Fetch]:
    """Return the latest fetches up to the last success, the newest first."""
    row: list[Fetch] = []
    for fetch in reversed(ended):
        if fetch.code not in SITE_FAULTS:
            break
        row.append(fetch)
    return row
