"""Whatever a render process says is an answer, whole and of the right types, or a `ValueError`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.worker.render_protocol import RenderEvent
from pipeline.errors import ErrorCode, PipelineError
from pipeline.recipe import Recipe, Scene
from pipeline.render.values import RenderedClip
from pipeline.render.watch import Progress

RECIPE = Recipe(theme="primates", scenes=(Scene(365, 1), Scene(366, 2)))
CLIP = RenderedClip(Path("a/clip.mp4"), RECIPE, 1.0, 128, 24, 24, 5, poster=Path("a/poster.png"), title="Ünïcode")
EVENTS = [
    RenderEvent("progress", progress=Progress("rendering", 1, 24)),
    RenderEvent("storyboard", storyboard=Path("a/storyboard.jpg"), recipe=RECIPE),
    RenderEvent("done", clip=CLIP),
    RenderEvent("failed", error=PipelineError(ErrorCode.TOO_LONG, limit_s=600.0)),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def places(values: Any) -> list[list[Any]]:
    """Return the way to each value within a JSON value."""
    inner = values.items() if isinstance(values, dict) else enumerate(values) if isinstance(values, list) else ()
    return [[], *([key, *rest] for key, value in inner for rest in places(value))]


def read(line: str) -> RenderEvent | None:
    try:
        return RenderEvent.from_line(line)
    except ValueError:
        return None


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.kind)
def test_an_answer_survives_its_line_and_half_of_it_is_none(event: RenderEvent) -> None:
    line = event.to_line() + "\n"
    again = RenderEvent.from_line(line)
    assert again.to_line() == event.to_line()
    assert [read(line[:length]) for length in range(len(line))] == [None] * len(line)


@given(st.text() | JSON.map(json.dumps))
def test_whatever_else_is_said_is_no_answer(text: str) -> None:
    assert read(text + "\n") is None


@given(st.data(), st.sampled_from(EVENTS), JSON)
def test_an_answer_with_something_else_in_it_is_never_more_than_none(
    data: st.DataObject, event: RenderEvent, stray: object
) -> None:
    values = {"": json.loads(event.to_line())}
    way: list[Any] = ["", *data.draw(st.sampled_from(places(values[""])))]
    place: Any = values
    for key in way[:-1]:
        place = place[key]
    place[way[-1]] = stray
    answer = read(json.dumps(values[""]) + "\n")
    assert answer is None or all(isinstance(path, Path) for path in answer.files())
