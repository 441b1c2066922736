"""Fetching over real sockets, with the real process: what comes, what does not, and that nothing is left behind."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pytest
import yt_dlp

from benchmarks.links.made_up_player import PLAYER_URL, player
from pipeline.errors import ErrorCode, PipelineError
from pipeline.fetch.block_list import BlockList
from pipeline.fetch.supervisor import FetchInterrupted, FetchLimits, command, environment, fetch
from pipeline.processes.cage import landlock
from pipeline.processes.layers import layers
from tests.integration.pipeline.fetch.media_server import (
    MediaServer,
    chunked,
    cut_off,
    drip,
    endless,
    gibberish,
    head,
    redirect,
    reset,
    sound,
    status,
)
from tests.integration.pipeline.fetch.proxies import LoopbackProxy

SOUND = b"ID3\x04" + bytes(range(256)) * 100
LIMITS = FetchLimits(max_duration_s=60, max_bytes=1_000_000, timeout_s=30)
PAGE = b"<!DOCTYPE html>\n<html><body>Log in, please</body></html>"
PUBLIC_ADDRESS = "93.184.216.34"


@pytest.fixture(scope="module")
def server():
    stop = threading.Event()
    with MediaServer(
        song__mp3=sound(SOUND),
        voice__ogg=chunked(SOUND),
        empty__mp3=sound(b""),
        page__mp3=sound(PAGE, "text/html; charset=utf-8"),
        disguised__mp3=sound(PAGE, "audio/mpeg"),
        forbidden__mp3=status(403),
        busy__mp3=status(429, "Retry-After: 60"),
        broken__mp3=status(503),
        teapot__mp3=status(418),
        elsewhere__mp3=status(451),
        moved__mp3=redirect("/song.mp3"),
        loop__mp3=redirect("/loop.mp3"),
        out__mp3=redirect("http://evil.example/song.mp3"),
        metadata__mp3=redirect("http://169.254.169.254/latest/meta-data/"),
        router__mp3=redirect("http://192.168.1.1/"),
        other_port__mp3=redirect("http://127.0.0.1:22/"),
        file__mp3=redirect("file:///etc/passwd"),
        to_site__mp3=redirect("https://voca.ro/19cgWmKO6AmC"),
        nowhere__mp3=status(302),
        endless__mp3=endless(stop),
        huge__mp3=endless(stop, announced=10**12),
        drip__mp3=drip(stop),
        short__mp3=cut_off(SOUND, len(SOUND) + 1000),
        reset__mp3=reset(SOUND),
        gibberish__mp3=gibberish,
        headers__mp3=lambda client: client.sendall(head(200, *(f"X-{n}: y" for n in range(1000)))),
    ) as media:
        yield media
        stop.set()


def fetched(server, path, into, **options):
    options = {"limits": LIMITS, "allow_hosts": (server.host,)} | options
    return fetch(server.link(path), into, **options)


def refusal(server, path, into, **options) -> PipelineError:
    with pytest.raises(PipelineError) as caught:
        fetched(server, path, into, **options)
    assert list(into.iterdir()) == [], "something was left behind"
    return caught.value


@pytest.mark.parametrize("path", ["song.mp3", "voice.ogg"])
def test_a_sound_arrives_byte_by_byte(server, tmp_path, path):
    seen = []
    result = fetched(server, path, tmp_path, progress=lambda done, total: seen.append((done, total)))
    assert result.path.read_bytes() == SOUND
    assert list(tmp_path.iterdir()) == [result.path]
    assert result.path.suffix == Path(path).suffix
    assert (result.title, result.canonical_url) == (Path(path).stem, server.link(path))
    assert (result.duration_s, result.extractor) == (None, "direct")
    assert seen[-1] == (len(SOUND), len(SOUND) if path == "song.mp3" else None)


def test_a_redirect_within_the_allowed_host_is_followed(server, tmp_path):
    result = fetched(server, "moved.mp3", tmp_path)
    assert result.path.read_bytes() == SOUND
    assert result.canonical_url == server.link("moved.mp3")


def test_a_name_is_fetched_from_where_it_is_allowed(server, tmp_path):
    port = server.host.rpartition(":")[2]
    result = fetch(f"http://localhost:{port}/song.mp3", tmp_path, limits=LIMITS, allow_hosts=[f"localhost:{port}"])
    assert result.path.read_bytes() == SOUND


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("missing.mp3", ErrorCode.LINK_NOT_FOUND),
        ("forbidden.mp3", ErrorCode.LINK_NOT_FOUND),
        ("busy.mp3", ErrorCode.LINK_UNREACHABLE),
        ("broken.mp3", ErrorCode.LINK_UNREACHABLE),
        ("gibberish.mp3", ErrorCode.LINK_UNREACHABLE),
        ("headers.mp3", ErrorCode.LINK_UNREACHABLE),
        ("elsewhere.mp3", ErrorCode.LINK_GEO_BLOCKED),
        ("teapot.mp3", ErrorCode.FETCH_FAILED),
        ("nowhere.mp3", ErrorCode.FETCH_FAILED),
        ("short.mp3", ErrorCode.FETCH_FAILED),
        ("reset.mp3", ErrorCode.FETCH_FAILED),
        ("loop.mp3", ErrorCode.FETCH_FAILED),
        ("empty.mp3", ErrorCode.FILE_EMPTY),
        ("page.mp3", ErrorCode.LINK_UNSUPPORTED),
        ("disguised.mp3", ErrorCode.LINK_UNSUPPORTED),
        ("endless.mp3", ErrorCode.FILE_TOO_LARGE),
        ("huge.mp3", ErrorCode.FILE_TOO_LARGE),
        ("out.mp3", ErrorCode.LINK_NOT_ALLOWED),
        ("file.mp3", ErrorCode.LINK_INVALID),
        ("metadata.mp3", ErrorCode.LINK_PRIVATE_ADDRESS),
        ("router.mp3", ErrorCode.LINK_PRIVATE_ADDRESS),
        ("other_port.mp3", ErrorCode.LINK_PRIVATE_ADDRESS),
    ],
)
def test_what_servers_do_wrong_has_a_code(server, tmp_path, path, code):
    error = refusal(server, path, tmp_path)
    assert error.code is code
    if code is ErrorCode.LINK_UNREACHABLE:
        assert error.facts["host"] == "127.0.0.1"


def test_a_host_that_is_not_allowed_is_not_even_asked(server, tmp_path):
    before = len(server.asked)
    assert refusal(server, "song.mp3", tmp_path, allow_hosts=()).code is ErrorCode.LINK_PRIVATE_ADDRESS
    assert refusal(server, "song.mp3", tmp_path, allow_hosts=("127.0.0.1:1",)).code is ErrorCode.LINK_PRIVATE_ADDRESS
    assert len(server.asked) == before


def test_nobody_listening_is_unreachable(tmp_path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound, not listening: nobody else can take it meanwhile
        host = f"127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(PipelineError) as caught:
            fetch(f"http://{host}/a.mp3", tmp_path, limits=LIMITS, allow_hosts=[host])
    assert caught.value.code is ErrorCode.LINK_UNREACHABLE


def test_a_server_that_drips_is_given_up_by_the_clock(server, tmp_path):
    limits = FetchLimits(timeout_s=0.8)
    error = refusal(server, "drip.mp3", tmp_path, limits=limits)
    assert (error.code, error.facts["limit_s"]) == (ErrorCode.FETCH_TIMEOUT, 0.8)
    assert running_below(tmp_path) == []


def test_a_cancelled_fetch_is_gone(server, tmp_path):
    begun = threading.Event()
    error = refusal(server, "drip.mp3", tmp_path, cancelled=begun.is_set, progress=lambda done, total: begun.set())
    assert error.code is ErrorCode.CANCELLED
    assert running_below(tmp_path) == []


def test_an_interrupt_leaves_nothing_behind(server, tmp_path):
    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetched(server, "drip.mp3", tmp_path, progress=interrupt)
    assert list(tmp_path.iterdir()) == []
    assert running_below(tmp_path) == []


def test_a_killed_parent_takes_its_fetch_along(server, tmp_path):
    before = len(server.asked)
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path; from pipeline.fetch.supervisor import *;"
            "fetch(sys.argv[1], Path(sys.argv[2]), limits=FetchLimits(), allow_hosts=[sys.argv[3]])",
            server.link("drip.mp3"),
            str(tmp_path),
            server.host,
        ],
        cwd=Path(__file__).parents[4],
    )
    wait_until(lambda: len(server.asked) > before)
    assert len(running_below(tmp_path)) == 1
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    wait_until(lambda: running_below(tmp_path) == [])


def test_a_folder_that_cannot_be_written_is_named(server, tmp_path):
    missing = tmp_path / "missing"
    with pytest.raises(PipelineError) as caught:
        fetched(server, "song.mp3", missing)
    assert caught.value.code is ErrorCode.OUTPUT_NOT_WRITABLE
    assert caught.value.facts["path"] == str(missing)


# Sites. There is no internet in a test: another interpreter is put in the real one's place, which is the real one with
# a few lines run first. They stand in for name servers, or for what a site's page would have said; the rest is real.


@pytest.fixture
def interpreter(tmp_path_factory):
    def make(prelude: str) -> Path:
        """Make an environment whose interpreter runs a prelude first, whatever it is started for."""
        folder = tmp_path_factory.mktemp("interpreter")
        (folder / "bin").mkdir()
        python = folder / "bin" / "python"
        python.symlink_to(os.path.realpath(sys.executable))
        (folder / "pyvenv.cfg").write_text(f"home = {Path(os.path.realpath(sys.executable)).parent}\n")
        packages = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
        packages.mkdir(parents=True)
        (packages / "prelude.py").write_text(textwrap.dedent(prelude))
        (packages / "prelude.pth").write_text(f"{Path(yt_dlp.__file__).parents[1]}\nimport prelude\n")
        for name in ("quickjs", "_quickjs", "yt_dlp_ejs"):  # the cage lets it read nothing outside its environment
            if (spec := find_spec(name)) is not None and spec.origin is not None:
                origin = Path(spec.origin)
                if origin.name == "__init__.py":
                    shutil.copytree(origin.parent, packages / name)
                else:
                    shutil.copy(origin, packages)
        return python

    return make


def names_lead_to(address: str) -> str:
    return f"""
        import socket
        socket.getaddrinfo = lambda host, port, *rest, **more: [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ({address!r}, int(port)))
        ]
    """


NO_NAMES = f"""
    import socket
    def getaddrinfo(*arguments, **more):
        raise socket.gaierror({errno.EAGAIN}, "Temporary failure in name resolution")
    socket.getaddrinfo = getaddrinfo
"""


def site_says(info: str) -> str:
    return f"""
        from yt_dlp.extractor.vocaroo import VocarooIE
        from yt_dlp.utils import ExtractorError, GeoRestrictedError, UserNotLive
        def extract(self, url):
            return {info}
        VocarooIE._real_extract = extract
    """


def site_fails(error: str) -> str:
    return site_says("fail()") + textwrap.indent(f"\ndef fail():\n    raise {error}\n", " " * 8)


def from_site(server, python, into, link="https://voca.ro/19cgWmKO6AmC", **options):
    options = {"limits": LIMITS, "allow_hosts": (server.host,), "python": python} | options
    return fetch(link, into, **options)


def refused_by_site(server, python, into, link="https://voca.ro/19cgWmKO6AmC", **options) -> PipelineError:
    with pytest.raises(PipelineError) as caught:
        from_site(server, python, into, link, **options)
    assert list(into.iterdir()) == [], "something was left behind"
    return caught.value


def lie(file_name: str, url: str = "https://vocaroo.com/19cgWmKO6AmC") -> str:
    received = {"file_name": file_name, "title": None, "duration_s": None, "source_id": ""}
    answer = {"received": received | {"url": url, "section_s": None}}
    return f"print({json.dumps(answer)!r})"


def piece(server, path="song.mp3", **more) -> str:
    return repr({"id": "19cgWmKO6AmC", "title": "A\u202esong\n!", "url": server.link(path), "vcodec": "none"} | more)


def test_a_piece_of_a_site_is_downloaded_by_yt_dlp(server, interpreter, tmp_path):
    python = interpreter(site_says(piece(server, duration=12.5, ext="mp3")))
    seen = []
    result = from_site(server, python, tmp_path, progress=lambda done, total: seen.append((done, total)))
    assert result.path.read_bytes() == SOUND
    assert list(tmp_path.iterdir()) == [result.path]
    assert result.path.suffix == ".mp3"
    assert (result.title, result.duration_s) == ("Asong !", 12.5)
    assert (result.extractor, result.source_id) == ("Vocaroo", "19cgWmKO6AmC")
    assert result.canonical_url == "https://vocaroo.com/19cgWmKO6AmC"
    assert seen[-1] == (len(SOUND), len(SOUND))


def vimeo_asks_for_an_account(server) -> str:
    known = {"id": "1", "title": "Song", "url": server.link("song.mp3"), "vcodec": "none", "ext": "mp3"}
    return f"""
        from yt_dlp.extractor.vimeo import VimeoIE
        def extract(self, url):
            seen = "-".join([*self._get_cookies("https://vimeo.com/"), *self._get_cookies("https://www.youtube.com/")])
            self._request_webpage({server.link("")!r} + f"seen-{{seen}}", None, fatal=False)
            if seen != "session":
                self.raise_login_required("Log in to watch")
            return {known}
        VimeoIE._real_extract = extract
    """


@pytest.fixture
def cookies(tmp_path):
    path = tmp_path / "cookies.txt"
    lines = (f"{domain}\tTRUE\t/\tTRUE\t2147483647\t{name}\tsecret-{name}" for domain, name in (
        (".vimeo.com", "session"), ("#HttpOnly_.youtube.com", "LOGIN"), ("evilvimeo.com", "other")))  # fmt: skip
    path.write_text("# Netscape HTTP Cookie File\n" + "\n".join(lines))
    path.chmod(0o600)
    return path


def test_a_site_is_asked_with_its_own_cookies_once_it_has_refused_without(
    server, interpreter, tmp_path, cookies, caplog
):
    before, asked = cookies.read_bytes(), len(server.asked)
    python = interpreter(vimeo_asks_for_an_account(server))
    result = from_site(server, python, into_folder(tmp_path), "https://vimeo.com/1234", cookies=cookies)
    assert result.path.read_bytes() == SOUND
    assert server.asked[asked:] == ["/seen-", "/seen-session", "/song.mp3"]
    assert cookies.read_bytes() == before
    assert "secret" not in caplog.text


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o604])
def test_cookies_that_others_may_read_are_not_used(server, interpreter, tmp_path, cookies, caplog, mode):
    cookies.chmod(mode)
    asked = len(server.asked)
    python = interpreter(vimeo_asks_for_an_account(server))
    error = refused_by_site(server, python, into_folder(tmp_path), "https://vimeo.com/1234", cookies=cookies)
    assert error.code is ErrorCode.LINK_NEEDS_SIGN_IN
    assert server.asked[asked:] == ["/seen-"]
    assert f"cookies are not used: {cookies}: others may read it; chmod 600 {cookies}" in caplog.messages


@pytest.mark.parametrize(("error", "times"), [("'Video unavailable'", 1), ("'Sign in to confirm you’re not a bot'", 1)])
def test_nothing_is_asked_again_where_cookies_do_not_help(server, interpreter, tmp_path, cookies, error, times):
    python = interpreter(f"""
        from yt_dlp.extractor.vocaroo import VocarooIE
        from yt_dlp.utils import ExtractorError
        def extract(self, url):
            self._request_webpage({server.link("asked")!r}, None, fatal=False)
            raise ExtractorError({error}, expected=True)
        VocarooIE._real_extract = extract
    """)
    before = server.asked.count("/asked")
    refused_by_site(server, python, into_folder(tmp_path), cookies=cookies)  # there are none of this site
    assert server.asked.count("/asked") - before == times


@pytest.mark.parametrize("scheme", ["socks5", "http"])
def test_with_a_proxy_all_of_a_fetch_goes_through_the_gate(server, interpreter, tmp_path, scheme):
    python = interpreter(site_says(piece(server, ext="mp3")))
    with LoopbackProxy(scheme, user="u", password="p") as proxy:
        by_site = from_site(server, python, into_folder(tmp_path), proxy=proxy.url)
        itself = fetched(server, "song.mp3", tmp_path / "into", proxy=proxy.url)
    assert by_site.path.read_bytes() == itself.path.read_bytes() == SOUND
    assert set(proxy.asked) == {server.host}


@pytest.mark.parametrize("target", ["10.0.0.1", "169.254.169.254", "127.0.0.1"])
def test_with_a_proxy_a_private_target_is_refused_by_the_gate(server, interpreter, tmp_path, target):
    known = {"id": "19cgWmKO6AmC", "title": "x", "url": f"http://{target}/a.mp3", "vcodec": "none", "ext": "mp3"}
    with LoopbackProxy("socks5") as proxy:
        error = refused_by_site(server, interpreter(site_says(repr(known))), into_folder(tmp_path), proxy=proxy.url)
    assert error.code is ErrorCode.LINK_PRIVATE_ADDRESS
    assert proxy.asked == []


def test_with_a_proxy_nothing_goes_past_the_gate(server, interpreter, tmp_path):
    host, port = server.host.split(":")
    python = interpreter(site_says("fail()") + textwrap.indent(
        f"\ndef fail():\n    import socket\n    socket.create_connection(({host!r}, {port}))\n", " " * 8))  # fmt: skip
    before = len(server.asked)
    with LoopbackProxy("socks5") as proxy:
        error = refused_by_site(server, python, into_folder(tmp_path), proxy=proxy.url)
    assert "one way out" in error.facts["reason"]
    assert (len(server.asked), proxy.asked) == (before, [])


def into_folder(tmp_path):
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


def youtube_asks(server, *, code: str | None) -> str:
    """Return a prelude in which YouTube's extractor solves a challenge, and the sound lies where the solution says."""
    return f"""
        from yt_dlp.extractor.youtube import YoutubeIE
        from yt_dlp.extractor.youtube.jsc.provider import JsChallengeRequest, JsChallengeType, NChallengeInput
        def extract(self, url):
            clients = self._get_requested_clients(url, {{}}, False)
            assert set(clients) == set(self._DEFAULT_CLIENTS), clients
            player_url = {PLAYER_URL!r}
            if {code is not None}:
                self._code_cache[self._player_js_cache_key(player_url)] = {code!r}
            request = JsChallengeRequest(JsChallengeType.N, NChallengeInput(player_url, ["gnos"]), "x")
            [(_, solved)] = self._jsc_director.bulk_solve([request])
            path = solved.output.results["gnos"] + ".mp3"
            self.report_warning("some formats may be missing")
            known = {{"id": "dQw4w9WgXcQ", "title": "Song", "vcodec": "none", "ext": "mp3"}}
            return known | {{"url": {server.link("")!r} + path}}
        YoutubeIE._real_extract = extract
    """


@pytest.mark.skipif(find_spec("quickjs") is None, reason="quickjs-ng is not installed: pip install '.[links]'")
def test_youtube_s_challenge_is_solved_in_the_process_and_its_player_kept(server, interpreter, tmp_path, caplog):
    into, players = tmp_path / "into", tmp_path / "players"
    into.mkdir()
    server.answers["/songx.mp3"] = sound(SOUND)
    link = "https://youtu.be/dQw4w9WgXcQ"
    for code in (player(functions=20), None):  # the second time there is no player but the one that was kept
        python = interpreter(youtube_asks(server, code=code))
        result = from_site(server, python, into, link, players=players)
        assert result.path.read_bytes() == SOUND
        assert len(list(players.iterdir())) == 1
    assert caplog.messages == ["fetching from YouTube: [youtube] some formats may be missing"] * 2


def test_without_the_solver_the_operator_hears_of_it(server, interpreter, tmp_path, caplog):
    prelude = "import sys\nsys.modules['quickjs'] = None\n" + textwrap.dedent(
        site_fails("ExtractorError('No video formats found!', expected=True)").replace("vocaroo", "youtube")
    ).replace("VocarooIE", "YoutubeIE")
    error = refused_by_site(server, interpreter(prelude), tmp_path, "https://youtu.be/dQw4w9WgXcQ")
    assert error.code is ErrorCode.SITE_NEEDS_SOLVER
    assert caplog.messages == ["fetching from YouTube: YouTube's challenge cannot be solved: quickjs-ng is missing"]


def test_a_clip_of_youtube_is_its_video_and_the_part_that_is_meant(server, interpreter, tmp_path):
    video = {"id": "dQw4w9WgXcQ", "title": "Song", "url": server.link("song.mp3"), "vcodec": "none", "ext": "mp3"}
    clip = {"_type": "url_transparent", "url": "https://www.youtube.com/watch?v=dQw4w9WgXcQ", "ie_key": "Youtube"}
    python = interpreter(f"""
        from yt_dlp.extractor.youtube import YoutubeClipIE, YoutubeIE
        YoutubeIE._real_extract = lambda self, url: {video}
        YoutubeClipIE._real_extract = lambda self, url: {clip | {"id": "x", "section_start": 3.5, "section_end": 9.0}}
    """)
    result = from_site(server, python, tmp_path, "https://youtube.com/clip/UgytZKpehg-hEMBSn3F4AaABCQ")
    assert result.path.read_bytes() == SOUND
    assert (result.extractor, result.source_id, result.section_s) == ("Youtube", "dQw4w9WgXcQ", (3.5, 9.0))
    assert result.canonical_url == "https://www.youtube.com/watch?v=dQw4w9WgXcQ"


def test_a_page_that_only_shows_a_piece_of_another_site_is_read_like_its_link(server, interpreter, tmp_path):
    python = interpreter(
        site_says(piece(server, ext="mp3"))
        + """
        from yt_dlp.extractor.reddit import RedditIE
        RedditIE._real_extract = lambda self, url: {"_type": "url", "url": "https://voca.ro/19cgWmKO6AmC?x=y"}
    """
    )
    result = from_site(server, python, tmp_path, "https://redd.it/6rrwyj")
    assert result.path.read_bytes() == SOUND
    assert (result.extractor, result.canonical_url) == ("Vocaroo", "https://vocaroo.com/19cgWmKO6AmC")


@pytest.mark.parametrize("entry", ["vocaroo", "https://vocaroo.com/19cgWmKO6AmC"])
def test_what_is_blocked_is_not_handed_over_whichever_way_it_comes(server, interpreter, tmp_path, entry):
    python, blocked = interpreter(site_says(piece(server, ext="mp3"))), BlockList.parse((entry,))
    before = server.asked.count("/song.mp3")
    assert refused_by_site(server, python, tmp_path, blocked=blocked).code is ErrorCode.LINK_BLOCKED
    assert server.asked.count("/song.mp3") == before
    by_redirect = refused_by_site(server, python, tmp_path, server.link("to_site.mp3"), blocked=blocked)
    assert by_redirect.facts == {"site": "Vocaroo"}


def test_an_allowed_host_that_leads_to_a_site_is_read_like_that_link(server, interpreter, tmp_path):
    python = interpreter(site_says(piece(server, ext="mp3")))
    result = from_site(server, python, tmp_path, link=server.link("to_site.mp3"))
    assert result.path.read_bytes() == SOUND
    assert (result.extractor, result.canonical_url) == ("Vocaroo", "https://vocaroo.com/19cgWmKO6AmC")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"duration": 61}, ErrorCode.TOO_LONG),
        ({"is_live": True}, ErrorCode.LINK_IS_LIVE),
        ({"live_status": "is_upcoming"}, ErrorCode.LINK_IS_LIVE),
        ({"_type": "playlist", "entries": []}, ErrorCode.LINK_IS_PLAYLIST),
        ({"_type": "url", "url": "https://example.org/x", "ie_key": "Generic"}, ErrorCode.LINK_UNSUPPORTED),
        ({"_type": "url", "url": "file:///etc/passwd"}, ErrorCode.LINK_UNSUPPORTED),
        ({"formats": [], "url": None}, ErrorCode.LINK_UNSUPPORTED),
    ],
)
def test_what_is_unfit_is_refused_before_it_is_downloaded(server, interpreter, tmp_path, more, code):
    before = len(server.asked)
    error = refused_by_site(server, interpreter(site_says(piece(server, **more))), tmp_path)
    assert error.code is code
    assert len(server.asked) == before
    if code is ErrorCode.TOO_LONG:
        assert error.facts == {"limit_s": 60.0, "duration_s": 61.0}


@pytest.mark.parametrize("path", ["endless.mp3", "huge.mp3"])
def test_a_piece_that_is_larger_than_it_should_be_is_stopped(server, interpreter, tmp_path, path):
    error = refused_by_site(server, interpreter(site_says(piece(server, path))), tmp_path)
    assert (error.code, error.facts["limit_bytes"]) == (ErrorCode.FILE_TOO_LARGE, LIMITS.max_bytes)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("ExtractorError('Sign in to confirm you’re not a bot', expected=True)", ErrorCode.LINK_TURNED_AWAY),
        ("GeoRestrictedError('Not here', countries=['DE'])", ErrorCode.LINK_GEO_BLOCKED),
        ("UserNotLive()", ErrorCode.LINK_IS_LIVE),
        ("KeyError('surprise')", ErrorCode.SITE_CHANGED),
    ],
)
def test_an_extractors_error_has_a_code(server, interpreter, tmp_path, error, code):
    assert refused_by_site(server, interpreter(site_fails(error)), tmp_path).code is code


@pytest.mark.parametrize("link", ["https://youtu.be/dQw4w9WgXcQ", "https://soundcloud.com/artist/track"])
def test_the_real_extractors_run_and_say_that_there_is_no_network(server, interpreter, tmp_path, link):
    error = refused_by_site(server, interpreter(NO_NAMES), tmp_path, link)
    assert error.code is ErrorCode.LINK_UNREACHABLE
    assert "name resolution" in error.facts["reason"]


@pytest.mark.parametrize(
    ("address", "link"),
    [("10.0.0.1", "https://voca.ro/19cgWmKO6AmC"), ("127.0.0.1", "https://youtu.be/dQw4w9WgXcQ")],
)
def test_a_sites_name_that_leads_into_a_private_network_is_not_followed(server, interpreter, tmp_path, address, link):
    error = refused_by_site(server, interpreter(names_lead_to(address)), tmp_path, link, allow_hosts=())
    assert error.code is ErrorCode.LINK_PRIVATE_ADDRESS


def test_an_allowed_name_never_leads_to_a_clouds_credentials(server, interpreter, tmp_path):
    python = interpreter(names_lead_to("169.254.169.254"))
    error = refused_by_site(server, python, tmp_path, "http://media.example/a.mp3", allow_hosts=("media.example",))
    assert error.code is ErrorCode.LINK_PRIVATE_ADDRESS


@pytest.mark.skipif(
    sys.platform != "linux" or landlock.version(ctypes.CDLL(None, use_errno=True)) < 4, reason="Landlock knows no ports"
)
def test_without_the_guard_the_cage_lets_nothing_past_the_gate_either(server, interpreter, tmp_path):
    host, port = server.host.split(":")
    attempts = [f"__import__('socket').create_connection(({host!r}, {port}))",
                f"__import__('socket').create_connection(('{PUBLIC_ADDRESS}', 443), 1)"]  # fmt: skip
    prelude = attempted(server, attempts, "import sys; sys.addaudithook = lambda hook: None")
    with LoopbackProxy("socks5") as proxy:
        result = from_site(server, interpreter(prelude), tmp_path, proxy=proxy.url)
    assert result.title == "PermissionError PermissionError"
    assert result.path.read_bytes() == SOUND


ATTEMPTS = [
    "__import__('subprocess').run(['/bin/true'])",
    "__import__('os').fork()",
    "open('/tmp/ganterpret-should-not-exist', 'w')",
    "__import__('socket').socket().bind(('127.0.0.1', 0))",
    "__import__('socket').socket(1).connect('/tmp/socket')",
    f"__import__('socket').create_connection(('{PUBLIC_ADDRESS}', 25))",
]
BY_THE_GUARD = ["open('../outside', 'w')", "__import__('socket').create_connection(('192.0.2.1', 80))"]
BY_THE_CAGE = [f"open({str(Path(__file__))!r})", "open('/etc/passwd')", "__import__('os').symlink('x', 'y')"]


def attempted(server, attempts: list[str], prelude: str = "") -> str:
    """Return a prelude in which the extractor makes attempts, and tells as a title how each of them went."""
    info = piece(server).replace("'title': ", "'title': outcomes() or ")
    return f"""
        {prelude}
        def outcome(attempt):
            try:
                eval(attempt)
            except Exception as error:
                return type(error).__name__
            return "nothing"
        def outcomes():
            return " ".join(map(outcome, {attempts!r}))
    """ + site_says(info)


def test_the_process_may_do_nothing_else(server, interpreter, tmp_path):
    attempts = [*ATTEMPTS, *BY_THE_GUARD]
    outcomes = from_site(server, interpreter(attempted(server, attempts)), tmp_path).title.split()
    assert len(outcomes) == len(attempts)
    assert set(outcomes) <= {"Refused", "PermissionError"}, "by the guard, or by the kernel before it"
    assert "Refused" in outcomes


@pytest.mark.skipif(
    not {"landlock", "seccomp"} <= {layer.name for layer in layers() if layer.holds}, reason="this kernel lacks layers"
)
def test_without_the_guard_the_cage_holds_all_the_same(server, interpreter, tmp_path):
    attempts = [*ATTEMPTS, *BY_THE_CAGE]
    prelude = attempted(server, attempts, "import sys; sys.addaudithook = lambda hook: None")
    outcomes = from_site(server, interpreter(prelude), tmp_path).title.split()
    assert dict(zip(attempts, outcomes, strict=True)) == dict.fromkeys(attempts, "PermissionError")


@pytest.mark.parametrize(
    ("prelude", "reason"),
    [
        ("import os; os._exit(3)", "code 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "ended with SIGSEGV"),
        ("import os, time; os.close(1); time.sleep(60)", "fell silent"),
        ("print('hello')", "an answer that is none"),
        ('import os; os.write(1, b\'{"received": {"file_na\'); os._exit(0)', "code 0"),
        (lie("/etc/passwd"), "a file outside its folder"),
        (lie("no"), "no file"),
        *(
            (f"open('a', 'wb').write(b'x')\n{lie('a', url)}", reason)
            for url, reason in (
                ("", "a link that is none"),
                ("https://evil.example/", "a link that is none"),
                ("http://10.0.0.1/", "a link that is none"),
                ("https://voca.ro/19cgWmKO6AmC", "a link that is not built anew"),
            )
        ),
        (
            "import os; os.mkdir('a')\n" + lie("a"),
            "something that is not a file",
        ),
        ("import sys; sys.modules['yt_dlp'] = None", "yt-dlp cannot be imported"),
    ],
)
def test_a_process_that_breaks_or_lies_is_not_believed(server, interpreter, tmp_path, prelude, reason):
    error = refused_by_site(server, interpreter(f"{prelude}\nimport sys\nsys.stdout.flush()"), tmp_path)
    assert error.code is ErrorCode.FETCH_FAILED
    assert reason in error.facts["reason"]


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM"])
def test_a_process_that_was_killed_is_told_from_a_refusal(server, interpreter, tmp_path, name):
    prelude = f"import os, signal; os.kill(os.getpid(), signal.{name})"
    error = refused_by_site(server, interpreter(prelude), tmp_path)
    assert isinstance(error, FetchInterrupted)
    assert name in error.facts["reason"]


def test_a_process_that_fails_by_itself_was_not_interrupted(server, interpreter, tmp_path):
    error = refused_by_site(server, interpreter("import os; os.abort()"), tmp_path)
    assert error.code is ErrorCode.FETCH_FAILED
    assert not isinstance(error, FetchInterrupted)


def test_an_interpreter_that_is_not_there_is_named(server, tmp_path):
    error = refused_by_site(server, Path("/nonexistent/python"), tmp_path)
    assert (error.code, error.facts["reason"]) == (
        ErrorCode.FETCH_FAILED,
        "/nonexistent/python: No such file or directory",
    )


def packages_of(python: Path) -> Path:
    [packages] = python.parents[1].glob("lib/python*/site-packages")
    return packages


def test_another_interpreters_own_yt_dlp_comes_first(server, interpreter, tmp_path):
    python = interpreter("")
    (packages_of(python) / "yt_dlp").mkdir()
    (packages_of(python) / "yt_dlp" / "__init__.py").write_text("raise ImportError('I am the newer one')")
    assert "I am the newer one" in refused_by_site(server, python, tmp_path).facts["reason"]


def test_the_process_runs_these_files_of_ours_whatever_the_interpreter_has(server, interpreter, tmp_path):
    python = interpreter(site_says(piece(server)))
    (packages_of(python) / "pipeline").mkdir()
    (packages_of(python) / "pipeline" / "__init__.py").write_text("raise ImportError('another installation')")
    assert from_site(server, python, tmp_path).path.read_bytes() == SOUND


def test_the_process_is_told_where_the_project_lies():
    *interpreter, option, _, project = command(Path("/opt/yt-dlp/bin/python"))
    assert (interpreter, option) == (["/opt/yt-dlp/bin/python", "-I", "-B"], "-c")
    assert (Path(project) / "pipeline" / "fetch" / "child.py").is_file()


def test_the_environment_holds_no_secrets(tmp_path):
    inherited = {
        "GANTERPRET_DISCORD_TOKEN": "secret",
        "HTTPS_PROXY": "http://proxy",
        "HOME": "/root",
        "SSL_CERT_FILE": "/certificates.pem",
        "PYTHONPATH": "/elsewhere",
        "LD_PRELOAD": "x.so",
    }
    passed = environment(tmp_path, inherited)
    assert passed["HOME"] == str(tmp_path)
    assert passed["SSL_CERT_FILE"] == "/certificates.pem"
    assert passed.keys().isdisjoint({"GANTERPRET_DISCORD_TOKEN", "HTTPS_PROXY", "PYTHONPATH", "LD_PRELOAD"})


def running_below(folder: Path) -> list[str]:
    """Return the processes whose working folder lies below a folder: fetches work inside their result's."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # It ended meanwhile, or has ended and waits to be waited for.
            if (process / "cwd").readlink().is_relative_to(folder):
                found.append(process.name)
    return found


def wait_until(condition) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
