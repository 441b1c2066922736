"""Sounds whose changes nobody could miss: chords of pads and strums, timbres, one change alone."""

from __future__ import annotations

import numpy as np

from benchmarks.changes.recordings.band import (
    Pattern,
    count_bar,
    figure_bar,
    hold,
    step_length_s,
    strummed_bar,
)
from benchmarks.changes.recordings.canvas import Canvas, Made
from benchmarks.changes.recordings.harmony import Chord, hertz, wandering
from benchmarks.changes.recordings.instruments import (
    STRUCK,
    SUSTAINED,
    Voice,
    note,
    organ,
    pad,
    piano,
    plucked,
    strings,
)
from benchmarks.changes.recordings.noises import coloured_noise
from benchmarks.changes.truth import SAMPLE_RATE_HZ


def pads(rng: np.random.Generator) -> Made:
    """A pad that changes chord every three to six seconds."""
    voice = (pad, strings, organ)[int(rng.integers(3))](rng)
    chords = wandering(rng, int(rng.integers(5, 9)))
    lengths_s = rng.uniform(2.5, 6.0, len(chords))
    canvas = Canvas(float(lengths_s.sum()))
    lowest = int(rng.integers(43, 58))
    start_s = 0.0
    for chord, length_s in zip(chords, lengths_s, strict=True):
        hold(canvas, rng, voice, chord.voiced(lowest, int(rng.integers(3, 6))), start_s, start_s + length_s)
        if start_s:
            canvas.mark(start_s, "chord", also=("key",))
        start_s += float(length_s)
    return canvas.made(rng)


def strums(rng: np.random.Generator) -> Made:
    """A strummed instrument that changes chord every one to three bars."""
    voice = (plucked, piano)[int(rng.integers(2))](rng)
    step_s = step_length_s(rng)
    pattern = Pattern.drawn(rng)
    lowest = int(rng.integers(40, 52))
    strings_count = int(rng.integers(3, 6))
    least_bars = max(1, round(2.0 / (16 * step_s)))
    bars_of = [least_bars + int(rng.integers(0, 2)) for _ in range(int(rng.integers(6, 10)))]
    canvas = Canvas(sum(bars_of) * 16 * step_s)
    bar = 0
    for chord, bars in zip(wandering(rng, len(bars_of)), bars_of, strict=True):
        for again in range(bars):
            start_s = bar * 16 * step_s
            strummed_bar(canvas, rng, voice, chord.voiced(lowest, strings_count), pattern, start_s, step_s)
            count_bar(canvas, start_s, step_s)
            if bar and again == 0:
                canvas.mark(start_s, "chord", also=("key",))
            bar += 1
    return canvas.made(rng)


def timbres(rng: np.random.Generator) -> Made:
    """The same music again and again, each time on another instrument."""
    held = rng.random() < 0.5
    makers = SUSTAINED if held else (*SUSTAINED[2:], *STRUCK)
    order = [makers[int(index)] for index in rng.permutation(len(makers))]
    chord = wandering(rng, 1)[0]
    pitches = chord.voiced(int(rng.integers(50, 62)), 3)
    figure = tuple(int(index) for index in rng.permutation(3))
    step_s = step_length_s(rng)
    bar_s = 16 * step_s
    spans = [max(1, round(rng.uniform(2.5, 7.0) / bar_s)) for _ in order]
    canvas = Canvas(sum(spans) * bar_s)
    first = 0
    for span, maker in zip(spans, order, strict=True):
        start_s, voice = first * bar_s, maker(rng)
        if held:
            hold(canvas, rng, voice, pitches, start_s, start_s + span * bar_s)
        else:
            for bar in range(first, first + span):
                figure_bar(canvas, rng, voice, pitches, figure, bar * bar_s, step_s, 16)
                count_bar(canvas, bar * bar_s, step_s)
        if first:
            canvas.mark(start_s, "timbre", also=("voice enters",))
        first += span
    return canvas.made(rng)


def one_change(rng: np.random.Generator) -> Made:
    """One thing, then another: the simplest sound with a change."""
    canvas = Canvas(float(rng.uniform(20, 30)))
    at_s = float(rng.uniform(0.3, 0.7)) * canvas.duration_s
    kind = int(rng.integers(5))
    voice = SUSTAINED[int(rng.integers(len(SUSTAINED)))](rng)
    pitch = int(rng.integers(48, 72))
    if kind == 0:
        other = pitch + int(rng.choice([-7, -5, -4, -3, 3, 4, 5, 7]))
        _tone(canvas, rng, voice, pitch, 0.0, at_s)
        _tone(canvas, rng, voice, other, at_s, canvas.duration_s)
        canvas.mark(at_s, "chord", also=("note", "key"))
    elif kind == 1:
        first, second = wandering(rng, 2)
        hold(canvas, rng, voice, first.voiced(48, 4), 0.0, at_s)
        hold(canvas, rng, voice, second.voiced(48, 4), at_s, canvas.duration_s)
        canvas.mark(at_s, "chord", also=("key",))
    elif kind == 2:
        low, high = int(rng.integers(len(SUSTAINED) // 2)), int(rng.integers(len(SUSTAINED) // 2, len(SUSTAINED)))
        chord = Chord(pitch % 12, "major").voiced(52, 3)
        hold(canvas, rng, SUSTAINED[low](rng), chord, 0.0, at_s)
        hold(canvas, rng, SUSTAINED[high](rng), chord, at_s, canvas.duration_s)
        canvas.mark(at_s, "timbre", also=("voice enters",))
    elif kind == 3:
        slopes = [(0.0, 2.0), (2.0, 0.0), (1.0, -1.0)][int(rng.integers(3))]
        split = round(at_s * SAMPLE_RATE_HZ)
        canvas.add(0.0, coloured_noise(rng, split, slopes[0]))
        canvas.add(at_s, coloured_noise(rng, canvas.mix.size - split, slopes[1]))
        canvas.mark(at_s, "timbre")
    else:
        hold(canvas, rng, voice, wandering(rng, 1)[0].voiced(48, 3), at_s, canvas.duration_s)
        canvas.mark(at_s, "voice enters", also=("timbre", "loudness", "note", "chord"))
    return canvas.made(rng)


def _tone(canvas: Canvas, rng: np.random.Generator, voice: Voice, pitch: int, start_s: float, end_s: float) -> None:
    canvas.add(start_s, note(voice, hertz(pitch), end_s - start_s, 0.7, rng))
