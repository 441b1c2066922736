"""Calls wait at the gate until it is their turn, in a time that the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bot.delivery.budget import Kind, Limit, Limits
from bot.delivery.gate import Gate


class Alarms:
    """A clock moved by hand, and what is to happen when."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self._set: list[tuple[float, Callable[[], None]]] = []

    def call_later(self, after_s: float, action: Callable[[], None]) -> None:
        self._set.append((self.now_s + after_s, action))

    async def move_to(self, at_s: float) -> None:
        self.now_s = at_s
        due = [one for one in self._set if one[0] <= at_s]
        self._set = [one for one in self._set if one[0] > at_s]
        for _, action in due:
            action()
        await let_go_on()


async def let_go_on() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_calls_go_when_their_turn_comes_the_most_urgent_first() -> None:
    alarms, went = Alarms(), list[Kind]()
    gate = Gate(Limits(Limit(1, 1.0)), lambda: alarms.now_s, alarms.call_later)

    async def go(kind: Kind) -> None:
        await gate.turn(kind, "1")
        went.append(kind)

    async with asyncio.TaskGroup() as tasks:
        for kind in (Kind.STORYBOARD, Kind.CLIP, Kind.FIRST):
            tasks.create_task(go(kind))
        await let_go_on()
        assert went == [Kind.STORYBOARD], "nobody else was there"
        await alarms.move_to(0.9)
        assert len(went) == 1
        await alarms.move_to(1.0)
        assert went[1:] == [Kind.FIRST]
        await alarms.move_to(2.0)
    assert went[2:] == [Kind.CLIP]


async def test_whoever_is_cancelled_gives_up_the_place() -> None:
    alarms = Alarms()
    gate = Gate(Limits(a_chat=(Limit(1, 1.0),)), lambda: alarms.now_s, alarms.call_later)
    await gate.turn(Kind.CLIP, "1")
    given_up = asyncio.ensure_future(gate.turn(Kind.CLIP, "1"))
    patient = asyncio.ensure_future(gate.turn(Kind.CLIP, "1"))
    await let_go_on()
    assert gate.full_chats() == {"1"}
    given_up.cancel()
    await let_go_on()
    await alarms.move_to(1.0)
    assert given_up.cancelled()
    assert patient.done()
    assert not gate.take_now(Kind.PROGRESS, "1")
    assert gate.take_now(Kind.PROGRESS, "2")
