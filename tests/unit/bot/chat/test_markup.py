"""Foreign text is shown as typed: it formats nothing, mentions nobody, breaks no message."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.markup import escape, to_discord, to_plain


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)


@given(st.text())
def test_escaped_text_holds_no_tag(text: str) -> None:
    parser = Tags()
    parser.feed(f"<b>{escape(text)}</b>")
    assert parser.tags == ["b"]


@given(st.text())
def test_escaped_text_is_one_line_of_bounded_length(text: str) -> None:
    shown = to_plain(escape(text, limit=40))
    assert len(shown) <= 40
    assert "\n" not in shown


@given(st.text(alphabet="*_~`|>#[]()<@!&:-\\a1", max_size=30))
def test_discord_shows_foreign_text_as_typed(text: str) -> None:
    shown = to_discord(escape(text))
    assert re.sub(r"\\(.)", r"\1", shown).replace("\u200b", "") == to_plain(escape(text))
    assert not re.search(r"(?<!\\)(?:\\\\)*[*_~`|<]", shown)


@pytest.mark.parametrize("text", ["@everyone", "<@1234>", "<#12>", "[x](https://a.example)", "https://a.example/b"])
def test_nothing_foreign_mentions_or_links_in_discord(text: str) -> None:
    assert text not in to_discord(escape(text))


def test_our_own_markup_is_translated() -> None:
    assert to_discord("<b>Scene 3</b>: <i>red fox</i> <code>a*b</code>") == "**Scene 3**\\: *red fox* `a*b`"
    assert to_plain("<b>Scene 3</b>: a &lt; b") == "Scene 3: a < b"


@pytest.mark.parametrize("name", ["שרה", "سارة", "Ada سارة"])
def test_a_name_from_right_to_left_turns_nothing_around(name: str) -> None:
    assert escape(name) == f"\u2068{name}\u2069"


def test_a_name_from_left_to_right_stays_as_it_is() -> None:
    assert escape("Zoë 🎶 山田") == "Zoë 🎶 山田"
    assert escape("a\u202eb") == "a b", "and turns nothing around by itself"
