"""A worker beside a bot: real processes that live, die and will not stop."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path
from typing import IO

import pytest

from bot.app import keep_worker as keeping
from bot.app.keep_worker import keep_worker, next_pause_s
from bot.app.worker_process import start_worker
from pipeline.processes.child import Child
from pipeline.processes.deadline import Deadline


def starting(program: str) -> Callable[[IO[bytes]], Child]:
    def start(log_file: IO[bytes]) -> Child:
        return Child.start([sys.executable, "-c", program], deadline=Deadline.after(60), stderr=log_file)

    return start


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr(keeping, "LONGEST_PAUSE_S", 0.001)


def test_the_pauses_grow_to_a_minute_and_begin_anew_after_a_long_life() -> None:
    pauses = list(accumulate([1.0] * 8, next_pause_s, initial=0.0))
    assert pauses == [0, 2, 4, 8, 16, 32, 60, 60, 60]
    assert next_pause_s(60.0, lived_s=61.0) == 2
    assert next_pause_s(0.0, lived_s=3600.0) == 2


@pytest.mark.usefixtures("no_pauses")
async def test_a_worker_that_dies_is_followed_by_another_and_the_log_says_why(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    stopping = asyncio.Event()
    started = 0

    def start(log_file: IO[bytes]) -> Child:
        nonlocal started
        started += 1
        if started == 4:
            stopping.set()
        return starting("import sys; print('first', file=sys.stderr); sys.exit('out of luck')")(log_file)

    await asyncio.wait_for(keep_worker(stopping, start), 60)
    assert started == 4
    assert [record.getMessage() for record in caplog.records][:3] == [
        "the worker has died (code 1: out of luck); starting another in 0 s"
    ] * 3
    assert "first\nout of luck" in capfd.readouterr().err


async def test_the_log_says_how_long_it_will_be(caplog: pytest.LogCaptureFixture) -> None:
    stopping = asyncio.Event()
    keeper = asyncio.create_task(keep_worker(stopping, starting("import os; os.kill(os.getpid(), 9)")))
    while not caplog.records:
        await asyncio.sleep(0.01)
    stopping.set()
    await asyncio.wait_for(keeper, 60)
    assert caplog.messages == ["the worker has died (SIGKILL); starting another in 2 s"]


@pytest.mark.usefixtures("no_pauses")
async def test_a_worker_that_cannot_be_started_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    stopping = asyncio.Event()
    attempts = 0

    def start(_: IO[bytes]) -> Child:
        nonlocal attempts
        attempts += 1
        if attempts == 2:
            stopping.set()
        raise OSError("no memory")

    await asyncio.wait_for(keep_worker(stopping, start), 60)
    assert "could not be started: no memory" in caplog.text


HANDS_BACK = """
import os, signal, time
def end(*_):
    os.write(2, b"handed back")
    os._exit(0)
signal.signal(signal.SIGTERM, end)
os.write(2, b"ready")
time.sleep(600)
"""
DEAF = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.write(2, b"ready")
time.sleep(600)
"""


async def test_it_is_drained_at_the_end(capfd: pytest.CaptureFixture[str]) -> None:
    stopping = asyncio.Event()
    keeper = asyncio.create_task(keep_worker(stopping, starting(HANDS_BACK)))
    while "ready" not in capfd.readouterr().err:
        await asyncio.sleep(0.01)
    stopping.set()
    await asyncio.wait_for(keeper, 60)
    assert "handed back" in capfd.readouterr().err


async def test_one_that_will_not_stop_is_killed(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "STOPS_WITHIN_S", 0.1)
    stopping = asyncio.Event()
    keeper = asyncio.create_task(keep_worker(stopping, starting(DEAF)))
    while "ready" not in capfd.readouterr().err:
        await asyncio.sleep(0.01)
    stopping.set()
    await asyncio.wait_for(keeper, 60)
    assert "does not stop" in caplog.text


@pytest.fixture
def strange_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    for package in ("bot", "pipeline", "storage"):
        (tmp_path / package).mkdir()
        if request.param == "packages":
            (tmp_path / package / "__init__.py").write_text("raise SystemExit('somebody else')")
    monkeypatch.setenv("GANTERPRET_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GANTERPRET_TELEGRAM_TOKEN", "42:secret")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("strange_folder", ["empty folders", "packages"], indirect=True)
async def test_the_real_worker_lives_beside_folders_of_its_own_name(strange_folder: Path) -> None:
    with (strange_folder / "log").open("wb") as log_file, start_worker(log_file) as worker:
        known = Path(f"/proc/{worker.pid}/environ")
        if known.exists():
            assert b"42:secret" not in known.read_bytes()
        while not (strange_folder / "home" / "ganterpret.sqlite3").exists():
            assert worker.poll() is None, (strange_folder / "log").read_text()
            await asyncio.sleep(0.05)
        ended = worker.stop(60)
    # It may be asked before it listens to the signal.
    assert ended.ok or ended.signal == 15 or ended.code == 143, (ended, (strange_folder / "log").read_text())


def test_nothing_is_logged_of_a_worker_that_was_stopped(caplog: pytest.LogCaptureFixture) -> None:
    async def serve_a_moment() -> None:
        stopping = asyncio.Event()
        keeper = asyncio.create_task(keep_worker(stopping, starting("import time; time.sleep(600)")))
        await asyncio.sleep(0)
        stopping.set()
        await keeper

    with caplog.at_level(logging.ERROR):
        asyncio.run(serve_a_moment())
    assert caplog.messages == []
