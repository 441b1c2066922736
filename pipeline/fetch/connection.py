"""One request over a connection of our own: to an address that was looked at, and to no other.

A host's name is resolved once, and the connection is made to that address: a second answer of its name server changes
nothing.
"""

from __future__ import annotations

import base64
import http.client
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

from pipeline.errors import ErrorCode, PipelineError
from pipeline.fetch.guard import Guard, Refused
from pipeline.fetch.hosts import AllowedHost, address_of, is_allowed, is_forbidden
from pipeline.fetch.link import Link

HOPS = 5
"""The most redirects that are followed."""

_SOCKET_TIMEOUT_S = 20.0
_USER_AGENT = "ganterpreter-bot (+sound of a single link, on a person's request)"
_MOVED = frozenset({301, 302, 303, 307, 308})

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

Connect = Callable[[Link, Guard, Iterable[str]], http.client.HTTPConnection]


def connect(link: Link, guard: Guard, allow_hosts: Iterable[str]) -> http.client.HTTPConnection:
    """Open a connection to an address of the link's host, and only to one that was looked at.

    Parameters
    ----------
    link : Link
        Its host may lie in a private network if, and only if, it is among `allow_hosts`.
    guard : Guard
        Told which addresses the allowed hosts have.
    allow_hosts : iterable of str
        As `pipeline.fetch.link.parse_link` takes them.

    Raises
    ------
    PipelineError
        ``LINK_UNREACHABLE`` or ``LINK_PRIVATE_ADDRESS``
    """
    unreachable = PipelineError(ErrorCode.LINK_UNREACHABLE, host=link.host)
    try:
        found = socket.getaddrinfo(link.host, link.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise unreachable from error
    addresses = [str(sockaddr[0]) for *_, sockaddr in found]
    permitted = [text for text in addresses if not _forbidden(text)]
    if addresses and not permitted:
        raise PipelineError(ErrorCode.LINK_PRIVATE_ADDRESS, host=link.host)
    trusted = is_allowed(link.host, link.port, map(AllowedHost.parse, allow_hosts))
    for address in permitted:
        if trusted:
            guard.pin(address, link.port)
        try:
            sock = socket.create_connection((address, link.port), timeout=_SOCKET_TIMEOUT_S)
        except Refused as error:
            raise PipelineError(ErrorCode.LINK_PRIVATE_ADDRESS, host=link.host) from error
        except OSError:
            continue
        return _over(sock, link)
    raise unreachable


def through(gate: str) -> Connect:
    """Return the way of connecting that asks a gate (`pipeline.fetch.gate`) for everything.

    Parameters
    ----------
    gate : str
        Its URL, password and all.
    """
    split = urlsplit(gate)
    assert split.hostname is not None
    place = (split.hostname, split.port or 0)
    sign_in = base64.b64encode(f"{split.username}:{split.password}".encode()).decode("ascii")

    def connect_through(link: Link, _guard: Guard, _allow_hosts: Iterable[str]) -> http.client.HTTPConnection:
        tunnel = http.client.HTTPConnection(*place, timeout=_SOCKET_TIMEOUT_S)
        tunnel.set_tunnel(link.host, link.port, {"Proxy-Authorization": f"Basic {sign_in}"})
        try:
            tunnel.connect()
        except OSError as error:
            tunnel.close()
            raise PipelineError(ErrorCode.LINK_UNREACHABLE, host=link.host) from error
        return _over(tunnel.sock, link)

    return connect_through


@contextmanager
def asked(
    link: Link, guard: Guard, allow_hosts: Iterable[str], *, accept: str, connect: Connect = connect
) -> Iterator[http.client.HTTPResponse]:
    """Ask for what is behind a link, and give the answer while it lasts.

    Raises
    ------
    PipelineError
        ``LINK_UNREACHABLE`` or ``LINK_PRIVATE_ADDRESS``
    """
    with closing(connect(link, guard, allow_hosts)) as connection, closing(_ask(connection, link, accept)) as response:
        yield response


def _ask(connection: http.client.HTTPConnection, link: Link, accept: str) -> http.client.HTTPResponse:
    split = urlsplit(link.url)
    target = split.path + (f"?{split.query}" if split.query else "")
    headers = {
        "Host": split.netloc,
        "User-Agent": _USER_AGENT,
        "Accept": accept,
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    try:
        connection.request("GET", target, headers=headers)
        return connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        raise PipelineError(ErrorCode.LINK_UNREACHABLE, host=link.host, reason=reason_of(error)) from error


def moved_to(response: http.client.HTTPResponse) -> str | None:
    """Return where a server says that it is instead; None where it does not."""
    return response.getheader("Location") if response.status in _MOVED else None


def check_status(response: http.client.HTTPResponse, link: Link) -> None:
    """Refuse whatever is no success.

    Raises
    ------
    PipelineError
        A code about links, with ``host`` and ``reason``.
    """
    status = response.status
    if status == 200:
        return
    fallback = ErrorCode.LINK_UNREACHABLE if status >= 500 else ErrorCode.FETCH_FAILED
    raise PipelineError(STATUS_CODES.get(status, fallback), host=link.host, reason=f"HTTP {status}")


def reason_of(error: Exception) -> str:
    """Return an error in a few words, without addresses."""
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__


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
            raise PipelineError(ErrorCode.LINK_UNREACHABLE, host=link.host, reason=reason_of(error)) from error
    connection.sock = sock
    return connection
