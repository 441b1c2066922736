"""The worker's end of its render process: start it, hand it tasks, stop it at once when told to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self

from bot.worker.render_protocol import RenderEvent, RenderTask
from pipeline.errors import ErrorCode, PipelineError
from pipeline.render.values import RenderedClip

COMMAND = (sys.executable, "-m", "bot.worker.render_child")
_LOOK_EVERY_S = 0.25
"""How often a stop or a cancel is looked for while the render process is silent."""


class RenderProcessDied(Exception):
    """The render process ended in the middle of a task; trying again may help."""


class RenderProcess:
    """A child process that renders, kept for the next task, killed when a task is given up.

    Rendering holds the interpreter and much memory, and some of it runs foreign decoders: in a process of its own it
    cannot stop the worker's heartbeat, and it can be ended at any instruction.
    """

    def __init__(self, command: tuple[str, ...] = COMMAND) -> None:
        self._command = command
        self._process: subprocess.Popen[str] | None = None
        self._events: SimpleQueue[RenderEvent | None] = SimpleQueue()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def render(
        self, task: RenderTask, *, on_event: Callable[[RenderEvent], None], should_stop: Callable[[], bool]
    ) -> RenderedClip:
        """Render one clip.

        Parameters
        ----------
        task : RenderTask
            What to make.
        on_event : callable
            Told of progress and of the storyboard.
        should_stop : callable
            Asked several times a second; once it says True, the process is killed.

        Raises
        ------
        PipelineError
            The pipeline's own reason, or ``CANCELLED``.
        RenderProcessDied
            The process ended without an answer.
        """
        process = self._running()
        try:
            assert process.stdin is not None
            process.stdin.write(task.to_line() + "\n")
            process.stdin.flush()
            last = self._last_event(on_event, should_stop)
        except BaseException as error:
            self.stop()
            if isinstance(error, BrokenPipeError):
                raise RenderProcessDied from error
            raise
        if last.error is not None:
            raise last.error
        assert last.clip is not None
        return last.clip

    @property
    def pid(self) -> int | None:
        """The process that is kept, if there is one."""
        return None if self._process is None else self._process.pid

    def stop(self) -> None:
        """Kill the process and all that it started."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        with suppress(BrokenPipeError):
            assert process.stdin is not None
            process.stdin.close()
        process.wait()

    def _last_event(self, on_event: Callable[[RenderEvent], None], should_stop: Callable[[], bool]) -> RenderEvent:
        while True:
            if should_stop():
                raise PipelineError(ErrorCode.CANCELLED)
            try:
                event = self._events.get(timeout=_LOOK_EVERY_S)
            except Empty:
                continue
            if event is None:
                raise RenderProcessDied
            if event.kind in ("done", "failed"):
                return event
            on_event(event)

    def _running(self) -> subprocess.Popen[str]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.stop()
        self._events = SimpleQueue()
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        threading.Thread(target=_listen, args=(self._process, self._events), daemon=True).start()
        return self._process


def _listen(process: subprocess.Popen[str], events: SimpleQueue[RenderEvent | None]) -> None:
    """Put every answer into the queue, and None when there will be no more."""
    assert process.stdout is not None
    with process.stdout:
        for line in process.stdout:
            events.put(RenderEvent.from_line(line))
    events.put(None)
