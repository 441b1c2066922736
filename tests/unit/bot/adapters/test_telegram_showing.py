"""Screens as arguments of the Bot API, and its refusals as ours."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TimedOut

from bot.adapters.telegram import errors, showing
from bot.adapters.telegram.files import CALL_TIMEOUT_S, _timeouts
from bot.chat.answers import AskText
from bot.chat.events import ButtonPress, Incoming, Origin, Sender
from bot.chat.markup import escape
from bot.chat.port import Button, ChatCode, Destination, Video
from bot.screens.messages import LANGUAGES
from tests.doubles.telegram.text import parse_html, utf16_length

# --- texts ------------------------------------------------------------------------------------------------------------


def test_what_fits_is_left_alone() -> None:
    assert showing.fit("<b>a &amp; b</b>", 5) == "<b>a &amp; b</b>"


def test_what_does_not_fit_is_cut_between_characters_and_closed() -> None:
    assert showing.fit("<b>ab &amp; <i>cdef</i></b>", 8) == "<b>ab &amp; <i>cd…</i></b>"
    assert showing.fit("🎲🎲🎲", 4) == "🎲…"  # a die is two units


PIECES = st.lists(st.one_of(st.text(max_size=12).map(escape), st.sampled_from(["🎲", "&lt;", "ä", " "])), max_size=8)


@given(PIECES, PIECES, st.integers(1, 30))
def test_a_cut_text_is_html_that_telegram_takes_and_short_enough(
    before: list[str], inside: list[str], limit: int
) -> None:
    text = f"{''.join(before)}<b>{''.join(inside)}<i>{''.join(before)}</i></b>{''.join(inside)}"
    shown, _ = parse_html(showing.fit(text, limit))
    assert utf16_length(shown) <= limit


# --- places -----------------------------------------------------------------------------------------------------------


def test_a_reply_never_names_a_topic_and_survives_its_message_where_it_may() -> None:
    where = showing.destination(Destination("-100", reply_to="5"))
    assert where["chat_id"] == -100
    assert where["reply_parameters"].allow_sending_without_reply
    in_topic = showing.destination(Destination("-100", channel="2", reply_to="5"))
    assert "message_thread_id" not in in_topic
    # or the message would be posted in the general topic
    assert not in_topic["reply_parameters"].allow_sending_without_reply


def test_a_message_of_its_own_goes_into_its_topic() -> None:
    assert showing.destination(Destination("-100", channel="2")) == {"chat_id": -100, "message_thread_id": 2}
    lost = Destination("-100", channel="2", reply_to="5")
    assert showing.destination(lost, replying=False) == {"chat_id": -100, "message_thread_id": 2}


def test_a_direct_message_goes_to_the_person() -> None:
    assert showing.destination(Destination("-100", "2", "5", person="7", direct=True)) == {"chat_id": 7}


# --- buttons, toasts, questions ---------------------------------------------------------------------------------------


def test_buttons_keep_their_rows_and_their_colours() -> None:
    markup = showing.keyboard(((Button("🎲", "reroll:1"), Button("🗑", "delete:1", "danger")), (Button("✓", "x:1"),)))
    assert markup is not None
    told = [[(button.text, button.callback_data, button.style) for button in row] for row in markup.inline_keyboard]
    assert told == [[("🎲", "reroll:1", None), ("🗑", "delete:1", "danger")], [("✓", "x:1", None)]]
    assert showing.keyboard(()) is None


def test_a_toast_is_plain_and_a_long_one_stays() -> None:
    assert showing.toast("<b>On</b> its &lt;way&gt;") == ("On its <way>", False)
    text, stays = showing.toast("long " * 60)
    assert utf16_length(text) == 200
    assert stays
    assert showing.toast("") == ("", False)


def asked(*, private: bool) -> Incoming:
    origin = Origin("7" if private else "-100", private=private)
    return Incoming("telegram", "press:1", Sender("7", "<Ada>"), origin, ButtonPress("theme:1", "5"))


def test_a_question_in_a_group_opens_the_field_of_the_one_it_mentions() -> None:
    ask = AskText("Which theme?", "birds", "theme_is:1")
    words, reply = showing.question(ask, asked(private=False))
    assert words == '<a href="tg://user?id=7">&lt;Ada&gt;</a>: Which theme?'
    assert (reply.selective, reply.input_field_placeholder) == (True, "birds")
    assert showing.question(ask, asked(private=True))[0] == "Which theme?"


def test_a_player_is_told_what_it_needs_before_it_has_the_video(tmp_path) -> None:  # type: ignore[no-untyped-def]
    video = Video(tmp_path / "clip.mp4", 256, 12.4)
    assert showing.dimensions(video) == {"width": 256, "height": 256, "duration": 12, "supports_streaming": True}


@pytest.mark.parametrize("language", LANGUAGES)
def test_commands_are_what_telegram_takes(language: str) -> None:
    for_all = showing.commands(language, ("everyone",))
    for_admins = showing.commands(language, ("everyone", "admins"))
    assert {command.command for command in for_admins} - {command.command for command in for_all} == {
        "settings",
        "ban",
        "unban",
    }
    for command in for_admins:
        assert command.command.isascii()
        assert command.command.islower()
        assert 1 <= len(command.description) <= 256
        assert "<" not in command.description


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Message to edit not found", ChatCode.GONE),
        ("Message can't be edited", ChatCode.GONE),
        ("Message thread not found", ChatCode.GONE),
        ("Chat not found", ChatCode.GONE),
        ("Not enough rights to send videos to the chat", ChatCode.FORBIDDEN),
        ("Chat_send_videos_forbidden", ChatCode.FORBIDDEN),
        ("Topic_closed", ChatCode.FORBIDDEN),
        ("File is too big", ChatCode.TOO_LARGE),
        ("Can't parse entities: unsupported start tag", ChatCode.REFUSED),
    ],
)
def test_a_refusal_is_understood_by_its_words(text: str, code: ChatCode) -> None:
    assert errors.explain(BadRequest(text)).code is code


def failed(cause: Exception, error: NetworkError) -> NetworkError:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Forbidden("Forbidden: bot was blocked by the user"), ChatCode.FORBIDDEN),
        (Forbidden("Forbidden: user is deactivated"), ChatCode.GONE),
        (NetworkError("Request Entity Too Large"), ChatCode.TOO_LARGE),
        (NetworkError("Bad Gateway"), ChatCode.UNCERTAIN),
        (failed(httpx.ConnectError("refused"), NetworkError("x")), ChatCode.UNREACHABLE),
        (failed(httpx.ConnectTimeout("late"), TimedOut()), ChatCode.UNREACHABLE),
        (failed(httpx.PoolTimeout("busy"), TimedOut()), ChatCode.UNREACHABLE),
        (failed(httpx.WriteTimeout("stuck"), TimedOut()), ChatCode.UNREACHABLE),
        (failed(httpx.ReadTimeout("late"), TimedOut()), ChatCode.UNCERTAIN),
        (failed(httpx.RemoteProtocolError("gone"), NetworkError("x")), ChatCode.UNCERTAIN),
        (InvalidToken(), ChatCode.UNREACHABLE),
    ],
)
def test_a_failure_says_whether_the_message_may_have_arrived(error: NetworkError, code: ChatCode) -> None:
    assert errors.explain(error).code is code


def test_a_flood_and_a_move_bring_their_facts() -> None:
    assert errors.explain(RetryAfter(7)).facts == {"retry_after_s": 7.0}
    assert errors.explain(ChatMigrated(-100)).facts == {"new_chat": "-100"}


def test_a_large_upload_is_given_time() -> None:
    assert _timeouts(0)["read_timeout"] == CALL_TIMEOUT_S
    assert _timeouts(50_000_000)["read_timeout"] > 200
