"""Tries every layer on this process and prints, as one JSON object, why each does not hold (empty: it does)."""

from __future__ import annotations

import ctypes
import json
import os
import sys

from pipeline.processes.cage import enter, landlock, limits, seccomp
from pipeline.processes.cage.cage import CAPABILITIES, LANDLOCK, LIMITS, NAMESPACE, SECCOMP, Cage
from pipeline.processes.python_module import ROOT

_PR_SET_NO_NEW_PRIVS = 38


def main() -> None:
    """Shut the layers one by one, from the outside to the inside."""
    libc = ctypes.CDLL(None, use_errno=True)
    cage = Cage(reads=(ROOT,)).order(ROOT)
    found = {LIMITS: _reason(lambda: limits.limit(cage))}
    if sys.platform.startswith("linux"):
        found[NAMESPACE] = enter.leave_network(libc) or ""
        found[CAPABILITIES] = _reason(lambda: enter.drop_capabilities(libc))
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        found[LANDLOCK] = _landlock(libc, cage)
        found[SECCOMP] = _seccomp(libc, cage)
    else:
        found |= dict.fromkeys(
            (NAMESPACE, CAPABILITIES, LANDLOCK, SECCOMP), f"only Linux has it, this is {sys.platform}"
        )
    print(json.dumps(found))


def _landlock(libc: ctypes.CDLL, cage: dict[str, object]) -> str:
    if not landlock.version(libc):
        return f"the kernel has none or has it switched off: {os.strerror(ctypes.get_errno())}"
    return _reason(lambda: landlock.restrict(libc, cage))


def _seccomp(libc: ctypes.CDLL, cage: dict[str, object]) -> str:
    if not seccomp.is_known_machine():
        return f"no numbers are known for {os.uname().machine}"
    program = seccomp.program(cage, own_pid=os.getpid(), execve_pointers=(0, 0, 0))
    return _reason(lambda: seccomp.install(libc, program)) or _unless_filtered()


def _unless_filtered() -> str:
    """Make a call that the filter refuses, harmless where it does not."""
    try:
        os.setpgid(0, os.getpgid(0))
    except PermissionError:
        return ""
    return "the kernel has none"


def _reason(attempt: object) -> str:
    assert callable(attempt)
    try:
        attempt()
    except OSError as error:
        return str(error.strerror)
    return ""
