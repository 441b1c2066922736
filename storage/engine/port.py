"""What is asked of whoever executes jobs: liveness and redelivery, and nothing else.

The database is the truth; an engine may be wiped at any time, and `release.reconcile` hands it again what it forgot.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from storage.database.transactions import Transaction


class Control(Protocol):
    """What an engine and the handler of a job say to each other while it runs."""

    def heartbeat(self) -> bool:
        """Say that the work goes on; False once the job has been given to another.

        The engine says it by itself, too: a handler needs this only to be sure at a certain moment.
        """
        ...

    def cancelled(self) -> bool:
        """Say whether it is worth looking if the job is still wanted: a hint, asked as often as one likes."""
        ...

    def draining(self) -> bool:
        """Say whether the worker is about to stop: hand the job back, or finish it if that takes a moment."""
        ...


Handler = Callable[[int, int, Control], None]
"""``handler(job_id, ticket, ctl)``. To return is to be done with it; to raise is to have it delivered again."""


@dataclass(frozen=True, slots=True)
class EngineStats:
    """How an engine is doing.

    Attributes
    ----------
    queued, running : int
        Jobs that wait for a worker, and that one is at.
    workers, slots : int
        Living workers, and how many jobs all of them together can be at.
    oldest_s : float
        How long the oldest queued job has been waiting.
    """

    queued: int
    running: int
    workers: int
    slots: int
    oldest_s: float


class Engine(Protocol):
    """Executes jobs, each at least once."""

    def submit(self, tx: Transaction, job_id: int, ticket: int, priority: int) -> None:
        """Take a job in the caller's transaction. The same (job, ticket) again changes nothing while it is known."""
        ...

    def cancel(self, job_id: int, ticket: int) -> None:
        """Hint that a job is not wanted any more."""
        ...

    def serve(self, handler: Handler, slots: int) -> None:
        """Call the handler for every job, in as many threads as there are slots, until drained.

        Jobs whose worker has died are taken over.
        """
        ...

    def drain(self) -> None:
        """Take no more jobs, tell the running handlers, and let `serve` return once they have.

        It waits for nothing, so a signal handler may call it.
        """
        ...

    def inspect(self) -> EngineStats:
        """Say how it is doing."""
        ...
