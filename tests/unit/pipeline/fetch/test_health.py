"""A site that fails for everybody is left alone for a while, and asked again by one request now and then."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ErrorCode
from pipeline.fetch.health import (
    FIRST_PAUSE_S,
    LONGEST_PAUSE_S,
    OPENS_AFTER,
    SITE_FAULTS,
    WINDOW_S,
    Fetch,
    health_of,
    healths,
    site_of,
)

NOW_S = 10_000.0
FAULT = ErrorCode.LINK_TURNED_AWAY


def video(number: int) -> str:
    return f"https://www.youtube.com/watch?v={number:011d}"


def in_a_row(codes: list[str | None], *, last_s_ago: float = 1.0, pieces: int = 100) -> list[Fetch]:
    """Return fetches, a second apart, of as many pieces."""
    begin_s = NOW_S - last_s_ago - len(codes) + 1
    return [Fetch(video(number % pieces), begin_s + number, code) for number, code in enumerate(codes)]


def breaker(fetches: list[Fetch], now_s: float = NOW_S) -> str:
    return health_of("YouTube", fetches, now_s).breaker


@pytest.mark.parametrize("code", sorted(SITE_FAULTS))
def test_failures_in_a_row_open_it(code: ErrorCode) -> None:
    assert breaker(in_a_row([code] * (OPENS_AFTER - 1))) == "closed"
    assert breaker(in_a_row([code] * OPENS_AFTER)) == "open"
    assert breaker(in_a_row([None, None, *[code] * OPENS_AFTER])) == "open"


@pytest.mark.parametrize("code", [None, *sorted(set(ErrorCode) - SITE_FAULTS)])
def test_whatever_a_site_answered_closes_it(code: ErrorCode | None) -> None:
    assert breaker(in_a_row([*[FAULT] * 20, code])) == "closed"
    assert breaker(in_a_row([*[FAULT] * 20, code, FAULT])) == "closed"


def test_one_broken_link_sent_again_and_again_is_no_broken_site() -> None:
    assert breaker(in_a_row([FAULT] * 20, pieces=2)) == "closed"
    assert breaker(in_a_row([FAULT] * 20, pieces=3)) == "open"


def test_after_a_pause_one_request_tries_it() -> None:
    failed = in_a_row([FAULT] * OPENS_AFTER, last_s_ago=FIRST_PAUSE_S)
    assert breaker(failed, NOW_S - 1) == "open"
    assert breaker(failed) == "trying"
    tried = [*failed, Fetch(video(999), NOW_S, None, is_underway=True)]
    assert breaker(tried, NOW_S + 1) == "open"
    assert breaker([*failed, Fetch(video(999), NOW_S + 5, None)], NOW_S + 6) == "closed"
    assert breaker([*failed, Fetch(video(999), NOW_S + 5, FAULT)], NOW_S + 6) == "open"


def test_what_was_asked_before_it_broke_is_no_try() -> None:
    failed = in_a_row([FAULT] * OPENS_AFTER, last_s_ago=FIRST_PAUSE_S)
    early = Fetch(video(999), failed[0].at_s - 100, None, is_underway=True)
    assert breaker([early, *failed]) == "trying"


def test_each_failed_try_makes_the_pause_longer_up_to_a_quarter_of_an_hour() -> None:
    pauses = [
        health_of("YouTube", in_a_row([FAULT] * number, last_s_ago=0.0), NOW_S).again_in_s
        for number in range(OPENS_AFTER, OPENS_AFTER + 6)
    ]
    assert pauses == [120.0, 240.0, 480.0, LONGEST_PAUSE_S, LONGEST_PAUSE_S, LONGEST_PAUSE_S]


def test_an_hour_later_nothing_is_held_against_it() -> None:
    assert healths(in_a_row([FAULT] * 20, last_s_ago=WINDOW_S), NOW_S) == ()


def test_sites_are_told_apart_and_counted() -> None:
    other = [Fetch(f"https://vimeo.com/{number}", NOW_S - 5, None) for number in range(1000, 1003)]
    gone = Fetch("https://vimeo.com/2000", NOW_S - 4, ErrorCode.LINK_NOT_FOUND)
    theirs = [Fetch("http://127.0.0.1:8080/a.wav", NOW_S - 3, FAULT), Fetch("not a link", NOW_S - 3, FAULT)]
    youtube, vimeo = healths([*in_a_row([None, *[FAULT] * 5]), *other, gone, *theirs], NOW_S)
    assert (youtube.site, youtube.answered, youtube.failed, youtube.breaker) == ("YouTube", 1, {FAULT: 5}, "open")
    assert (vimeo.site, vimeo.answered, vimeo.failed, vimeo.breaker) == ("Vimeo", 4, {}, "closed")
    assert site_of("https://on.soundcloud.com/AbCdE") == "SoundCloud"


@given(st.lists(st.sampled_from([None, FAULT, ErrorCode.LINK_NOT_FOUND]), max_size=40), st.floats(0, WINDOW_S))
def test_an_open_breaker_lets_somebody_through_within_a_quarter_of_an_hour(
    codes: list[ErrorCode | None], later_s: float
) -> None:
    fetches = in_a_row(list(codes))
    health = health_of("YouTube", fetches, NOW_S + later_s)
    assert (health.breaker == "open") <= (0 < health.again_in_s <= LONGEST_PAUSE_S)
    if later_s > LONGEST_PAUSE_S:
        assert health.breaker != "open"
