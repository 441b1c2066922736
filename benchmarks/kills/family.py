"""Who descends from whom, by Linux's own books, and what kind of process each is."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

_GONE_WITHIN_S = 15.0
_KINDS = {
    "processes.guardian": "a guardian",
    "fetch.child": "the fetch process",
    "render_child": "the render process",
    "sketch.worker": "a drawing process",
    "cage.trial": "the trial of the cage",
    "bot.cli worker": "the worker",
    "ffmpeg": "ffmpeg",
}


def descendants(ancestor: int) -> list[int]:
    """Return the living descendants of a process."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                state, parent = (folder / "stat").read_bytes().rsplit(b")", 1)[1].split()[:2]
                if state != b"Z":
                    parents[int(folder.name)] = int(parent)
    found, edge = [], {ancestor}
    while edge := {pid for pid, parent in parents.items() if parent in edge}:
        found += sorted(edge)
    return found


def kind_of(pid: int, first: int) -> str:
    """Return what kind of process it is."""
    if pid == first:
        return "the first process"
    command = command_of(pid)
    return next((kind for words, kind in _KINDS.items() if words in command), "another child")


def command_of(pid: int) -> str:
    """Return how a process was started."""
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return "gone"


def left_alive() -> list[str]:
    """Return who of our descendants is alive a while after the end, and bring an end to that, too."""
    until_s = time.monotonic() + _GONE_WITHIN_S
    while left := descendants(os.getpid()):
        if time.monotonic() > until_s:
            break
        time.sleep(0.005)
    names = [command_of(pid) for pid in left]
    for pid in left:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    return names
