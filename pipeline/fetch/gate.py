"""The one way out of a fetch where the operator has a proxy: a small gate of ours, which judges every target.

A proxy looks names up itself, where no guard sees it. So the fetch process speaks to this gate alone: it asks for a
host and a port, the gate resolves the name, looks at the addresses as the guard does, and has the operator's proxy
connect to one of them, by its number. Whatever network code runs in the fetch process, it gets no further. TLS is
between the fetch process and the site; neither the gate nor the proxy reads it.

The gate listens on loopback with a password of its own for each fetch. The proxy's password never leaves this process.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
import selectors
import socket
import socketserver
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

from pipeline.fetch.hosts import Address, AllowedHost, address_of, canonical_host, is_allowed, is_forbidden, is_public

_WEB_PORTS = frozenset({80, 443})
_WITHIN_S = 20.0
_IDLE_S = 120.0
_BLOCK_BYTES = 64 * 1024
_LONGEST_HEAD_BYTES = 32 * 1024
_MOST_TUNNELS = 32
_USER = "fetch"
_CONNECT = re.compile(rb"CONNECT ([^\s/?#@]{1,300}):(\d{1,5}) HTTP/1\.[01]")
_PLAIN = re.compile(
    rb"([A-Z]{3,10}) http://([^\s/?#@:\[\]]{1,300}|\[[0-9A-Fa-f:.]{2,45}\])(?::(\d{1,5}))?(/\S*|) HTTP/1\.[01]"
)
_SCHEMES = ("http", "socks5")


@dataclass(frozen=True, slots=True)
class Proxy:
    """An operator's proxy.

    Attributes
    ----------
    scheme : {"http", "socks5"}
        How it is asked to connect.
    host, port : str, int
        Where it is; anywhere, since the operator says so.
    user, password : str
        Empty where it asks for none; never shown.
    """

    scheme: str
    host: str
    port: int
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, text: str) -> Proxy:
        """Read ``socks5://user:password@host:1080`` or ``http://host:3128``.

        Raises
        ------
        ValueError
            It is something else. What was given is not repeated: there may be a password in it.
        """
        wrong = ValueError("a proxy is written socks5://user:password@host:port or http://host:port")
        try:
            split = urlsplit(text.strip())
            host, port = split.hostname, split.port
        except ValueError:
            raise wrong from None
        if split.scheme not in _SCHEMES or not host or not port or split.path.rstrip("/") or split.query:
            raise wrong
        user, password = unquote(split.username or ""), unquote(split.password or "")
        if max(len(user.encode()), len(password.encode())) > 255:
            raise wrong
        return cls(split.scheme, host, port, user, password)

    def connect(self, address: Address, port: int) -> socket.socket:
        """Have the proxy connect to an address, and return what then is a connection to it.

        Raises
        ------
        OSError
            The proxy is not there, or does not do it.
        """
        sock = socket.create_connection((self.host, self.port), timeout=_WITHIN_S)
        try:
            if self.scheme == "socks5":
                self._ask_socks(sock, address, port)
            else:
                self._ask_http(sock, address, port)
        except BaseException:
            sock.close()
            raise
        return sock

    def _ask_socks(self, sock: socket.socket, address: Address, port: int) -> None:
        """Speak SOCKS5 (RFC 1928), with a name and a password (RFC 1929) where there are any."""
        method = 2 if self.user else 0
        sock.sendall(bytes([5, 1, method]))
        if _exactly(sock, 2) != bytes([5, method]):
            raise ConnectionRefusedError("the proxy wants another kind of sign-in")
        if self.user:
            user, password = self.user.encode(), self.password.encode()
            sock.sendall(bytes([1, len(user)]) + user + bytes([len(password)]) + password)
            if _exactly(sock, 2)[1] != 0:
                raise ConnectionRefusedError("the proxy does not take the password")
        kind = 1 if address.version == 4 else 4
        sock.sendall(bytes([5, 1, 0, kind]) + address.packed + port.to_bytes(2, "big"))
        version, answer, _, bound = _exactly(sock, 4)
        if version != 5 or answer != 0:
            raise ConnectionRefusedError(f"the proxy answers {answer}")
        length = {1: 4, 4: 16}.get(bound) or (_exactly(sock, 1)[0] if bound == 3 else 0)
        _exactly(sock, length + 2)

    def _ask_http(self, sock: socket.socket, address: Address, port: int) -> None:
        target = f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"
        lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
        if self.user:
            lines.append(f"Proxy-Authorization: Basic {_basic(self.user, self.password)}")
        sock.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
        head, _ = _head(sock, byte_by_byte=True)
        if not re.match(rb"HTTP/1\.[01] 2\d\d\b", head):
            raise ConnectionRefusedError("the proxy does not connect")


class Gate:
    """Listens on loopback while a fetch lasts.

    Parameters
    ----------
    proxy : Proxy
        Through which every target is connected to.
    allow_hosts : iterable of str
        Hosts that may be connected to wherever they lie (`pipeline.fetch.hosts.AllowedHost`).

    Attributes
    ----------
    refused : str or None
        The last target that lay in a private network.
    """

    def __init__(self, proxy: Proxy, allow_hosts: Iterable[str] = ()) -> None:
        self.refused: str | None = None
        self._proxy = proxy
        self._allowed = tuple(map(AllowedHost.parse, allow_hosts))
        self._password = secrets.token_urlsafe(24)
        self._tunnels = threading.BoundedSemaphore(_MOST_TUNNELS)
        self._server = _Listener(("127.0.0.1", 0), _Visit)
        self._server.gate = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        """How the fetch process finds it."""
        return f"http://{_USER}:{self._password}@127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()
        self._thread.join()

    def visit(self, client: socket.socket) -> None:
        """Serve one connection of the fetch process."""
        client.settimeout(_WITHIN_S)
        head, rest = _head(client)
        if not self._knows_password(head):
            _say(client, "407 Proxy Authentication Required", "Proxy-Authenticate: Basic")
            return
        if match := _CONNECT.match(head):
            host, port, opening = match[1], int(match[2]), b""
        elif match := _PLAIN.match(head):
            host, port, opening = match[2], int(match[3] or 80), _origin_form(head, match)
        else:
            _say(client, "400 Bad Request")
            return
        addresses = self._judged(host.decode("ascii", "replace"), port)
        if not addresses:
            _say(client, "403 Forbidden")
            return
        with self._tunnels:
            for address in addresses:
                with suppress(OSError):
                    target = self._proxy.connect(address, port)
                    break
            else:
                _say(client, "502 Bad Gateway")
                return
            with target:
                if opening:
                    target.sendall(opening + rest)
                else:
                    _say(client, "200 Connection established")
                    target.sendall(rest)
                _relay(client, target)

    def _knows_password(self, head: bytes) -> bool:
        match = re.search(rb"\r\nproxy-authorization:[ \t]*basic[ \t]+(\S+)", head, re.IGNORECASE)
        return match is not None and hmac.compare_digest(match[1], _basic(_USER, self._password).encode())

    def _judged(self, text: str, port: int) -> list[Address]:
        """Resolve a host, and return those of its addresses that may be connected to."""
        try:
            host = canonical_host(text)
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, ValueError):
            return []
        addresses = [address for *_, place in found if (address := address_of(str(place[0]).partition("%")[0]))]
        trusted = is_allowed(host, port, self._allowed)
        if not trusted and port not in _WEB_PORTS:
            return []
        judged = [each for each in addresses if not is_forbidden(each) and (trusted or is_public(each))]
        if addresses and not judged:
            self.refused = host
        return judged


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    gate: Gate

    def __init__(self, *arguments: object) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(*arguments)  # type: ignore[arg-type]

    def process_request(self, request: object, client_address: object) -> None:
        assert isinstance(request, socket.socket)
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: object) -> None:
        assert isinstance(request, socket.socket)
        super().shutdown_request(request)
        self._open.discard(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: whoever broke off knows."""

    def hang_up(self) -> None:
        """End what is still open."""
        for sock in tuple(self._open):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


class _Visit(socketserver.BaseRequestHandler):
    server: _Listener

    def handle(self) -> None:
        with suppress(OSError, ValueError):
            self.server.gate.visit(self.request)


def _origin_form(head: bytes, match: re.Match[bytes]) -> bytes:
    """Write a request to a proxy as one to the server itself, for this one time."""
    lines = head[match.end() :].split(b"\r\n")[1:]
    kept = [line for line in lines if line and not re.match(rb"(?:proxy-[a-z-]+|connection|keep-alive):", line, re.I)]
    return b"\r\n".join([match[1] + b" " + (match[4] or b"/") + b" HTTP/1.1", *kept, b"Connection: close", b"", b""])


def _relay(one: socket.socket, other: socket.socket) -> None:
    """Copy both ways until both have said all, or nobody has said anything for a while."""
    one.settimeout(_IDLE_S)
    other.settimeout(_IDLE_S)
    with selectors.DefaultSelector() as selector:
        selector.register(one, selectors.EVENT_READ, other)
        selector.register(other, selectors.EVENT_READ, one)
        while selector.get_map():
            ready = selector.select(_IDLE_S)
            if not ready:
                return
            for key, _ in ready:
                source, target = key.fileobj, key.data
                assert isinstance(source, socket.socket)
                block = source.recv(_BLOCK_BYTES)
                if block:
                    target.sendall(block)
                    continue
                selector.unregister(source)
                with suppress(OSError):
                    target.shutdown(socket.SHUT_WR)


def _head(sock: socket.socket, *, byte_by_byte: bool = False) -> tuple[bytes, bytes]:
    """Read up to the blank line, and return what came before and after it."""
    head = b""
    while b"\r\n\r\n" not in head:
        block = sock.recv(1 if byte_by_byte else _BLOCK_BYTES)
        if not block or len(head) > _LONGEST_HEAD_BYTES:
            raise ConnectionAbortedError("no head")
        head += block
    before, _, after = head.partition(b"\r\n\r\n")
    return before, after


def _exactly(sock: socket.socket, length: int) -> bytes:
    got = b""
    while len(got) < length:
        block = sock.recv(length - len(got))
        if not block:
            raise ConnectionAbortedError("the proxy hung up")
        got += block
    return got


def _say(client: socket.socket, status: str, *headers: str) -> None:
    length = () if status.startswith("200") else ("Content-Length: 0", "Connection: close")
    client.sendall("\r\n".join([f"HTTP/1.1 {status}", *headers, *length, "", ""]).encode("ascii"))


def _basic(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
