"""Shut the cage around this process, and become the program: the last thing that a fork of the guardian does.

The guardian has one thread and its fork none but this, so that Python code here is safe, as it would not be between
fork and exec of a process with threads (`preexec_fn`); and no second interpreter has to start for it.

Whatever layer a kernel does not have is left out (`layers` says so beforehand). A layer that it has and that fails all
the same is an error: then nothing is started.
"""

from __future__ import annotations

import ctypes
import os
import sys

from pipeline.processes.cage import landlock, limits, seccomp

TYPE_CHECKING = False  # see `pipeline.processes.guardian`
if TYPE_CHECKING:
    from typing import Any, NoReturn

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITY_VERSION_3 = 0x20080522
_PROT_READ_WRITE, _MAP_PRIVATE_ANONYMOUS = 3, 0x22
_PAGE_BYTES = 65_536  # the largest that a supported machine has
_ADDRESS_BITS = 38  # of addresses that every supported machine has


def separate(cage: dict[str, Any], libc: ctypes.CDLL) -> None:
    """Leave the network and the powers of this user behind; before anything is set that a change of powers undoes."""
    if not sys.platform.startswith("linux"):
        return
    if "namespace" in cage["layers"] and cage["network"] == "none":
        leave_network(libc)
    if "capabilities" in cage["layers"]:
        drop_capabilities(libc)


def leave_network(libc: ctypes.CDLL) -> str | None:
    """Move into a network without any interface, and return why not where that is not allowed here."""
    # A user namespace lets anybody do so; where they are forbidden, root can do without.
    for flags in (_CLONE_NEWUSER | _CLONE_NEWNET, _CLONE_NEWNET):
        if libc.unshare(flags) == 0:
            return None
    return os.strerror(ctypes.get_errno())


def drop_capabilities(libc: ctypes.CDLL) -> None:
    """Give up what root, or whoever made a user namespace, may do beyond others."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    none = (ctypes.c_uint32 * 6)()
    if libc.capset(header, none) != 0:
        raise _error("capset")


def become(cage: dict[str, Any], libc: ctypes.CDLL, command: list[str], environment: dict[str, str]) -> NoReturn:
    """Shut the other layers and execute the program."""
    layers = cage["layers"]
    on_linux = sys.platform.startswith("linux")
    if on_linux and libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise _error("no_new_privs")
    if on_linux and "landlock" in layers:
        landlock.restrict(libc, cage)
    if "limits" in layers:
        limits.limit(cage)
    if on_linux and "seccomp" in layers and seccomp.is_known_machine():
        _execute_once(libc, cage, command, environment)
    os.execve(command[0], command, environment)  # noqa: S606 - a list, never a shell


def _execute_once(libc: ctypes.CDLL, cage: dict[str, Any], command: list[str], environment: dict[str, str]) -> None:
    """Execute under a filter that lets this one execution pass.

    A filter cannot count, but it sees the three pointers that execve is given. They point to random places, and are
    nowhere to be found in the program that comes: it would have to guess a hundred bits.
    """
    pages = [_page(libc, size) for size in _sizes(command, environment)]
    program = seccomp.program(cage, own_pid=os.getpid(), execve_pointers=tuple(pages))
    _lay_out(pages, command, environment)
    seccomp.install(libc, program)
    execute = libc.execve
    execute.argtypes = [ctypes.c_void_p] * 3
    execute(*pages)
    raise _error(command[0])


def _sizes(command: list[str], environment: dict[str, str]) -> tuple[int, int, int]:
    return len(os.fsencode(command[0])) + 1, 8 * (len(command) + 1), 8 * (len(environment) + 1)


def _page(libc: ctypes.CDLL, size: int) -> int:
    """Map memory at a random place."""
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
    hint = (int.from_bytes(os.urandom(8), "little") % (1 << _ADDRESS_BITS)) // _PAGE_BYTES * _PAGE_BYTES
    address = libc.mmap(hint, size + _PAGE_BYTES, _PROT_READ_WRITE, _MAP_PRIVATE_ANONYMOUS, -1, 0)
    if address in (None, ctypes.c_void_p(-1).value):
        raise _error("mmap")
    return int(address) + int.from_bytes(os.urandom(2), "little") // 8 * 8 % _PAGE_BYTES


def _lay_out(pages: list[int], command: list[str], environment: dict[str, str]) -> None:
    """Write path, arguments and environment as execve reads them."""
    path = os.fsencode(command[0]) + b"\0"
    ctypes.memmove(pages[0], path, len(path))
    texts = (
        [os.fsencode(part) for part in command],
        [os.fsencode(f"{name}={text}") for name, text in environment.items()],
    )
    for page, parts in zip(pages[1:], texts, strict=True):
        array = (ctypes.c_char_p * (len(parts) + 1))(*parts, None)
        _kept.append(array)
        ctypes.memmove(page, array, ctypes.sizeof(array))


_kept: list[object] = []  # until execve has read them


def _error(what: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"{what}: {os.strerror(number)}")
