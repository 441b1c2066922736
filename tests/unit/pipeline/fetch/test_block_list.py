"""What is blocked is blocked by whichever link, and nothing else is."""

from __future__ import annotations

import pytest

from pipeline.errors import ErrorCode, PipelineError
from pipeline.fetch.block_list import BlockList
from pipeline.fetch.link import parse_link


def is_blocked(link: str, *entries: str) -> bool:
    try:
        BlockList.parse(entries).require(parse_link(link))
    except PipelineError as error:
        return error.code is ErrorCode.LINK_BLOCKED
    return False


@pytest.mark.parametrize(
    "link",
    ["https://youtu.be/dQw4w9WgXcQ", "https://m.youtube.com/watch?v=dQw4w9WgXcQ&t=9", "youtube.com/shorts/dQw4w9WgXcQ"],
)
def test_a_piece_is_known_by_whichever_link(link: str) -> None:
    assert is_blocked(link, "https://www.youtube.com/embed/dQw4w9WgXcQ")
    assert not is_blocked(link, "https://youtu.be/aaaaaaaaaaa")
    assert not is_blocked(link)


@pytest.mark.parametrize("entry", ["internetarchive", "INTERNETARCHIVE", "Internet Archive"])
def test_a_site_is_known_by_its_name(entry: str) -> None:
    assert is_blocked("https://archive.org/details/an.item", entry)
    assert not is_blocked("https://vimeo.com/1234", entry)


def test_an_id_is_of_one_site_alone() -> None:
    assert not is_blocked("https://vimeo.com/12345678", "https://www.twitch.tv/videos/12345678")


@pytest.mark.parametrize("entry", ["", "tube", "https://evil.example/x", "https://www.youtube.com/@channel"])
def test_what_is_neither_is_pointed_out(entry: str) -> None:
    with pytest.raises(ValueError, match="internetarchive"):
        BlockList.parse((entry,))
