"""The life of requests, in any order that events can come in: what the database says is what a plain model says.

The model knows the rules by heart (which change may follow which, what is charged, what is owed) and nothing of SQL.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pipeline.errors import ErrorCode, PipelineError
from storage.database.transactions import Transaction
from storage.engine.embedded import EmbeddedEngine
from storage.errors import RefusalCode, StorageError
from storage.outbox import deliveries
from storage.outbox.posted_messages import Role
from storage.requests import release, requests
from storage.requests.quotas import QuotaLimits
from storage.requests.requests import MAX_STARTS, Request
from tests.doubles.books import HandClock, clip_of, new_database, submit

TWO_OPEN = QuotaLimits(None, None, None, None, open_requests_per_user=2)
OPEN = {"queued", "released", "fetching", "rendering"}
WITH_ENGINE = OPEN - {"queued"}
WORKING = {"fetching", "rendering"}
WITHOUT_CLIP = {"failed", "cancelled", "dead"}
WITH_CLIP = {"rendered", "delivering", "delivered"}


@dataclass
class Model:
    """One request as the rules have it."""

    who: str
    seconds: float
    state: str = "queued"
    ticket: int = 0
    fence: int = 0
    starts: int = 0
    not_before_s: float = 0.0


@dataclass
class Owed:
    """One row of the outbox as the rules have it."""

    request_id: int
    kind: str
    state: str = "pending"
    fence: int = 0
    due_s: float = 0.0
    leased_until_s: float = 0.0


CHOICE = st.integers(0, 30)
LATE = st.sampled_from([0, 0, 0, 1])
"""How many attempts ago the writer began: mostly it is the current one."""


class LifeCycle(RuleBasedStateMachine):
    @initialize()
    def start(self) -> None:
        self.folder = TemporaryDirectory()
        self.clock = HandClock()
        self.database = new_database(Path(self.folder.name), self.clock)
        self.engine = EmbeddedEngine(self.database, "worker")
        self.model: dict[int, Model] = {}
        self.events: dict[int, int] = {}
        self.outbox: dict[tuple[int, str], Owed] = {}
        self.claims: dict[int, Owed] = {}

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.close()
            self.folder.cleanup()

    def some(self, choice: int) -> int:
        ids = sorted(self.model)
        return ids[choice % len(ids)]

    def owe(self, request_id: int, kind: str) -> None:
        self.outbox[request_id, kind] = Owed(request_id, kind, due_s=self.clock.now_s)

    def end(self, request_id: int, state: str) -> None:
        self.model[request_id].state = state
        self.owe(request_id, "notice")

    # what people do

    @rule(event=st.integers(0, 12), who=st.sampled_from(["ada", "ben"]), seconds=st.sampled_from([5.0, 60.0]))
    def ask(self, event: int, who: str, seconds: float) -> None:
        def hand_in() -> Request:
            with self.database.write() as tx:
                return submit(tx, f"e{event}", who=who, seconds=seconds, limits=TWO_OPEN)

        if event in self.events:
            assert hand_in().id == self.events[event]
            return
        if sum(known.who == who and known.state in OPEN for known in self.model.values()) >= 2:
            with pytest.raises(StorageError) as raised:
                hand_in()
            assert raised.value.code is RefusalCode.TOO_MANY_OPEN
            return
        request = hand_in()
        assert request.id not in self.model
        self.events[event] = request.id
        self.model[request.id] = Model(who, seconds, not_before_s=self.clock.now_s)

    @precondition(lambda self: self.model)
    @rule(choice=CHOICE)
    def cancel(self, choice: int) -> None:
        job = self.some(choice)
        with self.database.write() as tx:
            done = requests.cancel(tx, job)
        assert done == (self.model[job].state in OPEN)
        if done:
            self.end(job, "cancelled")

    @rule(seconds=st.sampled_from([1.0, 29.0, 61.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.advance(seconds)

    # what workers do

    @rule(window=st.integers(0, 3))
    def release(self, window: int) -> None:
        running = sum(known.state in WITH_ENGINE for known in self.model.values())
        due = {
            job
            for job, known in self.model.items()
            if known.state == "queued" and known.not_before_s <= self.clock.now_s
        }
        with self.database.write() as tx:
            released = release.release(tx, self.engine, window)
        assert len(released) == len(set(released)) == min(len(due), max(0, window - running))
        assert set(released) <= due
        for job in released:
            self.model[job].state = "released"
            self.model[job].ticket += 1

    @precondition(lambda self: self.model)
    @rule(choice=CHOICE, late=LATE)
    def begin(self, choice: int, late: int) -> None:
        job = self.some(choice)
        known = self.model[job]
        with self.database.write() as tx:
            begun = requests.begin(tx, job, known.ticket - late)
        may_begin = not late and known.state in WITH_ENGINE
        if may_begin and known.starts >= MAX_STARTS:
            assert begun is None
            self.end(job, "dead")
        elif may_begin:
            assert begun is not None
            known.state, known.fence, known.starts = "fetching", known.fence + 1, known.starts + 1
            assert begun.fence == known.fence
        else:
            assert begun is None

    def write(self, choice: int, late: int, states: set[str], act: Callable[[Transaction, int, int], object]) -> int:
        """Let an attempt write; returns the job's id if the write was its to do, else 0."""
        job = self.some(choice)
        known = self.model[job]
        with self.database.write() as tx:
            done = act(tx, job, known.fence - late)
        assert bool(done) == (not late and known.state in states)
        return job if done else 0

    @precondition(lambda self: self.model)
    @rule(choice=CHOICE, late=LATE)
    def start_rendering(self, choice: int, late: int) -> None:
        if job := self.write(choice, late, {"fetching"}, requests.start_rendering):
            self.model[job].state = "rendering"

    @precondition(lambda self: self.model)
    @rule(choice=CHOICE, late=LATE)
    def progress(self, choice: int, late: int) -> None:
        self.write(choice, late, WORKING, lambda tx, job, fence: requests.progress(tx, job, fence, "rendering", 1, 9))

    @precondition(lambda self: self.model)
    @rule(choice=CHOICE, late=LATE)
    def finish(self, choice: int, late: int) -> None:
        def hand_in(tx: Transaction, job: int, fence: int) -> object:
            return requests.finish_render(tx, job, fence, clip_of(job, fence))

        if job := self.write(choice, late, {"rendering"}, hand_in):
            self.model[job].state = "rendered"
            self.owe(job, "clip")

    @precondition(lambda self: self.model)
    @rule(choice=CHOICE, late=LATE)
    def fail(self, choice: int, late: int) -> None:
        def give_reason(tx: Transaction, job: int, fence: int) -> object:
            return requests.fail(tx, job, fence, PipelineError(ErrorCode.NO_SOUND))

        if job := self.write(choice, late, WORKING, give_reason):
            self.end(job, "failed")

    @precondition(lambda self: self.model)
    @rule(choice=CHOICE, late=LATE)
    def retry(self, choice: int, late: int) -> None:
        if job := self.write(
            choice, late, WORKING, lambda tx, job, fence: requests.retry(tx, job, fence, after_s=30.0)
        ):
            known = self.model[job]
            if known.starts >= MAX_STARTS:
                self.end(job, "dead")
            else:
                known.state, known.not_before_s = "queued", self.clock.now_s + 30.0

    @precondition(lambda self: self.model)
    @rule(choice=CHOICE, late=LATE)
    def hand_back(self, choice: int, late: int) -> None:
        if job := self.write(choice, late, WORKING, requests.hand_back):
            self.model[job].state = "queued"
            self.model[job].starts -= 1

    # what bots do

    @rule()
    def claim(self) -> None:
        now_s = self.clock.now_s
        claimable = {
            key
            for key, owed in self.outbox.items()
            if (owed.state == "pending" and owed.due_s <= now_s)
            or (owed.state == "sending" and owed.leased_until_s <= now_s)
        }
        with self.database.write() as tx:
            delivery = deliveries.claim(tx, "telegram", "bot")
        if delivery is None:
            assert not claimable
            return
        assert delivery.request_id is not None
        key = delivery.request_id, delivery.kind
        assert key in claimable
        owed = self.outbox[key]
        owed.state, owed.fence, owed.leased_until_s = "sending", owed.fence + 1, now_s + deliveries.LEASE_S
        assert delivery.fence == owed.fence
        self.claims[delivery.id] = owed
        if owed.kind == "clip":
            self.model[owed.request_id].state = "delivering"

    def step(self, choice: int, late: int, act: Callable[[Transaction, int, int], bool]) -> Owed | None:
        delivery_id = sorted(self.claims)[choice % len(self.claims)]
        owed = self.claims[delivery_id]
        with self.database.write() as tx:
            done = act(tx, delivery_id, owed.fence - late)
        assert done == (not late and owed.state == "sending")
        return owed if done else None

    @precondition(lambda self: self.claims)
    @rule(choice=CHOICE, late=LATE)
    def send(self, choice: int, late: int) -> None:
        self.step(choice, late, lambda tx, delivery, fence: deliveries.sending(tx, delivery, fence, Role.CLIP))

    @precondition(lambda self: self.claims)
    @rule(choice=CHOICE, late=LATE)
    def sent(self, choice: int, late: int) -> None:
        if owed := self.step(choice, late, deliveries.sent):
            owed.state = "sent"
            if owed.kind == "clip":
                self.model[owed.request_id].state = "delivered"

    @precondition(lambda self: self.claims)
    @rule(choice=CHOICE, late=LATE)
    def again(self, choice: int, late: int) -> None:
        if owed := self.step(
            choice, late, lambda tx, delivery, fence: deliveries.reschedule(tx, delivery, fence, after_s=30.0)
        ):
            owed.state, owed.due_s = "pending", self.clock.now_s + 30.0

    @precondition(lambda self: self.claims)
    @rule(choice=CHOICE, late=LATE)
    def hold(self, choice: int, late: int) -> None:
        if owed := self.step(choice, late, lambda tx, delivery, fence: deliveries.hold(tx, delivery, fence, "gone")):
            owed.state = "held"
            if owed.kind == "clip":
                self.model[owed.request_id].state = "rendered"

    # what is always true

    @invariant()
    def the_books_say_what_the_model_says(self) -> None:
        made = {job for job, known in self.model.items() if known.state in WITH_CLIP}
        for_nothing = {job for job, known in self.model.items() if known.state in WITHOUT_CLIP}
        with self.database.read() as tx:
            ask = tx.connection.exec_driver_sql
            states = ask("SELECT id, state, ticket, fence, starts, error_code IS NOT NULL FROM requests").all()
            costs = ask("SELECT request_id, sum(clips), sum(seconds) FROM quota_entries GROUP BY request_id").all()
            owed = ask("SELECT request_id, kind, state FROM deliveries").all()
            clips = ask("SELECT id FROM clips").scalars().all()

        assert {row[0]: tuple(row[1:]) for row in states} == {
            job: (known.state, known.ticket, known.fence, known.starts, job in for_nothing)
            for job, known in self.model.items()
        }
        # The ledger balances: a clip that will come, or has, costs what was debited; no clip costs nothing.
        assert {row[0]: tuple(row[1:]) for row in costs} == {
            job: (0, 0.0) if job in for_nothing else (1, known.seconds) for job, known in self.model.items()
        }
        # Everybody is owed exactly one answer, once there is one.
        assert {(job, kind): state for job, kind, state in owed} == {key: row.state for key, row in self.outbox.items()}
        assert len(owed) == len(self.outbox)
        assert set(self.outbox) == {(job, "clip") for job in made} | {(job, "notice") for job in for_nothing}
        assert set(clips) == made


def test_any_order_of_events_keeps_the_rules() -> None:
    run_state_machine_as_test(
        LifeCycle, settings=settings(max_examples=12, stateful_step_count=40, deadline=None, database=None)
    )
