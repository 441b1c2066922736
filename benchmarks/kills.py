"""Processes killed at random moments; afterwards nobody and nothing may be left.

    python -m benchmarks.kills --seed 7 --kills 1000                   # a family of stand-ins
    python -m benchmarks.kills --seed 7 --kills 30 --road render       # `ganterpret render`, the real one

A road is run over and over, each time in a temporary folder of its own. At a moment between its start and its usual
end, by the seed, SIGKILL goes to its first process or to any of its descendants. All that is orphaned comes to this
process (a subreaper of Linux), so nobody can hide in a session or a group of his own. Then it is counted who is alive
still a while after the first process's end, and which files lie in the folder that should not. The seed fixes the
moments and the draws; which process is drawn depends on who lives at that moment.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

_PR_SET_CHILD_SUBREAPER = 36
_GONE_WITHIN_S = 15.0
_ENDS_WITHIN_S = 120.0

_STAND_IN = """
import os, subprocess, sys, time
from pathlib import Path
from pipeline.processes.child import PIPE, run, Child
from pipeline.processes.cage.cage import Cage, python_reads
from pipeline.processes.deadline import Deadline

leaf = "import os, subprocess, sys, time; " \
    "subprocess.Popen([sys.executable, '-I', '-S', '-c', 'import time; time.sleep(600)'], start_new_session=True); " \
    "sys.stdin.read()"
worker = f'''
import sys
from pipeline.processes.child import PIPE, Child
from pipeline.processes.deadline import Deadline
with Child.start([sys.executable, "-I", "-S", "-c", {leaf!r}], deadline=Deadline.after(60), stdin=PIPE) as child:
    sys.stdin.read()
'''
with (
    Child.start([sys.executable, "-c", worker], deadline=Deadline.after(60), stdin=PIPE,
                environment=os.environ, folder=Path.cwd()) as child,
    Child.start([sys.executable, "-I", "-S", "-c", "import sys; sys.stdin.read()"], deadline=Deadline.after(60),
                stdin=PIPE, cage=Cage(reads=python_reads())) as caged,
):
    time.sleep(0.5)
"""


def _stand_in(_folder: Path) -> list[str]:
    return [sys.executable, "-c", _STAND_IN]


def _render(folder: Path) -> list[str]:
    from pipeline.sample import sample_sound

    options = ["--model", "sketch", "--size", "128", "--fps", "10", "--duration", "4"]
    return [sys.executable, "-m", "bot.cli", "render", str(sample_sound()), "-o", str(folder / "clip.mp4"), *options]


ROADS: dict[str, Callable[[Path], list[str]]] = {"stand-in": _stand_in, "render": _render}
"""How a road is started, and the name of the one file that it may leave: ``clip.mp4``, where it ended well."""


@dataclass
class Tally:
    """What came of the kills."""

    whom: Counter[str] = field(default_factory=Counter)
    alive: list[int] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)
    processes_left: list[str] = field(default_factory=list)
    files_left: list[str] = field(default_factory=list)


def once(road: str, rng: random.Random, usual_s: float, tally: Tally) -> None:
    """Run a road, kill somebody on it, and count what is left."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        process = _start(road, folder)
        time.sleep(rng.uniform(0, usual_s))
        family = [process.pid, *descendants(process.pid)]
        tally.alive.append(len(family))
        victim = process.pid if rng.random() < 0.25 else family[rng.randrange(len(family))]
        tally.whom[_name(victim, process.pid)] += 1
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
        tally.ends[_end(process)] += 1
        tally.processes_left += _left_alive()
        clip = {folder / "clip.mp4"} if process.returncode == 0 else set()
        left = {path for path in folder.rglob("*") if path.is_file()} - clip
        tally.files_left += [str(path.relative_to(folder)) for path in left]


def _start(road: str, folder: Path) -> subprocess.Popen[bytes]:
    (folder / "tmp").mkdir()
    return subprocess.Popen(
        ROADS[road](folder),
        env=os.environ | {"TMPDIR": str(folder / "tmp")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _end(process: subprocess.Popen[bytes]) -> str:
    try:
        code = process.wait(_ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return "hung"
    return "ended well" if code == 0 else f"killed by {-code}" if code < 0 else f"failed with {code}"


def _left_alive() -> list[str]:
    """Return who is alive a while after the end, and bring an end to that, too."""
    until_s = time.monotonic() + _GONE_WITHIN_S
    while left := descendants(os.getpid()):
        if time.monotonic() > until_s:
            break
        time.sleep(0.005)
    names = [_command(pid) for pid in left]
    for pid in left:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    return names


def descendants(ancestor: int) -> list[int]:
    """Return the living descendants of a process, the dead among them buried where they are ours."""
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


def _command(pid: int) -> str:
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return "gone"


def _name(pid: int, first: int) -> str:
    """Return what kind of process it is."""
    command = _command(pid)
    if pid == first:
        return "the first process"
    if "processes.guardian" in command:
        return "a guardian"
    return "ffmpeg" if "ffmpeg" in command else "a child"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--road", choices=sorted(ROADS), default="stand-in")
    asked = parser.parse_args()
    if ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise SystemExit("this needs Linux")

    rng, tally = random.Random(asked.seed), Tally()
    with TemporaryDirectory() as name:
        began_s = time.monotonic()
        if _end(_start(asked.road, Path(name))) != "ended well":
            raise SystemExit("this road fails without any kill")
        usual_s = time.monotonic() - began_s
    for _ in range(asked.kills):
        once(asked.road, rng, usual_s, tally)
    print(f"{asked.kills} kills within {usual_s:.2f} s of a start (seed {asked.seed}, road: {asked.road})")
    print("killed:", dict(tally.whom))
    print(f"alive at that moment: {sum(tally.alive) / len(tally.alive):.1f} processes, at most {max(tally.alive)}")
    print("its first process:", dict(tally.ends))
    print(f"processes left: {len(tally.processes_left)}", *sorted(set(tally.processes_left)), sep="\n  ")
    print(f"files left: {len(tally.files_left)}", *sorted(set(tally.files_left))[:20], sep="\n  ")
    return 1 if tally.processes_left or tally.files_left or tally.ends["hung"] else 0


if __name__ == "__main__":
    sys.exit(main())
