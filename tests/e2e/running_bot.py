"""A bot and its worker in this process, on one database, for tests that go the whole way of a request in a chat."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.app.composition import open_worker
from bot.app.serve import serve
from bot.settings import Settings
from pipeline.media.probe import probe


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
    hand = await asyncio.to_thread(open_worker, settings, settings.work_dir)
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
