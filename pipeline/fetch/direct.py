"""Download of a file, from an allowed host or of a chat, streamed, and stopped where it leaves what is allowed."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import IO
from urllib.parse import unquote, urljoin, urlsplit

from pipeline.errors import ErrorCode, PipelineError
from pipeline.fetch.connection import Connect, asked, check_status, connect, moved_to, reason_of
from pipeline.fetch.guard import Guard
from pipeline.fetch.link import DIRECT, Link, known_places, parse_link
from pipeline.fetch.protocol import FetchRequest, Received, Underway
from pipeline.fetch.sites import discord_files

_BLOCK_BYTES = 64 * 1024
_ACCEPT = "audio/*, video/*;q=0.9, application/octet-stream;q=0.8, */*;q=0.1"
_PAGE = re.compile(r"(?:text/html|application/xhtml\+xml|application/json|text/xml|application/xml)\b", re.IGNORECASE)
_PAGE_START = re.compile(rb"\s*<(?:!doctype\s+html|html|head|\?xml)", re.IGNORECASE)


def download(
    request: FetchRequest,
    guard: Guard,
    tell: Callable[[Underway], None],
    *,
    connect: Connect = connect,
    now_s: Callable[[], float] = time.time,
) -> Received | Link:
    """Fetch the file behind a link, or find out where it has moved to.

    Parameters
    ----------
    request : FetchRequest
        Its link's road is "file".
    guard : Guard
        Told which addresses the allowed hosts have.
    tell : callable
        Called after every block.
    connect : callable
        Opens the connection.
    now_s : callable
        Seconds since 1970.

    Raises
    ------
    PipelineError
        ``LINK_EXPIRED``, ``LINK_UNREACHABLE``, ``LINK_NOT_FOUND``, ``LINK_GEO_BLOCKED``, ``LINK_UNSUPPORTED``,
        ``LINK_NOT_ALLOWED``,
        ``LINK_PRIVATE_ADDRESS``, ``FILE_TOO_LARGE``, ``FILE_EMPTY`` or ``FETCH_FAILED`` with its reason.
    """
    link = request.link
    if _expired(link, now_s()):
        raise PipelineError(ErrorCode.LINK_EXPIRED, site=link.site)
    with asked(link, guard, request.allow_hosts, accept=_ACCEPT, connect=connect) as response:
        if (location := moved_to(response)) is not None:
            return _next_link(link, location, request.allow_hosts)
        check_status(response, link)
        path = request.folder / f"sound{_suffix(link)}"
        with path.open("wb") as file:
            _receive(response, link, file, request.limits.max_bytes, tell)
        return Received(path.name, title_of(link), None, link.source_id, link.url)


def _next_link(link: Link, location: str, allow_hosts: tuple[str, ...]) -> Link:
    """Read a redirect like a new link. An operator's host may lead anywhere that is fetched from; others to itself."""
    target = parse_link(urljoin(link.url, location), allow_hosts)
    if link.site not in (DIRECT, target.site):
        raise PipelineError(ErrorCode.LINK_NOT_ALLOWED, host=target.host, allowed=known_places())
    return target


def _expired(link: Link, now_s: float) -> bool:
    """Tell whether a link to a file of a chat says itself that its time is over."""
    ends_s = discord_files.expires_at(urlsplit(link.url).query)
    return link.site == discord_files.SITE.name and (ends_s is None or ends_s <= now_s)


def _receive(
    response: http.client.HTTPResponse,
    link: Link,
    file: IO[bytes],
    max_bytes: int,
    tell: Callable[[Underway], None],
) -> None:
    """Copy a body to a file, refusing web pages, more than the limit, and less than was announced."""
    if _PAGE.match(response.getheader("Content-Type", "")):
        raise PipelineError(ErrorCode.LINK_UNSUPPORTED, host=link.host)
    total = response.length
    done = 0
    while True:
        if max(done, total or 0) > max_bytes:
            raise PipelineError(ErrorCode.FILE_TOO_LARGE, limit_bytes=max_bytes)
        try:
            block = response.read1(_BLOCK_BYTES)
        except (OSError, http.client.HTTPException) as error:
            raise PipelineError(ErrorCode.FETCH_FAILED, host=link.host, reason=reason_of(error)) from error
        if not block:
            break
        if done == 0 and _PAGE_START.match(block):
            raise PipelineError(ErrorCode.LINK_UNSUPPORTED, host=link.host)
        file.write(block)
        done += len(block)
        tell(Underway(done, total))
    if total is not None and done < total:
        raise PipelineError(ErrorCode.FETCH_FAILED, host=link.host, reason=f"{total - done} bytes are missing")
    if done == 0:
        raise PipelineError(ErrorCode.FILE_EMPTY)


def title_of(link: Link) -> str | None:
    """Return a file's name, without its ending, as a title."""
    return PurePosixPath(unquote(link.source_id)).stem or None


def _suffix(link: Link) -> str:
    """Return the link's file ending, where it is a plain one."""
    suffix = PurePosixPath(urlsplit(link.url).path).suffix.lower()
    return suffix if re.fullmatch(r"\.[a-z0-9]{1,5}", suffix) else ""
