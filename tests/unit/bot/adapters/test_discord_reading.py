"""What Discord tells, read as what somebody says to the bot."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import discord
import pytest

from bot.adapters.discord.reading import read_message, said_before, text_in
from bot.chat.events import Attachment, Command, Incoming, Sender, TextMessage

BOT, ADA = 99, 7
MENTION = f"<@{BOT}>"


def person(number: int = ADA, name: str = "Ada", *, is_bot: bool = False) -> Any:
    return SimpleNamespace(id=number, display_name=name, bot=is_bot)


def file(name: str = "song.mp3", kind: str | None = "audio/mpeg", **fields: Any) -> Any:
    told = {"url": f"https://cdn/{name}", "filename": name, "content_type": kind, "size": 4000}
    return SimpleNamespace(**told | {"duration": None, "title": None} | fields)


class FakeMessage(discord.Message):
    """As much of a message as is read; a whole one comes only from the wire."""

    def __init__(self, **told: Any) -> None:
        for name, value in told.items():
            setattr(self, name, value)


def message(text: str = "", *files: Any, reply_to: Any = None, guild: bool = True, **fields: Any) -> Any:
    server = SimpleNamespace(id=1, name="Band", filesize_limit=10) if guild else None
    reference = SimpleNamespace(type=discord.MessageReferenceType.reply, resolved=reply_to) if reply_to else None
    told: dict[str, Any] = {
        "id": 5,
        "content": text,
        "attachments": list(files),
        "embeds": [],
        "message_snapshots": [],
        "author": person(),
        "webhook_id": None,
        "type": discord.MessageType.default,
        "guild": server,
        "channel": SimpleNamespace(id=3),
        "reference": reference,
    }
    return FakeMessage(**told | fields)


CLIP = message("🎬", file("clip.mp4", "video/mp4"), author=person(BOT, "GANterpreter", is_bot=True), id=4)
NOTE = message("Which theme?", author=person(BOT, "GANterpreter", is_bot=True), id=4)
OTHERS = message("listen: https://e.org/a.mp3", author=person(8, "Bo"), id=4)


def said(*parts: Any, **fields: Any) -> Any:
    incoming = read_message(message(*parts, **fields), BOT)
    return None if incoming is None else incoming.said


def test_a_message_tells_who_and_where() -> None:
    incoming = read_message(message("hello", guild=False), BOT)
    assert isinstance(incoming, Incoming)
    assert incoming.event_id == "message:5"
    assert incoming.sender == Sender("7", "Ada", None, is_admin=True)
    assert (incoming.origin.chat, incoming.origin.channel, incoming.origin.private) == ("3", "3", True)
    in_guild = read_message(message(f"{MENTION} help"), BOT)
    assert in_guild is not None
    assert (in_guild.origin.chat, in_guild.origin.title, in_guild.origin.upload_limit_bytes) == ("1", "Band", 10)
    assert not in_guild.sender.is_admin


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        (f"{MENTION} help", "help", ""),
        (f"{MENTION} /themes dog", "themes", "dog"),
        (f"<@!{BOT}> remix theme:birds seed:new", "remix", "theme:birds seed:new"),
    ],
)
def test_a_mention_is_a_command(text: str, name: str, words: str) -> None:
    heard = said(text)
    assert isinstance(heard, Command)
    assert (heard.name, heard.words, heard.options, heard.message) == (name, words, None, "5")


@pytest.mark.parametrize("text", ["hello all", "/ganterpret https://e.org/a.mp3", ""])
def test_talk_in_a_channel_is_left_alone(text: str) -> None:
    assert said(text) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{MENTION}", ""),
        (f"thanks {MENTION}!", "thanks  !"),
        (f"{MENTION} show me cats", "show me cats"),
        (f"theme:birds https://e.org/a.mp3 {MENTION}", "theme:birds https://e.org/a.mp3"),
    ],
)
def test_whatever_else_is_said_to_the_bot_by_its_name_is_words(text: str, words: str) -> None:
    assert said(text) == TextMessage(words, "5", mentioned=True)


def test_a_file_beside_a_mention_comes_with_the_words() -> None:
    song = Attachment("https://cdn/song.mp3", "song.mp3", "audio/mpeg", 4000)
    assert said(f"{MENTION} theme:birds", file()) == TextMessage("theme:birds", "5", None, (song,), mentioned=True)


def test_a_voice_message_that_answers_a_clip_comes_with_the_clip() -> None:
    heard = said("", file("voice.ogg", "audio/ogg", duration=2.5), reply_to=CLIP)
    assert isinstance(heard, TextMessage)
    assert (heard.text, heard.reply_to, heard.attachments[0].duration_s) == ("", "4", 2.5)
    assert heard.answered is not None
    assert heard.answered.attachments[0].mime == "video/mp4"


def test_an_answer_to_the_bot_is_words_and_may_be_a_command() -> None:
    assert said("birds", reply_to=NOTE) == TextMessage("birds", "5", "4", answered=said_before(NOTE))
    command = said(f"{MENTION} remix theme:birds", reply_to=CLIP)
    assert (command.name, command.words, command.reply_to.id) == ("remix", "theme:birds", "4")


def test_a_mention_under_somebody_s_message_means_that_message() -> None:
    heard = said(f"{MENTION} theme:birds", reply_to=OTHERS)
    assert heard == TextMessage("theme:birds", "5", answered=said_before(OTHERS), mentioned=True)
    assert heard.answered.author.name == "Bo"


def test_in_private_everything_is_for_the_bot() -> None:
    assert said("hello", guild=False) == TextMessage("hello", "5", None)
    assert said("/quota", guild=False).name == "quota"
    assert said("show me birds", guild=False) == TextMessage("show me birds", "5", None)
    assert said("", file(), guild=False).attachments[0].name == "song.mp3"
    assert said("", guild=False) is None


def test_in_private_what_is_passed_on_is_sent_along() -> None:
    passed_on = message("", guild=False)
    far = SimpleNamespace(content="nice https://e.org/a.mp3", embeds=[], attachments=[file("far.ogg", "audio/ogg")])
    passed_on.message_snapshots = [far]
    heard = read_message(passed_on, BOT)
    assert heard is not None
    assert isinstance(heard.said, TextMessage)
    assert heard.said.text == "https://e.org/a.mp3"
    assert [attachment.name for attachment in heard.said.attachments] == ["far.ogg"]


@pytest.mark.parametrize(
    "fields",
    [
        {"author": person(8, "Other bot", is_bot=True)},
        {"webhook_id": 4},
        {"type": discord.MessageType.new_member},
    ],
)
def test_what_no_person_wrote_is_not_heard(fields: dict[str, Any]) -> None:
    assert said(f"{MENTION} help", guild=False, **fields) is None


def test_a_message_is_read_with_the_links_that_it_hides_and_the_files_that_it_passes_on() -> None:
    passed_on = SimpleNamespace(content="from afar", embeds=[], attachments=[file("far.ogg", "audio/ogg")])
    shown = message("look", file(), embeds=[SimpleNamespace(url="https://e.org/a"), SimpleNamespace(url=None)])
    shown.message_snapshots = [passed_on]
    before = said_before(shown)
    assert before.text == "look from afar https://e.org/a"
    assert [attachment.name for attachment in before.attachments] == ["song.mp3", "far.ogg"]


@pytest.mark.parametrize(
    "components",
    [
        [{"type": 18, "component": {"type": 4, "custom_id": "x", "value": " birds "}}],
        [{"type": 1, "components": [{"type": 4, "custom_id": "x", "value": "birds"}]}],
    ],
)
def test_a_box_s_text_is_found_however_it_is_wrapped(components: list[Any]) -> None:
    interaction: Any = SimpleNamespace(data={"custom_id": "theme_word:7", "components": components})
    assert text_in(interaction) == "birds"
    interaction.data["components"] = []
    assert text_in(interaction) == ""
