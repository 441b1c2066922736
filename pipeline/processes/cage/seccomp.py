"""A seccomp filter: which calls of the kernel a child in the cage can make.

It names what is refused, and not what is allowed. The programs are a foreign ffmpeg and an interpreter with its
libraries, on two machines and on kernels and C libraries of many years: a list of what is allowed would be too short on
somebody's machine and end a good child there. What a list of refusals misses are calls that come later; so every call
that is newer than this file is answered with ENOSYS, which libraries know how to take.

A filter is a program for the kernel's packet filter (linux/filter.h, linux/seccomp.h), built here as a list of
instructions.
"""

from __future__ import annotations

import ctypes
import errno
import os

TYPE_CHECKING = False  # see `pipeline.processes.guardian`
if TYPE_CHECKING:
    from typing import Any

    Instruction = tuple[int, int, int, int]

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_LOAD, _AND, _EQUAL, _GREATER, _RETURN = 0x20, 0x54, 0x15, 0x25, 0x06
ALLOW, KILL_PROCESS, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER_AT, _MACHINE_AT, _ARGUMENTS_AT = 0, 4, 16

NEWEST_KNOWN = 462
"""mseal, of Linux 6.10; the numbers of both machines have grown together since 424."""

_CLONE_THREAD = 0x00010000
_CLONE_NAMESPACES = 0x7E020000
_UNIX, _INTERNET, _INTERNET_6, _NETLINK, _STREAM, _TYPE = 1, 2, 10, 16, 1, 0xF
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
_PR_SET_PDEATHSIG = 1

MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
"""How the kernel calls a machine, and which of the numbers below are its."""

CALLS: dict[str, tuple[int | None, int | None]] = {
    "execve": (59, 221),
    "clone": (56, 220),
    "clone3": (435, 435),
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "setpgid": (109, 154),
    "setsid": (112, 157),
    "prlimit64": (302, 261),
    "prctl": (157, 167),
    "ioctl": (16, 29),
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept": (43, 202),
    "accept4": (288, 242),
    "sendto": (44, 206),
    "execveat": (322, 281),
    "fork": (57, None),
    "vfork": (58, None),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    "kcmp": (312, 272),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "open_tree": (428, 428),
    "mount_setattr": (442, 442),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "statmount": (457, 457),
    "listmount": (458, 458),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "acct": (163, 89),
    "fanotify_init": (300, 262),
    "fanotify_mark": (301, 263),
    "reboot": (169, 142),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "syslog": (103, 116),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "iopl": (172, None),
    "ioperm": (173, None),
    "modify_ldt": (154, None),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "userfaultfd": (323, 282),
    "unshare": (272, 97),
    "setns": (308, 268),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "msgget": (68, 186),
    "msgsnd": (69, 189),
    "msgrcv": (70, 188),
    "msgctl": (71, 187),
    "semget": (64, 190),
    "semop": (65, 193),
    "semctl": (66, 191),
    "semtimedop": (220, 192),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    "uselib": (134, None),
    "nfsservctl": (180, 42),
    "lookup_dcookie": (212, 18),
    "vhangup": (153, 58),
    "ustat": (136, None),
    "sysfs": (139, None),
    "_sysctl": (156, None),
}
"""Their numbers on x86_64 and aarch64 (asm/unistd_64.h, asm-generic/unistd.h), None where a machine has no such."""

_OF_PROCESSES = ("setpgid", "setsid", "fork", "vfork", "execveat")
_OF_SERVERS = ("listen", "accept", "accept4")
_WITH_ARGUMENTS = (
    *("execve", "clone", "clone3", "kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "prlimit64"),
    *("prctl", "ioctl", "socket", "socketpair", "connect", "bind", "sendto"),
)
NEVER = tuple(name for name in CALLS if name not in (*_OF_PROCESSES, *_OF_SERVERS, *_WITH_ARGUMENTS))
"""Refused in every cage: other processes' memory, file systems, namespaces, keys, modules, clocks, tracing, io_uring
(which goes around filters), memory and queues that are shared by name."""


def is_known_machine() -> bool:
    """Whether there are numbers for this machine, in a process of its own width."""
    return os.uname().machine in MACHINES and ctypes.sizeof(ctypes.c_void_p) == 8


def program(
    cage: dict[str, Any],
    *,
    own_pid: int,
    execve_pointers: tuple[int, ...],
    machine: str | None = None,
) -> list[Instruction]:
    """Return the filter of a cage.

    Parameters
    ----------
    cage : dict
        From `Cage.order`.
    own_pid : int
        The one process that it may send signals to.
    execve_pointers : tuple of int
        The arguments of the one execution that is allowed.
    machine : str, optional
        One of `MACHINES`; this one if not given.
    """
    name, column = MACHINES[machine or os.uname().machine]
    number = {call: numbers[column] for call, numbers in CALLS.items()}
    refuse = _errno(errno.EPERM)
    filter_ = [
        (_LOAD, 0, 0, _MACHINE_AT),
        # The 32-bit calls of the same machine have other numbers.
        (_EQUAL, 1, 0, name),
        (_RETURN, 0, 0, KILL_PROCESS),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_GREATER, 0, 1, NEWEST_KNOWN),
        (_RETURN, 0, 0, _errno(errno.ENOSYS)),
        # Its flags are behind a pointer, where a filter cannot look; C libraries then try the older call.
        *_always(number["clone3"], _errno(errno.ENOSYS)),
    ]
    for call in NEVER:
        filter_ += _always(number[call], refuse)
    if cage["starts_programs"]:
        filter_ += _only_if(number["clone"], [_masked(0, _CLONE_NAMESPACES, 0)])
        filter_ += _always(number["execveat"], refuse)
    else:
        for call in _OF_PROCESSES:
            filter_ += _always(number[call], refuse)
        filter_ += _only_if(number["clone"], [_masked(0, _CLONE_THREAD, _CLONE_THREAD)])
        filter_ += _only_if(
            number["execve"],
            [test for index, pointer in enumerate(execve_pointers) for test in _pointer(index, pointer)],
        )
        for call in ("kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"):
            filter_ += _only_if(number[call], [_one_of(0, own_pid)])
    filter_ += _only_if(number["prlimit64"], [_one_of(0, 0, own_pid)])
    filter_ += _only_if(number["prctl"], [_none_of(0, _PR_SET_PDEATHSIG)])
    filter_ += _only_if(number["ioctl"], [_none_of(1, _TIOCSTI, _TIOCLINUX)])
    filter_ += _network(cage["network"], number)
    return [*filter_, (_RETURN, 0, 0, ALLOW)]


def install(libc: ctypes.CDLL, program: list[Instruction]) -> None:
    """Filter this process's calls from now on; it must have given up new privileges."""
    raw = b"".join(
        code.to_bytes(2, "little") + bytes((yes, no)) + constant.to_bytes(4, "little")
        for code, yes, no, constant in program
    )
    code = ctypes.create_string_buffer(raw, len(raw))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))

    whole = Program(len(program), ctypes.addressof(code))
    if libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(whole), 0, 0) != 0:
        number = ctypes.get_errno()
        if number != errno.EINVAL:  # A kernel built without it says so.
            raise OSError(number, f"seccomp: {os.strerror(number)}")


def _network(network: str, number: dict[str, int | None]) -> list[Instruction]:
    """Refuse what would reach anybody.

    Pairs are streams: an unconnected datagram socket could be turned to any socket that has a name.
    """
    refuse = _errno(errno.EPERM)
    filter_ = _only_if(number["socketpair"], [_one_of(0, _UNIX), _masked(1, _TYPE, _STREAM)])
    for call in _OF_SERVERS:
        filter_ += _always(number[call], refuse)
    if network == "open":
        return filter_ + _only_if(number["socket"], [_one_of(0, _INTERNET, _INTERNET_6, _NETLINK)])
    for call in ("socket", "connect", "bind"):
        filter_ += _always(number[call], refuse)
    return filter_ + _only_if(number["sendto"], _pointer(4, 0))


# --- pieces of a program ---------------------------------------------------------------------------------------------
# Each is entered with the call's number loaded, and left so where it is about another call.


def _errno(number: int) -> int:
    return _ERRNO | number


def _always(number: int | None, answer: int) -> list[Instruction]:
    if number is None:
        return []
    return [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, answer)]


def _only_if(number: int | None, tests: list[list[Instruction]]) -> list[Instruction]:
    """Allow a call whose arguments pass all tests, and refuse it otherwise."""
    if number is None:
        return []
    body = [instruction for test in tests for instruction in test]
    return [(_EQUAL, 0, len(body) + 1, number), *body, (_RETURN, 0, 0, ALLOW)]


def _argument(index: int, *, upper: bool = False) -> Instruction:
    return (_LOAD, 0, 0, _ARGUMENTS_AT + 8 * index + 4 * upper)


def _one_of(index: int, *values: int) -> list[Instruction]:
    last = len(values)
    jumps = [(_EQUAL, last - place, 0, value) for place, value in enumerate(values)]
    return [_argument(index), *jumps, (_RETURN, 0, 0, _errno(errno.EPERM))]


def _none_of(index: int, *values: int) -> list[Instruction]:
    return [_argument(index), *(piece for value in values for piece in _always(value, _errno(errno.EPERM)))]


def _masked(index: int, mask: int, value: int) -> list[Instruction]:
    load, *rest = _one_of(index, value)
    return [load, (_AND, 0, 0, mask), *rest]


def _pointer(index: int, value: int) -> list[list[Instruction]]:
    _, *upper = _one_of(index, value >> 32)
    return [_one_of(index, value & 0xFFFFFFFF), [_argument(index, upper=True), *upper]]
