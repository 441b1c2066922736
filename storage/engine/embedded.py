"""The engine that needs nothing but the database: a table of leases.

A job is claimed in one ``UPDATE … RETURNING``, held by a lease that its worker renews, and taken over by whoever comes
first once the lease has run out.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from storage.database.tables import engine_jobs as jobs
from storage.database.tables import engine_workers
from storage.database.transactions import Database, Snapshot, Transaction
from storage.engine.port import EngineStats, Handler

log = logging.getLogger(__name__)

LEASE_S = 30.0
"""Longest silence of a living worker; a dead one's jobs are taken over after it."""
POLL_S = 0.5
"""How often an idle slot looks for work, and a running one for a cancel."""
RETRY_S = 5.0
"""Until a job whose handler raised is delivered again."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job in a worker's hands; `number` tells this claim from those before it."""

    job_id: int
    ticket: int
    owner: str
    number: int


class EmbeddedEngine:
    """An `Engine` in the application's own database.

    Parameters
    ----------
    database : Database
    owner : str or None
        Names this worker; unlike any other's.
    lease_s, poll_s, retry_s : float
        See `LEASE_S`, `POLL_S` and `RETRY_S`.
    """

    def __init__(
        self,
        database: Database,
        owner: str | None = None,
        *,
        lease_s: float = LEASE_S,
        poll_s: float = POLL_S,
        retry_s: float = RETRY_S,
    ) -> None:
        self._database = database
        self.owner = owner or f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._lease_s = lease_s
        self._poll_s = poll_s
        self._retry_s = retry_s
        self._draining = threading.Event()

    def submit(self, tx: Transaction, job_id: int, ticket: int, priority: int) -> None:
        """Take a job in the caller's transaction."""
        tx.connection.execute(
            insert(jobs)
            .values(job_id=job_id, ticket=ticket, priority=priority, submitted_at_s=tx.now_s, not_before_at_s=tx.now_s)
            .on_conflict_do_nothing(index_elements=[jobs.c.job_id, jobs.c.ticket])
        )

    def cancel(self, job_id: int, ticket: int) -> None:
        """Hint that a job is not wanted any more; its worker hears of it within a moment."""
        with self._database.write() as tx:
            tx.connection.execute(
                update(jobs).where(jobs.c.job_id == job_id, jobs.c.ticket == ticket).values(cancelled=True)
            )

    def inspect(self) -> EngineStats:
        """Count jobs and workers."""
        with self._database.read() as tx:
            held = jobs.c.leased_until_s > tx.now_s
            running = tx.connection.execute(select(func.count()).where(held)).scalar_one()
            alive = engine_workers.c.leased_until_s > tx.now_s
            workers, slots = tx.connection.execute(
                select(func.count(), func.coalesce(func.sum(engine_workers.c.slots), 0)).where(alive)
            ).one()
            queued, oldest_at_s = tx.connection.execute(
                select(func.count(), func.min(jobs.c.submitted_at_s)).where(_free(tx))
            ).one()
            oldest_s = 0.0 if oldest_at_s is None else tx.now_s - oldest_at_s
            return EngineStats(queued=queued, running=running, workers=workers, slots=slots, oldest_s=oldest_s)

    def serve(self, handler: Handler, slots: int) -> None:
        """Call the handler for every job until drained; returns when the last handler has."""
        threads = [
            threading.Thread(target=self._work, args=(handler,), name=f"slot-{number}") for number in range(slots)
        ]
        with self._regularly(lambda: self._be_present(slots), self._lease_s / 3):
            self._be_present(slots)
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        with self._database.write() as tx:
            tx.connection.execute(delete(engine_workers).where(engine_workers.c.owner == self.owner))

    def drain(self) -> None:
        """Take no more jobs and let `serve` return once its handlers have."""
        self._draining.set()

    def claim(self, tx: Transaction) -> Claim | None:
        """Take the first job that nobody holds."""
        first = (
            select(jobs.c.job_id, jobs.c.ticket)
            .where(_free(tx), jobs.c.not_before_at_s <= tx.now_s)
            .order_by(jobs.c.priority.desc(), jobs.c.submitted_at_s, jobs.c.job_id)
            .limit(1)
            .subquery()
        )
        row = tx.connection.execute(
            update(jobs)
            .where(jobs.c.job_id == first.c.job_id, jobs.c.ticket == first.c.ticket)
            .values(owner=self.owner, leased_until_s=tx.now_s + self._lease_s, claims=jobs.c.claims + 1)
            .returning(jobs.c.job_id, jobs.c.ticket, jobs.c.claims)
        ).one_or_none()
        return None if row is None else Claim(row.job_id, row.ticket, self.owner, row.claims)

    def renew(self, tx: Transaction, claim: Claim) -> bool:
        """Hold a claim for another lease; False if it is lost."""
        statement = update(jobs).where(*_held(claim)).values(leased_until_s=tx.now_s + self._lease_s)
        return tx.connection.execute(statement.returning(jobs.c.job_id)).first() is not None

    def finish(self, tx: Transaction, claim: Claim) -> None:
        """Be done with a job."""
        tx.connection.execute(delete(jobs).where(*_held(claim)))

    def give_back(self, tx: Transaction, claim: Claim, after_s: float) -> None:
        """Let go of a job for somebody to claim it again."""
        free = {"owner": None, "leased_until_s": None, "not_before_at_s": tx.now_s + after_s}
        tx.connection.execute(update(jobs).where(*_held(claim)).values(**free))

    def _work(self, handler: Handler) -> None:
        while not self._draining.is_set():
            try:
                claim = self._look()
                if claim is not None:
                    self._handle(claim, handler)
                    continue
            except Exception:
                # A full disk or a lock that lasts must not end the worker. What it held is delivered again.
                log.exception("trouble with the database")
            self._draining.wait(self._poll_s)

    def _look(self) -> Claim | None:
        """Claim a job if there is one; looking alone takes no write lock."""
        with self._database.read() as snapshot:
            work = select(jobs.c.job_id).where(_free(snapshot), jobs.c.not_before_at_s <= snapshot.now_s).limit(1)
            if snapshot.connection.execute(work).first() is None:
                return None
        with self._database.write() as tx:
            return self.claim(tx)

    def _handle(self, claim: Claim, handler: Handler) -> None:
        control = _Control(self, self._database, claim, self._draining)
        try:
            with (
                self._regularly(control.heartbeat, self._lease_s / 3),
                self._regularly(control.listen, self._poll_s),
            ):
                handler(claim.job_id, claim.ticket, control)
        except Exception:
            log.exception("job %d (ticket %d) will be delivered again", claim.job_id, claim.ticket)
            with self._database.write() as tx:
                self.give_back(tx, claim, self._retry_s)
        else:
            with self._database.write() as tx:
                self.finish(tx, claim)

    def _be_present(self, slots: int) -> None:
        """Say that this worker lives, and how much it can do at once."""
        with self._database.write() as tx:
            here = {"slots": slots, "leased_until_s": tx.now_s + self._lease_s}
            statement = insert(engine_workers).values(owner=self.owner, **here)
            tx.connection.execute(statement.on_conflict_do_update(index_elements=[engine_workers.c.owner], set_=here))
            tx.connection.execute(delete(engine_workers).where(engine_workers.c.leased_until_s <= tx.now_s))

    @contextmanager
    def _regularly(self, act: Callable[[], object], every_s: float) -> Iterator[None]:
        """Do something again and again, in a thread of its own: a handler that waits need not think of it."""
        done = threading.Event()

        def repeat() -> None:
            while not done.wait(every_s):
                try:
                    act()
                except Exception:
                    log.exception("trouble with the database")

        thread = threading.Thread(target=repeat, name="heartbeat")
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


class _Control:
    """A `Control` over one claim."""

    def __init__(self, engine: EmbeddedEngine, database: Database, claim: Claim, draining: threading.Event) -> None:
        self.claim = claim
        self._engine = engine
        self._database = database
        self._draining = draining
        self._unwanted = threading.Event()

    def heartbeat(self) -> bool:
        with self._database.write() as tx:
            held = self._engine.renew(tx, self.claim)
        if not held:
            self._unwanted.set()
        return held

    def listen(self) -> None:
        """Look whether the job was cancelled or given to another."""
        with self._database.read() as tx:
            wanted = select(jobs.c.job_id).where(*_held(self.claim), jobs.c.cancelled.is_(False))
            if tx.connection.execute(wanted).first() is None:
                self._unwanted.set()

    def cancelled(self) -> bool:
        return self._unwanted.is_set()

    def draining(self) -> bool:
        return self._draining.is_set()


def _free(tx: Snapshot) -> ColumnElement[bool]:
    return or_(jobs.c.leased_until_s.is_(None), jobs.c.leased_until_s <= tx.now_s)


def _held(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    return (
        jobs.c.job_id == claim.job_id,
        jobs.c.ticket == claim.ticket,
        jobs.c.owner == claim.owner,
        jobs.c.claims == claim.number,
    )
