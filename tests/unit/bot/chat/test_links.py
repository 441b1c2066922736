"""Links are found however they were pasted, and what is left are words."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from benchmarks.links.messages import Pasted, messages
from bot.chat.links import FoundLinks, find_links
from pipeline.errors import PipelineError
from pipeline.fetch.link import parse_link

SONG = "https://youtu.be/dQw4w9WgXcQ"


@pytest.mark.parametrize("pasted", messages(), ids=lambda pasted: pasted.text[:60] or "nothing")
def test_what_people_paste_leaves_the_words_that_are_not_its_links(pasted: Pasted) -> None:
    found = find_links(pasted.text, pasted.hidden)
    assert " ".join(found.rest.split()) == pasted.rest
    assert bool(found.links) is bool(pasted.pieces)


@pytest.mark.parametrize(
    ("text", "links", "rest"),
    [
        (f"[{SONG}](https://evil.example/)", ("https://evil.example/",), ""),
        (f"[a](b) {SONG}", (SONG,), "[a](b)"),
        ("https://[::1]:8080/a.wav", ("https://[::1]:8080/a.wav",), ""),
        ("[https://[::1]/a.wav]", ("https://[::1]/a.wav",), ""),
        ("https://youtube.com\\@evil.example/x", ("https://youtube.com\\@evil.example/x",), ""),
        ("_https://youtu.be/AAAAAAAAAA__", ("https://youtu.be/AAAAAAAAAA_",), ""),
        ("https://youtu.be/AAAAAAAAAA_", ("https://youtu.be/AAAAAAAAAA_",), ""),
        ("snake_case https://youtu.be/AAAAAAAAAA_", ("https://youtu.be/AAAAAAAAAA_",), "snake_case"),
        ("http://localhost:8080/ä.wav", ("http://localhost:8080/ä.wav",), ""),
        ("media.example/a.mp3 birds", ("media.example/a.mp3",), "birds"),
        ("https://web.archive.org/web/2020/https://x.org/", ("https://web.archive.org/web/2020/https://x.org/",), ""),
        ("Tom & Jerry", (), "Tom & Jerry"),
    ],
)
def test_a_link_ends_where_a_person_would_end_it(text: str, links: tuple[str, ...], rest: str) -> None:
    assert find_links(text) == FoundLinks(links, rest)


def test_a_link_behind_words_comes_after_those_in_sight_and_counts_once() -> None:
    found = find_links(f"this one {SONG}", ("https://vimeo.com/1234", f" {SONG} "))
    assert found == FoundLinks((SONG, "https://vimeo.com/1234"), "this one")


def test_the_twenty_first_link_is_a_word() -> None:
    text = " ".join(f"https://vimeo.com/{number}" for number in range(1000, 1030))
    assert len(find_links(text).links) == 20
    assert find_links(text).rest.startswith("https://vimeo.com/1020")


@given(st.text(max_size=300), st.lists(st.text(max_size=40), max_size=3))
@example("[](" * 100, [])
@example("https://" * 30, [])
@example("<(" * 50 + SONG + ")>" * 50, [])
def test_any_text_is_read(text: str, hidden: list[str]) -> None:
    found = find_links(text, hidden)
    assert len(found.links) == len(set(found.links))
    if not found.links:
        assert found.rest == text.strip()


_WORDS = st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), max_size=4).map(" ".join)
_LAYERS = st.lists(
    st.sampled_from([("<", ">"), ("(", ")"), ("“", "”"), ("**", "**"), ("||", "||"), ("`", "`"), ("\u2068", "\u2069")]),
    max_size=4,
)


@given(_WORDS, st.from_regex(r"[A-Za-z0-9_-]{11}", fullmatch=True), _LAYERS, _WORDS)
def test_wrappings_within_each_other_come_off(
    before: str, video: str, layers: list[tuple[str, str]], after: str
) -> None:
    text = f"https://youtu.be/{video}"
    for opening, closing in layers:
        text = f"{opening}{text}{closing}"
    found = find_links(f"{before} {text} {after}")
    assert found.links == (f"https://youtu.be/{video}",)
    assert found.rest.split() == f"{before} {after}".split()


@given(st.text(max_size=200))
def test_what_is_found_begins_and_ends_without_blanks(text: str) -> None:
    for link in find_links(f"{SONG}{text}").links:
        assert link == link.strip()
        try:
            parse_link(link)
        except PipelineError:
            continue
