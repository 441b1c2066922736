"""The gate connects to what it has judged, by its number, through the operator's proxy, and to nothing else."""

from __future__ import annotations

import base64
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pipeline.fetch.connection import asked, through
from pipeline.fetch.gate import Gate, Proxy
from pipeline.fetch.guard import Guard, Refused
from pipeline.fetch.link import parse_link
from tests.integration.pipeline.fetch.media_server import MediaServer, sound
from tests.integration.pipeline.fetch.proxies import LoopbackProxy

SOUND = b"ID3" * 50_000


@pytest.fixture
def server() -> Iterator[MediaServer]:
    with MediaServer(song__mp3=sound(SOUND)) as media:
        yield media


def answered(gate: str, request: str, *, password: bool = True) -> bytes:
    """Send a request to a gate, and return all that comes back."""
    split = urlsplit(gate)
    assert split.hostname is not None
    sign_in = ""
    if password:
        words = base64.b64encode(f"{split.username}:{split.password}".encode()).decode()
        sign_in = f"Proxy-Authorization: Basic {words}\r\n"
    with socket.create_connection((split.hostname, split.port or 0), timeout=10) as sock:
        sock.sendall(f"{request}\r\n{sign_in}\r\n".encode("latin-1"))
        parts = []
        while block := sock.recv(65_536):
            parts.append(block)
    return b"".join(parts)


def status(answer: bytes) -> int:
    return int(answer.split(b" ")[1])


@pytest.mark.parametrize("scheme", ["socks5", "http"])
@pytest.mark.parametrize(("user", "password"), [("", ""), ("an operator", "wörd:@/")])
def test_a_sound_comes_through_the_proxy_which_is_told_an_address(
    server: MediaServer, tmp_path: Path, scheme: str, user: str, password: str
) -> None:
    with LoopbackProxy(scheme, user=user, password=password) as proxy:
        host, _, port = proxy.url.rpartition("@")[2].removeprefix(f"{scheme}://").rpartition(":")
        upstream = Proxy(scheme, host, int(port), user, password)
        name = server.host.replace("127.0.0.1", "localhost")
        with Gate(upstream, (name,)) as gate:
            link = parse_link(f"http://{name}/song.mp3", (name,))
            with asked(link, Guard(tmp_path, ()), (), accept="*/*", connect=through(gate.url)) as response:
                assert response.read() == SOUND
        assert proxy.asked == [server.host]


def test_a_request_without_a_tunnel_is_passed_on_once_and_without_the_password(server: MediaServer) -> None:
    with LoopbackProxy("socks5") as proxy, Gate(Proxy.parse(proxy.url), (server.host,)) as gate:
        answer = answered(gate.url, f"GET http://{server.host}/song.mp3 HTTP/1.1\r\nHost: {server.host}\r\nProxy-X: y")
    assert answer.endswith(SOUND)
    assert server.asked == ["/song.mp3"]


@pytest.mark.parametrize(
    "target",
    [
        "127.0.0.1:80",
        "localhost:443",
        "10.0.0.1:443",
        "169.254.169.254:80",
        "[::1]:443",
        "0x7f.1:80",
        "[64:ff9b::a00:1]:443",
    ],
)
def test_a_private_target_is_refused_and_remembered(target: str) -> None:
    with LoopbackProxy("socks5") as proxy, Gate(Proxy.parse(proxy.url)) as gate:
        assert status(answered(gate.url, f"CONNECT {target} HTTP/1.1")) == 403
        assert status(answered(gate.url, f"GET http://{target}/ HTTP/1.1")) == 403
        assert gate.refused is not None
        assert proxy.asked == []


@pytest.mark.parametrize("target", ["8.8.8.8:22", "8.8.8.8:8080", "no.such.invalid:443", "a..b:443", "8.8.8.8:99999"])
def test_other_ports_and_names_that_are_none_are_refused(target: str) -> None:
    with LoopbackProxy("socks5") as proxy, Gate(Proxy.parse(proxy.url)) as gate:
        assert status(answered(gate.url, f"CONNECT {target} HTTP/1.1")) in {400, 403}
        assert (gate.refused, proxy.asked) == (None, [])


def test_without_the_password_nobody_gets_anywhere(server: MediaServer) -> None:
    with LoopbackProxy("socks5") as proxy, Gate(Proxy.parse(proxy.url), (server.host,)) as gate:
        for url in (gate.url, "http://fetch:wrong@" + gate.url.rpartition("@")[2]):
            asks_as_itself = url != gate.url
            assert status(answered(url, f"CONNECT {server.host} HTTP/1.1", password=asks_as_itself)) == 407
        assert proxy.asked == []


@pytest.mark.parametrize("request_line", ["GET / HTTP/1.1", "CONNECT x HTTP/1.1", "nonsense", "GET ftp://x/ HTTP/1.1"])
def test_what_is_no_request_to_a_proxy_is_refused(request_line: str) -> None:
    with LoopbackProxy("socks5") as proxy, Gate(Proxy.parse(proxy.url)) as gate:
        assert status(answered(gate.url, request_line)) == 400


@pytest.mark.parametrize("scheme", ["socks5", "http"])
def test_a_proxy_that_does_not_is_a_bad_gateway(server: MediaServer, scheme: str) -> None:
    with LoopbackProxy(scheme, refuses=True) as proxy, Gate(Proxy.parse(proxy.url), (server.host,)) as gate:
        assert status(answered(gate.url, f"CONNECT {server.host} HTTP/1.1")) == 502
    wrong = LoopbackProxy(scheme, user="u", password="p")
    with wrong as proxy, Gate(Proxy.parse(proxy.url.replace("u:p@", "u:q@")), (server.host,)) as gate:
        assert status(answered(gate.url, f"CONNECT {server.host} HTTP/1.1")) == 502
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with Gate(Proxy(scheme, "127.0.0.1", closed.getsockname()[1]), (server.host,)) as gate:
            assert status(answered(gate.url, f"CONNECT {server.host} HTTP/1.1")) == 502


def test_a_gate_that_closes_hangs_up(server: MediaServer) -> None:
    with LoopbackProxy("socks5") as proxy:
        gate = Gate(Proxy.parse(proxy.url), (server.host,))
        with gate:
            split = urlsplit(gate.url)
            idle = socket.create_connection((split.hostname or "", split.port or 0), timeout=10)
            deadline_s = time.monotonic() + 10
            while not gate._server._open and time.monotonic() < deadline_s:
                time.sleep(0.01)
        with idle:
            assert idle.recv(1) == b""


def test_the_guard_lets_nothing_past_the_gate(tmp_path: Path) -> None:
    guard = Guard(tmp_path, (), only_pinned=True)
    guard.pin("127.0.0.1", 4000)
    guard.check_address("127.0.0.1", 4000)
    for host, port in (("8.8.8.8", 443), ("127.0.0.1", 4001)):
        with pytest.raises(Refused):
            guard.check_address(host, port)


@pytest.mark.parametrize(
    "text", ["", "socks5://", "socks5://host", "ftp://host:1", "socks5://host:0", "http://host:80/path", "http://[::1"]
)
def test_what_is_no_proxy_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match="a proxy is written") as refusal:
        Proxy.parse(text)
    assert str(refusal.value) == "a proxy is written socks5://user:password@host:port or http://host:port"


def test_a_proxys_password_is_not_shown() -> None:
    proxy = Proxy.parse("socks5://ada:s%40cret@proxy.example:1080")
    assert (proxy.user, proxy.password) == ("ada", "s@cret")
    assert "cret" not in repr(proxy)
