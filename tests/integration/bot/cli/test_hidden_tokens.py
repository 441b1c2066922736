"""A bot's tokens are in nobody's environment, as soon as it has read them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
TOKEN = "123456:the-token-of-a-bot"
PROGRAM = """
import os, sys
sys.argv = ["ganterpret", "serve"]
from bot.cli.hidden_tokens import TOKENS, begin_again_without_tokens, forget_tokens
begin_again_without_tokens()
print([os.environ.get(name) for name in TOKENS], os.getpid())
forget_tokens()
print([os.environ.get(name) for name in TOKENS])
with open("/proc/self/environ", "rb") as environment:
    print(b"the-token" in environment.read())
print(os.environ.get("GANTERPRET_TOKENS_PIPE"), os.environ["KEPT"], sys.stdin.read())
"""

linux = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="nothing shows a process's environment here")


@linux
def test_a_bot_has_its_token_and_its_environment_has_not() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={"GANTERPRET_TELEGRAM_TOKEN": TOKEN, "KEPT": "kept", "PATH": os.defpath},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        said, _ = process.communicate("typed", timeout=60)
    assert process.returncode == 0
    assert said.splitlines() == [f"[None, '{TOKEN}'] {process.pid}", "[None, None]", "False", "None kept typed"]


@linux
def test_the_program_itself_holds_none_while_it_serves(tmp_path: Path) -> None:
    """It cannot reach its chat, and goes on trying; meanwhile its environment is read."""
    environment = {
        "GANTERPRET_TELEGRAM_TOKEN": TOKEN,
        "GANTERPRET_TELEGRAM_API_URL": "http://127.0.0.1:9",
        "GANTERPRET_HOME": str(tmp_path / "home"),
        "HOME": str(tmp_path),
        "PATH": os.defpath,
        "PYTHONPATH": str(ROOT),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "serve", "--no-worker"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with process:
        try:
            books = tmp_path / "home" / "ganterpret.sqlite3"
            while not books.exists():  # it has read its settings
                assert process.poll() is None
                time.sleep(0.01)
            assert TOKEN.encode() not in Path(f"/proc/{process.pid}/environ").read_bytes()
            assert b"GANTERPRET_HOME" in Path(f"/proc/{process.pid}/environ").read_bytes()
        finally:
            process.kill()


def test_without_tokens_nothing_begins_again() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from bot.cli.hidden_tokens import begin_again_without_tokens as begin; begin(); print('on')",
        ],
        cwd=ROOT,
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "on\n"
