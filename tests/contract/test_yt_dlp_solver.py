"""What we believe about yt-dlp's challenges, asked of the yt-dlp that is installed, with and without our solver."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yt_dlp
from yt_dlp.extractor.youtube.jsc import _registry
from yt_dlp.extractor.youtube.jsc.provider import (
    JsChallengeRequest,
    JsChallengeType,
    NChallengeInput,
    SigChallengeInput,
)

from benchmarks.links.made_up_player import PLAYER_URL, player, solved_n, solved_sig
from pipeline.fetch.link import parse_link
from pipeline.fetch.solver import provider
from pipeline.fetch.solver.engine import EngineLimits
from pipeline.fetch.solver.players import PlayerKey, read_player
from pipeline.fetch.solver.scripts import load_scripts
from pipeline.fetch.ytdlp import options
from tests.doubles.yt_dlp_parts import Told, put_back

URL = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"


@pytest.fixture
def registered() -> Iterator[dict[str, Any]]:
    """Yield yt-dlp's table of providers, without ours, and put it back as it was."""
    with put_back(_registry._jsc_providers.value) as table:
        table.pop(provider.NAME, None)
        yield table


def youtube(folder: Path, log: Told) -> Any:
    downloader = yt_dlp.YoutubeDL(options(parse_link(URL), folder, max_bytes=1, logger=log))
    extractor = downloader.get_info_extractor("Youtube")
    extractor.initialize()
    return extractor


def needs_solver() -> None:
    pytest.importorskip("quickjs", reason="quickjs-ng is not installed: pip install '.[links]'")
    pytest.importorskip("yt_dlp_ejs", reason="yt-dlp-ejs is not installed: pip install '.[links]'")


def challenges(n: list[str], sig: list[str]) -> list[JsChallengeRequest]:
    return [
        JsChallengeRequest(JsChallengeType.N, NChallengeInput(PLAYER_URL, n), "dQw4w9WgXcQ"),
        JsChallengeRequest(JsChallengeType.SIG, SigChallengeInput(PLAYER_URL, sig), "dQw4w9WgXcQ"),
    ]


def test_without_a_solver_one_client_is_left_and_yt_dlp_says_so(registered: dict[str, Any], tmp_path: Path) -> None:
    log = Told()
    extractor = youtube(tmp_path, log)
    clients = extractor._get_requested_clients(URL, {}, False)
    assert tuple(clients) == tuple(extractor._DEFAULT_JSLESS_CLIENTS)
    assert any("No supported JavaScript runtime" in warning for warning in log.warnings)


def test_with_the_solver_yt_dlp_asks_as_its_own_clients(registered: dict[str, Any], tmp_path: Path) -> None:
    needs_solver()
    assert provider.install(kept_in=None, new_into=tmp_path) is None
    log = Told()
    extractor = youtube(tmp_path, log)
    clients = extractor._get_requested_clients(URL, {}, False)
    assert tuple(clients) == tuple(extractor._DEFAULT_CLIENTS)
    assert set(clients) - set(extractor._DEFAULT_JSLESS_CLIENTS)
    assert not log.warnings


def test_the_solver_is_the_one_provider_that_is_available(registered: dict[str, Any], tmp_path: Path) -> None:
    needs_solver()
    provider.install(kept_in=None, new_into=tmp_path)
    providers = youtube(tmp_path, Told())._jsc_director.providers
    assert [key for key, each in providers.items() if each.is_available()] == [provider.NAME]


def test_a_made_up_player_is_solved_right_and_kept(registered: dict[str, Any], tmp_path: Path) -> None:
    needs_solver()
    provider.install(kept_in=tmp_path, new_into=tmp_path)
    log = Told()
    # yt-dlp asks with the letters of these numbers, to learn where each of them goes.
    signature = "".join(map(chr, range(107)))
    for is_kept in (False, True):
        extractor = youtube(tmp_path, log)
        if not is_kept:  # where the player is kept it is not even asked for
            extractor._code_cache[extractor._player_js_cache_key(PLAYER_URL)] = player(functions=50)
        solved = extractor._jsc_director.bulk_solve(challenges(["abc", "x_-9"], [signature]))
        assert [response.output.results for _, response in solved] == [
            {"abc": solved_n("abc"), "x_-9": solved_n("x_-9")},
            {signature: solved_sig(signature)},
        ]
        assert read_player(tmp_path, PlayerKey(PLAYER_URL, load_scripts().version)) is not None
    assert not log.warnings


@pytest.mark.parametrize(
    "code",
    ["", "not javascript (", "var a = 1;", player(throws=True), "while (true) {}", player() + "\nwhile (true) {}"],
)
def test_a_player_that_cannot_be_solved_is_a_warning(registered: dict[str, Any], tmp_path: Path, code: str) -> None:
    needs_solver()
    provider.install(kept_in=None, new_into=tmp_path, limits=EngineLimits(processor_s=0.5))
    log = Told()
    extractor = youtube(tmp_path, log)
    extractor._code_cache[extractor._player_js_cache_key(PLAYER_URL)] = code
    solved = dict(extractor._jsc_director.bulk_solve(challenges(["abc"], ["x" * 99])[:1]))
    assert not solved
    assert log.warnings


def test_the_scripts_are_the_very_ones_that_yt_dlp_asks_for() -> None:
    needs_solver()
    from yt_dlp.extractor.youtube.jsc._builtin import vendor

    scripts = load_scripts()
    assert scripts.version.split(".")[:2] == vendor.VERSION.split(".")[:2]


def test_other_scripts_are_no_solver(
    registered: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs_solver()
    from yt_dlp_ejs.yt import solver

    monkeypatch.setattr(solver, "core", lambda: "var jsc = () => evil")
    assert (
        provider.install(kept_in=None, new_into=tmp_path) == "yt.solver.core.min.js is not the one that yt-dlp asks for"
    )
    assert provider.NAME not in registered


@pytest.mark.parametrize("missing", ["quickjs", "yt_dlp_ejs"])
def test_without_a_part_there_is_no_solver_and_it_says_which(
    registered: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    assert "is missing" in (provider.install(kept_in=None, new_into=tmp_path) or "")
    assert provider.NAME not in registered
