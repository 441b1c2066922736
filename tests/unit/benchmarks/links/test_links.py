"""The measure of links counts what it should, and would notice where the rules are taken out."""

from __future__ import annotations

import pytest

from benchmarks.links import breaking, explaining, reading
from benchmarks.links.error_forms import FORMS, Form
from benchmarks.links.messages import Pasted, messages
from pipeline.fetch import site_errors


def test_of_what_people_paste_nearly_all_is_read_right_and_nothing_refused_wrongly() -> None:
    right = sum(map(reading.is_read_right, messages()))
    assert len(messages()) >= 300
    assert right >= 0.98 * len(messages())
    assert not any(map(reading.is_refused_wrongly, messages()))


def test_a_message_that_is_read_otherwise_is_counted_as_wrong() -> None:
    right = Pasted("<https://vimeo.com/1234> birds", ("https://vimeo.com/1234",), "birds")
    assert reading.is_read_right(right)
    assert not reading.is_read_right(Pasted(right.text, right.pieces, "fish"))
    assert not reading.is_read_right(Pasted(right.text, ("https://vimeo.com/1235",), right.rest))
    assert reading.is_refused_wrongly(Pasted("https://evil.example/", ("https://vimeo.com/1234",), ""))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form.site}: {form.text[:50]}")
def test_an_error_of_yt_dlp_gets_the_right_sentence_in_every_language(form: Form) -> None:
    assert explaining.faults(form) == []


def test_there_are_enough_forms_and_no_two_are_the_same() -> None:
    assert len(set(FORMS)) == len(FORMS) >= 60


def test_without_its_rules_the_table_explains_next_to_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_errors, "RULES", ())
    assert sum(not explaining.faults(form) for form in FORMS) < 10


def test_an_outage_with_the_breaker_is_another_one_than_without_it() -> None:
    held, unheld = breaking.outage(breaking.with_breaker), breaking.outage(breaking.without_breaker)
    assert held.let_through < 25 < unheld.let_through == unheld.asked
    assert held.noticed_after_s <= 900
