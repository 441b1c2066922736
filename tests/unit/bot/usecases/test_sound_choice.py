"""Which sound is meant."""

from __future__ import annotations

import pytest

from bot.chat.errors import BotCode, BotError
from bot.chat.events import Attachment, Message
from bot.usecases.sound_choice import may_hold_sound, replied_to, sent_along
from pipeline.errors import ErrorCode, PipelineError
from pipeline.fetch.link import Link

SONG = "https://youtu.be/dQw4w9WgXcQ"
VOICE = Attachment("v", mime="audio/ogg")
PICTURE = Attachment("p", mime="image/jpeg")


@pytest.mark.parametrize(
    ("file", "may"),
    [(VOICE, True), (Attachment("a", mime="video/mp4"), True), (Attachment("a", mime="AUDIO/FLAC"), True),
     (Attachment("a", mime="application/octet-stream"), True), (Attachment("a", name="Song.MP3"), True),
     (Attachment("a", name="song.flac", mime="application/x-flac"), True),
     (Attachment("a", mime="application/x-flac"), True), (Attachment("a", name="take.caf"), True),
     (Attachment("a", name="memo.AMR", mime="application/x-unheard-of"), True),
     (Attachment("a"), True), (PICTURE, False), (Attachment("a", mime="application/pdf"), False),
     (Attachment("a", name="notes.txt"), False)],
)  # fmt: skip
def test_pictures_and_documents_are_not_meant(file: Attachment, may: bool) -> None:
    assert may_hold_sound(file) is may


def test_a_message_s_file_goes_before_the_links_around_it() -> None:
    assert replied_to(Message("1", SONG, (PICTURE, VOICE)), ()) == VOICE


def test_the_same_piece_linked_twice_is_one_sound() -> None:
    again = "https://www.youtube.com/watch?v=dQw4w9WgXcQ&list=PL1"
    found = replied_to(Message("1", f"{SONG} {again}"), ())
    assert isinstance(found, Link)


def test_of_two_pieces_the_first_is_meant() -> None:
    found = replied_to(Message("1", f"https://news.example/story {SONG}, (https://vimeo.com/76979871)"), ())
    assert isinstance(found, Link)
    assert found.site == "YouTube"


def test_a_link_beside_a_file_is_asked_about() -> None:
    with pytest.raises(BotError) as refusal:
        sent_along((SONG,), (VOICE,), ())
    assert refusal.value.code is BotCode.TWO_SOUNDS


def test_a_link_that_we_do_not_fetch_says_why_unless_another_will_do() -> None:
    with pytest.raises(PipelineError) as refusal:
        replied_to(Message("1", "https://news.example/story"), ())
    assert refusal.value.code is ErrorCode.LINK_NOT_ALLOWED
    assert isinstance(replied_to(Message("1", f"https://news.example/story has {SONG}"), ()), Link)


def test_a_message_without_a_sound_is_none() -> None:
    assert replied_to(Message("1", "hello", (PICTURE,)), ()) is None
    assert sent_along((), (PICTURE,), ()) is None


def test_an_operator_s_own_host_counts() -> None:
    found = sent_along(("http://127.0.0.1:8080/a.wav",), (), ("127.0.0.1:8080",))
    assert isinstance(found, Link)
    assert found.site == "direct"
