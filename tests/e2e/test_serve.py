"""``ganterpret serve`` as an operator runs it: a process, a token, a signal."""

import asyncio
import signal
import subprocess
from collections.abc import Callable

import pytest

from tests.doubles.telegram.server import TelegramServer

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.mark.parametrize("worker", ["--no-worker", "--worker"])
async def test_it_answers_and_stops_when_told_to(start: Start, worker: str) -> None:
    with TelegramServer() as server:
        ada = server.world.user("Ada")
        chat = ada.private
        chat.says(ada, "/help")
        process = start(
            "serve",
            worker,
            GANTERPRET_TELEGRAM_TOKEN=server.token,
            GANTERPRET_TELEGRAM_API_URL=server.base_url.removesuffix("/bot"),
            GANTERPRET_TELEGRAM_FILE_URL=server.base_file_url.removesuffix("/bot"),
        )
        answer = await chat.wait_for(lambda message: "/ganterpret" in (message.text or ""), timeout_s=60)
        assert answer
        process.send_signal(signal.SIGTERM)
        _, said = await asyncio.to_thread(process.communicate, timeout=60)
    assert process.returncode == 0, said
    assert server.token not in said


def test_without_a_token_it_says_what_is_missing(start: Start) -> None:
    process = start("serve", "--no-worker")
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "GANTERPRET_TELEGRAM_TOKEN" in said


async def test_a_wrong_token_is_said_so_and_not_shown(start: Start) -> None:
    with TelegramServer() as server:
        process = start(
            "serve",
            "--no-worker",
            GANTERPRET_TELEGRAM_TOKEN="999999:an-old-token-that-was-revoked-long-ago",
            GANTERPRET_TELEGRAM_API_URL=server.base_url.removesuffix("/bot"),
        )
        _, said = await asyncio.to_thread(process.communicate, timeout=60)
    assert process.returncode == 1
    assert "BotFather" in said
    assert "revoked-long-ago" not in said
    assert "Traceback" not in said
