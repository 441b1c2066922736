"""An `Engine` in memory: it keeps the promises of the real one and loses everything with its process."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from sqlalchemy import event

from storage.database.transactions import Clock, Transaction
from storage.engine.port import EngineStats, Handler


@dataclass
class Job:
    job_id: int
    ticket: int
    priority: int
    submitted_at_s: float
    owner: object | None = None
    leased_until_s: float = 0.0
    cancelled: bool = False


@dataclass
class Backing:
    """What workers share."""

    clock: Clock
    lease_s: float = 30.0
    jobs: dict[tuple[int, int], Job] = field(default_factory=dict)
    workers: dict[object, int] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def free(self, job: Job) -> bool:
        return job.owner is None or job.leased_until_s <= self.clock()


class MemoryEngine:
    def __init__(self, backing: Backing, poll_s: float = 0.01) -> None:
        self._backing = backing
        self._poll_s = poll_s
        self._draining = threading.Event()

    def submit(self, tx: Transaction, job_id: int, ticket: int, priority: int) -> None:
        job = Job(job_id, ticket, priority, tx.now_s)

        def committed(_connection: object) -> None:
            with self._backing.lock:
                self._backing.jobs.setdefault((job_id, ticket), job)

        event.listen(tx.connection, "commit", committed, once=True)

    def cancel(self, job_id: int, ticket: int) -> None:
        with self._backing.lock:
            if job := self._backing.jobs.get((job_id, ticket)):
                job.cancelled = True

    def serve(self, handler: Handler, slots: int) -> None:
        threads = [threading.Thread(target=self._work, args=(handler,)) for _ in range(slots)]
        self._backing.workers[self] = slots
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        del self._backing.workers[self]

    def drain(self) -> None:
        self._draining.set()

    def inspect(self) -> EngineStats:
        with self._backing.lock:
            queued = [job for job in self._backing.jobs.values() if self._backing.free(job)]
            running = [job for job in self._backing.jobs.values() if not self._backing.free(job)]
            oldest_s = max((self._backing.clock() - job.submitted_at_s for job in queued), default=0.0)
            workers = self._backing.workers
            return EngineStats(len(queued), len(running), len(workers), sum(workers.values()), oldest_s)

    def _work(self, handler: Handler) -> None:
        while not self._draining.is_set():
            control = self._claim()
            if control is None:
                self._draining.wait(self._poll_s)
                continue
            try:
                handler(control.job.job_id, control.job.ticket, control)
            except Exception:
                control.give_back()
            else:
                control.finish()

    def _claim(self) -> MemoryControl | None:
        with self._backing.lock:
            free = [job for job in self._backing.jobs.values() if self._backing.free(job)]
            if not free:
                return None
            job = min(free, key=lambda job: (-job.priority, job.submitted_at_s, job.job_id))
            control = MemoryControl(self._backing, job, self._draining)
            job.owner, job.leased_until_s = control, self._backing.clock() + self._backing.lease_s
            return control


class MemoryControl:
    def __init__(self, backing: Backing, job: Job, draining: threading.Event) -> None:
        self.job = job
        self._backing = backing
        self._draining = draining

    def heartbeat(self) -> bool:
        with self._backing.lock:
            if held := self.job.owner is self:
                self.job.leased_until_s = self._backing.clock() + self._backing.lease_s
            return held

    def cancelled(self) -> bool:
        with self._backing.lock:
            return self.job.cancelled or self.job.owner is not self

    def draining(self) -> bool:
        return self._draining.is_set()

    def give_back(self) -> None:
        with self._backing.lock:
            if self.job.owner is self:
                self.job.owner = None

    def finish(self) -> None:
        with self._backing.lock:
            if self.job.owner is self:
                del self._backing.jobs[self.job.job_id, self.job.ticket]
