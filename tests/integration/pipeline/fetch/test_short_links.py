"""Short links, questions and files, over real sockets: hop by hop, and an end at a listed site or nowhere."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import ErrorCode, PipelineError
from pipeline.fetch.child import serve
from pipeline.fetch.connection import connect
from pipeline.fetch.direct import download, title_of
from pipeline.fetch.guard import Guard
from pipeline.fetch.link import Link, parse_link
from pipeline.fetch.protocol import FetchLimits, FetchRequest, Received
from pipeline.fetch.questions import ask_for_file
from pipeline.fetch.short_links import follow
from tests.integration.pipeline.fetch.media_server import MediaServer, redirect, sound, status

SHORT = "https://on.soundcloud.com/AbCdE"
TRACK = "https://soundcloud.com/artist/track"
FILE = "https://cdn.discordapp.com/attachments/1/2/song.mp3"


@pytest.fixture(scope="module")
def server() -> Iterator[MediaServer]:
    with MediaServer(
        AbCdE=redirect(f"{TRACK}?utm_source=x"),
        relative=redirect("/AbCdE", 301),
        from_app=redirect("https://soundcloud.app.goo.gl/AbCdE", 307),
        to_list=redirect("https://soundcloud.com/artist/sets/x"),
        to_evil=redirect("https://evil.example/track"),
        to_home=redirect("http://192.168.1.1/"),
        to_metadata=redirect("http://169.254.169.254/latest/"),
        to_file=redirect(f"{FILE}?ex=7fffffff&is=1&hm=ab"),
        to_scheme=redirect("soundcloud://sounds/1"),
        looping=redirect("https://on.soundcloud.com/looping"),
        without=status(302),
        page=sound(b"<html>", "text/html"),
        down=status(503),
    ) as media:
        media.answers["/attachments/1/2/song.mp3?ex=7fffffff&is=1&hm=ab"] = sound(b"ID3" * 100)
        media.answers["/attachments/1/2/moved.mp3?ex=7fffffff&is=1&hm=ab"] = redirect("https://youtu.be/dQw4w9WgXcQ")
        yield media


def to_loopback(server: MediaServer):
    """Return a way of connecting whose every host is the server."""
    host, _, port = server.host.rpartition(":")
    return lambda _link, _guard, _allowed: http.client.HTTPConnection(host, int(port), timeout=10)


def short(path: str) -> Link:
    return parse_link(f"https://on.soundcloud.com/{path}")


def followed(server: MediaServer, path: str, folder: Path) -> Link:
    return follow(short(path), Guard(folder, ()), (), connect=to_loopback(server))


def test_a_short_link_becomes_the_piece_that_it_leads_to(server: MediaServer, tmp_path: Path) -> None:
    assert followed(server, "AbCdE", tmp_path) == parse_link(TRACK)


@pytest.mark.parametrize("path", ["relative", "from_app"])
def test_a_hop_to_another_short_link_is_one_more_to_follow(server: MediaServer, tmp_path: Path, path: str) -> None:
    link = followed(server, path, tmp_path)
    assert (link.site, link.road) == ("SoundCloud", "redirect")
    assert follow(link, Guard(tmp_path, ()), (), connect=to_loopback(server)) == parse_link(TRACK)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("to_list", ErrorCode.LINK_IS_PLAYLIST),
        ("to_evil", ErrorCode.LINK_NOT_ALLOWED),
        ("to_home", ErrorCode.LINK_PRIVATE_ADDRESS),
        ("to_metadata", ErrorCode.LINK_PRIVATE_ADDRESS),
        ("to_file", ErrorCode.LINK_NOT_ALLOWED),
        ("to_scheme", ErrorCode.LINK_INVALID),
        ("without", ErrorCode.FETCH_FAILED),
        ("page", ErrorCode.LINK_UNSUPPORTED),
        ("down", ErrorCode.LINK_UNREACHABLE),
        ("nothing", ErrorCode.LINK_NOT_FOUND),
    ],
)
def test_whatever_else_it_leads_to_is_refused(server: MediaServer, tmp_path: Path, path: str, code: ErrorCode) -> None:
    with pytest.raises(PipelineError) as refusal:
        followed(server, path, tmp_path)
    assert refusal.value.code is code


def test_a_short_link_never_leads_to_an_operator_s_host(tmp_path: Path) -> None:
    with MediaServer(AbCdE=redirect("http://127.0.0.1:8080/a.wav")) as server, pytest.raises(PipelineError) as refusal:
        follow(short("AbCdE"), Guard(tmp_path, ()), ("127.0.0.1:8080",), connect=to_loopback(server))
    assert refusal.value.code is ErrorCode.LINK_PRIVATE_ADDRESS


def test_a_circle_ends(server: MediaServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.fetch.connection.connect", to_loopback(server))
    request = FetchRequest(short("looping"), tmp_path, FetchLimits(), ())
    answer = serve(request, Guard(tmp_path, ()), lambda news: None)
    assert isinstance(answer, PipelineError)
    assert (answer.code, answer.facts["reason"]) == (ErrorCode.FETCH_FAILED, "too many redirects")


# --- files of Discord -------------------------------------------------------------------------------------------------


def file_request(query: str, folder: Path, name: str = "song.mp3") -> FetchRequest:
    link = parse_link(f"https://media.discordapp.net/attachments/1/2/{name}{query}")
    return FetchRequest(link, folder, FetchLimits(), ())


def downloaded(server: MediaServer, query: str, folder: Path, name: str = "song.mp3", now_s: float = 0.0):
    return download(
        file_request(query, folder, name),
        Guard(folder, ()),
        lambda news: None,
        connect=to_loopback(server),
        now_s=lambda: now_s,
    )


def test_a_file_of_discord_is_downloaded_while_its_link_lasts(server: MediaServer, tmp_path: Path) -> None:
    received = downloaded(server, "?ex=7fffffff&is=1&hm=ab&width=3", tmp_path)
    assert isinstance(received, Received)
    assert (tmp_path / received.file_name).read_bytes() == b"ID3" * 100
    assert (received.title, received.url) == ("song", f"{FILE}?ex=7fffffff&is=1&hm=ab")


@pytest.mark.parametrize("query", ["?ex=65000000&is=1&hm=ab", "?ex=7fffffff", ""])
def test_one_that_has_expired_is_not_even_asked_for(server: MediaServer, tmp_path: Path, query: str) -> None:
    before = len(server.asked)
    with pytest.raises(PipelineError) as refusal:
        downloaded(server, query, tmp_path, now_s=time.time())
    assert (refusal.value.code, refusal.value.facts) == (ErrorCode.LINK_EXPIRED, {"site": "Discord"})
    assert len(server.asked) == before


def test_one_that_leads_elsewhere_is_refused(server: MediaServer, tmp_path: Path) -> None:
    with pytest.raises(PipelineError) as refusal:
        downloaded(server, "?ex=7fffffff&is=1&hm=ab", tmp_path, "moved.mp3")
    assert refusal.value.code is ErrorCode.LINK_NOT_ALLOWED


# --- sites that are asked where a file lies ---------------------------------------------------------------------------


def of_ccmixter(answer: object, tmp_path: Path) -> Link:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    with MediaServer() as server:
        server.answers["/api/query?f=json&ids=12345"] = sound(body, "application/json")
        link = parse_link("https://ccmixter.org/files/somebody/12345")
        return ask_for_file(link, Guard(tmp_path, ()), (), connect=to_loopback(server))


def test_ccmixter_says_where_the_first_file_of_an_upload_lies(tmp_path: Path) -> None:
    files = [{"download_url": "http://ccmixter.org/content/somebody/a_song.mp3"}, {"download_url": "x"}]
    link = of_ccmixter([{"upload_id": 12345, "files": files}], tmp_path)
    assert (link.url, link.road) == ("https://ccmixter.org/content/somebody/a_song.mp3", "file")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"<html>", ErrorCode.SITE_CHANGED),
        (b"[" * 100_000, ErrorCode.SITE_CHANGED),
        (b"\xff", ErrorCode.SITE_CHANGED),
        ([], ErrorCode.LINK_UNSUPPORTED),
        ([{"files": []}], ErrorCode.LINK_UNSUPPORTED),
        ([{"files": [{"download_url": "https://ccmixter.org/content/a/b.zip"}]}], ErrorCode.LINK_UNSUPPORTED),
        ([{"files": [{"download_url": "https://ccmixter.org/files/a/1"}]}], ErrorCode.LINK_UNSUPPORTED),
        ([{"files": [{"download_url": f"{FILE}?ex=7fffffff&is=1&hm=ab"}]}], ErrorCode.LINK_UNSUPPORTED),
        ([{"files": [{"download_url": "https://evil.example/a.mp3"}]}], ErrorCode.LINK_NOT_ALLOWED),
        ([{"files": [{"download_url": "http://10.0.0.1/a.mp3"}]}], ErrorCode.LINK_PRIVATE_ADDRESS),
    ],
)
def test_an_answer_is_read_with_suspicion(tmp_path: Path, answer: object, code: ErrorCode) -> None:
    with pytest.raises(PipelineError) as refusal:
        of_ccmixter(answer, tmp_path)
    assert refusal.value.code is code


def test_a_track_of_the_free_music_archive_moves_to_where_its_file_is_kept(tmp_path: Path) -> None:
    kept = "https://files.freemusicarchive.org/storage-freemusicarchive-org/tracks/AbC.mp3"
    link = parse_link("https://freemusicarchive.org/music/an_artist/an-album/a-track/")
    with MediaServer() as server:
        server.answers["/track/a-track/stream/"] = redirect(kept)
        server.answers["/storage-freemusicarchive-org/tracks/AbC.mp3"] = sound(b"ID3" * 100)
        request = FetchRequest(link, tmp_path, FetchLimits(), ())
        for expected in (parse_link(kept), None):
            got = download(request, Guard(tmp_path, ()), lambda news: None, connect=to_loopback(server))
            if expected is not None:
                assert got == expected
                request = FetchRequest(expected, tmp_path, FetchLimits(), ())
    assert isinstance(got, Received)
    assert (tmp_path / got.file_name).read_bytes() == b"ID3" * 100
    assert title_of(link) == "a-track"


def test_a_site_s_name_that_leads_into_a_private_network_is_not_connected_to(tmp_path: Path) -> None:
    # Only an operator's own host is trusted with such an address.
    link = Link("https://localhost/x", "localhost", 443, "SoundCloud", "", "x", road="redirect")
    guard = Guard(tmp_path, ())
    with pytest.raises(PipelineError):
        connect(link, guard, ())
    assert guard._pinned == set()
