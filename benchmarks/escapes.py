"""Stand-in escapes from the cage, really tried, without it, with each layer alone, and with all of them.

    python -m benchmarks.escapes

Every attempt is a real process (`benchmarks.attempts`) that has something real to reach: a file with a token, a
listening socket, a process of the same user.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.attempts import ATTEMPTS
from pipeline.processes.cage.cage import LAYERS, Cage, python_reads
from pipeline.processes.child import PIPE, Child, Completed, run
from pipeline.processes.deadline import Deadline
from pipeline.processes.layers import layers

SCRIPT = Path(__file__).with_name("attempts.py")
_WITHIN_S = 30.0
_VICTIM = """
import ctypes, sys, time
if sys.platform.startswith("linux"):
    ctypes.CDLL(None).prctl(0x59616D61, ctypes.c_ulong(-1).value, 0, 0, 0)  # lets itself be traced, as far as Yama goes
print("ready", flush=True)
time.sleep(600)
"""


@contextmanager
def place() -> Iterator[tuple[Path, dict[str, Any]]]:
    """Give a folder to be caged in, and targets all around it."""
    with ExitStack() as stack:
        house = Path(stack.enter_context(TemporaryDirectory()))
        inside = house / "inside"
        inside.mkdir()
        (house / ".env").write_text("a token")
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=100))
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", 0))
        abstract = f"\0{secrets.token_hex(16)}"
        for address in (abstract, str(house / "listening")):
            listener = stack.enter_context(socket.socket(socket.AF_UNIX))
            listener.bind(address)
            listener.listen(100)
        datagrams = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        datagrams.bind(str(house / "datagrams"))
        victim = stack.enter_context(
            Child.start([sys.executable, "-I", "-S", "-c", _VICTIM], deadline=Deadline.with_parent(), stdout=PIPE)
        )
        assert victim.stdout is not None
        victim.stdout.readline()
        yield (
            inside,
            {
                "secret": str(house / ".env"),
                "parent": os.getpid(),
                "outside": str(house / "outside"),
                "tcp_port": tcp.getsockname()[1],
                "udp_port": udp.getsockname()[1],
                "abstract": abstract,
                "path": str(house / "listening"),
                "datagrams": str(house / "datagrams"),
                "victim": victim.pid,
            },
        )


def cage(inside: Path, without: frozenset[str] = frozenset()) -> Cage:
    """Return the cage that attempts are made in."""
    return Cage(
        reads=(*python_reads(), SCRIPT),
        writes=(inside,),
        memory_bytes=256 << 20,
        processor_s=1,
        file_bytes=64 << 20,
        without=without,
    )


def attempt(name: str, inside: Path, targets: dict[str, Any], held: Cage | None) -> Completed:
    """Try one escape; it has come out if ``ESCAPED`` is in what it wrote."""
    for left in inside.iterdir():
        left.unlink()
    command = [sys.executable, "-I", "-S", str(SCRIPT), name, json.dumps(targets)]
    return run(command, deadline=Deadline.after(_WITHIN_S), folder=inside, environment={"PATH": "/bin"}, cage=held)


def escaped(done: Completed) -> bool:
    """Whether it came out."""
    return b"ESCAPED" in done.stdout


def main() -> None:
    everything = frozenset(LAYERS)
    columns = ["no cage", *(f"only {layer}" for layer in LAYERS), "whole cage"]
    cages = [everything, *(everything - {layer} for layer in LAYERS), frozenset[str]()]
    print("| attempt |", " | ".join(columns), "|")
    print("|---|" + "---|" * len(columns))
    totals = [0] * len(columns)
    with place() as (inside, targets):
        for name in ATTEMPTS:
            results = [
                escaped(attempt(name, inside, targets, cage(inside, without) if without != everything else None))
                for without in cages
            ]
            totals = [total + out for total, out in zip(totals, results, strict=True)]
            print("|", name, "|", " | ".join("**escapes**" if out else "held" for out in results), "|", flush=True)
    print("| escaped |", " | ".join(f"{total} of {len(ATTEMPTS)}" for total in totals), "|")
    print()
    for layer in layers():
        print(f"{layer.name}: {'holds' if layer.holds else layer.why_not}")
    print()
    print(f"start of /bin/true: {_start_ms(None):.1f} ms supervised, {_start_ms(Cage()):.1f} ms in the cage")


def _start_ms(held: Cage | None, times: int = 40) -> float:
    """Return the median of what a start and an end cost."""
    taken = []
    for _ in range(times):
        began_s = time.perf_counter()
        run(["/bin/true"], deadline=Deadline.after(_WITHIN_S), cage=held)
        taken.append(time.perf_counter() - began_s)
    return 1000 * sorted(taken)[times // 2]


if __name__ == "__main__":
    main()
