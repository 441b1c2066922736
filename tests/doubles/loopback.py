"""An aiohttp application on 127.0.0.1, in a thread and an event loop of its own.

Its own loop, so that a test may block (start a process, join a worker) while the program under test goes on talking to
the server; a real socket, so that the program's own HTTP client, timeouts and retries are what is tried.
"""

from __future__ import annotations

import asyncio
import threading
from types import TracebackType
from typing import Self

from aiohttp import web


class LoopbackServer:
    """Runs `application()` between `start` and `stop`, or inside a `with` block."""

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stopping: asyncio.Event | None = None

    def application(self) -> web.Application:
        raise NotImplementedError

    async def started(self) -> None:
        """Note where the server listens; called in the server's loop."""

    async def closing(self) -> None:
        """Hang up on those who wait; called in the server's loop before the sockets close."""

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Listen; after a `stop`, on the same port again."""
        listening = threading.Event()
        failure: list[BaseException] = []

        def run() -> None:
            try:
                asyncio.run(self._serve(listening))
            except BaseException as error:
                failure.append(error)
                listening.set()

        self._thread = threading.Thread(target=run, name=type(self).__name__, daemon=True)
        self._thread.start()
        listening.wait()
        if failure:
            raise failure[0]
        return self

    def stop(self) -> None:
        """Hang up and free the port."""
        if self._thread is None or self._loop is None or self._stopping is None:
            return
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._thread = self._loop = self._stopping = None

    async def _serve(self, listening: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        # A caller that hangs up ends its long poll, as in a real server.
        runner = web.AppRunner(self.application(), handler_cancellation=True, shutdown_timeout=0.5, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = runner.addresses[0][1]
        await self.started()
        listening.set()
        await self._stopping.wait()
        await self.closing()
        await runner.cleanup()
        await _hang_up()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


async def _hang_up() -> None:
    """Cut the connections that are left: one that was accepted at the very end, or whose client does not read.

    They would be found unclosed whenever the collector comes by, in the middle of another test; only the loop knows
    them.
    """
    for transport in list(getattr(asyncio.get_running_loop(), "_transports", {}).values()):
        transport.abort()
    await asyncio.sleep(0)
