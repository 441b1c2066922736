"""Short links of sites that we know: where they lead is asked of their server, one hop at a time."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urljoin

from pipeline.errors import ErrorCode, PipelineError
from pipeline.fetch.connection import Connect, asked, check_status, connect, moved_to
from pipeline.fetch.guard import Guard
from pipeline.fetch.link import Link, known_places, parse_link


def follow(link: Link, guard: Guard, allow_hosts: Iterable[str], *, connect: Connect = connect) -> Link:
    """Return where a short link leads: to a piece on a listed site, or to another short link.

    Parameters
    ----------
    link : Link
        Its road is "redirect".
    guard : Guard
        Judges the address that is connected to.
    allow_hosts : iterable of str
        Where an operator lets files come from; a short link never leads there.
    connect : callable
        Opens the connection.

    Raises
    ------
    PipelineError
        What `parse_link` says of the target; ``LINK_NOT_FOUND``, ``LINK_UNREACHABLE``; ``LINK_UNSUPPORTED`` where it
        is a page and no redirect.
    """
    with asked(link, guard, allow_hosts, accept="text/html, */*;q=0.1", connect=connect) as response:
        location = moved_to(response)
        if location is None:
            check_status(response, link)
            raise PipelineError(ErrorCode.LINK_UNSUPPORTED, site=link.site)
    target = parse_link(urljoin(link.url, location))
    if target.road == "file":
        raise PipelineError(ErrorCode.LINK_NOT_ALLOWED, host=target.host, allowed=known_places())
    return target
