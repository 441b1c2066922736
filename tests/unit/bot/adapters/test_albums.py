"""Several sounds at once are as many requests."""

from bot.adapters.albums import one_for_each_sound
from bot.chat.events import Attachment, ButtonPress, Command, Incoming, Origin, Said, Sender, TextMessage

ONE, TWO = Attachment("1", "a.mp3", "audio/mpeg"), Attachment("2", "b.mp3", "audio/mpeg")
PICTURE = Attachment("3", "c.jpg", "image/jpeg")


def heard(said: Said) -> Incoming:
    return Incoming("discord", "message:5", Sender("7", "Ada"), Origin("3"), said)


def test_each_sound_is_a_request_with_the_same_words() -> None:
    first, second = one_for_each_sound(heard(TextMessage("cats", "5", attachments=(ONE, PICTURE, TWO))))
    assert (first.event_id, second.event_id) == ("message:5:1", "message:5:2")
    assert first.said == TextMessage("cats", "5", attachments=(ONE,))
    assert second.said == TextMessage("cats", "5", attachments=(TWO,))


def test_whatever_else_is_said_once() -> None:
    for said in (
        TextMessage("cats", attachments=(ONE, PICTURE)),
        TextMessage("cats"),
        Command("relay", "6", attachments=(ONE, TWO)),
        ButtonPress("reroll:1"),
    ):
        assert list(one_for_each_sound(heard(said))) == [heard(said)]
