"""A drum kit, tuned anew for every sound; no two of its hits are the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from benchmarks.changes.truth import SAMPLE_RATE_HZ

Drum = Literal["kick", "snare", "hat", "tom", "low tom", "ride", "crash", "shaker"]


@dataclass(frozen=True, slots=True)
class Kit:
    """Pitches and lengths of the drums."""

    kick_hz: float
    snare_hz: float
    tom_hz: float
    length: float
    brightness_hz: float

    @staticmethod
    def drawn(rng: np.random.Generator) -> Kit:
        return Kit(
            rng.uniform(42, 65),
            rng.uniform(160, 230),
            rng.uniform(90, 140),
            rng.uniform(0.7, 1.4),
            rng.uniform(5e3, 8e3),
        )

    def hit(self, drum: Drum, velocity: float, rng: np.random.Generator) -> NDArray[np.float64]:
        """Sound one hit: shape (samples,)."""
        match drum:
            case "kick":
                sound = 1.3 * _skin(self.kick_hz, 2.5, 0.12 * self.length, 0.35) + _noise(800, 0.004, 0.35, rng, 0.2)
            case "snare":
                sound = 0.5 * _skin(self.snare_hz, 1.3, 0.07, 0.35) + _noise(1500, 0.09 * self.length, 0.35, rng, 0.7)
            case "hat":
                sound = _noise(self.brightness_hz, 0.03 * self.length, 0.15, rng, 0.4)
            case "tom":
                sound = _skin(self.tom_hz * 1.5, 1.4, 0.16 * self.length, 0.5) + _noise(600, 0.01, 0.5, rng, 0.15)
            case "low tom":
                sound = _skin(self.tom_hz, 1.4, 0.2 * self.length, 0.6) + _noise(500, 0.01, 0.6, rng, 0.15)
            case "ride":
                sound = _noise(self.brightness_hz * 0.8, 0.35, 0.9, rng, 0.15) + 0.15 * _metal(
                    self.brightness_hz / 14, 0.3, 0.9
                )
            case "crash":
                sound = _noise(2500, 0.6, 1.8, rng, 0.5)
            case "shaker":
                sound = _noise(5000, 0.05, 0.12, rng, 0.25)
        return velocity * sound


def _times(length_s: float) -> NDArray[np.float64]:
    return np.arange(int(length_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ


def _skin(frequency_hz: float, bend: float, decay_s: float, length_s: float) -> NDArray[np.float64]:
    times_s = _times(length_s)
    pitch_hz = frequency_hz * (1 + (bend - 1) * np.exp(-times_s / 0.025))
    fall: NDArray[np.float64] = np.exp(-times_s / decay_s) * np.sin(2 * np.pi * np.cumsum(pitch_hz) / SAMPLE_RATE_HZ)
    return fall


def _noise(
    above_hz: float, decay_s: float, length_s: float, rng: np.random.Generator, height: float
) -> NDArray[np.float64]:
    times_s = _times(length_s)
    sections = butter(2, above_hz, "highpass", fs=SAMPLE_RATE_HZ, output="sos")
    hiss: NDArray[np.float64] = sosfilt(sections, rng.standard_normal(times_s.size))
    return height * hiss * np.exp(-times_s / decay_s)


def _metal(frequency_hz: float, decay_s: float, length_s: float) -> NDArray[np.float64]:
    times_s = _times(length_s)
    ratios = (1.0, 1.47, 2.09, 2.56, 3.39, 4.08)
    tones = sum(np.sin(2 * np.pi * frequency_hz * ratio * times_s) for ratio in ratios)
    ringing: NDArray[np.float64] = tones * np.exp(-times_s / decay_s) / len(ratios)
    return ringing
