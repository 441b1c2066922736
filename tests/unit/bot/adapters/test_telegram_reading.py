"""What Telegram tells, read as what somebody says to the bot."""

from __future__ import annotations

from typing import Any

import pytest
from telegram import Update

from bot.adapters.telegram.albums import Albums
from bot.adapters.telegram.reading import Account, Migration, read
from bot.adapters.telegram.threads import Threads
from bot.chat.events import Added, Attachment, ButtonPress, Command, Incoming, Message, Origin, Sender, TextMessage

ACCOUNT = Account(id=99, username="ganterpreter_bot", download_limit_bytes=20_000_000, upload_limit_bytes=50_000_000)
ADA = {"id": 7, "is_bot": False, "first_name": "Ada", "last_name": "L", "language_code": "de"}
BOT = {"id": 99, "is_bot": True, "first_name": "GANterpreter", "username": "ganterpreter_bot"}
PRIVATE = {"id": 7, "type": "private", "first_name": "Ada"}
GROUP = {"id": -100, "type": "supergroup", "title": "Band room"}
VOICE = {"file_id": "v1", "file_unique_id": "u1", "duration": 3, "mime_type": "audio/ogg", "file_size": 4000}
VIDEO = {"file_id": "c1", "file_unique_id": "u2", "duration": 9, "width": 128, "height": 128, "mime_type": "video/mp4"}


def message(text: str = "", *, chat: dict[str, Any] = GROUP, number: int = 5, **fields: Any) -> dict[str, Any]:
    told = {"message_id": number, "date": 1, "chat": chat, "from": ADA, **fields}
    return told | ({"text": text} if text else {})


def read_message(text: str = "", **fields: Any) -> Incoming | Migration | None:
    update = Update.de_json({"update_id": 1, "message": message(text, **fields)}, None)
    return read(update, ACCOUNT)


def said(text: str = "", **fields: Any) -> Any:
    incoming = read_message(text, **fields)
    return None if incoming is None else incoming.said  # type: ignore[union-attr]


def test_a_command_in_a_group_tells_who_asks_and_where() -> None:
    assert read_message("/ganterpret https://e.org/a.mp3 theme:primates") == Incoming(
        platform="telegram",
        event_id="99:-100:5",
        sender=Sender("7", "Ada L", "de"),
        origin=Origin("-100", title="Band room", upload_limit_bytes=50_000_000),
        said=Command("ganterpret", "https://e.org/a.mp3 theme:primates", message="5"),
    )


def test_a_conversation_with_the_bot_alone_is_ones_own_to_run() -> None:
    incoming = read_message("/settings", chat=PRIVATE)
    assert isinstance(incoming, Incoming)
    assert incoming.origin.private
    assert incoming.sender.is_admin


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("/Help", "help"),
        ("/help@GANterpreter_bot", "help"),
        ("/start", "start"),
        ("/help@another_bot", None),
        ("/weather", None),
        ("/weather@ganterpreter_bot", "weather"),
        ("help", None),
        ("", None),
    ],
)
def test_in_a_group_only_what_is_meant_for_the_bot_is_heard(text: str, name: str | None) -> None:
    heard = said(text)
    assert (heard.name if heard else None) == name


def test_in_private_everything_is_meant_for_the_bot() -> None:
    assert said("/weather", chat=PRIVATE).name == "weather"
    assert said("birds", chat=PRIVATE) == TextMessage("birds", "5")


def test_words_in_a_group_count_as_a_reply_to_the_bot_alone() -> None:
    assert said("volcano", reply_to_message=message("Which?", number=3, **{"from": BOT})) == TextMessage(
        "volcano", "5", "3", answered=Message("3", "Which?")
    )
    assert said("volcano", reply_to_message=message("Which?", number=3)) is None


def test_a_reply_brings_the_message_with_its_file_and_its_hidden_links() -> None:
    link = {"type": "text_link", "offset": 0, "length": 4, "url": "https://e.org/b.mp3"}
    answered = message(number=3, voice=VOICE, caption="this", caption_entities=[link])
    heard = said("/ganterpret", reply_to_message=answered)
    voice = Attachment("v1", None, "audio/ogg", 4000, 3.0, None, 20_000_000)
    assert heard.reply_to == Message("3", "this https://e.org/b.mp3", (voice,), Sender("7", "Ada L", "de"))


def test_in_private_a_link_behind_words_is_heard_after_them() -> None:
    link = {"type": "text_link", "offset": 4, "length": 4, "url": "https://e.org/b.mp3"}
    heard = said("the song", chat=PRIVATE, entities=[link])
    assert heard == TextMessage("the song https://e.org/b.mp3", "5")


def test_a_link_hidden_behind_words_stands_in_their_place() -> None:
    link = {"type": "text_link", "offset": 15, "length": 4, "url": "https://e.org/b.mp3"}
    command = {"type": "bot_command", "offset": 0, "length": 11}
    heard = said("/ganterpret 🎲 song theme:birds", entities=[command, link])
    assert heard.words == "🎲 https://e.org/b.mp3 theme:birds"


def test_somebody_without_a_username_is_named_by_number() -> None:
    mention = {"type": "text_mention", "offset": 5, "length": 3, "user": {"id": 8, "is_bot": False, "first_name": "Bo"}}
    assert said("/ban Bo! now", entities=[mention]).words == "8 now"


@pytest.mark.parametrize(
    ("kind", "file", "expected"),
    [
        ("voice", VOICE, Attachment("v1", None, "audio/ogg", 4000, 3.0, None, 20_000_000)),
        (
            "audio",
            {**VOICE, "file_name": "a.mp3", "mime_type": "audio/mpeg", "performer": "Bo", "title": "Song"},
            Attachment("v1", "a.mp3", "audio/mpeg", 4000, 3.0, "Bo – Song", 20_000_000),
        ),
        ("video", VIDEO, Attachment("c1", None, "video/mp4", None, 9.0, None, 20_000_000)),
        (
            "video_note",
            {"file_id": "n1", "file_unique_id": "u", "length": 240, "duration": 2},
            Attachment("n1", None, "video/mp4", None, 2.0, None, 20_000_000),
        ),
        (
            "document",
            {"file_id": "d1", "file_unique_id": "u", "file_name": "a.flac", "mime_type": "audio/flac", "file_size": 9},
            Attachment("d1", "a.flac", "audio/flac", 9, None, None, 20_000_000),
        ),
    ],
)
def test_a_caption_on_a_file_is_a_command(kind: str, file: dict[str, Any], expected: Attachment) -> None:
    heard = said(caption="/ganterpret theme:birds", **{kind: file})
    assert heard == Command("ganterpret", "theme:birds", attachments=(expected,), message="5")


def test_a_picture_holds_no_sound() -> None:
    photo = [{"file_id": "p", "file_unique_id": "p", "width": 9, "height": 9}]
    assert said(caption="/ganterpret", photo=photo).attachments == ()
    gif = {**VIDEO, "file_name": "a.mp4"}
    assert said(caption="/ganterpret", animation=gif, document={"file_id": "d", "file_unique_id": "u"}) == Command(
        "ganterpret", message="5"
    )


def test_in_private_a_sound_alone_is_a_request_and_its_caption_the_wish() -> None:
    assert said(chat=PRIVATE, voice=VOICE).attachments[0].handle == "v1"
    assert said(chat=PRIVATE, voice=VOICE, caption="theme:birds").text == "theme:birds"
    origin = {"type": "hidden_user", "sender_user_name": "Bo", "date": 1}
    assert said(chat=PRIVATE, voice=VOICE, caption="my new song!", forward_origin=origin).text == ""
    assert said(voice=VOICE) is None  # people in a group talk to each other


def test_in_private_a_sound_that_answers_a_clip_remixes_it() -> None:
    clip = message(number=3, chat=PRIVATE, video=VIDEO, **{"from": BOT})
    heard = said(chat=PRIVATE, voice=VOICE, reply_to_message=clip)
    assert (heard.reply_to, heard.answered.id, heard.attachments[0].handle) == ("3", "3", "v1")


def test_a_voice_note_that_answers_a_clip_in_a_group_is_said_to_the_bot() -> None:
    clip = message(number=3, video=VIDEO, **{"from": BOT})
    heard = said(voice=VOICE, reply_to_message=clip)
    assert (heard.text, heard.reply_to, heard.attachments[0].handle) == ("", "3", "v1")


@pytest.mark.parametrize(
    ("text", "words"),
    [("@ganterpreter_bot with cats", "with cats"), ("hey @GANterpreter_bot, cats please", "hey  , cats please")],
)
def test_who_is_called_by_name_listens(text: str, words: str) -> None:
    assert said(text) == TextMessage(words, "5", mentioned=True)
    assert said(text.replace("_bot", "_bots")) is None


def test_behind_the_name_a_command_needs_no_slash() -> None:
    assert said("@ganterpreter_bot help").name == "help"


def test_a_reply_to_a_message_of_another_chat_counts() -> None:
    elsewhere = {"origin": {"type": "hidden_user", "sender_user_name": "Bo", "date": 1}, "voice": VOICE}
    heard = said("/ganterpret", external_reply=elsewhere)
    assert heard.reply_to.attachments[0].handle == "v1"
    page = {"origin": elsewhere["origin"], "link_preview_options": {"url": "https://e.org/b.mp3"}}
    assert said("/ganterpret", external_reply=page).reply_to.text == "https://e.org/b.mp3"


def test_every_message_of_a_topic_seems_to_answer_its_first_one_and_does_not() -> None:
    opened = message(number=2, forum_topic_created={"name": "Clips", "icon_color": 1}, message_thread_id=2)
    incoming = read_message("/help", is_topic_message=True, message_thread_id=2, reply_to_message=opened)
    assert isinstance(incoming, Incoming)
    assert incoming.origin.channel == "2"
    assert incoming.said.reply_to is None  # type: ignore[union-attr]


def test_the_thread_of_a_reply_outside_a_forum_is_no_place() -> None:
    incoming = read_message("/help", message_thread_id=3, reply_to_message=message(number=3))
    assert isinstance(incoming, Incoming)
    assert incoming.origin.channel is None


def test_an_anonymous_administrator_speaks_as_the_group() -> None:
    stand_in = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    incoming = read_message("/help", sender_chat=GROUP, **{"from": stand_in})
    assert isinstance(incoming, Incoming)
    assert incoming.sender == Sender("-100", "Band room", is_admin=True)


def test_bots_and_channels_without_a_sender_are_not_heard() -> None:
    assert said("/help", **{"from": BOT}) is None
    poll = {"update_id": 1, "my_chat_member": None}
    assert read(Update.de_json(poll, None), ACCOUNT) is None


def moved_in(was: str, now: str, chat: dict[str, Any] = GROUP) -> Incoming | Migration | None:
    def member(status: str) -> dict[str, Any]:
        return {"user": BOT, "status": status, "until_date": 0}

    change = {"chat": chat, "from": ADA, "date": 1, "old_chat_member": member(was), "new_chat_member": member(now)}
    return read(Update.de_json({"update_id": 1, "my_chat_member": change}, None), ACCOUNT)


def test_that_the_bot_was_added_to_a_group_is_told_once() -> None:
    heard = moved_in("left", "member")
    assert isinstance(heard, Incoming)
    assert (heard.said, heard.sender.language, heard.origin.chat) == (Added(), "de", "-100")
    assert moved_in("member", "left") is None
    assert moved_in("member", "member") is None
    assert moved_in("left", "member", PRIVATE) is None


def edited(seconds_later: int) -> Incoming | Migration | None:
    told = message("/ganterpret https://e.org/a.mp3", edit_date=1 + seconds_later)
    return read(Update.de_json({"update_id": 1, "edited_message": told}, None), ACCOUNT)


def test_an_edit_names_what_it_edits_and_counts_for_an_hour() -> None:
    heard = edited(9)
    assert isinstance(heard, Incoming)
    assert (heard.event_id, heard.edits) == ("99:-100:5:edited:000000000010", "99:-100:5")
    assert heard.said == Command("ganterpret", "https://e.org/a.mp3", message="5")
    assert edited(3601) is None


def test_a_group_that_moved_is_told_from_either_side() -> None:
    moved = Migration("-4", "-100")
    assert read_message(chat={"id": -4, "type": "group", "title": "Old"}, migrate_to_chat_id=-100) == moved
    assert read_message(migrate_from_chat_id=-4) == moved


def press(told: dict[str, Any] | None, **fields: Any) -> Incoming | Migration | None:
    query = {"id": "q1", "from": ADA, "chat_instance": "1", "data": "reroll:k3", **fields}
    update = {"update_id": 1, "callback_query": query | ({"message": told} if told else {})}
    return read(Update.de_json(update, None), ACCOUNT)


def test_a_press_names_the_button_and_the_message() -> None:
    topic = {"is_topic_message": True, "message_thread_id": 2, "from": BOT}
    assert press(message("a clip", **topic)) == Incoming(
        platform="telegram",
        event_id="press:q1",
        sender=Sender("7", "Ada L", "de"),
        origin=Origin("-100", "2", "Band room", upload_limit_bytes=50_000_000),
        said=ButtonPress("reroll:k3", "5"),
    )


def test_a_press_under_a_message_of_long_ago_is_understood() -> None:
    incoming = press({"chat": GROUP, "message_id": 5, "date": 0})
    assert isinstance(incoming, Incoming)
    assert incoming.said == ButtonPress("reroll:k3", "5")


def test_a_press_that_says_nothing_is_nothing() -> None:
    assert press(None) is None
    assert press(message("x"), data=None) is None


def test_a_remix_of_a_sound_that_answered_a_clip_is_one_of_the_clip() -> None:
    threads = Threads(ACCOUNT.id)
    clip = message(number=3, video=VIDEO, **{"from": BOT})
    sound = message(number=4, voice=VOICE, reply_to_message=clip)
    threads.hear(Update.de_json({"update_id": 1, "message": sound}, None))
    asked = read_message("/remix", reply_to_message=message(number=4, voice=VOICE))
    assert isinstance(asked, Incoming)
    followed = threads.follow(asked).said
    assert isinstance(followed, Command)
    assert followed.reply_to == Message("3")
    assert followed.attachments[0].handle == "v1"


def test_a_remix_of_any_other_sound_stays_what_it_is() -> None:
    threads = Threads(ACCOUNT.id)
    sound = message(number=4, voice=VOICE, reply_to_message=message("hi", number=3))
    threads.hear(Update.de_json({"update_id": 1, "message": sound}, None))
    asked = read_message("/remix", reply_to_message=message(number=4, voice=VOICE))
    assert isinstance(asked, Incoming)
    assert threads.follow(asked) == asked


@pytest.mark.parametrize("caption", ["theme:birds", "/ganterpret theme:birds"])
def test_what_is_written_beside_an_album_is_said_of_each_of_its_pieces(caption: str) -> None:
    albums = Albums()

    def heard(number: int, **fields: Any) -> Any:
        told = message(number=number, chat=PRIVATE, voice=VOICE, **fields)
        update = Update.de_json({"update_id": number, "message": told}, None)
        incoming = read(update, ACCOUNT)
        assert isinstance(incoming, Incoming)
        return albums.follow(update, incoming).said

    first, second = heard(5, media_group_id="a", caption=caption), heard(6, media_group_id="a")
    other, alone = heard(7, media_group_id="b"), heard(8)
    assert type(first) is type(second)
    assert (second.message, second.attachments) == ("6", first.attachments)
    assert getattr(second, "text", None) == getattr(first, "text", None)
    assert (other.text, alone.text) == ("", "")
