"""How well points fit what is known: pure functions of points and truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from benchmarks.changes.truth import Truth

BEAT_WINDOW_S = 0.07
_ASKED_WORTH, _NEUTRAL_WORTH = (
    1000.0,
    1.0,
)  # first as many hits as can be, then as few points elsewhere, then the nearest


@dataclass(frozen=True, slots=True)
class Point:
    """One answer: when, and why (one of the kinds, ``bar 17`` included, or nothing)."""

    time_s: float
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A point at a change that is asked for."""

    true_s: float
    found_s: float
    kind: str
    reason: str | None
    reason_is_right: bool


@dataclass(frozen=True, slots=True)
class Score:
    """What the points of one sound are worth; scores of several sounds are added up.

    Attributes
    ----------
    asked, found, elsewhere, neutral : int
        Changes that are asked for; those of them with a point; points at no change at all; points at a change that
        counts neither for nor against. ``found + elsewhere + neutral`` are all points.
    hits : tuple of Hit
    onset_errors_s : tuple of float
        Of each hit but those of a tempo: point minus nearest onset.
    """

    asked: int = 0
    elsewhere: int = 0
    neutral: int = 0
    hits: tuple[Hit, ...] = ()
    onset_errors_s: tuple[float, ...] = ()

    @property
    def found(self) -> int:
        return len(self.hits)

    @property
    def points(self) -> int:
        return self.found + self.elsewhere + self.neutral

    @property
    def hit_share(self) -> float:
        """Share of the asked changes that have a point; nan where none is asked for."""
        return self.found / self.asked if self.asked else float("nan")

    @property
    def elsewhere_share(self) -> float:
        """Share of the points that are at no change; 0 where there is no point."""
        return self.elsewhere / self.points if self.points else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of the hit share and of ``found / (found + elsewhere)``; nan where there is nothing to find."""
        all_of_both = self.asked + self.found + self.elsewhere
        return 2 * self.found / all_of_both if all_of_both else float("nan")

    @property
    def reason_share(self) -> float:
        """Share of the hits with the right reason."""
        return sum(hit.reason_is_right for hit in self.hits) / self.found if self.found else float("nan")

    def __add__(self, other: Score) -> Score:
        return Score(
            self.asked + other.asked,
            self.elsewhere + other.elsewhere,
            self.neutral + other.neutral,
            self.hits + other.hits,
            self.onset_errors_s + other.onset_errors_s,
        )


def score(points: Sequence[Point], truth: Truth) -> Score:
    """Match points and changes one to one: as many asked changes as can be, then as few points elsewhere as can be."""
    matched = _matched([point.time_s for point in points], truth)
    onsets_s = sorted({*truth.onsets_s, *(change.time_s for change in truth.asked)})
    hits, errors_s, neutral = [], [], 0
    for index, which in matched.items():
        point, change = points[index], truth.changes[which]
        if change.level != "section":
            neutral += 1
            continue
        hits.append(Hit(change.time_s, point.time_s, change.kind, point.reason, change.is_reason(point.reason)))
        if change.kind != "tempo":
            errors_s.append(point.time_s - nearest(onsets_s, point.time_s))
    elsewhere = len(points) - len(matched)
    return Score(len(truth.asked), elsewhere, neutral, tuple(hits), tuple(errors_s))


def _matched(times_s: Sequence[float], truth: Truth) -> dict[int, int]:
    if not times_s or not truth.changes:
        return {}
    worth = np.zeros((len(times_s), len(truth.changes)))
    for column, change in enumerate(truth.changes):
        base = _ASKED_WORTH if change.level == "section" else _NEUTRAL_WORTH
        for row, time_s in enumerate(times_s):
            if change.holds(time_s):
                worth[row, column] = base - min(0.5, abs(time_s - change.time_s) / 2)
    rows, columns = linear_sum_assignment(worth, maximize=True)
    return {int(row): int(column) for row, column in zip(rows, columns, strict=True) if worth[row, column] > 0}


def nearest(times_s: Sequence[float], time_s: float) -> float:
    """Return which of the times, ascending and at least one, is nearest."""
    array = np.asarray(times_s)
    index = int(np.searchsorted(array, time_s))
    near = array[max(0, index - 1) : index + 1]
    return float(near[np.argmin(np.abs(near - time_s))])


def beat_f(
    found_s: Sequence[float] | NDArray[np.float64], true_s: Sequence[float], window_s: float = BEAT_WINDOW_S
) -> float:
    """F measure of beats or downbeats, matched one to one in order within a window; nan where both are empty."""
    found, true = sorted(float(time_s) for time_s in found_s), sorted(true_s)
    if not found and not true:
        return float("nan")
    hits = here = there = 0
    while here < len(found) and there < len(true):
        apart_s = found[here] - true[there]
        if abs(apart_s) <= window_s:
            hits, here, there = hits + 1, here + 1, there + 1
        elif apart_s < 0:
            here += 1
        else:
            there += 1
    return 2 * hits / (len(found) + len(true))


def confusion(hits: Iterable[Hit]) -> dict[str, Counter[str]]:
    """Count the reasons that were given, by the kind that was true; ``bar 17`` counts as ``bar``."""
    matrix: dict[str, Counter[str]] = {}
    for hit in hits:
        given = "none" if hit.reason is None else hit.reason.rstrip("0123456789 ")
        matrix.setdefault(hit.kind, Counter())[given] += 1
    return matrix


def same_section_f(found: Sequence[tuple[float, str]], true: Sequence[tuple[float, str]], duration_s: float) -> float:
    """F measure of pairs of moments that are called the same section, looked at ten times a second."""
    moments = np.arange(0.05, duration_s, 0.1)
    mine, theirs = _names(found, moments), _names(true, moments)
    upper = np.triu_indices(moments.size, k=1)
    same_found = (mine[:, None] == mine[None, :])[upper]
    same_true = (theirs[:, None] == theirs[None, :])[upper]
    both = int(np.sum(same_found & same_true))
    return 2 * both / max(1, int(same_found.sum() + same_true.sum()))


def _names(sections: Sequence[tuple[float, str]], moments: NDArray[np.float64]) -> NDArray[np.int64]:
    numbers = {name: number for number, name in enumerate(dict.fromkeys(name for _, name in sections))}
    starts = np.array([start_s for start_s, _ in sections])
    of_start = np.array([numbers[name] for _, name in sections])
    which: NDArray[np.int64] = of_start[np.maximum(0, np.searchsorted(starts, moments, side="right") - 1)]
    return which
