"""What a delivery can do next, and what came of it: values without any doing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.chat.port import ChatError
from storage.outbox.posted_messages import Role
from storage.states import RequestState


class Words(StrEnum):
    """What a message says."""

    WAITING = "waiting"
    ENDED = "ended"
    """There is no clip, and why."""
    CLIP = "clip"
    TOO_LARGE = "too large"
    UNSENT = "unsent"
    """The clip is there, but not here."""
    READY = "ready"
    """The clip that somebody has waited for is there."""


class Ending(StrEnum):
    """How a claim of a delivery ends."""

    SENT = "sent"
    LATER = "later"
    DOUBT = "later, in doubt"
    """A message may have arrived; whoever comes next looks for it first."""
    MOVED = "moved"
    """Its chat has another id now."""
    HELD = "held"
    """A clip that waits to be asked for."""
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Post:
    """Post a message, which can be done once."""

    role: Role
    words: Words


@dataclass(frozen=True, slots=True)
class Find:
    """Look for a message that may have arrived."""

    role: Role
    words: Words


@dataclass(frozen=True, slots=True)
class Edit:
    """Change the status message, into the clip at last; it can be done as often as one likes."""

    words: Words
    smaller: bool = False


@dataclass(frozen=True, slots=True)
class Announce:
    """Tell the asker that the clip is there, once or in a way that can be repeated."""


@dataclass(frozen=True, slots=True)
class AskLimit:
    """Ask the chat how large a file may be."""


@dataclass(frozen=True, slots=True)
class Shrink:
    """Encode the clip once more."""

    max_bytes: int


@dataclass(frozen=True, slots=True)
class End:
    """Write down how it ends.

    Attributes
    ----------
    reason : str
        Why it is held or dropped.
    after_s : float
        The pause before the next attempt.
    leave_in_peace_s : float
        How long the chat wants to hear nothing at all.
    new_chat : str
        The platform's id, for ``MOVED``.
    refund : bool
        What the clip cost is given back.
    """

    ending: Ending
    reason: str = ""
    after_s: float = 0.0
    leave_in_peace_s: float = 0.0
    new_chat: str = ""
    refund: bool = False


Try = Post | Find | Edit | Announce | AskLimit | Shrink
Step = Try | End


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a try.

    Attributes
    ----------
    refusal : ChatError or None
        None: it was done. Encoding that cannot get a clip small enough counts as ``TOO_LARGE``, a message that is not
        found as ``GONE``.
    limit_bytes : int or None
        How large a file may be, where that was said.
    """

    refusal: ChatError | None = None
    limit_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known in the course of one claim.

    Attributes
    ----------
    request_state : RequestState or None
        None for a clip that is shown again.
    stood : frozenset of Role
        Our messages in the chat, as the books knew when the claim began.
    size_bytes : int
        The clip's size.
    remembered : bool
        The chat has the file already and needs no upload.
    nonce_lasts_s : float
        How long the chat recognizes a message that comes twice.
    asked_at_s : float or None
        When somebody began to wait for it; None where nobody is to be told.
    limit_bytes : int or None
        How large a file may be, as it was said last.
    tried : tuple of (Try, Outcome)
        What this claim has tried, in order.
    """

    request_state: RequestState | None = None
    stood: frozenset[Role] = frozenset()
    size_bytes: int = 0
    remembered: bool = False
    nonce_lasts_s: float = 0.0
    asked_at_s: float | None = None
    limit_bytes: int | None = None
    tried: tuple[tuple[Try, Outcome], ...] = ()
