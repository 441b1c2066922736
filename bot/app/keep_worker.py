"""Keep a worker running beside a bot: another one when it dies, after a pause that grows while they die at once."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO

from bot.app.worker_process import STOPS_WITHIN_S, start_worker
from pipeline.processes.child import Child
from pipeline.processes.exit import Exit

log = logging.getLogger(__name__)

Start = Callable[[IO[bytes]], Child]

FIRST_PAUSE_S = 2.0
LONGEST_PAUSE_S = 60.0
LIVED_S = 60.0
"""A worker that has lived as long has not died at once: the pauses begin anew."""
_LAST_WORDS_BYTES = 2000
_ECHO_ENDS_WITHIN_S = 5.0


def next_pause_s(before_s: float, lived_s: float) -> float:
    """Return how long to wait before another worker is started.

    Parameters
    ----------
    before_s : float
        The pause before the one that has died, 0 for the first.
    lived_s : float
        How long that one has lived.
    """
    if lived_s >= LIVED_S:
        return FIRST_PAUSE_S
    return min(LONGEST_PAUSE_S, max(FIRST_PAUSE_S, 2 * before_s))


async def keep_worker(
    stopping: asyncio.Event, start: Start = start_worker, clock: Callable[[], float] = time.monotonic
) -> None:
    """Run a worker as a child process, and another one when it dies; drain it at the end.

    Parameters
    ----------
    stopping : asyncio.Event
        Once it is set, the worker hands back what is under way.
    start : callable
        Starts a worker that logs to a file.
    clock : callable
        Seconds, from anywhere.
    """
    pause_s = 0.0
    while not stopping.is_set():
        begun_s = clock()
        try:
            died = await _one_worker(stopping, start)
        except OSError as error:
            died = f"it could not be started: {error}"
        if died is None:
            return
        pause_s = next_pause_s(pause_s, clock() - begun_s)
        log.error("the worker has died (%s); starting another in %.0f s", died, pause_s)
        if await stopped_within(stopping, pause_s):
            return


async def stopped_within(stopping: asyncio.Event, seconds: float) -> bool:
    """Wait a while, or until there is a reason to stop, and say whether there is."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)
    return stopping.is_set()


async def _one_worker(stopping: asyncio.Event, start: Start) -> str | None:
    """Run a worker until it dies, and return why; None if it was stopped."""
    with _echo() as echo:
        # In this thread, so that a cancel cannot come between the start and the hand that holds the child.
        with start(echo.file) as worker:
            echo.file.close()
            if not await _ended_before(worker, stopping):
                await _drain(worker)
                return None
            ended = worker.wait()
        # Its output is at its end: nobody is left who could write there.
        await asyncio.to_thread(echo.reader.join, _ECHO_ENDS_WITHIN_S)
        return _reason(ended, bytes(echo.tail))


async def _ended_before(worker: Child, stopping: asyncio.Event) -> bool:
    """Wait until a worker has ended or the bot stops, and say whether it was the former."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(worker.fileno(), ended.set)
    waits = [asyncio.create_task(event.wait()) for event in (ended, stopping)]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        loop.remove_reader(worker.fileno())
        for wait in waits:
            wait.cancel()
    return ended.is_set()


async def _drain(worker: Child) -> None:
    ended = await asyncio.to_thread(worker.stop, STOPS_WITHIN_S)
    if ended.was_killed:
        log.warning("the worker does not stop; its request will be taken over")


def _reason(ended: Exit, tail: bytes) -> str:
    last_words = tail.decode("utf-8", "replace").strip().splitlines()
    return f"{ended}: {last_words[-1]}" if last_words else str(ended)


@dataclass(frozen=True, slots=True)
class _Echo:
    """What a worker writes, passed on to our standard error; the end of it is kept."""

    file: IO[bytes]
    reader: threading.Thread
    tail: bytearray


@contextmanager
def _echo() -> Iterator[_Echo]:
    from_worker, to_us = os.pipe()
    tail = bytearray()

    def read() -> None:
        while block := os.read(from_worker, 65_536):
            tail.extend(block)
            del tail[:-_LAST_WORDS_BYTES]
            with suppress(OSError):  # Nobody listens to us, which is no reason to stop the worker.
                os.write(2, block)
        os.close(from_worker)

    reader = threading.Thread(target=read, name="worker's log", daemon=True)
    with os.fdopen(to_us, "wb") as file:
        reader.start()
        yield _Echo(file, reader, tail)
    reader.join(_ECHO_ENDS_WITHIN_S)
