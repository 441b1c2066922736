"""Landlock: which files may be read, written and executed, which ports connected to (Linux 5.13 and later).

Source: the kernel's Documentation/userspace-api/landlock.rst, whose example degrades by version in the same way.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat

TYPE_CHECKING = False  # see `pipeline.processes.guardian`
if TYPE_CHECKING:
    from typing import Any

# Calls since 5.3 have one number on every machine.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_BENEATH_PATH, _TO_PORT = 1, 2

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE = (1 << bit for bit in range(6))
MAKE_DIR, MAKE_REG = 1 << 7, 1 << 8
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
CONNECT_TCP, _ALL_NET = 1 << 1, 3
_ALL_SCOPES = 3  # abstract sockets and signals of processes outside

READING = READ_FILE | READ_DIR
WRITING = READING | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | REFER | TRUNCATE
"""Links, devices, sockets and pipes are not among what is made: the parent reads the folder afterwards."""
_OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV


def version(libc: ctypes.CDLL) -> int:
    """Return the version of the interface, 0 where there is none."""
    found: int = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_VERSION)
    return max(0, found)


def all_rights(version: int) -> int:
    """Return every right about files that a version can refuse."""
    return (1 << (13 + (version >= 2) + (version >= 3) + (version >= 5))) - 1 if version < 5 else (1 << 16) - 1


def restrict(libc: ctypes.CDLL, cage: dict[str, Any]) -> None:
    """Refuse everything that the cage does not allow, from now on and in all that comes of this process."""
    present = version(libc)
    if not present:
        return
    rights = all_rights(present)
    net = _ALL_NET if present >= 4 else 0
    scopes = _ALL_SCOPES if present >= 6 else 0
    words = (ctypes.c_uint64 * 3)(rights, net, scopes)
    size = 8 * (1 + (present >= 4) + (present >= 6))
    ruleset = libc.syscall(_CREATE_RULESET, words, ctypes.c_size_t(size), 0)
    if ruleset < 0:
        raise _error("landlock_create_ruleset")
    for path in cage["reads"]:
        _allow(libc, ruleset, path, READING & rights, may_be_missing=True)
    for path in cage["programs"]:
        _allow(libc, ruleset, path, (EXECUTE | READ_FILE) & rights, may_be_missing=False)
    for path in cage["writes"]:
        _allow(libc, ruleset, path, WRITING & rights, may_be_missing=False)
    _allow(libc, ruleset, os.devnull, (READ_FILE | WRITE_FILE | TRUNCATE) & rights, may_be_missing=True)
    if net and cage["network"] == "open":
        for port in cage["ports"]:
            rule = (ctypes.c_uint64 * 2)(CONNECT_TCP, port)
            if libc.syscall(_ADD_RULE, ruleset, _TO_PORT, rule, 0) != 0:
                raise _error("landlock_add_rule")
    if libc.syscall(_RESTRICT_SELF, ruleset, 0) != 0:
        raise _error("landlock_restrict_self")
    os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, rights: int, *, may_be_missing: bool) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError as error:
        if may_be_missing and error.errno in (errno.ENOENT, errno.ENOTDIR, errno.EACCES):
            return
        raise
    if not stat.S_ISDIR(os.fstat(place).st_mode):
        rights &= _OF_FILES
    rule = rights.to_bytes(8, "little") + place.to_bytes(4, "little")
    if libc.syscall(_ADD_RULE, ruleset, _BENEATH_PATH, rule, 0) != 0:
        raise _error(f"landlock_add_rule {path}")
    os.close(place)


def _error(what: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"{what}: {os.strerror(number)}")
