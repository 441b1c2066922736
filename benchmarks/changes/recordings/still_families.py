"""Sounds in which nothing changes, whatever a signal may do: no inner point belongs in any of them."""

from __future__ import annotations

import numpy as np
from scipy.signal import butter, sosfilt

from benchmarks.changes.recordings.band import (
    GROOVES,
    STEPS_PER_BEAT,
    Pattern,
    count_bar,
    drum_bar,
    hold,
    step_length_s,
    strummed_bar,
)
from benchmarks.changes.recordings.canvas import Canvas, Made
from benchmarks.changes.recordings.harmony import hertz, wandering
from benchmarks.changes.recordings.instruments import STRUCK, SUSTAINED, Voice, falling, note
from benchmarks.changes.recordings.kit import Kit
from benchmarks.changes.recordings.noises import coloured_noise
from benchmarks.changes.truth import SAMPLE_RATE_HZ

MIDDLE_C = 60


def _canvas(rng: np.random.Generator) -> Canvas:
    return Canvas(float(rng.uniform(20, 35)))


def _sustained(rng: np.random.Generator) -> Voice:
    return SUSTAINED[int(rng.integers(len(SUSTAINED)))](rng)


def _held(rng: np.random.Generator) -> Canvas:
    canvas = _canvas(rng)
    if rng.random() < 0.25:
        canvas.add(0.0, coloured_noise(rng, canvas.mix.size, rng.uniform(0, 1.5)))
    else:
        pitches = wandering(rng, 1)[0].voiced(int(rng.integers(45, 62)), int(rng.integers(1, 5)))
        hold(canvas, rng, _sustained(rng), pitches, 0.0, canvas.duration_s)
    return canvas


def _faded(rng: np.random.Generator, from_db: float, to_db: float) -> Made:
    canvas = _held(rng)
    canvas.mix *= 10 ** (np.linspace(from_db, to_db, canvas.mix.size) / 20)
    return canvas.made(rng)


def crescendo(rng: np.random.Generator) -> Made:
    """From soft to loud without a step."""
    return _faded(rng, -rng.uniform(20, 35), 0.0)


def decrescendo(rng: np.random.Generator) -> Made:
    """From loud to soft without a step."""
    return _faded(rng, 0.0, -rng.uniform(20, 35))


def vibrato(rng: np.random.Generator) -> Made:
    """A tone that swings as a singer's does, or wider."""
    canvas = _canvas(rng)
    partials = falling(int(rng.integers(3, 13)), rng.uniform(0.8, 1.6))
    voice = Voice(partials, attack_s=0.05, vibrato_hz=rng.uniform(4, 7), vibrato_cents=rng.uniform(25, 90))
    canvas.add(0.0, note(voice, hertz(int(rng.integers(50, 76))), canvas.duration_s, 0.7, rng))
    return canvas.made(rng)


def tremolo(rng: np.random.Generator) -> Made:
    """A chord whose loudness swings."""
    canvas = _held(rng)
    times_s = np.arange(canvas.mix.size) / SAMPLE_RATE_HZ
    depth = rng.uniform(0.3, 0.8)
    canvas.mix *= 1 - depth * (0.5 + 0.5 * np.sin(2 * np.pi * rng.uniform(3, 8) * times_s))
    return canvas.made(rng)


def steady_beat(rng: np.random.Generator) -> Made:
    """One bar of drums again and again."""
    canvas, step_s = _canvas(rng), step_length_s(rng)
    kit, groove = Kit.drawn(rng), GROOVES[int(rng.integers(len(GROOVES)))]
    for bar in range(int(canvas.duration_s / (16 * step_s)) + 1):
        drum_bar(canvas, rng, kit, groove, bar * 16 * step_s, step_s)
        count_bar(canvas, bar * 16 * step_s, step_s)
    return canvas.made(rng)


def steady_strum(rng: np.random.Generator) -> Made:
    """One chord strummed in one pattern."""
    canvas, step_s = _canvas(rng), step_length_s(rng)
    voice, pattern = STRUCK[int(rng.integers(2))](rng), Pattern.drawn(rng)
    pitches = wandering(rng, 1)[0].voiced(int(rng.integers(42, 54)), 4)
    for bar in range(int(canvas.duration_s / (16 * step_s)) + 1):
        strummed_bar(canvas, rng, voice, pitches, pattern, bar * 16 * step_s, step_s)
        count_bar(canvas, bar * 16 * step_s, step_s)
    return canvas.made(rng)


def pure_chord(rng: np.random.Generator) -> Made:
    """A chord of sines; some of them beat against each other."""
    canvas = _canvas(rng)
    sine = Voice(np.ones(1), attack_s=0.02)
    for pitch in wandering(rng, 1)[0].voiced(int(rng.integers(50, 66)), int(rng.integers(2, 5))):
        canvas.add(0.0, note(sine, hertz(pitch + rng.normal(0, 0.03)), canvas.duration_s, rng.uniform(0.4, 1.0), rng))
    return canvas.made(rng)


def steady_noise(rng: np.random.Generator) -> Made:
    """White, pink or brown noise, or anything between."""
    canvas = _canvas(rng)
    canvas.add(0.0, coloured_noise(rng, canvas.mix.size, rng.uniform(0, 2)))
    return canvas.made(rng)


def middle_c(rng: np.random.Generator) -> Made:
    """A held middle C."""
    canvas = _canvas(rng)
    canvas.add(0.0, note(_sustained(rng), hertz(MIDDLE_C), canvas.duration_s, 0.8, rng))
    return canvas.made(rng)


def silence(rng: np.random.Generator) -> Made:
    """Nothing but the hiss of a recorder, or nothing at all."""
    canvas = _canvas(rng)
    made = canvas.made(rng)
    if rng.random() < 0.5:
        return Made(np.zeros_like(made.samples), made.truth)
    return made


def ringing(rng: np.random.Generator) -> Made:
    """One stroke that dies away for as long as it likes."""
    canvas = _canvas(rng)
    struck = Voice(
        falling(11, 1.2),
        attack_s=0.004,
        decay_s=rng.uniform(5, 10),
        release_s=0.3,
        dulling_per_s=rng.uniform(0.02, 0.1),
    )
    pitches = wandering(rng, 1)[0].voiced(int(rng.integers(40, 60)), 4)
    hold(canvas, rng, struck, pitches, 0.0, canvas.duration_s)
    return canvas.made(rng)


def metronome(rng: np.random.Generator) -> Made:
    """A click, exactly even."""
    canvas = _canvas(rng)
    beat_s = STEPS_PER_BEAT * step_length_s(rng)
    click = note(Voice(np.ones(2), attack_s=0.001, decay_s=0.02), float(rng.uniform(800, 2000)), 0.08, 0.9, rng)
    for beat in range(int(canvas.duration_s / beat_s) + 1):
        canvas.add(beat * beat_s, click)
        canvas.beat(beat * beat_s)
    return canvas.made(rng)


def swell(rng: np.random.Generator) -> Made:
    """Noise through a filter that opens as slowly as a wave comes in."""
    canvas = _canvas(rng)
    dull = coloured_noise(rng, canvas.mix.size, 2.0)
    bright = sosfilt(
        butter(2, 1500, "highpass", fs=SAMPLE_RATE_HZ, output="sos"), coloured_noise(rng, canvas.mix.size, 0.5)
    )
    opening = np.linspace(0, 1, canvas.mix.size) * rng.uniform(0.5, 1.0)
    canvas.add(0.0, dull * (1 - opening) + bright * opening)
    return canvas.made(rng)


def slide(rng: np.random.Generator) -> Made:
    """A tone that slides up or down all the time."""
    canvas = _canvas(rng)
    octaves = rng.uniform(0.7, 1.6) * rng.choice([-1, 1])
    pitch_hz = rng.uniform(250, 500) * 2 ** np.linspace(0, octaves, canvas.mix.size)
    angle = 2 * np.pi * np.cumsum(pitch_hz) / SAMPLE_RATE_HZ
    canvas.add(0.0, sum(np.sin(number * angle) / number**1.3 for number in range(1, 7)))
    return canvas.made(rng)


def hum(rng: np.random.Generator) -> Made:
    """A machine: mains hum with harmonics, and a fan."""
    canvas = _canvas(rng)
    times_s = np.arange(canvas.mix.size) / SAMPLE_RATE_HZ
    mains_hz = float(rng.choice([50.0, 60.0]))
    tone = sum(
        rng.uniform(0.1, 1) / number * np.sin(2 * np.pi * mains_hz * number * times_s) for number in range(1, 12)
    )
    canvas.add(0.0, tone + rng.uniform(0.3, 1.5) * coloured_noise(rng, canvas.mix.size, 1.0))
    return canvas.made(rng)


def impulses(rng: np.random.Generator) -> Made:
    """Knocks at random times, as of rain on a roof: here one point a minute is forgiven."""
    canvas = _canvas(rng)
    start_s = 0.0
    rate_hz = rng.uniform(2, 12)
    while start_s < canvas.duration_s:
        knock = note(
            Voice(np.ones(3), attack_s=0.001, decay_s=0.01, breath=0.5),
            rng.uniform(300, 3000),
            0.05,
            rng.uniform(0.2, 1),
            rng,
        )
        canvas.add(start_s, knock)
        start_s += float(rng.exponential(1 / rate_hz))
    return canvas.made(rng)
