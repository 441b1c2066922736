"""The worker's end of its render process: start it, hand it tasks, stop it at once when told to."""

from __future__ import annotations

import logging
import os
import selectors
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Final, Self

from bot.worker.environment import render_environment
from bot.worker.render_protocol import RenderEvent, RenderTask
from pipeline.errors import ErrorCode, PipelineError
from pipeline.processes.child import PIPE, Child
from pipeline.processes.deadline import Deadline
from pipeline.processes.exit import Exit
from pipeline.processes.python_module import python_module_command
from pipeline.render.values import RenderedClip

log = logging.getLogger(__name__)

COMMAND: Final = tuple(python_module_command("bot.worker.render_child"))
IDLE_S = 7 * 86_400.0
"""How long a render process may wait for its next task; it is ended after that, and another one is started."""
_LOOK_EVERY_S = 0.25
"""How often a stop or a cancel is looked for while the render process is silent."""
_LATE_S = 2.0
"""The worker's own clock comes first, which knows the whole attempt; the deadline is for a worker that is frozen."""
_GRACE_S = 2.0
"""Between the end of a process's output and its own end."""
_LONGEST_LINE_BYTES = 1_000_000
_MOST_LAST_LINES = 20


class RenderProcessDied(Exception):
    """The render process ended in the middle of a task, or said what nobody understands; trying again may help."""


class RenderProcess:
    """A child process that renders, kept for the next task, killed when a task is given up.

    Rendering holds the interpreter and much memory, and some of it runs foreign decoders: in a process of its own it
    cannot stop the worker's heartbeat, and it can be ended at any instruction.

    Parameters
    ----------
    command : sequence of str
        What is started.
    environment : mapping of str to str, optional
        All that it knows of ours; `render_environment()` if not given.
    """

    def __init__(self, command: Sequence[str] = COMMAND, environment: Mapping[str, str] | None = None) -> None:
        self._command = command
        self._environment = environment
        self._child: Child | None = None
        self._rest = b""

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
            The pipeline's own reason, ``RENDER_TIMEOUT`` or ``CANCELLED``.
        RenderProcessDied
            The process ended without an answer, or its answer is none.
        """
        child = self._running()
        try:
            child.extend(Deadline.after(task.timeout_s + _LATE_S))
            _write(child, task.to_line())
            last = self._last_event(child, task, on_event, should_stop)
            child.extend(Deadline.after(IDLE_S))
        except RenderProcessDied:
            _log_last_words(self.stop())
            raise
        except BaseException:
            self.stop()
            raise
        if last.error is not None:
            raise last.error
        assert last.clip is not None
        return last.clip

    @property
    def pid(self) -> int | None:
        """The process that is kept, if there is one."""
        return None if self._child is None else self._child.pid

    def stop(self) -> Exit | None:
        """Kill the process and all that it started, and say how it ended, if there was one."""
        child, self._child = self._child, None
        return None if child is None else child.close()

    def _last_event(
        self,
        child: Child,
        task: RenderTask,
        on_event: Callable[[RenderEvent], None],
        should_stop: Callable[[], bool],
    ) -> RenderEvent:
        while True:
            if should_stop():
                raise PipelineError(ErrorCode.CANCELLED)
            line = self._next_line(child)
            if line is None:
                continue
            if not line:
                raise _end(child, self._rest, task)
            try:
                event = RenderEvent.from_line(line.decode("utf-8"))
            except ValueError as error:
                raise RenderProcessDied(f"its answer is none: {_shown(line)}") from error
            if any(path.parent != task.folder for path in event.files()):
                raise RenderProcessDied("it speaks of a file outside its folder")
            if event.kind in ("done", "failed"):
                return event
            on_event(event)

    def _next_line(self, child: Child) -> bytes | None:
        """Return the next line with its end, nothing when there will be no more, or None when there is none yet."""
        assert child.stdout is not None
        until_s = time.monotonic() + _LOOK_EVERY_S
        with selectors.DefaultSelector() as selector:
            selector.register(child.stdout, selectors.EVENT_READ)
            while b"\n" not in self._rest:
                if len(self._rest) > _LONGEST_LINE_BYTES:
                    raise RenderProcessDied(f"its answer has no end: {_shown(self._rest)}")
                if not selector.select(max(0.0, until_s - time.monotonic())):
                    return None
                block = os.read(child.stdout.fileno(), 65_536)
                if not block:
                    return b""
                self._rest += block
        line, end, self._rest = self._rest.partition(b"\n")
        return line + end

    def _running(self) -> Child:
        if self._child is not None and self._child.poll() is None and not self._has_spoken(self._child):
            return self._child
        self.stop()
        self._rest = b""
        self._child = Child.start(
            self._command,
            deadline=Deadline.after(IDLE_S),
            stdin=PIPE,
            stdout=PIPE,
            environment=render_environment() if self._environment is None else self._environment,
            bufsize=0,
        )
        return self._child

    def _has_spoken(self, child: Child) -> bool:
        """Whether it has said something that nobody asked for: the next task would take that for its own answer."""
        assert child.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(child.stdout, selectors.EVENT_READ)
            return bool(self._rest or selector.select(0))


def _write(child: Child, line: str) -> None:
    assert child.stdin is not None
    try:
        rest = memoryview(f"{line}\n".encode())
        while rest:
            rest = rest[os.write(child.stdin.fileno(), rest) :]
    except BrokenPipeError as error:
        raise RenderProcessDied("it ended before it had its task") from error


def _end(child: Child, rest: bytes, task: RenderTask) -> Exception:
    """Return what to say of a process whose output is at its end, in the middle of a task."""
    try:
        ended = child.wait(_GRACE_S)
    except TimeoutError:
        child.kill()
        child.wait()
        return RenderProcessDied("it closed its output and went on")
    if ended.timed_out:
        return PipelineError(ErrorCode.RENDER_TIMEOUT, limit_s=task.timeout_s)
    half = f", in the middle of a line: {_shown(rest)}" if rest else ""
    return RenderProcessDied(f"it ended with {ended}{half}")


def _log_last_words(ended: Exit | None) -> None:
    for line in () if ended is None else ended.last_words.strip().splitlines()[-_MOST_LAST_LINES:]:
        log.warning("the render process's last words: %s", line)


def _shown(line: bytes) -> str:
    return repr(line[:200].decode("utf-8", "replace"))
