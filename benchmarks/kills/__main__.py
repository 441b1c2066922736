"""Processes killed at random moments; afterwards nobody and nothing may be left.

    python -m benchmarks.kills --seed 7 --minutes 10                   # every real road in turn
    python -m benchmarks.kills --seed 7 --kills 30 --roads render
    python -m benchmarks.kills --seed 7 --kills 1000 --roads stand-in  # a family of stand-ins
    python -m benchmarks.kills --seed 7 --minutes 10 --journal k.jsonl # stopped and started again, it goes on

A road is run over and over, each time in a temporary folder of its own: ``render`` (decoding, drawing and encoding
processes), ``fetch`` (a link to a loopback server), ``sketch``, ``demo`` (a worker and its render process). At a moment
between its start and its usual end, by the seed, SIGKILL goes to its first process or to one of its descendants. All
that is orphaned comes to this process (a subreaper of Linux), so nobody can hide in a session or a group of his own.
Then it is counted who is alive still a while after the first process's end, and which files lie in the folder that
should not: before and after what the next command does there anyway (`pipeline.held_folders.sweep`). The seed fixes
roads, moments and draws of each kill by its number; which process is drawn depends on who lives at that moment.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.kills.family import descendants, kind_of, left_alive
from benchmarks.kills.roads import Road, environment_of, open_roads

_PR_SET_CHILD_SUBREAPER = 36
_ENDS_WITHIN_S = 120.0
_REAL = ("render", "fetch", "sketch", "demo")
_OF_THE_FIRST = 0.2
"""So many kills are meant for the first process; the others for whoever it has started, where there is anybody."""


@dataclass(frozen=True, slots=True)
class Kill:
    """What came of one kill."""

    number: int
    road: str
    whom: str
    alive: int
    end: str
    processes_left: list[str]
    files_before: list[str]
    files_left: list[str]


def kill_once(number: int, seed: int, roads: Mapping[str, Road], usual_s: Mapping[str, float]) -> Kill:
    """Run a road, kill somebody on it, and count what is left."""
    rng = random.Random(f"{seed}/{number}")
    name = rng.choice(sorted(usual_s))
    road = roads[name]
    # Half of a command's time goes by before it has a child; the later of two moments finds more of them.
    moment_s = usual_s[name] * max(rng.random(), rng.random())
    with TemporaryDirectory() as place:
        folder = Path(place)
        process = _start(road, folder)
        time.sleep(moment_s)
        family = [process.pid, *descendants(process.pid)]
        victim = process.pid if rng.random() < _OF_THE_FIRST else rng.choice(family[1:] or family)
        whom = kind_of(victim, process.pid)
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
        end = _end(process)
        processes = left_alive()
        before = _unwanted(road, folder)
        for swept in (folder, folder / "home" / "work"):
            road.sweep(swept)
        return Kill(number, name, whom, len(family), end, processes, before, _unwanted(road, folder))


def _unwanted(road: Road, folder: Path) -> list[str]:
    files = (path for path in folder.rglob("*") if path.is_file() or path.name.endswith("partial"))
    return sorted(str(path.relative_to(folder)) for path in files if not road.whole(path))


def _start(road: Road, folder: Path) -> subprocess.Popen[bytes]:
    (folder / "tmp").mkdir()
    return subprocess.Popen(
        road.command(folder),
        env=environment_of(road, folder),
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


def _usual_s(name: str, road: Road) -> float:
    with TemporaryDirectory() as place:
        began_s = time.monotonic()
        if _end(_start(road, Path(place))) != "ended well":
            raise SystemExit(f"the road {name} fails without any kill")
        took_s = time.monotonic() - began_s
        if unwanted := _unwanted(road, Path(place)):
            raise SystemExit(f"the road {name} leaves without any kill: {unwanted}")
    return took_s


def _journal(path: Path | None) -> list[Kill]:
    if path is None or not path.exists():
        return []
    return [Kill(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line.endswith("}")]


def _kills(asked: argparse.Namespace) -> Iterator[Kill]:
    """Yield the kills that a journal holds, and then further ones."""
    known = _journal(asked.journal)
    yield from known
    until_s = time.monotonic() + asked.minutes * 60
    with open_roads() as roads:
        usual_s = {name: _usual_s(name, roads[name]) for name in asked.roads}
        print("usually:", ", ".join(f"{name} {seconds:.1f} s" for name, seconds in usual_s.items()), flush=True)
        for number in range(len(known), asked.kills):
            if time.monotonic() > until_s:
                return
            kill = kill_once(number, asked.seed, roads, usual_s)
            if asked.journal is not None:
                with asked.journal.open("a", encoding="utf-8") as journal:
                    journal.write(json.dumps(asdict(kill)) + "\n")
            yield kill


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kills", type=int, default=1_000_000)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--roads", nargs="+", choices=(*_REAL, "stand-in"), default=list(_REAL))
    parser.add_argument("--journal", type=Path, help="a file of results; kills that it holds are not done again")
    asked = parser.parse_args()
    if ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise SystemExit("this needs Linux")
    kills = list(_kills(asked))
    left = [kill for kill in kills if kill.processes_left or kill.files_left or kill.end == "hung"]
    alive = [kill.alive for kill in kills] or [0]
    print(f"{len(kills)} kills (seed {asked.seed})")
    print("roads:", dict(Counter(kill.road for kill in kills)))
    print("killed:", dict(Counter(kill.whom for kill in kills)))
    print(f"alive at that moment: {sum(alive) / len(alive):.1f} processes, at most {max(alive)}")
    print("its first process:", dict(Counter(kill.end for kill in kills)))
    before = sum(bool(kill.files_before) for kill in kills)
    print(f"kills that left files until the next command: {before}")
    print(f"processes left: {sum(len(kill.processes_left) for kill in kills)}")
    print(f"files left after that: {sum(len(kill.files_left) for kill in kills)}")
    for kill in left[:20]:
        print(" ", kill)
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
