"""The database, for code that must not wait: what blocks on it runs where it holds up nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from storage.database.transactions import Database, Snapshot, Transaction

T = TypeVar("T")
P = ParamSpec("P")


class InThread(Protocol):
    """Runs a function that blocks where it does not hold up everybody else."""

    def __call__(self, work: Callable[[], T], /) -> Awaitable[T]:
        """Return what it returns."""
        ...


class AsyncDatabase:
    """A database as coroutines see it.

    Parameters
    ----------
    in_thread : InThread
        Runs what touches the database or the disk.

    Attributes
    ----------
    now_s : callable
        The time that the database goes by, in seconds since the epoch.
    """

    def __init__(self, database: Database, in_thread: InThread = asyncio.to_thread) -> None:
        self._database = database
        self.now_s = database.clock
        self.in_thread = in_thread

    async def read(self, look: Callable[Concatenate[Snapshot, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Look something up: ``look(snapshot, *args, **kwargs)``."""

        def run() -> T:
            with self._database.read() as tx:
                return look(tx, *args, **kwargs)

        return await self.in_thread(run)

    async def write(self, change: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Write something down, all of it or nothing: ``change(transaction, *args, **kwargs)``."""

        def run() -> T:
            with self._database.write() as tx:
                return change(tx, *args, **kwargs)

        return await self.in_thread(run)
