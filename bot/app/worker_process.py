"""A worker as a child of a bot or a demo: the same program that ``ganterpret worker`` is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO

from bot.worker.environment import worker_environment
from pipeline.processes.child import Child
from pipeline.processes.deadline import Deadline
from pipeline.processes.python_module import python_module_command

STOPS_WITHIN_S = 30.0
"""How long a worker may take to hand back what is under way, once it is told to stop."""


def start_worker(log_file: IO[bytes], settings: Mapping[str, str] | None = None) -> Child:
    """Start a worker, which ends with this process.

    Parameters
    ----------
    log_file : binary file
        Where it writes its log.
    settings : mapping of str to str, optional
        Variables that it is told besides those of this process.
    """
    return Child.start(
        python_module_command("bot.cli", "worker"),
        deadline=Deadline.with_parent(),
        stderr=log_file,
        environment=worker_environment(settings),
    )
