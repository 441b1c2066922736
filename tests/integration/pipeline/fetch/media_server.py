"""A real HTTP server on loopback that serves sounds, and does everything that servers do wrong.

It speaks raw HTTP: a server library would put right what is meant to be wrong.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable

from tests.doubles.threaded_server import ThreadedServer

Answer = Callable[[socket.socket], None]


class MediaServer(ThreadedServer):
    """Serves `answers` by path, each on a thread of its own; 404 for every other path.

    Attributes
    ----------
    asked : list of str
        The paths of the requests so far.
    """

    def __init__(self, **answers: Answer) -> None:
        self.answers = {f"/{path.replace('__', '.')}": answer for path, answer in answers.items()}
        self.asked: list[str] = []
        self.stopping = threading.Event()
        super().__init__()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def link(self, path: str) -> str:
        return f"http://{self.host}/{path}"

    def stop(self) -> None:
        self.stopping.set()

    def serve(self, client: socket.socket) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            block = client.recv(65_536)
            if not block:
                return
            request += block
        path = request.split()[1].decode()
        self.asked.append(path)
        # The client may hang up: that is what some tests are about.
        self.answers.get(path, status(404))(client)


def head(code: int, *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {code} Whatever", *headers, "Connection: close", "", ""]).encode()


def status(code: int, *headers: str) -> Answer:
    return lambda client: client.sendall(head(code, "Content-Length: 0", *headers))


def sound(body: bytes, content_type: str = "audio/mpeg") -> Answer:
    return lambda client: client.sendall(
        head(200, f"Content-Type: {content_type}", f"Content-Length: {len(body)}") + body
    )


def chunked(body: bytes) -> Answer:
    def answer(client: socket.socket) -> None:
        client.sendall(head(200, "Content-Type: audio/ogg", "Transfer-Encoding: chunked"))
        for start in range(0, len(body), 1000):
            block = body[start : start + 1000]
            client.sendall(f"{len(block):x}\r\n".encode() + block + b"\r\n")
        client.sendall(b"0\r\n\r\n")

    return answer


def redirect(to: str, code: int = 302) -> Answer:
    return status(code, f"Location: {to}")


def endless(stop: threading.Event, announced: int | None = None) -> Answer:
    """Send bytes as fast as they are taken."""

    def answer(client: socket.socket) -> None:
        length = [] if announced is None else [f"Content-Length: {announced}"]
        client.sendall(head(200, "Content-Type: audio/mpeg", *length))
        while not stop.is_set():
            client.sendall(b"\xff" * 65_536)

    return answer


def drip(stop: threading.Event) -> Answer:
    """Send a byte now and then: never silent for long, and never done."""

    def answer(client: socket.socket) -> None:
        client.sendall(head(200, "Content-Type: audio/mpeg", "Content-Length: 1000000"))
        while not stop.wait(0.05):
            client.sendall(b"\xff")

    return answer


def cut_off(body: bytes, announced: int) -> Answer:
    """Announce more than is sent, and hang up politely."""
    return lambda client: client.sendall(head(200, "Content-Type: audio/mpeg", f"Content-Length: {announced}") + body)


def reset(body: bytes) -> Answer:
    """Send the beginning, and break the connection."""

    def answer(client: socket.socket) -> None:
        client.sendall(head(200, "Content-Type: audio/mpeg", "Content-Length: 100000") + body)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()

    return answer


def gibberish(client: socket.socket) -> None:
    client.sendall(b"SSH-2.0-OpenSSH_9.9\r\n\x00\x01")
