"""Where something is said: what decides whether words are for the bot at all, and what they are about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Answered: TypeAlias = Literal["nothing", "clip", "sound", "ours", "other"]


@dataclass(frozen=True, slots=True)
class Room:
    """The place of some words.

    Attributes
    ----------
    private : bool
        A conversation with the bot alone.
    mentioned : bool
        The bot is called by its name.
    answers : {"nothing", "clip", "sound", "ours", "other"}
        What the message replies to: a clip of ours, somebody's sound or link, another message of ours, anything else.
    sounds : int
        Files with sound that are sent along.
    """

    private: bool = False
    mentioned: bool = False
    answers: Answered = "nothing"
    sounds: int = 0

    @property
    def addressed(self) -> bool:
        """Whether an answer is due."""
        return self.private or self.mentioned or self.answers in {"clip", "ours"}
