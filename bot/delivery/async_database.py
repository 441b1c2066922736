"""The database, for code that must not wait: what blocks on it runs where it holds up nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from storage.database.transactions import Database, Snapshot, Transaction

T = TypeVar("T")


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
    """

    def __init__(self, database: Database, in_thread: InThread = asyncio.to_thread) -> None:
        self._database = database
        self.in_thread = in_thread

    def now_s(self) -> float:
        """Return the time that the database goes by, in seconds since the epoch."""
        return self._database.clock()

    async def read(self, look: Callable[[Snapshot], T]) -> T:
        """Look something up."""

        def run() -> T:
            with self._database.read() as tx:
                return look(tx)

        return await self.in_thread(run)

    async def write(self, change: Callable[[Transaction], T]) -> T:
        """Write something down: all of it or nothing."""

        def run() -> T:
            with self._database.write() as tx:
                return change(tx)

        return await self.in_thread(run)
