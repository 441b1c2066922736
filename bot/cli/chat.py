"""``ganterpret chat``: the bot in the terminal, by the road that every chat takes; no token needed."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer

from bot.adapters.terminal.service import TerminalService
from bot.app.composition import open_database, open_media, policy_of
from bot.app.worker_process import STOPS_WITHIN_S, start_worker
from bot.cli.console import err, fail, out
from bot.delivery.outbox import Outbox
from bot.handlers.dispatcher import Dispatcher
from bot.settings import Settings
from pipeline.processes.child import Child
from storage.engine.embedded import EmbeddedEngine

GREETING = "Type /ganterpret song.mp3 theme:primates, the number of a button, /help or /quit."


def command(
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder for clips and pictures.")] = Path("out"),
) -> None:
    """Talk to the bot here: commands and numbers of buttons in, messages and paths of clips out."""
    settings = Settings(home=output / ".state", user_clips_per_day=1000, user_seconds_per_day=1e6)
    asyncio.run(_converse(settings, output))


async def _converse(settings: Settings, output: Path) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    with _worker(settings, stopping):
        await converse(settings, output, _typed_lines(loop), stopping)


async def converse(settings: Settings, output: Path, lines: asyncio.Queue[str | None], stopping: asyncio.Event) -> None:
    """Take lines to the dispatcher, and print what it and the outbox say, until there are none or `stopping` is set."""
    database = await asyncio.to_thread(open_database, settings)
    media, policy = open_media(settings), policy_of(settings)
    # The dispatcher wakes the outbox, which posts through the service, which asks the dispatcher: a name closes it.
    dispatcher = Dispatcher(
        database, media, policy, wake=lambda: outbox.wake(), cancel_hint=EmbeddedEngine(database).cancel
    )
    service = TerminalService(dispatcher, lines, _print, output.resolve(), settings.language)
    outbox = Outbox(database=database, chat=service.chat, media=media, policy=policy)
    _print(GREETING)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(service.run(stopping))
            tasks.create_task(outbox.run(stopping))
    finally:
        database.close()


def _print(line: str) -> None:
    out.print(line, markup=False, emoji=False)
    out.file.flush()


def _typed_lines(loop: asyncio.AbstractEventLoop) -> asyncio.Queue[str | None]:
    """Read standard input in a thread that nobody waits for: a line that is never typed holds up no end."""
    lines: asyncio.Queue[str | None] = asyncio.Queue()

    def read() -> None:
        with suppress(RuntimeError):  # the conversation is over, and its loop closed
            for line in sys.stdin:
                loop.call_soon_threadsafe(lines.put_nowait, line)
            loop.call_soon_threadsafe(lines.put_nowait, None)

    threading.Thread(target=read, name="typed lines", daemon=True).start()
    return lines


@contextmanager
def _worker(settings: Settings, stopping: asyncio.Event) -> Iterator[None]:
    """Run a worker, the same program that serves chats, as a process of its own; without it the conversation ends."""
    settings.home.mkdir(parents=True, exist_ok=True)
    log_path = settings.home / "worker.log"
    told = {"GANTERPRET_HOME": str(settings.home.resolve()), "GANTERPRET_MODEL": settings.model}
    loop = asyncio.get_running_loop()
    with log_path.open("wb") as log, start_worker(log, told) as worker:
        loop.add_reader(worker.fileno(), stopping.set)
        try:
            yield
        finally:
            loop.remove_reader(worker.fileno())
        _end(worker, log_path)


def _end(worker: Child, log_path: Path) -> None:
    """Stop the worker, which hands back what is under way; say so if it had died."""
    if (died := worker.poll()) is not None:
        fail(f"The worker has died ({died}). Its last words are in {log_path}.")
        raise typer.Exit(1)
    err.print("What is under way goes on in the next conversation with this folder.", markup=False)
    worker.stop(STOPS_WITHIN_S)
