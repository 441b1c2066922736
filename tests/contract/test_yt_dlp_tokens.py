"""What we believe about yt-dlp's proofs of origin, asked of the yt-dlp that is installed, with a server on loopback."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yt_dlp
from yt_dlp.extractor.youtube.pot import _registry

from pipeline.fetch import proof_tokens
from pipeline.fetch.guard import Guard
from pipeline.fetch.link import parse_link
from pipeline.fetch.proof_tokens import TokenError, TokenServer
from pipeline.fetch.ytdlp import options
from tests.doubles.yt_dlp_parts import Told, put_back

URL = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
TOKEN = "TW9jayB0b2tlbg=="


class Answers(BaseHTTPRequestHandler):
    asked: list[tuple[str, dict[str, Any]]]
    answer: tuple[int, bytes]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.path, body))
        status, answer = self.answer
        self.send_response(status)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def answers() -> Iterator[tuple[type[Answers], str]]:
    handler = type("Handler", (Answers,), {"asked": [], "answer": (200, json.dumps({"poToken": TOKEN}).encode())})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield handler, f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def registered() -> Iterator[dict[str, Any]]:
    with put_back(_registry._pot_providers.value) as table:
        yield table


def token_for(folder: Path, log: Told, context: str, of: str) -> str | None:
    """Let the installed extractor fetch a token, as it does where YouTube requires one.

    yt-dlp keeps tokens in memory, so that each test asks for one `of` something else.
    """
    downloader = yt_dlp.YoutubeDL(options(parse_link(URL), folder, max_bytes=1, logger=log))
    extractor = downloader.get_info_extractor("Youtube")
    extractor.initialize()
    token = extractor.fetch_po_token(
        client="web",
        context=yt_dlp.extractor.youtube.pot.provider.PoTokenContext(context),
        ytcfg=extractor._get_default_ytcfg("web"),
        visitor_data=of,
        video_id=of,
        player_url="https://www.youtube.com/s/player/x/base.js",
        required=True,
    )
    return None if token is None else str(token)


@pytest.mark.parametrize(("context", "binding"), [("gvs", "a-visitor"), ("player", "a-video")])
def test_the_server_is_asked_for_what_yt_dlp_needs(
    registered: dict[str, Any], answers: Any, tmp_path: Path, context: str, binding: str
) -> None:
    handler, url = answers
    assert proof_tokens.install(TokenServer.parse(url), Guard(tmp_path, ())) is None
    assert proof_tokens.NAME in registered
    log = Told()
    assert token_for(tmp_path, log, context, binding) == TOKEN
    [(path, asked)] = handler.asked
    assert (path, asked["content_binding"]) == ("/get_pot", binding)
    assert asked["innertube_context"]["client"]["clientName"] == "WEB"
    assert set(asked) == {"content_binding", "innertube_context", "bypass_cache"}


def test_without_a_server_there_is_no_token(registered: dict[str, Any], tmp_path: Path) -> None:
    assert token_for(tmp_path, Told(), "player", "no-server") is None


@pytest.mark.parametrize(
    "answer",
    [
        (500, b"{}"),
        (200, b""),
        (200, b"[]"),
        (200, b'{"poToken": 3}'),
        (200, b'{"poToken": "a b"}'),
        (200, b"[" * 9999),
    ],
)
def test_an_answer_without_a_token_is_a_warning(
    registered: dict[str, Any], answers: Any, tmp_path: Path, answer: tuple[int, bytes]
) -> None:
    handler, url = answers
    handler.answer = answer
    proof_tokens.install(TokenServer.parse(url), Guard(tmp_path, ()))
    log = Told()
    assert token_for(tmp_path, log, "player", "no-token") is None
    assert any("token server" in warning for warning in log.warnings)


def test_a_server_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        server = TokenServer.parse(f"http://127.0.0.1:{closed.getsockname()[1]}")
        with pytest.raises(TokenError, match="cannot be reached"):
            server.ask(Guard(tmp_path, ()), "x", {}, fresh=False)


def test_the_guard_lets_nothing_but_the_server_through(answers: Any, tmp_path: Path) -> None:
    _, url = answers
    guard = Guard(tmp_path, ())
    server = TokenServer.parse(url)
    server.ask(guard, "x", {}, fresh=True)
    assert guard._pinned == {("127.0.0.1", server.host.port)}


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://127.0.0.1:4416", "http://127.0.0.1:4416"),
        ("https://tokens.example/", "https://tokens.example:443"),
        (" http://[::1]:4416/ ", "http://[::1]:4416"),
    ],
)
def test_the_address_of_a_server_is_scheme_host_and_port(text: str, url: str) -> None:
    assert TokenServer.parse(text).url == url


@pytest.mark.parametrize(
    "text", ["", "127.0.0.1:4416", "ftp://a", "http://a/b", "http://u:p@a", "http://a?b", "http://a:0"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        TokenServer.parse(text)
