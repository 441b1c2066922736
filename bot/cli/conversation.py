"""A conversation in the terminal, set up: the dispatcher, the outbox and a worker, as any chat has them."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import typer

from bot.adapters.terminal.service import TerminalService
from bot.app.composition import open_database, open_media, policy_of
from bot.app.home import at_work, open_home
from bot.app.worker_process import STOPS_WITHIN_S, start_worker
from bot.cli.console import fail, out
from bot.delivery.outbox import Outbox
from bot.handlers.dispatcher import Dispatcher
from bot.settings import Settings
from pipeline.processes.child import Child
from storage.database.transactions import Database
from storage.engine.embedded import EmbeddedEngine

_LONGEST_WORDS = 500


def settings_beside(output: Path) -> Settings:
    """Return the settings of a conversation whose clips go into a folder: its books are there, too, and no quota."""
    return Settings(home=output / ".state", user_clips_per_day=1000, user_work_s_per_day=1e6, chat_work_s_per_day=1e6)


@dataclass(frozen=True, slots=True)
class Conversation:
    """One person in the terminal, and the bot."""

    service: TerminalService
    outbox: Outbox
    database: Database


@asynccontextmanager
async def conversation(settings: Settings, output: Path, show: Callable[[str], None]) -> AsyncIterator[Conversation]:
    """Let the bot listen and speak; what it is saying at the end is said to its end.

    Parameters
    ----------
    output : Path
        Where clips and pictures are put.
    show : callable
        Prints a line.
    """
    database = await asyncio.to_thread(open_database, settings)
    media, policy = open_media(settings), policy_of(settings)
    # The dispatcher wakes the outbox, which posts through the service, which asks the dispatcher: a name closes it.
    dispatcher = Dispatcher(
        database, media, policy, wake=lambda: outbox.wake(), cancel_hint=EmbeddedEngine(database).cancel
    )
    service = TerminalService(dispatcher, show, output.resolve(), settings.language)
    outbox = Outbox(database=database, chat=service.chat, media=media, policy=policy)
    stopping = asyncio.Event()
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(outbox.run(stopping))
            try:
                yield Conversation(service, outbox, database)
            finally:
                stopping.set()
    finally:
        database.close()


@contextmanager
def worker_beside(settings: Settings, stopping: asyncio.Event) -> Iterator[Child]:
    """Run a worker, the same program that serves chats, as a process of its own; its death sets `stopping`.

    Raises
    ------
    typer.Exit
        The worker had died; that is said.
    """
    open_home(settings)
    log_path = settings.home / "worker.log"
    told = {"GANTERPRET_HOME": str(settings.home.resolve()), "GANTERPRET_MODEL": settings.model}
    loop = asyncio.get_running_loop()
    with at_work(settings, "terminal"), log_path.open("wb") as log, start_worker(log, told) as worker:
        loop.add_reader(worker.fileno(), stopping.set)
        try:
            yield worker
        finally:
            loop.remove_reader(worker.fileno())
        if (died := worker.poll()) is not None:
            fail(f"The worker has died ({died}), so there is no clip.", _last_words(log_path))
            raise typer.Exit(1)
        worker.stop(STOPS_WITHIN_S)


def stop_when_told(stopping: asyncio.Event) -> None:
    """Let an interrupt and a termination end the conversation in order."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)


def print_line(line: str) -> None:
    """Show a line at once."""
    out.print(line, markup=False, emoji=False)
    out.file.flush()


def _last_words(log_path: Path) -> str:
    lines = log_path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    said = f"Its last words: {lines[-1][:_LONGEST_WORDS]} " if lines else ""
    return f"{said}All of them are in {log_path}."
