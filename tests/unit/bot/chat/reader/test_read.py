"""What people write is read as they mean it; the long lists are in benchmarks/talk."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from benchmarks.talk.__main__ import reading_of
from benchmarks.talk.truth import HELD_OUT, ROOMS, WORKED_ON, Said, is_right, kind_of, said_in
from bot.chat.grammar import RecipeOptions, SceneChange
from bot.chat.reader.read import read
from bot.chat.reader.readings import LeaveAlone, Make, Order, Remix, SmallTalk, Unsure
from bot.chat.reader.room import Room

ALL = [*said_in(HELD_OUT), *said_in(WORKED_ON)]
CLIP = Room(answers="clip")
PRIVATE = Room(private=True)
WORDS = re.split(" ", "again calmer birds scene 3 a volcano: theme = 1:30 s “ ” , . 🎲 nur Affen mit noch mal")


def is_read_rightly(said: Said) -> bool:
    reading = reading_of(said)
    return not isinstance(reading, str) and is_right(said, reading)


def test_nineteen_of_twenty_are_understood_of_those_that_nothing_was_fitted_to() -> None:
    held_out = list(said_in(HELD_OUT))
    assert len(held_out) >= 100
    assert sum(map(is_read_rightly, held_out)) >= 0.95 * len(held_out)


@pytest.mark.parametrize("said", [*said_in(WORKED_ON)], ids=lambda said: f"{said.room}: {said.text}"[:60])
def test_all_are_understood_of_those_that_it_was_worked_on(said: Said) -> None:
    assert is_read_rightly(said), reading_of(said)


@pytest.mark.parametrize("said", ALL, ids=lambda said: f"{said.room}: {said.text}"[:60])
def test_no_clip_is_made_that_nobody_wished_for(said: Said) -> None:
    reading = reading_of(said)
    if said.kind not in {"make", "remix"}:
        assert not isinstance(reading, Make | Remix)


@pytest.mark.parametrize("name", [name for name, room in ROOMS.items() if not room.addressed])
@given(text=st.text(max_size=80))
@example(text="make it birds")
@example(text="https://youtu.be/dQw4w9WgXcQ theme:cats")
def test_a_group_that_did_not_ask_is_left_alone(name: str, text: str) -> None:
    assert read(text, ROOMS[name]) == LeaveAlone()


@given(
    text=st.text(max_size=120) | st.lists(st.sampled_from(WORDS)).map(" ".join),
    room=st.sampled_from([room for room in ROOMS.values() if room.addressed]),
    language=st.sampled_from(["en", "de", None]),
)
def test_whoever_speaks_to_the_bot_is_never_met_with_silence(text: str, room: Room, language: str | None) -> None:
    reading = read(text, room, language)
    assert kind_of(reading) != "leave"
    assert reading == read(text, room, language)
    if isinstance(reading, Unsure):
        assert len(reading.offers) <= 3


def test_a_word_alone_in_reply_to_a_clip_is_its_new_theme() -> None:
    assert read("Affen", CLIP, "de") == Remix(RecipeOptions(changes={"theme": "Affen"}))


def test_several_wishes_are_one_remix() -> None:
    assert read("again, but calmer and with birds from 1:30", CLIP) == Remix(
        RecipeOptions(changes={"theme": "birds", "start_s": 90.0}, new_seed=True, pace="calmer")
    )


def test_a_scene_is_named_in_words() -> None:
    wish = Remix(RecipeOptions(scene=SceneChange(3, "volcano")))
    assert read("scene 3 a volcano", CLIP) == wish
    assert read("put a volcano in the third scene", CLIP) == wish


def test_what_is_understood_in_half_is_offered_and_not_done() -> None:
    reading = read("the birds came again in my dream, calmer than before", CLIP)
    assert isinstance(reading, Unsure)


def test_a_slip_is_offered_put_right() -> None:
    reading = read("vulcano", CLIP)
    assert isinstance(reading, Unsure)
    assert reading.offers[0] == Remix(RecipeOptions(changes={"theme": "volcano"}))
    assert reading.offers[-1] == Remix(RecipeOptions(new_seed=True))


def test_praise_is_answered_with_a_word_and_makes_nothing() -> None:
    assert read("haha, love it!", CLIP) == SmallTalk()
    assert read("🔥🔥", CLIP) == SmallTalk()
    assert read("hi", PRIVATE) == SmallTalk(greeting=True)


def test_words_beside_a_link_are_its_title_unless_they_are_a_theme() -> None:
    link = "https://youtu.be/dQw4w9WgXcQ"
    assert read(f"Daft Punk - Around the World {link}", PRIVATE) == Make(
        RecipeOptions(links=(link,)), title="Daft Punk - Around World"
    )
    assert read(f"volcano {link}", PRIVATE) == Make(RecipeOptions(links=(link,), changes={"theme": "volcano"}))


def test_nothing_but_the_name_is_a_call_for_help() -> None:
    assert read("", Room(mentioned=True)) == Order("help")


def test_long_stories_are_no_wishes() -> None:
    assert isinstance(read("and then it was slower again with birds " * 20, CLIP), Unsure)


def test_no_offer_is_made_twice() -> None:
    for said in ALL:
        reading = reading_of(said)
        if isinstance(reading, Unsure):
            assert all(offer not in reading.offers[:place] for place, offer in enumerate(reading.offers)), said
