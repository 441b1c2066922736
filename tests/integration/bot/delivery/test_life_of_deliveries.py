"""Deliveries while everything goes wrong: the chat refuses, hides, moves and forgets, and the bot dies anywhere.

The machine breaks calls to the chat before or after they took effect, ends the outbox in the middle of one, deletes
messages and lets time pass. What must hold does so after every step, and once the bad luck is over everybody has got
what is theirs.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from bot.chat.port import ChatCode, ChatError
from bot.delivery.next_step import TABLES, Row, put_off
from bot.delivery.steps import Post, Words
from pipeline.errors import ErrorCode, PipelineError
from storage.outbox.deliveries import LEASE_S
from storage.outbox.posted_messages import Role
from storage.requests.requests import Request
from storage.states import RequestState
from tests.doubles.chat_world import SONG, World, settle

NONCE_LASTS_S = 30.0
FOR_NOW = (ChatCode.BUSY, ChatCode.UNREACHABLE)
FOR_GOOD = (ChatCode.FORBIDDEN, ChatCode.REFUSED, ChatCode.GONE)


class Died(BaseException):
    """The bot is gone in the middle of a call."""


class Deliveries(RuleBasedStateMachine):
    """Some requests, a chat, and bad luck."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.loop = asyncio.new_event_loop()
        self.world = World(Path(self.folder.name), nonce_lasts_s=NONCE_LASTS_S)
        self.begun: list[Request] = []
        self.finished: list[int] = []
        self.failed: list[int] = []
        self.owners = 0
        self.is_closed = False  # since the chat has refused something for good
        self.vanished = 0

    def teardown(self) -> None:
        try:
            self.everybody_gets_what_is_theirs()
        finally:
            self.loop.close()
            self.folder.cleanup()

    # --- what happens -------------------------------------------------------------------------------------------------

    @precondition(lambda self: len(self.finished) + len(self.failed) + len(self.begun) < 6)
    @rule(where=st.sampled_from(("music", "quiet")))
    def somebody_asks_and_a_worker_begins(self, where: str) -> None:
        who = f"ada-{len(self.finished) + len(self.failed) + len(self.begun)}"
        self.world.command("ganterpret", SONG, who=who, where=where)
        self.begun.append(self.world.begin(at_once=6))

    @precondition(lambda self: self.begun)
    @rule(data=st.data())
    def a_clip_is_made(self, data: st.DataObject) -> None:
        request = self.begun.pop(data.draw(st.integers(0, len(self.begun) - 1)))
        self.world.finish(request)
        self.finished.append(request.id)

    @precondition(lambda self: self.begun)
    @rule(data=st.data())
    def a_clip_fails(self, data: st.DataObject) -> None:
        request = self.begun.pop(data.draw(st.integers(0, len(self.begun) - 1)))
        self.world.fail(request, PipelineError(ErrorCode.LINK_NOT_FOUND))
        self.failed.append(request.id)

    @rule(call=st.sampled_from(("post", "edit")), code=st.sampled_from(FOR_NOW), times=st.integers(1, 3))
    def the_chat_refuses_for_now(self, call: str, code: ChatCode, times: int) -> None:
        self.world.chat.order(call, ChatError(code, retry_after_s=3), times=times)

    @rule(call=st.sampled_from(("post", "edit")), code=st.sampled_from(FOR_GOOD))
    def the_chat_refuses_for_good(self, call: str, code: ChatCode) -> None:
        self.world.chat.order(call, ChatError(code), times=2)
        self.is_closed = True

    @rule(call=st.sampled_from(("post", "edit")), after=st.booleans(), times=st.sampled_from((1, 4)))
    def an_answer_is_lost(self, call: str, after: bool, times: int) -> None:
        self.world.chat.order(call, ChatError(ChatCode.UNCERTAIN), after=after, times=times)

    @rule(call=st.sampled_from(("post", "edit")), after=st.booleans())
    def the_bot_dies_in_the_next_call(self, call: str, after: bool) -> None:
        self.world.chat.order(call, Died(), after=after)

    @precondition(lambda self: self.world.chat.words)
    @rule(data=st.data())
    def somebody_deletes_a_status(self, data: st.DataObject) -> None:
        self.world.chat.vanish(data.draw(st.sampled_from(self.world.chat.words)))
        self.vanished += 1

    @rule(seconds=st.sampled_from((1.0, 7.0, NONCE_LASTS_S + 1, 2 * LEASE_S)))
    def time_passes(self, seconds: float) -> None:
        self.world.clock.advance(seconds)

    @rule()
    def the_outbox_works(self) -> None:
        try:
            self.loop.run_until_complete(settle(self.world.outbox, looks=60))
        except Died:
            self.owners += 1
            self.world.outbox = self.world.new_outbox(owner=f"number {self.owners}")

    # --- what holds ---------------------------------------------------------------------------------------------------

    @invariant()
    def no_clip_is_posted_twice(self) -> None:
        shown = Counter(message.text.rsplit("#", 1)[-1] for message in self.world.chat.clips)
        assert not [clip for clip, times in shown.items() if times > 1], shown

    @invariant()
    def nothing_is_shown_that_was_not_made(self) -> None:
        assert len(self.world.chat.clips) <= len(self.finished)

    def everybody_gets_what_is_theirs(self) -> None:
        """Once the bad luck is over."""
        self.world.chat.faults.clear()
        for _ in range(16):
            self.the_outbox_works()
            self.world.clock.advance(1000)
        ends = {request: self.world.request(request).state for request in self.finished}
        held = {RequestState.RENDERED} if self.is_closed else set()
        assert set(ends.values()) <= {RequestState.DELIVERED} | held
        if not self.is_closed:
            assert len(self.world.chat.clips) == len(self.finished)
            said = [message for message in self.world.chat.words if "nothing at that link" in message.text]
            assert len(said) >= len(self.failed) - self.vanished
        self.no_clip_is_posted_twice()


QUICKLY = settings(
    max_examples=15, stateful_step_count=25, deadline=None, database=None, phases=(Phase.explicit, Phase.generate)
)


def test_nobody_is_told_twice_and_nothing_is_lost_whatever_happens() -> None:
    run_state_machine_as_test(Deliveries, settings=QUICKLY)


def test_the_machine_sees_a_clip_that_is_posted_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clip of its own in place of an edit is posted again after a crash; the machine must notice."""
    clip = Post(Role.CLIP, Words.CLIP)
    alone = Row("post it", lambda case: not (case.tried(clip) or case.stands(Role.CLIP)), lambda _case: clip)
    refused = Row("later", lambda case: case.is_refused(clip), lambda case: put_off(case.delivery, "refused"))
    rows = (alone, refused, *TABLES["clip"])
    monkeypatch.setitem(TABLES, "clip", rows)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Deliveries, settings=QUICKLY)
