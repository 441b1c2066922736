"""Conversations are written down as screens, and the page that shows them is held against them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.doubles.screen import Bubble, draw_screen, one_line
from tests.doubles.transcript import REWRITE, Transcript


def test_a_screen_shows_author_quotation_file_text_and_buttons() -> None:
    bubble = Bubble("Bot", "Primates\n\nby Ada", "Ada: make it", ("video clip.mp4, 0:12",), (("🎲", "🎨 Theme…"),))
    assert draw_screen("Band", [bubble]).splitlines()[1:] == [
        "",
        "Bot",
        "  ┃ Ada: make it",
        "  ▣ video clip.mp4, 0:12",
        "  Primates",
        "",
        "  by Ada",
        "  [ 🎲 ] [ 🎨 Theme… ]",
    ]


def test_a_quotation_is_one_line_of_bounded_length() -> None:
    assert one_line("a\n  b") == "a b"
    assert len(one_line("word " * 40)) <= 48


def conversation(title: str, said: str) -> Transcript:
    transcript = Transcript(title)
    transcript.tell("Ada speaks.")
    transcript.show(f"{said} http://127.0.0.1:41234/song.mp3")
    return transcript


def test_a_page_is_written_on_request_and_then_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "chats.md"
    page.write_text("# Chats\n")
    monkeypatch.setenv(REWRITE, "1")
    conversation("Telegram", "old").hold_against(page)
    conversation("Discord", "hello").hold_against(page)
    conversation("Telegram", "new").hold_against(page)
    monkeypatch.delenv(REWRITE)
    conversation("Telegram", "new").hold_against(page)
    conversation("Discord", "hello").hold_against(page)
    telegram, discord = page.read_text().split("## Discord")
    assert telegram == "# Chats\n\n## Telegram\n\nAda speaks.\n\n```text\nnew https://example.org/song.mp3\n```\n\n"
    assert discord.endswith("```\n")
    with pytest.raises(AssertionError, match="out of date"):
        conversation("Discord", "hello again").hold_against(page)
    with pytest.raises(AssertionError, match="no such section"):
        conversation("Matrix", "hello").hold_against(page)
