"""Download of a file from an allowed host, streamed, and stopped where it leaves what is allowed.

Every redirect is read like a new link. A host's name is resolved once, and the connection is made to that address: a
second answer of its name server changes nothing.
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import IO
from urllib.parse import unquote, urljoin, urlsplit

from pipeline.errors import ErrorCode, PipelineError
from pipeline.fetch.guard import Guard, Refused
from pipeline.fetch.hosts import address_of, is_forbidden
from pipeline.fetch.link import DIRECT, Link, parse_link
from pipeline.fetch.protocol import FetchRequest, Received, Underway

_REDIRECTS = 5
_SOCKET_TIMEOUT_S = 20.0
_BLOCK_BYTES = 64 * 1024
_USER_AGENT = "ganterpreter-bot (+sound of a single link, on a person's request)"
_MOVED = frozenset({301, 302, 303, 307, 308})
_PAGE = re.compile(r"(?:text/html|application/xhtml\+xml|application/json|text/xml|application/xml)\b", re.IGNORECASE)
_PAGE_START = re.compile(rb"\s*<(?:!doctype\s+html|html|head|\?xml)", re.IGNORECASE)

# What a server answers, and what that means to the one who sent the link.
STATUS_CODES: Mapping[int, ErrorCode] = {
    401: ErrorCode.LINK_NOT_FOUND,
    403: ErrorCode.LINK_NOT_FOUND,
    404: ErrorCode.LINK_NOT_FOUND,
    408: ErrorCode.LINK_UNREACHABLE,
    410: ErrorCode.LINK_NOT_FOUND,
    413: ErrorCode.LINK_UNREACHABLE,
    425: ErrorCode.LINK_UNREACHABLE,
    429: ErrorCode.LINK_UNREACHABLE,
    451: ErrorCode.LINK_GEO_BLOCKED,
}


def download(request: FetchRequest, guard: Guard, tell: Callable[[Underway], None]) -> Received:
    """Fetch the file behind a direct link.

    Parameters
    ----------
    request : FetchRequest
        Its link's site is `DIRECT`.
    guard : Guard
        Told which addresses the allowed hosts have.
    tell : callable
        Called after every block.

    Raises
    ------
    PipelineError
        ``LINK_UNREACHABLE``, ``LINK_NOT_FOUND``, ``LINK_GEO_BLOCKED``, ``LINK_UNSUPPORTED``, ``LINK_NOT_ALLOWED``,
        ``LINK_PRIVATE_ADDRESS``, ``FILE_TOO_LARGE``, ``FILE_EMPTY`` or ``FETCH_FAILED`` with its reason.
    """
    link = request.link
    for _ in range(_REDIRECTS + 1):
        connection = _connect(link, guard)
        try:
            response = _ask(connection, link)
            if response.status in _MOVED and (location := response.getheader("Location")):
                link = _next_link(link, location, request.allow_hosts)
                continue
            _check_status(response, link)
            path = request.folder / f"sound{_suffix(link)}"
            with path.open("wb") as file:
                _receive(response, link, file, request.limits.max_bytes, tell)
            return Received(path.name, _title(link), None, request.link.source_id)
        finally:
            connection.close()
    raise PipelineError(ErrorCode.FETCH_FAILED, host=request.link.host, reason="too many redirects")


def _connect(link: Link, guard: Guard) -> http.client.HTTPConnection:
    """Open a connection to an address of the link's host, and only to one that was looked at."""
    unreachable = PipelineError(ErrorCode.LINK_UNREACHABLE, host=link.host)
    try:
        found = socket.getaddrinfo(link.host, link.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise unreachable from error
    addresses = [str(sockaddr[0]) for *_, sockaddr in found]
    permitted = [text for text in addresses if not _forbidden(text)]
    if addresses and not permitted:
        raise PipelineError(ErrorCode.LINK_PRIVATE_ADDRESS, host=link.host)
    for address in permitted:
        guard.pin(address, link.port)
        try:
            sock = socket.create_connection((address, link.port), timeout=_SOCKET_TIMEOUT_S)
        except Refused as error:
            raise PipelineError(ErrorCode.LINK_PRIVATE_ADDRESS, host=link.host) from error
        except OSError:
            continue
        return _over(sock, link)
    raise unreachable


def _forbidden(text: str) -> bool:
    address = address_of(text)
    return address is None or is_forbidden(address)


def _over(sock: socket.socket, link: Link) -> http.client.HTTPConnection:
    """Speak HTTP over a connected socket, encrypted where the link says so; the certificate must name the host."""
    connection = http.client.HTTPConnection(link.host, link.port, timeout=_SOCKET_TIMEOUT_S)
    if link.url.startswith("https:"):
        try:
            sock = ssl.create_default_context().wrap_socket(sock, server_hostname=link.host)
        except OSError as error:
            sock.close()
            raise PipelineError(ErrorCode.LINK_UNREACHABLE, host=link.host, reason=_reason(error)) from error
    connection.sock = sock
    return connection


def _ask(connection: http.client.HTTPConnection, link: Link) -> http.client.HTTPResponse:
    split = urlsplit(link.url)
    target = split.path + (f"?{split.query}" if split.query else "")
    headers = {
        "Host": split.netloc,
        "User-Agent": _USER_AGENT,
        "Accept": "audio/*, video/*;q=0.9, application/octet-stream;q=0.8, */*;q=0.1",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    try:
        connection.request("GET", target, headers=headers)
        return connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        raise PipelineError(ErrorCode.LINK_UNREACHABLE, host=link.host, reason=_reason(error)) from error


def _next_link(link: Link, location: str, allow_hosts: tuple[str, ...]) -> Link:
    target = parse_link(urljoin(link.url, location), allow_hosts)
    if target.site != DIRECT:
        raise PipelineError(ErrorCode.LINK_NOT_ALLOWED, host=target.host, allowed=allow_hosts)
    return target


def _check_status(response: http.client.HTTPResponse, link: Link) -> None:
    status = response.status
    if status == 200:
        return
    fallback = ErrorCode.LINK_UNREACHABLE if status >= 500 else ErrorCode.FETCH_FAILED
    raise PipelineError(STATUS_CODES.get(status, fallback), host=link.host, reason=f"HTTP {status}")


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
            raise PipelineError(ErrorCode.FETCH_FAILED, host=link.host, reason=_reason(error)) from error
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


def _title(link: Link) -> str | None:
    """Return the file's name in the link, without its ending, as a title."""
    return PurePosixPath(unquote(urlsplit(link.url).path)).stem or None


def _suffix(link: Link) -> str:
    """Return the link's file ending, where it is a plain one."""
    suffix = PurePosixPath(urlsplit(link.url).path).suffix.lower()
    return suffix if re.fullmatch(r"\.[a-z0-9]{1,5}", suffix) else ""


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
