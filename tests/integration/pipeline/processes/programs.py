"""Stand-in programs for children, and a look at who is still running."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

needs_proc = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")


def python(code: str, *arguments: str) -> list[str]:
    """A program written here."""
    return [sys.executable, "-I", "-S", "-c", code, *arguments]


def running_with(marker: str) -> list[int]:
    """Every living process whose environment or command line holds a text, but this one."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            state = (folder / "stat").read_bytes().rsplit(b")", 1)[1].split()[0]
            text = (folder / "environ").read_bytes() + (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if state != b"Z" and marker.encode() in text:
            found.append(int(folder.name))
    return found


def eventually(condition: Callable[[], bool], within_s: float = 20.0) -> bool:
    """Whether something becomes true; the time is a bound for a hang, not a measure."""
    until_s = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > until_s:
            return False
        time.sleep(0.01)
    return True
