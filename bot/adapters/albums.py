"""Several sounds at once: one request for each, with the words that were written beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.chat.events import Command, Incoming, TextMessage
from bot.usecases.sound_choice import may_hold_sound

_ONE_FOR_EACH = frozenset({"ganterpret", "remix"})


def one_for_each_sound(incoming: Incoming) -> Sequence[Incoming]:
    """Return what somebody says once for each sound that they send along; as it is where that is one or none."""
    said = incoming.said
    if incoming.edits is not None or not isinstance(said, Command | TextMessage):
        return [incoming]
    sounds = [file for file in said.attachments if may_hold_sound(file)]
    if len(sounds) < 2 or (isinstance(said, Command) and said.name not in _ONE_FOR_EACH):
        return [incoming]
    return [
        replace(incoming, event_id=f"{incoming.event_id}:{number}", said=replace(said, attachments=(sound,)))
        for number, sound in enumerate(sounds, 1)
    ]
