"""A canvas that notes are put on, and that remembers what it was told about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.changes.truth import (
    ENDING_WINDOW_S,
    SAMPLE_RATE_HZ,
    TEMPO_WINDOW_S,
    WINDOW_S,
    Change,
    Kind,
    Level,
    Truth,
    in_order,
)

FADE_S = 0.03
FLOOR_DB = -75.0  # no real recording is quieter than its own hiss


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A sound as its recipe made it: float32 of shape (samples,) in [-1, 1], and what is known of it."""

    samples: NDArray[np.float32]
    truth: Truth


class Canvas:
    """Collects sounds and facts; `made` closes it."""

    def __init__(self, duration_s: float) -> None:
        self.duration_s = duration_s
        self.mix = np.zeros(int(duration_s * SAMPLE_RATE_HZ))
        self.changes: list[Change] = []
        self.onsets_s: list[float] = []
        self.beats_s: list[float] = []
        self.downbeats_s: list[float] = []
        self.sections: list[tuple[float, str]] = []

    def add(self, start_s: float, sound: NDArray[np.float64], *, onset: bool = True) -> None:
        """Mix a sound in; what reaches past the end is cut."""
        start = max(0, round(start_s * SAMPLE_RATE_HZ))
        end = min(self.mix.size, start + sound.size)
        if end > start:
            self.mix[start:end] += sound[: end - start]
            if onset:
                self.onsets_s.append(start_s)

    def mark(self, time_s: float, kind: Kind, level: Level = "section", also: Sequence[Kind] = ()) -> None:
        """Say that the sound changes here."""
        early_s = late_s = WINDOW_S
        if kind == "tempo":
            early_s = late_s = TEMPO_WINDOW_S
        if level == "optional":
            early_s, late_s = WINDOW_S, ENDING_WINDOW_S
        self.changes.append(Change(time_s, kind, level, early_s, late_s, tuple(also)))

    def beat(self, time_s: float, *, first_of_bar: bool = False) -> None:
        self.beats_s.append(time_s)
        if first_of_bar:
            self.downbeats_s.append(time_s)

    def made(self, rng: np.random.Generator, peak_db: float | None = None) -> Made:
        """Close the canvas: draw a level unless given, put the hiss under it, fade out what is cut at the end."""
        peak_db = rng.uniform(-14, -1) if peak_db is None else peak_db
        mix = self.mix * (10 ** (peak_db / 20) / max(1e-9, float(np.abs(self.mix).max())))
        fade = int(FADE_S * SAMPLE_RATE_HZ)
        mix[-fade:] *= np.linspace(1, 0, fade)
        mix += 10 ** (FLOOR_DB / 20) * rng.standard_normal(mix.size)
        truth = Truth(
            changes=in_order([change for change in self.changes if change.time_s < self.duration_s]),
            onsets_s=_ascending(self.onsets_s, self.duration_s),
            beats_s=_ascending(self.beats_s, self.duration_s),
            downbeats_s=_ascending(self.downbeats_s, self.duration_s),
            sections=tuple(self.sections),
        )
        return Made(np.clip(mix, -1, 1).astype(np.float32), truth)


def _ascending(times_s: Sequence[float], end_s: float) -> tuple[float, ...]:
    return tuple(sorted({round(time_s, 6) for time_s in times_s if 0 <= time_s < end_s}))
