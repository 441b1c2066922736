"""Real proxies on loopback: SOCKS5 and HTTP CONNECT, with or without a password; they remember what they were asked."""

from __future__ import annotations

import base64
import socket
import threading
from contextlib import suppress

from tests.doubles.threaded_server import ThreadedServer


class LoopbackProxy(ThreadedServer):
    """Connects as it is asked to.

    Attributes
    ----------
    asked : list of str
        The targets, as they came.
    """

    def __init__(self, scheme: str, *, user: str = "", password: str = "", refuses: bool = False) -> None:
        self.asked: list[str] = []
        self.scheme, self.user, self.password, self.refuses = scheme, user, password, refuses
        super().__init__()

    @property
    def url(self) -> str:
        sign_in = f"{self.user}:{self.password}@" if self.user else ""
        return f"{self.scheme}://{sign_in}127.0.0.1:{self.port}"

    def serve(self, client: socket.socket) -> None:
        client.settimeout(10)
        target = self._socks(client) if self.scheme == "socks5" else self._http(client)
        if target is None:
            return
        with target:
            there = threading.Thread(target=_copy, args=(client, target))
            there.start()
            _copy(target, client)
            there.join()

    def _socks(self, client: socket.socket) -> socket.socket | None:
        _, count = client.recv(2)
        methods = client.recv(count)
        method = 2 if self.user else 0
        client.sendall(bytes([5, method if method in methods else 255]))
        if method not in methods:
            return None
        if self.user:
            client.recv(1)
            given = [client.recv(client.recv(1)[0]) for _ in range(2)]
            right = given == [self.user.encode(), self.password.encode()]
            client.sendall(bytes([1, not right]))
            if not right:
                return None
        _, _, _, kind = client.recv(4)
        host = socket.inet_ntop(socket.AF_INET, client.recv(4)) if kind == 1 else f"kind {kind}"
        port = int.from_bytes(client.recv(2), "big")
        self.asked.append(f"{host}:{port}")
        target = None if self.refuses else socket.create_connection((host, port), timeout=10)
        client.sendall(bytes([5, 5 if target is None else 0, 0, 1, 0, 0, 0, 0, 0, 0]))
        return target

    def _http(self, client: socket.socket) -> socket.socket | None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(1)
        right = base64.b64encode(f"{self.user}:{self.password}".encode())
        if self.user and b"Proxy-Authorization: Basic " + right not in head:
            client.sendall(b"HTTP/1.1 407 No\r\n\r\n")
            return None
        name = head.split(b" ")[1].decode()
        self.asked.append(name)
        if self.refuses:
            client.sendall(b"HTTP/1.1 503 No\r\n\r\n")
            return None
        host, _, port = name.rpartition(":")
        target = socket.create_connection((host, int(port)), timeout=10)
        client.sendall(b"HTTP/1.1 200 Yes\r\nVia: x\r\n\r\n")
        return target


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while block := source.recv(65_536):
            target.sendall(block)
        target.shutdown(socket.SHUT_WR)
