"""One supervised child: a deadline that cannot be left out, a group of its own, and an end with its parent's.

Between this process and the program stands a guardian (`pipeline.processes.guardian`), which does what a parent that
was killed no longer can. No threads are needed for it, and none are left.
"""

from __future__ import annotations

import errno
import marshal
import math
import os
import select
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

from pipeline.processes import guardian
from pipeline.processes.cage.cage import Cage
from pipeline.processes.deadline import Deadline
from pipeline.processes.environment import child_environment
from pipeline.processes.exit import Exit
from pipeline.processes.python_module import ROOT

PIPE: Final = subprocess.PIPE
NOTHING: Final = subprocess.DEVNULL
KEEP: Final = -9
"""Standard error goes to the guardian, which keeps the end of it: `Exit.last_words`."""

Stream = int | IO[Any]
"""`PIPE`, `NOTHING`, or a file that is open already."""

# No environment, no folder of packages, no working folder: the guardian is our file and the standard library.
_GUARDIAN = (
    "import sys; sys.path.append(sys.argv[1]); from pipeline.processes.guardian import main; main(int(sys.argv[2]))"
)
_FOR_THE_LOADER = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_GUARDIAN_PATIENCE_S = 10.0
_COPY_BYTES = 65_536


class Child:
    """A running program, made by `Child.start`; a context manager that leaves nothing running.

    Attributes
    ----------
    pid : int
        The program's own number, which is its group's, too.
    stdin, stdout : binary file or None
        Our ends, where a `PIPE` was asked for.
    """

    def __init__(self, process: subprocess.Popen[bytes], control: socket.socket) -> None:
        self._guardian = process
        self._control = control
        self._exit: Exit | None = None
        self._reading = threading.Lock()
        self.pid = 0
        self.stdin: IO[bytes] | None = process.stdin
        self.stdout: IO[bytes] | None = process.stdout

    @classmethod
    def start(
        cls,
        command: Sequence[str | os.PathLike[str]],
        *,
        deadline: Deadline,
        stdin: Stream = NOTHING,
        stdout: Stream = NOTHING,
        stderr: Stream = KEEP,
        pass_fds: Sequence[int] = (),
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        cage: Cage | None = None,
        bufsize: int = -1,
    ) -> Self:
        """Start a program.

        Parameters
        ----------
        command : sequence of str or path
            The program and its arguments; never a shell.
        deadline : Deadline
            When it is killed, whether or not anybody waits for it.
        stdin, stdout, stderr : int or file
            `PIPE` (not for `stderr`), `NOTHING`, an open file; `KEEP` for `stderr`.
        pass_fds : sequence of int
            Descriptors that it finds under the same numbers.
        folder : Path, optional
            Its working folder; ours if not given.
        environment : mapping of str to str, optional
            All of its environment; `child_environment()` if not given.
        cage : Cage, optional
            What it is held in from its first instruction.
        bufsize : int
            The size of the pipes' buffers, as `open` takes it.

        Raises
        ------
        OSError
            There is no such program, or it may not be run.
        """
        known = dict(child_environment() if environment is None else environment)
        words = [os.fspath(part) for part in command]
        if cage is not None:
            words[0] = _found(words[0], known.get("PATH", os.defpath))
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                process = subprocess.Popen(
                    [sys.executable, "-I", "-S", "-c", _GUARDIAN, str(ROOT), str(theirs.fileno())],
                    stdin=stdin,
                    stdout=stdout,
                    stderr=NOTHING if stderr == KEEP else stderr,
                    pass_fds=(theirs.fileno(), *pass_fds),
                    cwd="/",
                    env={name: os.environ[name] for name in _FOR_THE_LOADER if name in os.environ},
                    start_new_session=True,
                    bufsize=bufsize,
                )
            except BaseException:
                ours.close()
                raise
        child = cls(process, ours)
        order = {
            "command": words,
            "environment": known,
            "cage": None if cage is None else cage.order(Path(words[0])),
            "folder": str(Path.cwd() if folder is None else folder.absolute()),
            "keep_stderr": stderr == KEEP,
            "passed": list(pass_fds),
            "deadline_us": _microseconds(deadline),
            "parent": os.getpid(),
        }
        try:
            with suppress(BrokenPipeError):
                ours.sendall(guardian.frame(b"", order))
            child._hear_of_start(words[0])
        except BaseException:
            child.close()
            raise
        return child

    def fileno(self) -> int:
        """Return a descriptor that becomes readable when the child has ended, for `selectors` and `asyncio`."""
        return self._control.fileno()

    def poll(self) -> Exit | None:
        """Return how it ended, or None while it runs."""
        with suppress(TimeoutError):
            return self.wait(0.0)
        return None

    def wait(self, timeout_s: float | None = None) -> Exit:
        """Wait until it has ended, by itself or by its deadline.

        Raises
        ------
        TimeoutError
            It runs still.
        """
        until_s = math.inf if timeout_s is None else time.monotonic() + timeout_s
        if not self._reading.acquire(timeout=-1 if timeout_s is None else timeout_s):
            raise TimeoutError
        try:
            if self._exit is None:
                if not _is_readable(self._control, until_s):
                    raise TimeoutError
                self._exit = self._hear_of_end()
            return self._exit
        finally:
            self._reading.release()

    def extend(self, deadline: Deadline) -> None:
        """Set another deadline, for a child that serves one task after another."""
        self._tell(guardian.DEADLINE + _microseconds(deadline).to_bytes(8, "little"))

    def terminate(self) -> None:
        """Ask it, and its group, to end in its own way (SIGTERM)."""
        self._tell(guardian.TERMINATE)

    def kill(self) -> None:
        """Have it killed, with its whole group; from any thread. `wait` then says how it ended."""
        self._tell(guardian.KILL)

    def stop(self, grace_s: float) -> Exit:
        """Ask it to end, kill it where it has not after a while, and say how it ended."""
        self.terminate()
        try:
            return self.wait(grace_s)
        except TimeoutError:
            self.kill()
            return self.wait()

    def close(self) -> Exit:
        """Kill whatever runs still, close our ends of its pipes, and say how it ended."""
        self.kill()
        try:
            ended = self.wait(_GUARDIAN_PATIENCE_S)
        except TimeoutError:
            # It cannot even be killed, or its guardian is frozen: the guardian goes, and takes with it what Linux lets.
            self._guardian.kill()
            ended = self.wait()
        for pipe in (self.stdin, self.stdout):
            if pipe is not None:
                with suppress(OSError, ValueError):
                    pipe.close()
        self._control.close()
        return ended

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_control", None) is not None and self._control.fileno() >= 0:
            warnings.warn(f"child {self.pid} was not closed", ResourceWarning, stacklevel=2, source=self)
            self.close()

    def _hear_of_start(self, command: str) -> None:
        kind, value = self._hear()
        if kind == guardian.STARTED:
            self.pid = value
            return
        self._exit = Exit(127, None)
        self._guardian.wait()
        if kind == guardian.FAILED:
            number, text = value
            raise OSError(number, text, command)
        raise OSError(0, "the guardian of a child has died at once", command)

    def _hear_of_end(self) -> Exit:
        kind, value = self._hear()
        self._guardian.wait()
        if kind == guardian.ENDED:
            status, reason, tail = value
            return Exit(
                code=status if status >= 0 else None,
                signal=-status if status < 0 else None,
                timed_out=reason == guardian.TIMED_OUT,
                stopped=reason == guardian.KILLED,
                last_words=tail.decode("utf-8", "replace"),
            )
        # Somebody has killed the guardian: Linux has killed the child, and this reaches what is left of its group.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        return Exit(None, signal.SIGKILL)

    def _hear(self) -> tuple[bytes, Any]:
        """Return the next thing that the guardian says, or nothing when it is gone."""
        kind = self._receive(1)
        body = self._receive(int.from_bytes(self._receive(4), "little"))
        return (kind, marshal.loads(body)) if body else (b"", None)  # noqa: S302 - from our own guardian

    def _receive(self, count: int) -> bytes:
        received = b""
        while len(received) < count:
            try:
                block = self._control.recv(count - len(received))
            except ConnectionResetError:
                block = b""
            if not block:
                return b""
            received += block
        return received

    def _tell(self, command: bytes) -> None:
        with suppress(OSError):  # It is over already.
            self._control.send(command, getattr(socket, "MSG_NOSIGNAL", 0))


@dataclass(frozen=True, slots=True)
class Completed:
    """A child that has ended, and what it wrote.

    Attributes
    ----------
    exit : Exit
        How it ended.
    stdout : bytes
        What it wrote, up to the limit.
    overflowed : bool
        Whether it wrote more than the limit, and was killed for it.
    stderr : bytes
        The beginning of its standard error, where that was asked for; else `Exit.last_words` has its end.
    """

    exit: Exit
    stdout: bytes
    overflowed: bool = False
    stderr: bytes = b""


def run(
    command: Sequence[str | os.PathLike[str]],
    *,
    deadline: Deadline,
    given: bytes = b"",
    max_stdout_bytes: int = 64 << 20,
    max_stderr_bytes: int = 0,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    cage: Cage | None = None,
) -> Completed:
    """Run a program to its end.

    Parameters
    ----------
    command, deadline, folder, environment, cage
        See `Child.start`.
    given : bytes
        Its standard input.
    max_stdout_bytes : int
        It is killed when it writes more.
    max_stderr_bytes : int
        How much of the beginning of its standard error is kept; 0 keeps the end of it instead.
    """
    if max_stderr_bytes:
        # A file and not a pipe, so that nobody has to read it meanwhile.
        with tempfile.TemporaryFile() as words:
            done = _run(command, deadline, given, max_stdout_bytes, folder, environment, cage, words)
            words.seek(0)
            return replace(done, stderr=words.read(max_stderr_bytes))
    return _run(command, deadline, given, max_stdout_bytes, folder, environment, cage, KEEP)


def _run(
    command: Sequence[str | os.PathLike[str]],
    deadline: Deadline,
    given: bytes,
    max_stdout_bytes: int,
    folder: Path | None,
    environment: Mapping[str, str] | None,
    cage: Cage | None,
    stderr: Stream,
) -> Completed:
    child = Child.start(
        command,
        deadline=deadline,
        stdin=PIPE if given else NOTHING,
        stdout=PIPE,
        stderr=stderr,
        folder=folder,
        environment=environment,
        cage=cage,
        bufsize=0,
    )
    with child:
        written, overflowed = _exchange(child, given, max_stdout_bytes)
        if overflowed:
            child.kill()
        return Completed(child.wait(), written, overflowed)


def _exchange(child: Child, given: bytes, max_bytes: int) -> tuple[bytes, bool]:
    """Write and read at the same time, so that neither side waits for the other for ever."""
    written = bytearray()
    rest = memoryview(given)
    with selectors.DefaultSelector() as selector:
        if child.stdin is not None:
            os.set_blocking(child.stdin.fileno(), False)
            selector.register(child.stdin, selectors.EVENT_WRITE)
        assert child.stdout is not None
        selector.register(child.stdout, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select():
                if key.fileobj is child.stdin:
                    try:
                        rest = rest[os.write(key.fd, rest[:_COPY_BYTES]) :]
                    except BlockingIOError:
                        continue
                    except BrokenPipeError:
                        rest = rest[:0]
                    if not rest:
                        selector.unregister(child.stdin)
                        child.stdin.close()
                    continue
                block = os.read(key.fd, _COPY_BYTES)
                if not block:
                    selector.unregister(key.fileobj)
                written += block
                if len(written) > max_bytes:
                    return bytes(written[:max_bytes]), True
    return bytes(written), False


def _found(program: str, path: str) -> str:
    """Return where a program lies, looked up before the cage is shut."""
    found = shutil.which(program, path=path)
    if found is None:
        missing = errno.EACCES if Path(program).is_file() else errno.ENOENT
        raise OSError(missing, os.strerror(missing), program)
    return str(Path(found).absolute())


def _microseconds(deadline: Deadline) -> int:
    left_s = deadline.left_s()
    return guardian.NEVER_US if math.isinf(left_s) else min(guardian.NEVER_US - 1, int(left_s * 1e6))


def _is_readable(control: socket.socket, until_s: float) -> bool:
    waiting = select.poll()
    waiting.register(control, select.POLLIN)
    left_ms = None if math.isinf(until_s) else max(0.0, until_s - time.monotonic()) * 1000
    return bool(waiting.poll(left_ms))
