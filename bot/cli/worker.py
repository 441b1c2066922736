"""``ganterpret worker``: makes clips of what was asked for."""

from __future__ import annotations

import logging
import signal
from typing import Annotated

import typer

from bot.app.composition import open_worker
from bot.app.home import at_work, open_home
from bot.settings import Settings


def command(
    slots: Annotated[int | None, typer.Option(min=1, help="How many clips at once; GANTERPRET_WORKER_SLOTS.")] = None,
) -> None:
    """Make clips until told to stop; what is under way then goes back into the queue, uncharged."""
    logging.getLogger().setLevel(logging.INFO)
    settings = Settings()
    open_home(settings)
    with at_work(settings, "worker") as folder:
        worker = open_worker(settings, folder)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: worker.drain())
        worker.run(slots or settings.worker_slots)
