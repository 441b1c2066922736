"""The tokens of interactions, for the quarter of an hour that they live.

A token lets the bot answer where it may not post: in servers and conversations that people have brought its app to,
and in channels that are closed to it. It is a hint and never an address: it runs out, and a restart forgets it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import discord

from bot.adapters.bounded_memory import BoundedMemory
from bot.adapters.discord.reading import Interaction, is_among_us
from bot.chat.port import Destination

MARGIN = timedelta(seconds=30)
"""A token is not relied on to its last second."""
REMEMBERED = 5000


@dataclass(frozen=True, slots=True)
class Hint:
    """An interaction whose token still works.

    Attributes
    ----------
    bot_is_there : bool
        The bot itself is in that place, and may post there as anybody.
    settled : asyncio.Event
        Whoever asked has been answered. Until then a further answer would take the place of the first.
    """

    interaction: Interaction
    bot_is_there: bool
    settled: asyncio.Event = field(default_factory=asyncio.Event)


class Hints:
    """Remembers the interactions of the last quarter of an hour.

    Parameters
    ----------
    now : callable
        The time, with its zone.
    """

    def __init__(self, now: Callable[[], datetime] = discord.utils.utcnow) -> None:
        self._now = now
        self._hints: BoundedMemory[str, Hint] = BoundedMemory(REMEMBERED)  # by event, oldest first

    def remember(self, event_id: str, interaction: Interaction) -> Hint:
        """Remember an interaction, as long as its token lives."""
        hint = self._hints.setdefault(event_id, Hint(interaction, is_among_us(interaction)))
        while self._hints and not self._lives(self._hints[oldest := next(iter(self._hints))]):
            del self._hints[oldest]
        return hint

    def find(self, destination: Destination) -> Hint | None:
        """Return the interaction through which a place can be reached.

        It is the one that is answered, else the latest that the person made there.
        """
        if destination.direct:
            return None
        hint = self._hints.get(destination.event) if destination.event is not None else None
        if hint is not None and self._lives(hint):
            return hint
        latest = (self._hints[event] for event in reversed(self._hints))
        return next((hint for hint in latest if self._leads_to(hint, destination)), None)

    def _leads_to(self, hint: Hint, destination: Destination) -> bool:
        made = hint.interaction
        here = str(made.channel_id) == (destination.channel or destination.chat)
        return here and destination.person in (None, str(made.user.id)) and self._lives(hint)

    def _lives(self, hint: Hint) -> bool:
        return self._now() < hint.interaction.expires_at - MARGIN
