"""The seccomp filter as a value: run here, on made-up calls, for both machines."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.processes.cage import seccomp
from pipeline.processes.cage.cage import Cage
from pipeline.processes.cage.landlock import all_rights

PID = 4242
POINTERS = (0x1234_5678_9ABC, 0x0FED_CBA9_8765, 0x2222_3333_4444)
ALLOWED, REFUSED, UNKNOWN = "allowed", errno.EPERM, errno.ENOSYS
THREAD = 0x003D0F00  # how C libraries make a thread
FORK = 0x01200011

MACHINES = pytest.mark.parametrize("machine", sorted(seccomp.MACHINES))


def answer(machine: str, call: str | int, *arguments: int, kind: int | None = None, **cage: Any) -> str | int:
    """What the filter says of a call."""
    name, column = seccomp.MACHINES[machine]
    number = seccomp.CALLS[call][column] if isinstance(call, str) else call
    assert number is not None
    order = Cage(**cage).order(Path("/bin/true"))
    program = seccomp.program(order, own_pid=PID, execve_pointers=POINTERS, machine=machine)
    given = [*arguments, *[0] * (6 - len(arguments))]
    return run(program, number, name if kind is None else kind, given)


def run(program: list[tuple[int, int, int, int]], number: int, kind: int, arguments: list[int]) -> str | int:
    """An interpreter of the few instructions that the filter is made of, written after the kernel's manual."""
    data = number.to_bytes(4, "little") + kind.to_bytes(4, "little") + bytes(8)
    data += b"".join(argument.to_bytes(8, "little") for argument in arguments)
    loaded = place = 0
    while True:
        code, yes, no, constant = program[place]
        place += 1
        match code:
            case 0x20:
                loaded = int.from_bytes(data[constant : constant + 4], "little")
            case 0x54:
                loaded &= constant
            case 0x15:
                place += yes if loaded == constant else no
            case 0x25:
                place += yes if loaded > constant else no
            case 0x06:
                return {seccomp.ALLOW: ALLOWED, seccomp.KILL_PROCESS: "killed"}.get(constant, constant & 0xFFFF)
            case _:
                raise AssertionError(f"an instruction {code:#x}")


@MACHINES
def test_threads_are_made_and_processes_are_not(machine: str) -> None:
    assert answer(machine, "clone", THREAD) == ALLOWED
    assert answer(machine, "clone", FORK) == REFUSED
    assert answer(machine, "clone3") == UNKNOWN  # so that libraries fall back on the call that can be looked into
    if machine == "x86_64":
        assert answer(machine, "fork") == answer(machine, "vfork") == REFUSED


@MACHINES
def test_a_cage_for_programs_that_start_others_lets_them_but_not_into_namespaces(machine: str) -> None:
    assert answer(machine, "clone", FORK, starts_programs=True) == ALLOWED
    assert answer(machine, "execve", 1, 2, 3, starts_programs=True) == ALLOWED
    for flag in (0x20000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000):
        assert answer(machine, "clone", FORK | flag, starts_programs=True) == REFUSED


@MACHINES
def test_one_execution_passes_and_no_other(machine: str) -> None:
    assert answer(machine, "execve", *POINTERS) == ALLOWED
    for place in range(3):
        for flipped in (1, 1 << 33):
            other = list(POINTERS)
            other[place] ^= flipped
            assert answer(machine, "execve", *other) == REFUSED
    assert answer(machine, "execveat") == REFUSED


@MACHINES
@pytest.mark.parametrize("call", seccomp.NEVER)
def test_what_is_never_needed_is_refused_in_every_cage(machine: str, call: str) -> None:
    if seccomp.CALLS[call][seccomp.MACHINES[machine][1]] is not None:
        assert answer(machine, call) == REFUSED
        assert answer(machine, call, network="open", starts_programs=True) == REFUSED


def test_the_list_of_what_is_never_needed_holds_the_worst() -> None:
    assert {"ptrace", "process_vm_readv", "mount", "keyctl", "bpf", "io_uring_setup", "userfaultfd"} < set(
        seccomp.NEVER
    )


@MACHINES
def test_without_a_network_only_streams_between_two_own_ends_are_left(machine: str) -> None:
    for call in ("socket", "connect", "bind", "listen", "accept", "accept4"):
        assert answer(machine, call, 2, 1) == REFUSED
    assert answer(machine, "socketpair", 1, 1 | 0o2000000) == ALLOWED
    assert answer(machine, "socketpair", 1, 2) == REFUSED  # datagrams
    assert answer(machine, "socketpair", 16, 1) == REFUSED
    assert answer(machine, "sendto", 3, 99, 1, 0, 0, 0) == ALLOWED  # `send` on a connected socket
    assert answer(machine, "sendto", 3, 99, 1, 0, 0x7000_0000_0000, 16) == REFUSED


@MACHINES
def test_an_open_network_is_the_internet_and_no_server(machine: str) -> None:
    for family, expected in ((2, ALLOWED), (10, ALLOWED), (16, ALLOWED), (1, REFUSED), (17, REFUSED), (40, REFUSED)):
        assert answer(machine, "socket", family, 1, network="open") == expected
    assert answer(machine, "connect", network="open") == ALLOWED
    assert answer(machine, "listen", network="open") == REFUSED


@MACHINES
def test_signals_reach_oneself_alone(machine: str) -> None:
    for call in ("kill", "tgkill", "rt_sigqueueinfo"):
        assert answer(machine, call, PID) == ALLOWED
        assert answer(machine, call, PID + 1) == REFUSED
        assert answer(machine, call, 2**64 - 1) == REFUSED


@MACHINES
def test_a_child_cannot_take_back_that_it_dies_with_its_guardian_nor_type_into_a_terminal(machine: str) -> None:
    assert answer(machine, "prctl", 1, 0) == REFUSED
    assert answer(machine, "prctl", 15, 0) == ALLOWED  # the name of a thread
    assert answer(machine, "ioctl", 0, 0x5412) == REFUSED
    assert answer(machine, "ioctl", 0, 0x5413) == ALLOWED
    assert answer(machine, "setpgid") == answer(machine, "setsid") == REFUSED


@MACHINES
def test_calls_of_another_width_or_of_the_future_are_not_let_through(machine: str) -> None:
    assert answer(machine, "kill", PID, kind=0x40000003) == "killed"
    for number in (seccomp.NEWEST_KNOWN + 1, 0x40000000, 2**32 - 1):
        assert answer(machine, number) == UNKNOWN


@MACHINES
@given(number=st.integers(0, seccomp.NEWEST_KNOWN), arguments=st.lists(st.integers(0, 2**64 - 1), max_size=6))
def test_every_call_gets_an_answer_and_what_is_not_named_is_allowed(
    machine: str, number: int, arguments: list[int]
) -> None:
    column = seccomp.MACHINES[machine][1]
    named = {numbers[column] for numbers in seccomp.CALLS.values()}
    said = answer(machine, number, *arguments)
    assert said in (ALLOWED, REFUSED, UNKNOWN)
    assert number in named or said == ALLOWED


def test_landlock_rights_grow_with_the_version() -> None:
    # 13 at first; then moving between folders, cutting off, and (with the fifth) commands to devices.
    assert [all_rights(version).bit_length() for version in range(1, 8)] == [13, 14, 15, 15, 16, 16, 16]
