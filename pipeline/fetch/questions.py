"""Sites that know where a piece's file lies, and are asked: one request, whose answer is read with suspicion."""

from __future__ import annotations

import http.client
from collections.abc import Iterable
from dataclasses import replace

from pipeline.errors import ErrorCode, PipelineError
from pipeline.fetch.connection import Connect, asked, check_status, connect, reason_of
from pipeline.fetch.guard import Guard
from pipeline.fetch.link import Link, parse_link
from pipeline.fetch.sites.listed import SITES

_LONGEST_ANSWER_BYTES = 1_000_000


def ask_for_file(link: Link, guard: Guard, allow_hosts: Iterable[str], *, connect: Connect = connect) -> Link:
    """Return the file of a piece, on the site's own host.

    Parameters
    ----------
    link : Link
        Its road is "question".
    guard, allow_hosts, connect
        As `pipeline.fetch.short_links.follow` takes them.

    Raises
    ------
    PipelineError
        ``LINK_UNREACHABLE``, ``LINK_NOT_FOUND``; ``SITE_CHANGED`` where the answer is none; ``LINK_UNSUPPORTED`` where
        it holds no file, or one that lies elsewhere.
    """
    site = next(site for site in SITES if site.name == link.site)
    assert site.look_up is not None
    question = replace(link, url=site.look_up.question(link.source_id))
    with asked(question, guard, allow_hosts, accept="application/json", connect=connect) as response:
        check_status(response, link)
        try:
            body = response.read(_LONGEST_ANSWER_BYTES)
        except (OSError, http.client.HTTPException) as error:
            raise PipelineError(ErrorCode.LINK_UNREACHABLE, host=link.host, reason=reason_of(error)) from error
    try:
        url = site.look_up.answer(body)
    except (ValueError, RecursionError) as error:
        raise PipelineError(ErrorCode.SITE_CHANGED, site=link.site, reason="an answer that is none") from error
    if url is None:
        raise PipelineError(ErrorCode.LINK_UNSUPPORTED, site=link.site)
    file = parse_link(url)
    if (file.site, file.road) != (link.site, "file"):
        raise PipelineError(ErrorCode.LINK_UNSUPPORTED, site=link.site)
    return file
