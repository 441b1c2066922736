"""Pitched instruments out of partials, with the unevenness of real ones: drift, detuning, breath."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.changes.truth import SAMPLE_RATE_HZ

HIGHEST_PARTIAL_HZ = 9_000.0
SUSTAINED_S = math.inf


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """How one instrument sounds.

    Attributes
    ----------
    partials : float64, shape (count,)
        Amplitude of each harmonic, the fundamental first.
    attack_s, decay_s, release_s : float
        Rise; time constant of the fall while held (infinite for a sustained voice); fall after the note's end.
    dulling_per_s : float
        How much faster each further partial dies away.
    detune_cents : float
        Between two copies of the note; 0 means one copy.
    vibrato_hz, vibrato_cents : float
    breath : float
        Amplitude of noise beside the tone.
    stretch : float
        Inharmonicity: partial k lies at k·√(1 + stretch·k²) times the fundamental. Above 0 no second copy is made.
    """

    partials: NDArray[np.float64]
    attack_s: float
    decay_s: float = SUSTAINED_S
    release_s: float = 0.1
    dulling_per_s: float = 0.0
    detune_cents: float = 0.0
    vibrato_hz: float = 0.0
    vibrato_cents: float = 0.0
    breath: float = 0.0
    stretch: float = 0.0


def note(
    voice: Voice, frequency_hz: float, duration_s: float, velocity: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Sound one note, its release included: shape (samples,), about `velocity` high at its peak."""
    times_s = np.arange(int((duration_s + voice.release_s) * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    count = max(1, min(voice.partials.size, int(HIGHEST_PARTIAL_HZ / frequency_hz)))
    numbers = np.arange(1, count + 1)
    amplitudes = voice.partials[:count] * np.maximum(velocity, 0.05) ** (0.12 * (numbers - 1))
    amplitudes *= rng.uniform(0.85, 1.15, count)
    amplitudes /= np.sqrt(np.sum(amplitudes**2))
    starts = np.exp(1j * rng.uniform(0, 2 * np.pi, count))
    if voice.stretch > 0:
        tone = _inharmonic(voice, frequency_hz, times_s, amplitudes)
    else:
        copies = (-0.5, 0.5) if voice.detune_cents else (0.0,)
        tone = np.zeros(times_s.size)
        for side in copies:
            own_hz = frequency_hz * 2 ** (side * voice.detune_cents / 1200)
            tone += _harmonic(voice, own_hz, times_s, amplitudes * starts, rng) / len(copies)
    if voice.breath:
        tone += voice.breath * rng.standard_normal(times_s.size)
    shaped: NDArray[np.float64] = velocity * tone * _envelope(voice, times_s, duration_s)
    return shaped


def _harmonic(
    voice: Voice,
    frequency_hz: float,
    times_s: NDArray[np.float64],
    amplitudes: NDArray[np.complex128],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    angle = 2 * np.pi * frequency_hz * times_s
    if voice.vibrato_cents:
        swing = frequency_hz * (2 ** (voice.vibrato_cents / 1200) - 1) / max(voice.vibrato_hz, 0.1)
        angle += swing * np.sin(2 * np.pi * voice.vibrato_hz * times_s + rng.uniform(0, 2 * np.pi))
    # Powers of one turning number are all harmonics, and powers of its decay let the high ones die sooner.
    turning = np.exp(1j * angle - voice.dulling_per_s * times_s)
    power = np.ones_like(turning)
    tone = np.zeros(times_s.size)
    for amplitude in amplitudes:
        power *= turning
        tone += (amplitude * power).imag
    return tone


def _inharmonic(
    voice: Voice, frequency_hz: float, times_s: NDArray[np.float64], amplitudes: NDArray[np.float64]
) -> NDArray[np.float64]:
    tone = np.zeros(times_s.size)
    for number, amplitude in enumerate(amplitudes, start=1):
        partial_hz = frequency_hz * number * math.sqrt(1 + voice.stretch * number**2)
        if partial_hz < SAMPLE_RATE_HZ / 2.2:
            fall = np.exp(-voice.dulling_per_s * number * times_s)
            tone += amplitude * fall * np.sin(2 * np.pi * partial_hz * times_s)
    return tone


def _envelope(voice: Voice, times_s: NDArray[np.float64], duration_s: float) -> NDArray[np.float64]:
    rise = 1 - np.exp(-times_s / max(voice.attack_s / 3, 1e-4))
    held = np.exp(-times_s / voice.decay_s) if math.isfinite(voice.decay_s) else 1.0
    fall = np.clip(1 - (times_s - duration_s) / voice.release_s, 0, 1) ** 2
    shape: NDArray[np.float64] = rise * held * np.where(times_s < duration_s, 1.0, fall)
    return shape


def falling(count: int, slope: float, odd_only: float = 0.0) -> NDArray[np.float64]:
    """Amplitudes of `count` partials that fall as 1/k to the power of `slope`; the even ones are weakened."""
    amplitudes = np.arange(1, count + 1).astype(np.float64) ** -slope
    amplitudes[1::2] *= 1 - odd_only
    return amplitudes.astype(np.float64)


def pad(rng: np.random.Generator) -> Voice:
    """Warm and slow."""
    return Voice(
        falling(int(rng.integers(5, 12)), rng.uniform(1.2, 2.0)),
        attack_s=rng.uniform(0.02, 0.12),
        release_s=rng.uniform(0.2, 0.8),
        detune_cents=rng.uniform(4, 14),
        vibrato_hz=rng.uniform(3, 5),
        vibrato_cents=rng.uniform(0, 6),
    )


def strings(rng: np.random.Generator) -> Voice:
    """Bowed, bright, with vibrato."""
    return Voice(
        falling(18, rng.uniform(0.9, 1.2)),
        attack_s=rng.uniform(0.03, 0.1),
        release_s=rng.uniform(0.15, 0.4),
        detune_cents=rng.uniform(6, 12),
        vibrato_hz=rng.uniform(4.5, 6),
        vibrato_cents=rng.uniform(6, 14),
        breath=0.01,
    )


def organ(rng: np.random.Generator) -> Voice:
    """Drawbars: a few strong partials, on and off at once."""
    partials = np.zeros(8)
    partials[[0, 1, 2, 3, 5, 7]] = rng.uniform(0.2, 1.0, 6)
    return Voice(partials, attack_s=0.008, release_s=0.05, detune_cents=rng.uniform(0, 3))


def flute(rng: np.random.Generator) -> Voice:
    """Nearly a sine, with breath."""
    return Voice(
        falling(4, rng.uniform(2.2, 3.0)),
        attack_s=rng.uniform(0.03, 0.07),
        release_s=0.1,
        vibrato_hz=5,
        vibrato_cents=rng.uniform(5, 12),
        breath=rng.uniform(0.02, 0.05),
    )


def reed(rng: np.random.Generator) -> Voice:
    """Hollow: odd partials."""
    return Voice(falling(14, rng.uniform(0.7, 1.1), odd_only=0.9), attack_s=rng.uniform(0.02, 0.05), breath=0.008)


def brass(rng: np.random.Generator) -> Voice:
    """Strong middle partials."""
    partials = np.exp(-(((np.arange(1, 15) - rng.uniform(2, 4)) / 3.5) ** 2)) + 0.05
    return Voice(partials, attack_s=rng.uniform(0.02, 0.06), release_s=0.12, vibrato_hz=5, vibrato_cents=5)


def plucked(rng: np.random.Generator) -> Voice:
    """A guitar's string or a harp's: bright, and where it is plucked takes some partials out."""
    place = rng.uniform(0.12, 0.3)
    combed = np.abs(np.sin(np.pi * place * np.arange(1, 17))) + 0.05
    return Voice(
        falling(16, rng.uniform(0.5, 0.9)) * combed,
        attack_s=0.002,
        decay_s=rng.uniform(0.35, 1.0),
        release_s=0.12,
        dulling_per_s=rng.uniform(0.3, 0.9),
        detune_cents=rng.uniform(0, 3),
    )


def piano(rng: np.random.Generator) -> Voice:
    """A felt hammer on stiff strings: round, and long."""
    return Voice(
        falling(9, rng.uniform(1.5, 2.1)),
        attack_s=0.006,
        decay_s=rng.uniform(0.9, 2.0),
        release_s=0.2,
        dulling_per_s=rng.uniform(0.15, 0.4),
        stretch=rng.uniform(2e-4, 6e-4),
    )


def bell(rng: np.random.Generator) -> Voice:
    """Metal: partials far from harmonic."""
    return Voice(
        falling(6, rng.uniform(0.5, 1.0)),
        attack_s=0.002,
        decay_s=rng.uniform(0.8, 2.0),
        release_s=0.3,
        dulling_per_s=rng.uniform(0.2, 0.5),
        stretch=rng.uniform(0.05, 0.2),
    )


def bass(rng: np.random.Generator) -> Voice:
    """Low and plucked."""
    return Voice(
        falling(8, rng.uniform(1.1, 1.7)),
        attack_s=0.006,
        decay_s=rng.uniform(0.4, 1.0),
        release_s=0.06,
        dulling_per_s=0.5,
    )


Maker = Callable[[np.random.Generator], Voice]
SUSTAINED: tuple[Maker, ...] = (pad, strings, organ, flute, reed, brass)
STRUCK: tuple[Maker, ...] = (plucked, piano, bell)
