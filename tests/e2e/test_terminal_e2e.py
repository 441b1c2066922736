"""A clip, its remix and a mistake in the terminal, by the whole way of a request.

Everything is real: dispatcher, outbox, database, engine, worker, render process, encoder. The conversation is written
down in `docs/chats-terminal.md`; GANTERPRET_WRITE_DOCS=1 writes it anew.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bot.adapters.terminal.service import QUIT
from bot.cli import chat
from bot.settings import Settings
from pipeline.media.tags import read_recipe
from pipeline.sample import sample_sound
from tests.doubles.transcript import REWRITE, Transcript
from tests.e2e.conftest import ROOT
from tests.e2e.running_bot import saved, worker_running

WRITE_DOCS = os.environ.get(REWRITE)  # before the environment is cleared for the test
PAGE = ROOT / "docs" / "chats-terminal.md"
PROGRESS = ("Next in the queue.", "About to begin", "Fetching", "Listening", "Waking", "Sketching", "Putting", "▰", "▱")


class Typist:
    """Types lines into a conversation, and waits for those that are printed."""

    def __init__(self) -> None:
        self.lines: asyncio.Queue[str | None] = asyncio.Queue()
        self.printed: list[str] = []
        self._new = asyncio.Event()
        self._looked_at = 0

    def show(self, line: str) -> None:
        self.printed.append(line)
        self._new.set()

    def types(self, line: str) -> None:
        self.printed.append(f"> {line}")
        self.lines.put_nowait(line)

    async def wait_for(self, text: str, timeout_s: float = 60) -> str:
        """Return the next line with a text in it, once it is there."""
        async with asyncio.timeout(timeout_s):
            while True:
                self._new.clear()
                for number in range(self._looked_at, len(self.printed)):
                    if text in self.printed[number] and not self.printed[number].startswith("> "):
                        self._looked_at = number + 1
                        return self.printed[number]
                await self._new.wait()

    def page(self, folder: Path) -> str:
        """Return what is printed, but for how far things are, which differs from run to run."""
        kept = [line for line in self.printed if not line.lstrip().startswith(PROGRESS)]
        return "\n".join(line.replace(str(folder), "/home/ada") for line in kept)


@pytest.mark.usefixtures("impatient")
async def test_a_clip_its_remix_by_its_id_and_a_button(
    environment: dict[str, str], storyboard_seen: threading.Event, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if WRITE_DOCS:
        monkeypatch.setenv(REWRITE, WRITE_DOCS)
    folder = tmp_path.resolve()
    song = folder / "song.m4a"
    song.write_bytes(sample_sound().read_bytes())
    settings = Settings(_env_file=None, model="sketch")  # type: ignore[call-arg]
    typist = Typist()
    monkeypatch.setattr(chat, "print_line", typist.show)
    stopping = asyncio.Event()
    async with asyncio.TaskGroup() as tasks, worker_running(settings):
        tasks.create_task(chat.converse(settings, folder / "out", typist.lines, stopping))
        await typist.wait_for(chat.GREETING)
        typist.types(f"/ganterpret {song} theme:primates size:128 seed:7 duration:4")
        await typist.wait_for("picture: ")
        storyboard_seen.set()
        first = (await typist.wait_for("clip: ")).partition("clip: ")[2]
        storyboard_seen.clear()
        typist.types("/remix #1 theme:birds duration:2")
        await typist.wait_for("picture: ")
        storyboard_seen.set()
        second = (await typist.wait_for("clip: ")).partition("clip: ")[2]
        await typist.wait_for("🗑")
        typist.types("/ganterpret nowhere.mp3")
        await typist.wait_for("There is no such file.")
        typist.types("99")
        await typist.wait_for("99")
        delete = next(line for line in reversed(typist.printed) if "🗑" in line).rpartition("[")[2].partition("]")[0]
        typist.types(delete)
        sure = await typist.wait_for("Delete it")
        typist.types(sure.partition("[")[2].partition("]")[0])
        await asyncio.wait_for(_gone(Path(second)), 10)
        typist.types(QUIT)
        await asyncio.wait_for(stopping.wait(), 10)
    assert read_recipe(saved(Path(first).read_bytes(), tmp_path / "saved.mp4", 4.0)).theme == "primates"
    page = Transcript("Terminal: a clip, its remix and its end")
    page.tell(
        "`ganterpret chat`, in a folder of one's own. Lines behind `>` are typed; how far a clip is, is left out."
    )
    page.show(typist.page(folder))
    page.hold_against(PAGE)


async def _gone(path: Path) -> None:
    while path.exists():
        await asyncio.sleep(0.05)


def converse(environment: dict[str, str], folder: Path, *typed: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "chat"],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(ROOT)},
        input="".join(f"{line}\n" for line in typed),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("last", [(QUIT,), ()], ids=["quit", "end of the lines"])
def test_the_program_answers_and_ends(last: tuple[str, ...], environment: dict[str, str], tmp_path: Path) -> None:
    said = converse(environment, tmp_path, "/help", *last)
    assert chat.GREETING in said
    assert "/ganterpret" in said.replace(chat.GREETING, "")


def test_an_interrupt_ends_it_while_nothing_is_typed(environment: dict[str, str], tmp_path: Path) -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(read_end), os.fdopen(write_end, "w"):
        process = subprocess.Popen(
            [sys.executable, "-m", "bot.cli", "chat"],
            cwd=tmp_path,
            env=environment | {"PYTHONPATH": str(ROOT)},
            stdin=read_end,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        with process:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == chat.GREETING
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 0
