"""What is known of a made-up sound: when it changes, how, and where its notes, beats and bars begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Level = Literal["section", "lower", "optional"]
Kind = Literal[
    "section",
    "chord",
    "key",
    "timbre",
    "density",
    "voice enters",
    "voice leaves",
    "drums enter",
    "drums leave",
    "loudness",
    "tempo",
    "bar",
    "phrase",
    "note",
]
Condition = Literal["plain", "reverb", "noise", "mp3"]

KINDS: tuple[Kind, ...] = get_args(Kind)
CONDITIONS: tuple[Condition, ...] = get_args(Condition)

SAMPLE_RATE_HZ = 44_100
WINDOW_S = 0.15
TEMPO_WINDOW_S = 0.5  # a new tempo is heard when its second beat comes, not before
ENDING_WINDOW_S = 0.4  # where a phrase ends is a matter of opinion: its last sound dies away


@dataclass(frozen=True, slots=True)
class Change:
    """One change that a listener hears.

    Attributes
    ----------
    time_s : float
        When it begins.
    kind : Kind
        Why it is one.
    level : {"section", "lower", "optional"}
        ``section``: it is asked for. ``lower``: it is there, below what is asked for (a chord inside a section); a
        point at it is neither a hit nor false. ``optional``: the same, and it has a slot of its own at the true count
        (the end of a phrase).
    before_s, after_s : float
        A point from `time_s - before_s` to `time_s + after_s` belongs to it.
    also : tuple of Kind
        Further reasons that are right.
    """

    time_s: float
    kind: Kind
    level: Level = "section"
    before_s: float = WINDOW_S
    after_s: float = WINDOW_S
    also: tuple[Kind, ...] = ()

    def holds(self, time_s: float) -> bool:
        """Whether a point at this time belongs to this change."""
        return self.time_s - self.before_s <= time_s <= self.time_s + self.after_s

    def is_reason(self, reason: str | None) -> bool:
        """Whether a point's reason is right; ``bar 17`` is a ``bar``."""
        return reason is not None and any(reason == kind or reason.startswith(f"{kind} ") for kind in self.reasons)

    @property
    def reasons(self) -> tuple[Kind, ...]:
        return (self.kind, *self.also)


@dataclass(frozen=True, slots=True)
class Truth:
    """All that is known of a sound.

    Attributes
    ----------
    changes : tuple of Change
        In order of time.
    onsets_s, beats_s, downbeats_s : tuple of float
        Beginnings of notes, beats and bars, ascending; empty where not known or not there.
    sections : tuple of (float, str)
        Beginning and name of each section; the same name comes again where the same music does. Empty where not known.
    """

    changes: tuple[Change, ...] = ()
    onsets_s: tuple[float, ...] = ()
    beats_s: tuple[float, ...] = ()
    downbeats_s: tuple[float, ...] = ()
    sections: tuple[tuple[float, str], ...] = ()

    @property
    def asked(self) -> tuple[Change, ...]:
        """The changes that a point should be at."""
        return tuple(change for change in self.changes if change.level == "section")

    @property
    def true_count(self) -> int:
        """How many inner points to ask for: the changes that are asked for and those that have slots of their own."""
        return sum(change.level != "lower" for change in self.changes)

    def with_longer_endings(self, longer_s: float) -> Truth:
        """Let what dies away die away later, as it does in a room."""
        changes = (
            replace(change, after_s=change.after_s + longer_s) if change.level == "optional" else change
            for change in self.changes
        )
        return replace(self, changes=tuple(changes))


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """One sound of the benchmark.

    Attributes
    ----------
    family : str
        Its recipe.
    seed : int
        What was drawn within the recipe.
    condition : {"plain", "reverb", "noise", "mp3"}
        What happened to it on its way.
    held_out : bool
        True where nothing may be tuned on it.
    samples : float32, shape (n,)
        One channel in [-1, 1] at `SAMPLE_RATE_HZ`.
    truth : Truth
    """

    family: str
    seed: int
    condition: Condition
    held_out: bool
    samples: NDArray[np.float32]
    truth: Truth

    @property
    def sample_rate_hz(self) -> int:
        return SAMPLE_RATE_HZ

    @property
    def duration_s(self) -> float:
        return self.samples.size / SAMPLE_RATE_HZ

    @property
    def name(self) -> str:
        return f"{self.family} {self.seed} {self.condition}"


def in_order(changes: Sequence[Change]) -> tuple[Change, ...]:
    """Sort by time; of two at the same time the one that is asked for comes first."""
    ranks = {"section": 0, "optional": 1, "lower": 2}
    return tuple(sorted(changes, key=lambda change: (change.time_s, ranks[change.level])))
