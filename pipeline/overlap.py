"""Two steps of a stream at once: while one makes the next value, the other uses the last."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Generic, Self, TypeVar

Value = TypeVar("Value")


class Overlap(Generic[Value]):
    """Hand values to a consumer on a thread of its own; a context manager.

    At most `depth` values wait, so memory stays bounded however much faster the producer is. An error of the consumer
    comes out of the producer's next `put`, or of `finish`.

    Parameters
    ----------
    consume : callable
        Called with each value in order, on the other thread.
    depth : int
        How many values may wait.
    """

    def __init__(self, consume: Callable[[Value], object], *, depth: int = 2) -> None:
        self._consume = consume
        self._waiting: queue.Queue[Value | None] = queue.Queue(depth)
        self._error: BaseException | None = None
        self._given_up = threading.Event()
        self._thread = threading.Thread(target=self._run, name="overlap", daemon=True)

    def put(self, value: Value) -> None:
        """Hand over a value, waiting while too many wait already."""
        if self._error is not None:
            raise self._error
        self._waiting.put(value)

    def finish(self) -> None:
        """Wait until every value has been used."""
        if self._thread.is_alive():
            self._waiting.put(None)
            self._thread.join()
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        while (value := self._waiting.get()) is not None:
            # After an error the values are still taken, lest the producer wait for ever.
            if self._error is None and not self._given_up.is_set():
                try:
                    self._consume(value)
                except BaseException as error:
                    self._error = error

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None:
            self.finish()
            return
        self._given_up.set()
        if self._thread.is_alive():
            self._waiting.put(None)
            self._thread.join()
