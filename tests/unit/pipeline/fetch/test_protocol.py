"""Whatever a fetch process says is an answer or a `ValueError`."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ErrorCode, PipelineError
from pipeline.fetch.protocol import Answer, Received, Underway, answer_from_line, answer_to_line

NO_ANSWER = "not an answer"
ANSWERS: list[Answer] = [
    Received("a.mp3", "Ünïcode", 1.5, "id", "https://vocaroo.com/19cgWmKO6AmC"),
    Received("a.mp3", None, None, "id", "https://vocaroo.com/19cgWmKO6AmC", (1.5, 3.0)),
    Underway(1, None),
    Underway(1, 2),
    PipelineError(ErrorCode.TOO_LONG, limit_s=60.0),
]


@pytest.mark.parametrize("answer", ANSWERS, ids=repr)
def test_an_answer_survives_its_line_and_half_of_it_is_none(answer: Answer) -> None:
    line = answer_to_line(answer)
    assert answer_to_line(answer_from_line(line)) == line
    for length in range(len(line)):
        with pytest.raises(ValueError, match=NO_ANSWER):
            answer_from_line(line[:length])


@pytest.mark.parametrize(
    "line",
    [
        "[" * 100_000,
        '{"underway": {"done_bytes": Infinity, "total_bytes": null}}',
        '{"received": 3}',
        '{"received": {"file_name": "a", "title": null, "duration_s": null, "source_id": "", "url": "",'
        ' "section_s": [3, 1]}}',
        '{"failed": {"code": "no_such", "facts": {}}}',
        '{"failed": {"code": "too_long", "facts": {"code": 1}}}',
    ],
    ids=lambda line: line[:40],
)
def test_a_strange_line_is_no_answer(line: str) -> None:
    with pytest.raises(ValueError, match=NO_ANSWER):
        answer_from_line(line)


@given(st.text() | st.recursive(st.none() | st.floats(), st.lists).map(json.dumps))
def test_whatever_else_is_said_is_no_answer(text: str) -> None:
    with pytest.raises(ValueError, match=NO_ANSWER):
        answer_from_line(text)
