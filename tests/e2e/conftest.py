"""Sounds of every kind, a command line to hand them to, and what a chat, its bot and its worker need around them."""

import logging
import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import pytest

from bot.delivery import outbox, status_updates
from bot.worker import worker
from bot.worker.render_process import RenderProcess
from bot.worker.render_protocol import RenderEvent, RenderTask
from pipeline.render.values import RenderedClip
from pipeline.sample import sample_sound
from tests.integration.pipeline.fetch.media_server import MediaServer, sound

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
ROOT = Path(__file__).parents[2]

ENCODERS: dict[str, list[str]] = {
    "song.wav": [],
    "song.mp3": ["-c:a", "libmp3lame"],
    "song.m4a": ["-c:a", "aac"],
    "song.flac": ["-c:a", "flac"],
    "voice.ogg": ["-c:a", "libopus", "-ac", "1", "-b:a", "32k"],
    "video.mp4": ["-f", "lavfi", "-i", "color=red:s=64x64:r=10", "-shortest", "-c:a", "aac"],
    "video.webm": ["-f", "lavfi", "-i", "color=red:s=64x64:r=10", "-shortest", "-c:a", "libopus"],
}


def ffmpeg(*arguments: str | Path, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    command = [FFMPEG, "-hide_banner", "-loglevel", "error", "-y", *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, check=True, timeout=60)


def samples(seconds: float) -> np.ndarray:
    """Two tones that take turns, with noise between, in stereo: something happens twice a second."""
    rng = np.random.default_rng(5)
    time_s = np.arange(int(44_100 * seconds)) / 44_100
    tone = np.where(time_s % 1 < 0.5, np.sin(2 * np.pi * 330 * time_s), np.sin(2 * np.pi * 550 * time_s))
    noise = rng.standard_normal(len(time_s)) * (time_s % 0.5 < 0.05)
    left = 0.4 * tone + 0.2 * noise
    return (np.stack([left, np.roll(left, 441)], axis=1) * 32_000).clip(-32_768, 32_767).astype("<i2")


@pytest.fixture(scope="session")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two seconds of sound in each kind of file."""
    folder = tmp_path_factory.mktemp("sounds")
    raw = samples(2.0).tobytes()
    for name, encoder in ENCODERS.items():
        ffmpeg("-f", "s16le", "-ar", "44100", "-ac", "2", "-i", "-", *encoder, folder / name, stdin=raw)
    return folder


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A home of its own for whatever runs in a test; returns what a child process needs."""
    for name in [name for name in os.environ if name.startswith("GANTERPRET_")]:
        monkeypatch.delenv(name)
    ours = {"GANTERPRET_HOME": str(tmp_path / "home"), "GANTERPRET_CACHE_DIR": str(tmp_path / "cache")}
    for name, value in ours.items():
        monkeypatch.setenv(name, value)
    return os.environ | ours


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start ``ganterpret`` as a process of its own, which does not outlive the test."""
    with ExitStack() as stack:

        def start(*arguments: str | Path, **more: str) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                [sys.executable, "-m", "bot.cli", *map(str, arguments)],
                cwd=tmp_path,
                env=environment | {"PYTHONPATH": str(ROOT)} | more,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        yield start


@pytest.fixture
def media() -> Iterator[MediaServer]:
    """A web server with the sample sound on it."""
    with MediaServer(song=sound(sample_sound().read_bytes())) as server:
        yield server


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Look often, so that the test waits for work and not for the next look; and leave the log as it was."""
    monkeypatch.setattr(outbox, "LOOK_EVERY_S", 0.1)
    monkeypatch.setattr(status_updates, "EDIT_EVERY_S", 0.1)
    monkeypatch.setattr(worker, "RELEASE_EVERY_S", 0.1)
    # Seeds and suggestions are drawn by the system's chance; a page needs the same ones every time.
    monkeypatch.setattr(random, "SystemRandom", lambda: random.Random(2020))
    before = logging.getLogRecordFactory()
    yield
    logging.setLogRecordFactory(before)


@pytest.fixture
def storyboard_seen(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Hold the worker up when it has sketched the scenes, until the test has seen them in the chat."""
    seen = threading.Event()
    render = RenderProcess.render

    def patiently(
        self: RenderProcess, task: RenderTask, *, on_event: Callable[[RenderEvent], None], **others: Any
    ) -> RenderedClip:
        def hear(event: RenderEvent) -> None:
            on_event(event)
            if event.storyboard is not None:
                assert seen.wait(20)

        return render(self, task, on_event=hear, **others)

    monkeypatch.setattr(RenderProcess, "render", patiently)
    return seen
