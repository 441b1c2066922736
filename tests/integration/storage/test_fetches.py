"""How the latest fetches went is told by the requests themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.errors import ErrorCode, PipelineError
from storage.requests import fetches
from tests.doubles.chat_world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    with closing(world.database):
        yield world


def latest(world: World, within_s: float = 3600.0) -> list[tuple[str, str | None, bool]]:
    with world.database.read() as tx:
        return [(each.link[-1], each.code, each.is_underway) for each in fetches.latest(tx, within_s=within_s)]


def asked(world: World, letter: str, who: str) -> None:
    world.command("ganterpret", f"https://youtu.be/0000000000{letter}", who=who, where=who)


def test_each_request_for_a_link_says_how_it_went(world: World) -> None:
    for letter, who in (("a", "ada"), ("b", "bob"), ("c", "cyd"), ("d", "dan")):
        asked(world, letter, who)
        world.clock.advance(1)
    fetched, failed, cancelled = (world.begin(at_once=number) for number in (1, 2, 3))
    world.progress(fetched, "rendering")
    world.clock.advance(1)
    world.fail(failed, PipelineError(ErrorCode.LINK_TURNED_AWAY, site="YouTube", host="x", reason="y"))
    world.command("cancel", f"#{cancelled.id}", who="cyd", where="cyd")
    assert sorted(latest(world)) == [("a", None, False), ("b", "link_turned_away", False), ("d", None, True)]


def test_what_is_longer_ago_tells_nothing(world: World) -> None:
    asked(world, "a", "ada")
    world.fail(world.begin(), PipelineError(ErrorCode.FETCH_FAILED, host="x", reason="y"))
    world.clock.advance(100)
    assert latest(world, within_s=101)
    assert not latest(world, within_s=99)
