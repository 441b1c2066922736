"""A stream's two steps run at once, in order, in bounded memory, and no error is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from pipeline.overlap import Overlap


def hand_over(count: int, consume: Callable[[int], None], depth: int = 2) -> None:
    with Overlap(consume, depth=depth) as overlap:
        for value in range(count):
            overlap.put(value)


def test_every_value_is_used_once_and_in_order() -> None:
    used: list[int] = []
    hand_over(500, used.append)
    assert used == list(range(500))


def test_the_producer_waits_when_it_is_too_far_ahead() -> None:
    may_go_on = threading.Event()
    used: list[int] = []
    handed_over: list[int] = []

    def consume(value: int) -> None:
        may_go_on.wait(20)
        used.append(value)

    def produce() -> None:
        with Overlap(consume, depth=2) as overlap:
            for value in range(20):
                overlap.put(value)
                handed_over.append(value)

    producer = threading.Thread(target=produce)
    producer.start()
    producer.join(0.2)
    # One is in use and two wait; the fourth waits to be handed over.
    assert len(handed_over) <= 3
    may_go_on.set()
    producer.join(20)
    assert used == list(range(20))


def test_an_error_of_the_consumer_reaches_the_producer() -> None:
    def consume(value: int) -> None:
        raise OSError(f"at {value}")

    with pytest.raises(OSError, match="at 0"):
        hand_over(10_000, consume)


def test_an_error_at_the_very_end_is_not_lost() -> None:
    def consume(value: int) -> None:
        if value == 3:
            raise OSError("late")

    with pytest.raises(OSError, match="late"):
        hand_over(4, consume, depth=10)


def test_an_error_of_the_producer_leaves_the_rest_unused() -> None:
    started, may_go_on = threading.Event(), threading.Event()
    used: list[int] = []

    def consume(value: int) -> None:
        started.set()
        may_go_on.wait(20)
        used.append(value)

    def produce() -> None:
        with Overlap(consume, depth=5) as overlap:
            for value in range(4):
                overlap.put(value)
            started.wait(20)
            threading.Timer(0.05, may_go_on.set).start()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        produce()
    assert used == [0]
    assert "overlap" not in {thread.name for thread in threading.enumerate()}
