"""What words may be taken for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from bot.chat.grammar import RecipeOptions


@dataclass(frozen=True, slots=True)
class Make:
    """A clip of a sound is wished for.

    Attributes
    ----------
    title : str
        Words that are no wish: what the sound is called, as far as anybody says.
    """

    options: RecipeOptions = field(default_factory=RecipeOptions)
    title: str = ""


@dataclass(frozen=True, slots=True)
class Remix:
    """Another clip is wished for, made from the one that is answered, else from the latest."""

    options: RecipeOptions = field(default_factory=RecipeOptions)


@dataclass(frozen=True, slots=True)
class Order:
    """What another command does is wished for in plain words; `name` is one of `bot.chat.menu`."""

    name: str


@dataclass(frozen=True, slots=True)
class SmallTalk:
    """A greeting, or praise: a word is due, and nothing else."""

    greeting: bool = False


@dataclass(frozen=True, slots=True)
class Unsure:
    """It cannot be told what is wished for.

    Attributes
    ----------
    query : str
        The words that say nothing to us.
    offers : tuple of Make, Remix or Order
        What it may have been, the likeliest first; three at the most.
    """

    query: str = ""
    offers: tuple[Make | Remix | Order, ...] = ()


@dataclass(frozen=True, slots=True)
class LeaveAlone:
    """It was not said to the bot."""


Reading: TypeAlias = Make | Remix | Order | SmallTalk | Unsure | LeaveAlone
Strength: TypeAlias = Literal["none", "weak", "strong"]
