"""Asking for a clip: what is taken, what is refused with which sentence, and that a refusal costs nothing."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from bot.chat.answers import Accepted, Download, Nothing, Say
from bot.chat.events import Attachment, Message
from bot.usecases.policy import Policy
from pipeline.errors import ErrorCode, PipelineError
from pipeline.fetch.block_list import BlockList
from pipeline.recipe import SEED_LIMIT
from storage.requests import quotas, requests
from storage.requests.quotas import UNLIMITED, QuotaLimits
from tests.doubles.chat_world import SONG, World, text_of


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture(scope="module")
def wav(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "tone.wav"
    seconds = np.arange(2 * 44_100) / 44_100
    wavfile.write(path, 44_100, (8000 * np.sin(2 * np.pi * 440 * seconds)).astype(np.int16))
    return path


VOICE = Attachment("handle-1", mime="audio/ogg", bytes=20_000, duration_s=2.0)
VIDEO = Attachment("handle-2", name="holiday.mp4", mime="video/mp4", bytes=900_000)
PICTURE = Attachment("handle-3", name="cat.png", mime="image/png", bytes=1000)


def asked(world: World) -> list[requests.Request]:
    return list(world.look(lambda tx: requests.open_on(tx, "telegram")))


def nothing_was_written(world: World) -> bool:
    tables = ("requests", "users", "chats", "sources", "quota_entries", "deliveries")
    counts = world.look(
        lambda tx: [tx.connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() for table in tables]
    )
    return not any(counts) and not world.media.folders()


# --- links ------------------------------------------------------------------------------------------------------------


def test_a_link_with_options_becomes_a_request_with_that_recipe(world: World) -> None:
    answer = world.command("ganterpret", f"{SONG} theme:primates scenes:8 size:256 start:1:30 duration:45", message="m")
    assert isinstance(answer, Accepted)
    assert answer.status
    [request] = asked(world)
    recipe = request.recipe
    assert (recipe.theme, recipe.scene_count, recipe.size_px, recipe.start_s, recipe.duration_s) == (
        "primates",
        8,
        256,
        90,
        45,
    )
    assert 0 < recipe.seed < SEED_LIMIT, "a fresh one each time"
    assert request.source.reference == "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
    assert request.estimated_s == 45
    assert (request.asker_name, request.message, request.max_bytes) == ("Ada", "m", world.chat.limit_bytes)


def test_typed_options_mean_the_same_as_words(world: World) -> None:
    options = {"link": SONG, "theme": "moon > rocket > baboon", "scenes": "6", "fps": "12"}
    assert isinstance(world.command("ganterpret", options=options), Accepted)
    [request] = asked(world)
    assert (request.recipe.theme, request.recipe.scene_count, request.recipe.fps) == ("moon > rocket > baboon", 6, 12)


def test_a_link_s_own_start_is_where_the_clip_begins_unless_another_is_wished_for(world: World) -> None:
    world.command("ganterpret", f"{SONG}?t=83")
    world.command("ganterpret", f"{SONG}?t=83 start:10")
    assert [request.recipe.start_s for request in asked(world)] == [83, 10]


def test_the_same_event_twice_is_one_request(world: World) -> None:
    for _ in range(3):
        assert isinstance(world.command("ganterpret", SONG, event="again"), Accepted)
    assert len(asked(world)) == 1


def test_a_message_that_is_replied_to_may_hold_the_link(world: World) -> None:
    reply = Message("17", "listen to this (https://youtu.be/dQw4w9WgXcQ), it is great")
    assert isinstance(world.command("ganterpret", "theme:birds", reply_to=reply), Accepted)
    assert asked(world)[0].source.kind == "link"


def test_in_private_a_bare_link_is_a_wish(world: World) -> None:
    assert isinstance(world.say(f"{SONG} theme:ocean", private=True, where="ada"), Accepted)
    assert asked(world)[0].recipe.theme == "ocean"


@pytest.mark.parametrize(
    "words",
    [
        f"{SONG}, https://vimeo.com/76979871",
        f"[{SONG}]({SONG}) theme:birds <https://vimeo.com/76979871>",
        f"https://news.example/story {SONG} \u2068https://vimeo.com/76979871\u2069",
    ],
)
def test_of_several_links_the_first_is_taken_and_it_is_said_which(world: World, words: str) -> None:
    answer = world.say(words, private=True, where="ada")
    assert isinstance(answer, Accepted)
    assert "https://www.youtube.com/watch?v=dQw4w9WgXcQ" in answer.note
    assert not answer.status  # so that the note is shown
    assert asked(world)[0].source.reference == "https://www.youtube.com/watch?v=dQw4w9WgXcQ"


def test_the_same_piece_twice_is_no_choice(world: World) -> None:
    answer = world.command("ganterpret", f"<{SONG}> (https://music.youtube.com/watch?v=dQw4w9WgXcQ)")
    assert isinstance(answer, Accepted)
    assert answer.status


def test_in_a_group_words_that_answer_nothing_are_left_alone(world: World) -> None:
    assert isinstance(world.say(f"look: {SONG}"), Nothing)
    assert text_of(world.say("nice one", reply_to="some message")) == "I am glad. 🎶"
    assert nothing_was_written(world)


# --- sites that do not answer ----------------------------------------------------------------------------------------


def youtube_fails(world: World, number: int, code: ErrorCode = ErrorCode.LINK_TURNED_AWAY) -> None:
    asker = f"asker {number}"
    answer = world.command("ganterpret", f"https://youtu.be/{number:011d}", who=asker, where=asker)
    assert isinstance(answer, Accepted)
    world.fail(world.begin(), PipelineError(code, site="YouTube", host="www.youtube.com", reason="x"))
    world.clock.advance(1)


def test_a_site_that_fails_for_everybody_is_not_asked_again_for_a_while(world: World) -> None:
    for number in range(5):
        youtube_fails(world, number)
    refused = world.command("ganterpret", SONG)
    assert "YouTube is not answering me at the moment" in text_of(refused)
    assert "about 2 min" in text_of(refused)
    assert isinstance(world.command("ganterpret", "https://vimeo.com/76979871"), Accepted)
    assert "YouTube 0 of 5 (link_turned_away 5; not asked for" in text_of(world.command("stats", who="olga"))
    world.clock.advance(120)
    assert "the next request tries it" in text_of(world.command("stats", who="olga"))
    assert isinstance(world.command("ganterpret", SONG, who="zoe", where="zoe"), Accepted)
    assert "not answering" in text_of(world.command("ganterpret", SONG, who="yan", where="yan"))


def test_pieces_that_are_gone_are_no_fault_of_the_site(world: World) -> None:
    for number in range(8):
        youtube_fails(world, number, ErrorCode.LINK_NOT_FOUND)
    assert isinstance(world.command("ganterpret", SONG), Accepted)


def test_what_the_operator_blocks_is_refused_at_once(tmp_path: Path) -> None:
    policy = Policy(blocked=BlockList.parse(("https://youtu.be/dQw4w9WgXcQ",)))
    world = World(tmp_path, policy=policy)
    with closing(world.database):
        refused = world.command("ganterpret", "<https://music.youtube.com/watch?v=dQw4w9WgXcQ&list=x>")
        assert "My owner does not let me fetch that from YouTube" in text_of(refused)
        assert nothing_was_written(world)
        assert isinstance(world.command("ganterpret", "https://youtu.be/aaaaaaaaaaa"), Accepted)


# --- files ------------------------------------------------------------------------------------------------------------


def test_a_file_is_fetched_first_and_nothing_is_charged_before_it_is_there(world: World, wav: Path) -> None:
    asks = {"attachments": (VOICE, PICTURE), "event": "voice"}
    answer = world.command("ganterpret", "theme:ocean", **asks)
    assert answer == Download(VOICE)
    assert nothing_was_written(world)
    assert isinstance(world.command("ganterpret", "theme:ocean", **asks, file=wav), Accepted)
    [request] = asked(world)
    assert request.source.kind == "file"
    assert world.media.path(request.source.reference).read_bytes() == wav.read_bytes()
    assert request.estimated_s == pytest.approx(2.0, abs=0.05)


def test_a_file_that_comes_twice_is_kept_once(world: World, wav: Path) -> None:
    for _ in range(2):
        world.command("ganterpret", attachments=(VOICE,), event="voice", file=wav)
    assert len(world.media.folders()) == 1


def test_somebody_else_s_voice_note_is_interpreted_by_replying_to_it(world: World) -> None:
    reply = Message("17", attachments=(VOICE,))
    assert world.command("ganterpret", reply_to=reply) == Download(VOICE)


def test_a_file_that_is_no_sound_is_refused_and_not_kept(world: World, tmp_path: Path) -> None:
    text = tmp_path / "song.mp3"
    text.write_text("not music")
    answer = world.command("ganterpret", attachments=(VOICE,), file=text)
    assert text_of(answer).startswith("That is not a sound or video file")
    assert nothing_was_written(world)


def test_a_file_whose_order_is_refused_is_not_kept(tmp_path: Path, wav: Path) -> None:
    world = World(tmp_path, policy=Policy(quotas=QuotaLimits(0, None, None, None, None)))
    world.command("ganterpret", attachments=(VOICE,), file=wav)
    assert world.media.folders() == []


def test_where_the_chat_does_not_hand_the_file_out_that_is_said(world: World) -> None:
    from bot.chat.events import Command, Incoming, Origin, Sender

    event = Incoming("telegram", "e", Sender("ada", "Ada"), Origin("music"), Command("ganterpret"))
    assert "did not hand me that file" in text_of(world.dispatcher.download_failed(event))


# --- refusals ---------------------------------------------------------------------------------------------------------

REFUSALS = {
    "none at all": ("", (), "I need a sound"),
    "only a picture": ("", (PICTURE,), "I need a sound"),
    "a link and a file": (SONG, (VOICE,), "There are two sounds"),
    "two files": ("", (VOICE, VIDEO), "There are two sounds"),
    "an option that does not exist": (f"{SONG} colour:red", (), "There is no option “colour”"),
    "an option twice": (f"{SONG} seed:1 seed:2", (), "is there twice"),
    "an option without a value": (f'{SONG} theme:""', (), "has no value"),
    "a number out of range": (f"{SONG} fps:600", (), "fps cannot be 600: it goes from 1 to 60"),
    "a word for a number": (f"{SONG} seed:lots", (), "is not a number"),
    "a size that is none": (f"{SONG} size:300", (), "size cannot be “300”"),
    "a time that is none": (f"{SONG} start:soon", (), "write a time like 83"),
    "two themes": (f"{SONG} theme:birds fish", (), "I know no theme “birds fish”"),
    "an open quotation mark": (f'{SONG} theme:"birds', (), "quotation mark"),
    "an unknown theme": (f"{SONG} theme:primtes", (), "I know no theme “primtes”. Did you mean"),
    "an unknown model": (f"{SONG} model:dall-e", (), "I know no model “dall-e”"),
    "a folder as model": (f"{SONG} model:/etc", (), "I know no model “/etc”"),
    "untrained weights": (f"{SONG} model:random:biggan-deep-128", (), "I know no model"),
    "model and size at odds": (f"{SONG} model:biggan-deep-128 size:512", (), "The size cannot be 512"),
    "a link to nowhere": ("https://youtube.com@evil.example/", (), "not a link that I can read"),
    "a site that is not known": ("https://evil.example/song.mp3", (), "I do not fetch from evil.example"),
    "a private address": ("http://192.168.1.1/a.mp3", (), "private network"),
    "a playlist": ("https://www.youtube.com/playlist?list=PL123456", (), "playlist"),
    "a part that is too long": (f"{SONG} duration:20:00", (), "longer than 10 min"),
    "a scene of nothing": (f"{SONG} scene:3 volcano", (), "A scene can be changed in a clip that exists"),
    "a file beyond the chat": ("", (Attachment("h", mime="audio/mpeg", bytes=30_000_000, limit_bytes=20_000_000),),
                               "files of 20 MB at the most"),
    "a file beyond the house": ("", (Attachment("h", mime="audio/mpeg", bytes=300_000_000),), "larger than 200 MB"),
    "a file that is too long": ("", (Attachment("h", mime="audio/mpeg", duration_s=4000.0),), "longer than 10 min"),
}  # fmt: skip


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One world for all refusals: none of them leaves anything behind."""
    return World(tmp_path_factory.mktemp("untouched"))


@pytest.mark.parametrize("case", REFUSALS)
def test_bad_input_gets_a_sentence_and_leaves_nothing_behind(untouched: World, case: str) -> None:
    world = untouched
    words, attachments, sentence = REFUSALS[case]
    answer = world.command("ganterpret", words, attachments=attachments)
    assert isinstance(answer, Say)
    assert answer.private
    assert sentence in text_of(answer)
    assert nothing_was_written(world)


def test_what_somebody_typed_is_shown_harmlessly(world: World) -> None:
    answer = world.command("ganterpret", f'{SONG} theme:"<b@everyone&"')
    assert isinstance(answer, Say)
    assert "“&lt;b@everyone&amp;”" in answer.screen.text


def test_whoever_is_banned_is_told_before_anything_is_fetched(world: World) -> None:
    world.command("ban", "7", admin=True)
    answer = world.command("ganterpret", attachments=(VOICE,), who="7")
    assert text_of(answer) == "You cannot ask me for clips here."


def test_a_quota_that_is_spent_is_told_before_anything_is_fetched(tmp_path: Path) -> None:
    world = World(tmp_path, policy=Policy(quotas=QuotaLimits(1, None, None, None, None)))
    world.command("ganterpret", SONG)
    answer = world.command("ganterpret", attachments=(VOICE,))
    assert "You have had 1 clip of your 1 for today" in text_of(answer)


def test_two_open_requests_are_the_most(tmp_path: Path) -> None:
    world = World(tmp_path, policy=Policy(quotas=QuotaLimits(None, None, None, None, 2)))
    answers = [world.command("ganterpret", SONG) for _ in range(3)]
    assert "2 requests under way" in text_of(answers[2])
    assert len(asked(world)) == 2


# --- what a chat's admins have set ------------------------------------------------------------------------------------


def test_a_chat_s_settings_stand_in_for_what_is_not_wished_for(world: World) -> None:
    world.command("settings", "theme:red fox size:128 longest:1:00", admin=True)
    world.command("ganterpret", SONG)
    world.command("ganterpret", f"{SONG} theme:birds size:512")
    assert [(request.recipe.theme, request.recipe.size_px) for request in asked(world)] == [
        ("red fox", 128),
        ("birds", 512),
    ]
    assert asked(world)[0].max_duration_s == 60
    assert "longer than 1 min" in text_of(world.command("ganterpret", f"{SONG} duration:2:00"))


def test_where_only_admins_may_ask_others_are_told_so(world: World) -> None:
    world.command("settings", "who:admins", admin=True)
    assert "only its admins" in text_of(world.command("ganterpret", SONG))
    assert isinstance(world.command("ganterpret", SONG, admin=True), Accepted)


def test_a_chat_may_tighten_its_quota(world: World) -> None:
    world.command("settings", "clips:1", admin=True)
    world.command("ganterpret", SONG)
    assert "This chat has had 1 clip of its 1" in text_of(world.command("ganterpret", SONG, who="bo"))


def test_the_answer_is_in_the_language_of_whoever_asks(world: World) -> None:
    assert "Ich brauche einen Ton" in text_of(world.command("ganterpret", language="de-AT"))
    world.command("language", "de")
    assert "Ich brauche einen Ton" in text_of(world.command("ganterpret", language="fr"))
    assert "I need a sound" in text_of(world.command("ganterpret", language="fr", who="bo"))


def test_nobody_s_money_is_spent_by_a_rehearsal(world: World) -> None:
    world.command("ganterpret", attachments=(VOICE,))
    assert world.look(lambda tx: quotas.spent_by_user(tx, 1)).clips == 0
    assert UNLIMITED.user_clips_per_day is None


def test_the_file_that_was_fetched_may_be_deleted_at_once(world: World, wav: Path, tmp_path: Path) -> None:
    fetched = tmp_path / "fetched"
    shutil.copyfile(wav, fetched)
    world.command("ganterpret", attachments=(VOICE,), file=fetched)
    fetched.unlink()
    assert world.media.path(asked(world)[0].source.reference).exists()
