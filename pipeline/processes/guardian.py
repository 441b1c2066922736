"""The guardian of one child: a small process between a parent and a program that it runs.

A foreign program cannot watch its parent, and a parent that is killed cannot tidy up. The guardian does both: it starts
the program in a process group of its own, keeps the end of what that says to standard error, and kills the whole group
when the deadline comes, when the parent says so, or when the parent is gone, whatever killed it. It notices that in two
ways: the control socket closes, and (on Linux) the parent's pidfd becomes readable, which no copy of a socket in a
forked process can hold up. Should the guardian itself be killed, Linux kills the program (PR_SET_PDEATHSIG means the
thread that forked, and the guardian has just one), and the parent kills what is left of the group.

On Linux whatever a child's descendants leave behind, in whichever group or session, is adopted by the guardian (a
subreaper) and killed as well. Elsewhere the group is all that can be reached.

This file is imported by a bare interpreter (``-I -S``), so that a start costs milliseconds: it uses builtin modules and
`ctypes`, and neither `signal` nor `subprocess` nor `json`, which would double that.

Talk on the control socket: down comes one order (its length, then `marshal`), later single commands; up go `STARTED` or
`FAILED`, and at the end `ENDED`, each with a length and a `marshal` value.
"""

# ruff: noqa: SIM105, PTH208 - contextlib and pathlib would cost as much again as the interpreter.

from __future__ import annotations

import ctypes
import errno
import marshal
import os
import select
import sys
import time

TYPE_CHECKING = False  # known to type checkers; `typing` itself would cost milliseconds
if TYPE_CHECKING:
    from typing import Any

IS_LINUX = sys.platform.startswith("linux")

STARTED, FAILED, ENDED = b"S", b"F", b"E"
"""What a guardian says; `FAILED` means that there was no program to start."""

KILL, TERMINATE, DEADLINE = b"K", b"T", b"D"
"""What a guardian is told; `DEADLINE` is followed by eight bytes, the microseconds from now."""

KILLED, TIMED_OUT, ORPHANED = "killed", "timed out", "orphaned"
"""Why a guardian killed; an empty text where the program ended by itself."""

LONGEST_LAST_WORDS = 8192
NEVER_US = 2**63 - 1

_SIGKILL, _SIGPIPE, _SIGTERM, _SIGXFSZ = 9, 13, 15, 25
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_LOOK_EVERY_MS = 20  # where there is no pidfd
_SWEEP_FOR_S = 5.0
_FRAME_BYTES = 4


def main(control: int) -> None:
    """Serve one order; the process ends with it."""
    os.set_inheritable(control, False)
    order = marshal.loads(_read_exactly(control, int.from_bytes(_read_exactly(control, _FRAME_BYTES), "little")))  # noqa: S302 - from our parent
    libc = ctypes.CDLL(None, use_errno=True)
    if IS_LINUX:
        libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    words, child_words = os.pipe() if order["keep_stderr"] else (-1, -1)
    troubles, child_troubles = os.pipe()
    guardian = os.getpid()
    child = os.fork()
    if child == 0:
        try:
            _become(order, libc, guardian, child_words)
        except BaseException as error:
            number = error.errno if isinstance(error, OSError) else None
            os.write(child_troubles, marshal.dumps((number or 0, f"{type(error).__name__}: {error}")))
        finally:
            os._exit(127)
    os.close(child_troubles)
    if child_words >= 0:
        os.close(child_words)
    _let_go(order["passed"])
    trouble = _read_all(troubles)
    os.close(troubles)
    if trouble:
        os.waitpid(child, 0)
        _say(control, FAILED, marshal.loads(trouble))  # noqa: S302 - from our fork, before it ran anything
        return
    _say(control, STARTED, child)
    _watch(control, child, words, order["deadline_us"], order["parent"])


def frame(kind: bytes, value: Any) -> bytes:
    """Return one thing that is said on the control socket."""
    body = marshal.dumps(value)
    return kind + len(body).to_bytes(_FRAME_BYTES, "little") + body


# --- the child, before it is the program -----------------------------------------------------------------------------


def _become(order: dict[str, Any], libc: ctypes.CDLL, guardian: int, words: int) -> None:
    """Turn this fork into the program that was ordered."""
    os.setpgid(0, 0)
    cage = order["cage"]
    if cage is not None:
        from pipeline.processes.cage import enter

        enter.separate(cage, libc)
    if IS_LINUX:
        libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
        if os.getppid() != guardian:
            os._exit(127)
    if words >= 0:
        os.dup2(words, 2)
    # Python ignores these, and what is ignored would stay so in the program.
    libc.signal(_SIGPIPE, ctypes.c_void_p(0))
    libc.signal(_SIGXFSZ, ctypes.c_void_p(0))
    command: list[str] = order["command"]
    environment: dict[str, str] = order["environment"]
    os.chdir(order["folder"])
    if cage is not None:
        enter.become(cage, libc, command, environment)
    os.execvpe(command[0], command, environment)  # noqa: S606 - a list, never a shell


# --- the guardian ----------------------------------------------------------------------------------------------------


def _let_go(passed: list[int]) -> None:
    """Drop what is the program's: a pipe must not stay open because its guardian has it, too."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    os.close(nothing)
    for number in passed:
        os.close(number)


def _watch(control: int, child: int, words: int, deadline_us: int, parent: int) -> None:
    """Wait for whatever comes first, see that nothing is left, and report."""
    tail = b""
    reason = ""
    deadline_s = _deadline_s(deadline_us)
    ended = _pidfd(child)
    parent_ended = _pidfd(parent)
    if os.getppid() != parent:
        reason = ORPHANED
        _kill_group(child)
    watched = select.poll()
    for descriptor in (control, words, ended, parent_ended):
        if descriptor >= 0:
            watched.register(descriptor, select.POLLIN)
    while True:
        ready = {descriptor for descriptor, _ in watched.poll(_pause_ms(deadline_s, ended))}
        if words in ready:
            block = os.read(words, 65_536)
            tail = (tail + block)[-LONGEST_LAST_WORDS:]
            if not block:
                watched.unregister(words)
        status = -1 if ended in ready else _peek(child) if ended < 0 else None
        if status is not None:
            break
        if parent_ended in ready:
            reason = reason or ORPHANED
            watched.unregister(parent_ended)
            _kill_group(child)
        if control in ready:
            command = _read(control, 1)
            if command == DEADLINE:
                deadline_s = _deadline_s(int.from_bytes(_read_exactly(control, 8), "little"))
            elif command == TERMINATE:
                reason = reason or KILLED
                _kill_group(child, _SIGTERM)
            else:
                reason = reason or (KILLED if command == KILL else ORPHANED)
                _kill_group(child)
                if not command:
                    watched.unregister(control)
        if time.monotonic() >= deadline_s:
            reason = reason or TIMED_OUT
            deadline_s = _deadline_s(NEVER_US)
            _kill_group(child)
    # Its number is still taken (by the dead child, or by those who are left in its group), so the group is its own.
    _kill_group(child)
    if status < 0:
        _, status = os.waitpid(child, 0)
    _sweep()
    if words >= 0:
        tail = (tail + _read_waiting(words))[-LONGEST_LAST_WORDS:]
    _say(control, ENDED, (os.waitstatus_to_exitcode(status), reason, tail))


def _deadline_s(from_now_us: int) -> float:
    return float("inf") if from_now_us == NEVER_US else time.monotonic() + from_now_us / 1e6


def _pause_ms(deadline_s: float, ended: int) -> float | None:
    if ended < 0:
        return _LOOK_EVERY_MS
    if deadline_s == float("inf"):
        return None
    # An hour at the most: the system counts milliseconds in 32 bits.
    return max(0.0, min(deadline_s - time.monotonic(), 3600.0)) * 1000 + 1


def _pidfd(process: int) -> int:
    """Return a descriptor that becomes readable when a process ends, or -1 where there is no such thing."""
    try:
        return os.pidfd_open(process)
    except (AttributeError, OSError):
        return -1


def _peek(child: int) -> int | None:
    """Return the child's status once it is over and no pidfd tells; where it can be, it is left to be waited for."""
    if hasattr(os, "waitid"):
        return -1 if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None else None
    buried, status = os.waitpid(child, os.WNOHANG)
    return status if buried else None


def _kill_group(child: int, number: int = _SIGKILL) -> None:
    try:
        os.killpg(child, number)
    except (ProcessLookupError, PermissionError):
        pass  # macOS forbids what Linux lets pass: a signal to a group of the dead.


def _sweep() -> None:
    """Kill and bury all that the child's descendants have left to us."""
    until_s = time.monotonic() + _SWEEP_FOR_S
    while time.monotonic() < until_s:
        try:
            buried, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not buried:
            for stray in _children():
                try:
                    os.kill(stray, _SIGKILL)
                except OSError:
                    pass
            time.sleep(0.001)


def _children() -> list[int]:
    """Return our children's numbers (Linux)."""
    me = os.getpid()
    try:
        return [int(number) for number in _file(f"/proc/self/task/{me}/children").split()]
    except OSError:
        pass  # a kernel without this file
    children = []
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and int(_file(f"/proc/{name}/stat").rsplit(b")", 1)[1].split()[1]) == me:
                children.append(int(name))
        except (OSError, IndexError):
            continue
    return children


def _file(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return _read_all(descriptor)
    finally:
        os.close(descriptor)


# --- talk ------------------------------------------------------------------------------------------------------------


def _say(control: int, kind: bytes, value: Any) -> None:
    text = frame(kind, value)
    try:
        while text:
            text = text[os.write(control, text) :]
    except OSError:
        pass  # Nobody is there any more, which is not a reason to fail.


def _read(descriptor: int, count: int) -> bytes:
    try:
        return os.read(descriptor, count)
    except OSError as error:
        if error.errno in (errno.ECONNRESET, errno.EIO):
            return b""
        raise


def _read_exactly(descriptor: int, count: int) -> bytes:
    text = b""
    while len(text) < count:
        block = _read(descriptor, count - len(text))
        if not block:
            os._exit(1)  # The parent is gone in the middle of a sentence, and there is no child yet, or Linux kills it.
        text += block
    return text


def _read_all(descriptor: int) -> bytes:
    text = b""
    while block := os.read(descriptor, 65_536):
        text += block
    return text


def _read_waiting(descriptor: int) -> bytes:
    """Return what is in a pipe already."""
    os.set_blocking(descriptor, False)
    text = b""
    try:
        while block := os.read(descriptor, 65_536):
            text = (text + block)[-LONGEST_LAST_WORDS:]
    except BlockingIOError:
        pass
    return text
