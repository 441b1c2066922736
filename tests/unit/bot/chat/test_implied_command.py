"""A sound that comes without a command is a request."""

from bot.chat.events import Attachment, Command, Message
from bot.chat.implied_command import sound_alone

SOUND = (Attachment("file-1", "song.mp3", "audio/mpeg"),)


def test_a_sound_alone_asks_for_a_clip_with_the_words_beside_it_as_the_wish() -> None:
    assert sound_alone(SOUND, "theme:birds", message="5") == Command(
        "ganterpret", "theme:birds", attachments=SOUND, message="5"
    )


def test_as_the_answer_to_a_clip_it_asks_for_that_clip_with_another_sound() -> None:
    clip = Message("4", "a clip")
    assert sound_alone(SOUND, "", message="5", answered_clip=clip) == Command(
        "remix", "", attachments=SOUND, reply_to=clip, message="5"
    )
