"""Requests among processes that are killed, frozen and robbed of their queue; afterwards the books are audited.

    python -m benchmarks.chaos --seed 7 --requests 300 --workers 3

Real processes share one database: workers that make clips, a bot that delivers them, and a crowd that asks, asks twice
and cancels. Meanwhile processes die by SIGKILL at any instruction, workers are stopped until their leases run out, and
the engine's table is emptied. In the end every request must have had exactly one answer in the chat, every clip its own
file, every debit its clip or its refund. The seed fixes what is done to them, not what the machine makes of it.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.chaos.actors import deliver, work
from benchmarks.chaos.audit import ENDS, Report, audit
from benchmarks.chaos.place import LEASE_S, LIMITS, SECONDS, Destination
from pipeline.recipe import Recipe
from storage.database import migrate
from storage.database.transactions import Database
from storage.errors import StorageError
from storage.people import chats, people
from storage.requests import requests
from storage.requests.requests import NewRequest
from storage.requests.sources import NewSource
from storage.states import DeliveryState

FROZEN_S = 1.5 * LEASE_S
"""Long enough to be taken for dead."""
CHANCES = {"ask": 0.6, "cancel": 0.05, "kill": 0.12, "freeze": 0.02, "wipe": 0.03}
"""How likely each is in every fiftieth of a second."""


@dataclass
class Cast:
    """The processes, each replaced as soon as it is killed."""

    place: Destination
    rng: random.Random
    workers: int
    running: list[tuple[bool, BaseProcess]] = field(default_factory=list)
    thaws: list[threading.Timer] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._context = get_context("forkserver")
        self._context.set_forkserver_preload(["benchmarks.chaos.actors", "storage.database.migrate"])
        self.running = [self._start(is_worker) for is_worker in [*[True] * self.workers, False]]

    def kill_one(self) -> bool:
        index = self.rng.randrange(len(self.running))
        is_worker, process = self.running[index]
        process.kill()
        process.join()
        self.running[index] = self._start(is_worker)
        return True

    def freeze_a_worker(self) -> bool:
        _, process = self.rng.choice([member for member in self.running if member[0]])
        _send(process, signal.SIGSTOP)
        thaw = threading.Timer(FROZEN_S, _send, args=(process, signal.SIGCONT))
        thaw.start()
        self.thaws.append(thaw)
        return True

    def stop(self) -> None:
        for thaw in self.thaws:
            thaw.join()
        for _, process in self.running:
            process.kill()
            process.join()

    def _start(self, is_worker: bool) -> tuple[bool, BaseProcess]:
        target = work if is_worker else deliver
        process = self._context.Process(target=target, args=(self.place, self.rng.randrange(2**32)), daemon=True)
        process.start()
        return is_worker, process


def run(place: Destination, *, seed: int, count: int, workers: int, deadline_s: float) -> Report:
    """Let a crowd make requests in the middle of it all, wait until everything has come to rest, and audit."""
    rng, report, began_s = random.Random(seed), Report(), time.monotonic()
    migrate.upgrade(place.url)
    with closing(Database(place.url)) as database:
        cast = Cast(place, rng, workers)
        asked = 0
        acts: dict[str, Callable[[], bool]] = {
            "ask": lambda: _ask(database, rng, asked),
            "cancel": lambda: _cancel(database, rng, asked),
            "kill": cast.kill_one,
            "freeze": cast.freeze_a_worker,
            "wipe": lambda: _wipe(database),
        }
        try:
            while not (asked == count and _is_at_rest(database)):
                if time.monotonic() - began_s > deadline_s:
                    report.wrong.append(f"not at rest after {deadline_s:g} s")
                    break
                time.sleep(0.02)
                # The worst happens while there is work; towards the end everybody may live.
                for name, act in acts.items():
                    if asked < count and rng.random() < CHANCES[name] and act():
                        report.did[name] += 1
                        asked += name == "ask"
        finally:
            cast.stop()
        report.wrong += list(audit(database, place, count, report))
        report.duration_s = time.monotonic() - began_s
    return report


def _send(process: BaseProcess, number: signal.Signals) -> None:
    if process.exitcode is None and process.pid is not None:
        with suppress(ProcessLookupError):  # killed meanwhile
            os.kill(process.pid, number)


def _ask(database: Database, rng: random.Random, number: int) -> bool:
    """Ask as one of a few people, and often twice by the same event; False if they have enough open."""
    try:
        with database.write() as tx:
            person = people.get_or_create(tx, "telegram", str(rng.randrange(8)))
            chat = chats.get_or_create(tx, "telegram", "music")
            event = f"event-{number}"
            intake = NewRequest(
                "telegram",
                event,
                person.id,
                chat.id,
                NewSource.link("https://example.org"),
                Recipe(),
                SECONDS / 2,
                "en",
            )
            first = requests.submit(tx, intake, LIMITS)
            if rng.random() < 0.3:
                assert requests.submit(tx, intake, LIMITS).request.id == first.request.id
    except StorageError:
        return False
    return True


def _cancel(database: Database, rng: random.Random, asked: int) -> bool:
    if not asked:
        return False
    with database.write() as tx:
        request = requests.find(tx, "telegram", f"event-{rng.randrange(asked)}")
        return request is not None and requests.cancel(tx, request.id)


def _wipe(database: Database) -> bool:
    with database.write() as tx:
        tx.connection.exec_driver_sql("DELETE FROM engine_jobs")
    return True


def _is_at_rest(database: Database) -> bool:
    with database.read() as tx:
        states = set(tx.connection.exec_driver_sql("SELECT state FROM requests").scalars())
        owed = set(tx.connection.exec_driver_sql("SELECT state FROM deliveries").scalars())
    return states <= ENDS and owed <= {DeliveryState.SENT}


def main() -> int:
    """Run it and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--deadline", type=float, default=600.0, help="seconds until it counts as stuck")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        report = run(
            Destination(Path(folder)),
            seed=options.seed,
            count=options.requests,
            workers=options.workers,
            deadline_s=options.deadline,
        )
    print(f"seed {options.seed}, {report.duration_s:.1f} s, {report.attempts} attempts at {options.requests} requests")
    print("done to them: " + ", ".join(f"{times} × {act}" for act, times in sorted(report.did.items())))
    print("came of them: " + ", ".join(f"{times} {state}" for state, times in sorted(report.states.items())))
    print("wrong: " + ("nothing" if not report.wrong else ""))
    for line in report.wrong:
        print(f"  {line}")
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
