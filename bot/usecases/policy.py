"""What the operator allows, as plain values."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.fetch.block_list import NOTHING, BlockList
from pipeline.generators.biggan.names import MODELS
from storage.database.transactions import Transaction
from storage.people.chats import ChatSettings
from storage.requests import price_days
from storage.requests.prices import PriceTable
from storage.requests.quotas import UNLIMITED, QuotaLimits

MODELS_TO_ASK_FOR = ("auto", "sketch", *MODELS)
"""A chat may choose among these; folders and untrained models are for the command line."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What the operator allows.

    Attributes
    ----------
    owners : frozenset of str
        People who run the bot: ``discord:123``.
    quotas : QuotaLimits
        For everybody; a chat's admins may tighten theirs.
    max_duration_s, max_input_bytes : float, int
        The longest clip, and the largest file that a sound may come in.
    allow_hosts : tuple of str
        Whose files may be fetched directly.
    blocked : BlockList
        What is not fetched.
    model : str
        Used where a request names none.
    language : str
        Spoken where nobody chose another.
    relay_s : float
        How long people have to pick their scenes.
    media_days : float
        How long clips are kept.
    prices : PriceTable or None
        What things cost until this machine has measured it; None counts seconds of clip.
    """

    owners: frozenset[str] = frozenset()
    quotas: QuotaLimits = UNLIMITED
    max_duration_s: float = 600.0
    max_input_bytes: int = 200_000_000
    allow_hosts: tuple[str, ...] = ()
    blocked: BlockList = NOTHING
    model: str = "auto"
    language: str = "en"
    relay_s: float = 300.0
    media_days: float = 30.0
    prices: PriceTable | None = None

    def prices_today(self, tx: Transaction) -> PriceTable | None:
        """Return what things cost today."""
        return None if self.prices is None else price_days.today(tx, self.prices)

    def longest_s(self, settings: ChatSettings) -> float:
        """Return the longest clip that may be asked for in a chat."""
        return min(self.max_duration_s, settings.longest_s or self.max_duration_s)
