"""Choose the changes that the pictures follow: as many as there are, or as many as are asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.ear.choosing.solve import best_points
from pipeline.analysis.ear.hearing import CERTAIN, SHORTEST_SCENE_S, Hearing, Level

LEAST_SCORE = -12.0
"""Log odds below which a candidate is nothing, even where more points are asked for than there are changes."""

SENSITIVITY_STEP = 4.0  # log odds that doubling or halving the sensitivity is worth


@dataclass(frozen=True, slots=True)
class Change:
    """A moment at which a listener hears something else than before.

    Attributes
    ----------
    time_s : float
    strength : float
        From 0 to 1: how sure it is that a listener hears it.
    level : {"section", "phrase", "bar", "note"}
    reason : str
        ``chord``, ``key``, ``timbre``, ``voice enters``, ``drums leave``, ``louder``, ``tempo``, ``bar 17``, …;
        ``even`` where nothing happens and a point was asked for.
    """

    time_s: float
    strength: float
    level: Level
    reason: str


def changes(
    hearing: Hearing,
    *,
    count: int | None = None,
    sensitivity: float = 1.0,
    shortest_s: float = SHORTEST_SCENE_S,
) -> tuple[Change, ...]:
    """Choose changes, in order of time; the two ends of the sound are none.

    Parameters
    ----------
    hearing : Hearing
    count : int or None
        None takes all that are changes by themselves. A number takes the strongest so many, and divides the longest
        stretches evenly where there are fewer.
    sensitivity : float
        Above 0, where no number is given: more takes weaker changes too.
    shortest_s : float
        No two changes are closer to each other or to an end.
    """
    candidates = hearing.candidates
    threshold = CERTAIN - SENSITIVITY_STEP * math.log2(sensitivity) if count is None else LEAST_SCORE
    chosen = best_points(
        candidates.times_s,
        candidates.scores - threshold,
        count=candidates.times_s.size if count is None else count,
        shortest_s=shortest_s,
        duration_s=hearing.duration_s,
    )
    found = [
        Change(
            time_s=float(candidates.times_s[index]),
            strength=_probability(float(candidates.scores[index])),
            level=candidates.levels[index],
            reason=_reason(hearing, int(index)),
        )
        for index in chosen
    ]
    if count is not None:
        further = evenly(np.array([change.time_s for change in found]), count, shortest_s, hearing.duration_s)
        found += [Change(time_s, 0.0, "note", "even") for time_s in further]
    return tuple(sorted(found, key=lambda change: change.time_s))


def evenly(points_s: NDArray[np.float64], count: int, shortest_s: float, duration_s: float) -> list[float]:
    """Return the times that must be added to have `count` points: each time where the stretches are longest."""
    edges = [0.0, *points_s.tolist(), duration_s]
    lengths = np.diff(edges)
    parts = np.ones(lengths.size, dtype=np.int64)
    for _ in range(count - points_s.size):
        divided = np.where(lengths / (parts + 1) >= shortest_s, lengths / parts, 0.0)
        longest = int(divided.argmax())
        if divided[longest] == 0.0:
            break
        parts[longest] += 1
    return [
        start + length * part / pieces
        for start, length, pieces in zip(edges[:-1], lengths.tolist(), parts.tolist(), strict=True)
        for part in range(1, pieces)
    ]


def _probability(score: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, score))))


def _reason(hearing: Hearing, index: int) -> str:
    """Name the bar where it is one and little else happens, or else what changes."""
    candidates = hearing.candidates
    if candidates.levels[index] == "bar" and candidates.scores[index] < CERTAIN:
        bar = int(np.abs(hearing.downbeats_s - candidates.times_s[index]).argmin())
        return f"bar {bar + 1}"
    return candidates.reasons[index]
