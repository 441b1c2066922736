"""A bot and its worker in this process, on one database, for tests that go the whole way of a request in a chat.

from tests.e2e.house import bot_running, impatient, media, storyboard_seen, worker_running  # noqa: F401
"""

from __future__ import annotations

import asyncio
import logging
import random
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot import outbox, status_board, worker
from bot.render_process import RenderProcess
from bot.render_task import RenderEvent, RenderTask
from bot.serving import serve
from bot.settings import Settings
from bot.wiring import open_worker
from pipeline.audio import probe
from pipeline.render import Clip
from pipeline.sample import sample_sound
from tests.integration.media_server import MediaServer, sound


@pytest.fixture
def media() -> Iterator[MediaServer]:
    """A web server with the sample sound on it."""
    with MediaServer(song=sound(sample_sound().read_bytes())) as server:
        yield server


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Look often, so that the test waits for work and not for the next look; and leave the log as it was."""
    monkeypatch.setattr(outbox, "LOOK_EVERY_S", 0.1)
    monkeypatch.setattr(status_board, "EDIT_EVERY_S", 0.1)
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
    ) -> Clip:
        def hear(event: RenderEvent) -> None:
            on_event(event)
            if event.storyboard is not None:
                assert seen.wait(20)

        return render(self, task, on_event=hear, **others)

    monkeypatch.setattr(RenderProcess, "render", patiently)
    return seen


@asynccontextmanager
async def bot_running(settings: Settings) -> AsyncIterator[None]:
    """Serve the chats, without a worker."""
    stopping = asyncio.Event()
    bot = asyncio.create_task(serve(settings, stopping, with_worker=False))
    try:
        yield
    finally:
        stopping.set()
        await bot


@asynccontextmanager
async def worker_running(settings: Settings) -> AsyncIterator[None]:
    """Render what is asked for."""
    hand = await asyncio.to_thread(open_worker, settings)
    work = asyncio.create_task(asyncio.to_thread(hand.run))
    try:
        yield
    finally:
        hand.drain()
        await work


def saved(video: bytes, path: Path, duration_s: float) -> Path:
    """Save the video of a message, as a person would, and look into it."""
    path.write_bytes(video)
    info = probe(path)
    assert info.has_video
    assert info.codec == "aac"
    assert abs(info.duration_s - duration_s) < 0.1
    return path
