"""Sounds of several players: drums, keys, tempi, volumes and densities change, voices join, sections return."""

from __future__ import annotations

import numpy as np

from benchmarks.changes.recordings.band import (
    GROOVES,
    Pattern,
    bed,
    count_bar,
    drum_bar,
    figure_bar,
    hold,
    step_length_s,
    strummed_bar,
)
from benchmarks.changes.recordings.canvas import Canvas, Made
from benchmarks.changes.recordings.harmony import Chord, hertz, keys, loop, wandering
from benchmarks.changes.recordings.instruments import (
    STRUCK,
    SUSTAINED,
    Voice,
    bass,
    brass,
    falling,
    flute,
    note,
    pad,
    piano,
    plucked,
    strings,
)
from benchmarks.changes.recordings.kit import Kit
from benchmarks.changes.truth import SAMPLE_RATE_HZ

BAR_STEPS = 16


def _voice(rng: np.random.Generator, *, struck: bool) -> Voice:
    makers = STRUCK[:2] if struck else SUSTAINED
    return makers[int(rng.integers(len(makers)))](rng)


def _bars(rng: np.random.Generator, bar_s: float, shortest_s: float, longest_s: float) -> int:
    """Draw a whole number of bars that last about so long."""
    return max(1, round(float(rng.uniform(shortest_s, longest_s)) / bar_s))


def drums(rng: np.random.Generator) -> Made:
    """Drums that enter and leave over an accompaniment that goes on."""
    step_s = step_length_s(rng)
    bar_s = BAR_STEPS * step_s
    struck = bool(rng.random() < 0.5)
    playing = bed(rng, _voice(rng, struck=struck), loop(rng, int(rng.integers(12))), struck=struck)
    kit, groove = Kit.drawn(rng), GROOVES[int(rng.integers(len(GROOVES)))]
    spans = [_bars(rng, bar_s, 4, 9) for _ in range(int(rng.integers(4, 6)))]
    canvas = Canvas(sum(spans) * bar_s)
    gain = rng.uniform(0.5, 1.1)
    with_drums = bool(rng.random() < 0.3)
    bar = 0
    for turn, span in enumerate(spans):
        if turn:
            canvas.mark(bar * bar_s, "drums enter" if with_drums else "drums leave", also=("section",))
        for _ in range(span):
            playing.play_bar(canvas, rng, bar, bar * bar_s, step_s)
            if with_drums:
                drum_bar(canvas, rng, kit, groove, bar * bar_s, step_s, gain)
            bar += 1
        with_drums = not with_drums
    return canvas.made(rng)


def key_changes(rng: np.random.Generator) -> Made:
    """A loop of chords that is moved to another key, and never back."""
    step_s = step_length_s(rng, 90, 160)
    bar_s = BAR_STEPS * step_s
    struck = bool(rng.random() < 0.6)
    voice = _voice(rng, struck=struck)
    tonics = keys(rng, int(rng.integers(3, 6)))
    spans = [int(bars) for bars in rng.choice([4, 5, 6, 8] if bar_s > 1.8 else [6, 8, 10, 12], len(tonics))]
    degrees = loop(rng, 0)
    first = bed(rng, voice, degrees, struck=struck)
    canvas = Canvas(sum(spans) * bar_s)
    bar = 0
    for turn, (tonic, bars) in enumerate(zip(tonics, spans, strict=True)):
        chords = tuple(Chord((chord.root + tonic) % 12, chord.quality) for chord in degrees)
        playing = type(first)(voice, chords, first.lowest, first.pattern, first.order, first.manner)
        if turn:
            canvas.mark(bar * bar_s, "key", also=("chord", "section"))
        for own_bar in range(bars):
            playing.play_bar(canvas, rng, own_bar, bar * bar_s, step_s)
            bar += 1
    return canvas.made(rng)


def tempo_changes(rng: np.random.Generator) -> Made:
    """A groove, or a figure alone, that goes on faster or slower."""
    with_drums = bool(rng.random() < 0.6)
    kit, groove = Kit.drawn(rng), GROOVES[int(rng.integers(len(GROOVES)))]
    playing = bed(rng, _voice(rng, struck=True), loop(rng, int(rng.integers(12))), struck=True)
    step_s = step_length_s(rng, 85, 130)
    plan: list[tuple[int, float]] = []
    for _ in range(int(rng.integers(3, 5))):
        plan.append((_bars(rng, BAR_STEPS * step_s, 7, 11), step_s))
        faster = step_s > 60 / 110 / 4 if rng.random() < 0.8 else step_s > 60 / 90 / 4
        step_s *= rng.uniform(0.62, 0.78) if faster else rng.uniform(1.3, 1.6)
    canvas = Canvas(sum(bars * BAR_STEPS * each_s for bars, each_s in plan))
    start_s, bar = 0.0, 0
    for bars, each_s in plan:
        if start_s:
            canvas.mark(start_s, "tempo", also=("section",))
        for _ in range(bars):
            playing.play_bar(canvas, rng, bar, start_s, each_s)
            if with_drums:
                drum_bar(canvas, rng, kit, groove, start_s, each_s, 0.8)
            start_s += BAR_STEPS * each_s
            bar += 1
    return canvas.made(rng)


def volume_steps(rng: np.random.Generator) -> Made:
    """The same goes on, suddenly louder or softer."""
    step_s = step_length_s(rng)
    spans_s = rng.uniform(3.5, 8.0, int(rng.integers(4, 6)))
    canvas = Canvas(float(spans_s.sum()))
    chord = wandering(rng, 1)[0]
    pitches = chord.voiced(int(rng.integers(45, 58)), 4)
    if rng.random() < 0.5:
        hold(canvas, rng, _voice(rng, struck=False), pitches, 0.0, canvas.duration_s)
    else:
        voice, pattern = _voice(rng, struck=True), Pattern.drawn(rng)
        for bar in range(int(canvas.duration_s / (BAR_STEPS * step_s)) + 1):
            strummed_bar(canvas, rng, voice, pitches, pattern, bar * BAR_STEPS * step_s, step_s)
        spans_s = _on_grid(spans_s, 4 * step_s)
    gains = np.ones(canvas.mix.size)
    level_db, start_s = 0.0, 0.0
    louder = bool(rng.random() < 0.5)
    for span_s in spans_s:
        if 0 < start_s < canvas.duration_s - 1.5:
            level_db += rng.uniform(8, 14) * (1 if louder else -1)
            louder = not louder
            canvas.mark(start_s, "loudness", also=("section",))
        gains[round(start_s * SAMPLE_RATE_HZ) :] = 10 ** (level_db / 20)
        start_s += float(span_s)
    # A fader takes some milliseconds: a step within one sample is a click, and a click is not a step in volume.
    width = int(0.01 * SAMPLE_RATE_HZ)
    canvas.mix *= np.convolve(np.pad(gains, width, mode="edge"), np.ones(width) / width, mode="same")[width:-width]
    return canvas.made(rng)


def _on_grid(spans_s: np.ndarray, grid_s: float) -> np.ndarray:
    return np.maximum(1, np.round(spans_s / grid_s)) * grid_s


def broken_harmony(rng: np.random.Generator) -> Made:
    """A broken chord without pause, whose harmony changes at random times; not on a grid of bars."""
    voice = _voice(rng, struck=bool(rng.random() < 0.7))
    step_s = step_length_s(rng, 70, 110)
    order = tuple(int(index) for index in rng.permutation(4))
    counts = [int(rng.integers(10, 28)) for _ in range(int(rng.integers(6, 9)))]
    canvas = Canvas(sum(counts) * step_s)
    lowest, start_s = int(rng.integers(45, 60)), 0.0
    for chord, count in zip(wandering(rng, len(counts), shared=0), counts, strict=True):
        if start_s:
            canvas.mark(start_s, "chord", also=("key",))
        figure_bar(canvas, rng, voice, chord.voiced(lowest, 4), order, start_s, step_s, count, every=1)
        start_s += count * step_s
    return canvas.made(rng)


def layers(rng: np.random.Generator) -> Made:
    """Players join one after another, and some leave again."""
    step_s = step_length_s(rng)
    bar_s = BAR_STEPS * step_s
    chords = loop(rng, int(rng.integers(12)))
    playing = bed(rng, plucked(rng), chords, struck=True)
    low, high = bass(rng), (flute, brass, strings)[int(rng.integers(3))](rng)
    # Which of bass and melody plays in each span.
    plans = (("", "b", "bm", "b"), ("", "m", "bm", "m", ""), ("b", "bm", "m"), ("", "bm", "", "b"))
    plan = plans[int(rng.integers(len(plans)))]
    spans = [_bars(rng, bar_s, 5, 10) for _ in plan]
    canvas = Canvas(sum(spans) * bar_s)
    melody = [int(step) for step in rng.integers(0, 4, BAR_STEPS // 2)]
    first = 0
    for turn, (players, span) in enumerate(zip(plan, spans, strict=True)):
        if turn:
            enters = len(players) > len(plan[turn - 1])
            canvas.mark(first * bar_s, "voice enters" if enters else "voice leaves", also=("section", "timbre"))
        for bar in range(first, first + span):
            start_s = bar * bar_s
            playing.play_bar(canvas, rng, bar, start_s, step_s)
            chord = chords[bar % 4]
            if "b" in players:
                figure_bar(canvas, rng, low, chord.voiced(33, 2), (0, 0, 1, 0), start_s, step_s, 16, every=4)
            if "m" in players:
                figure_bar(canvas, rng, high, chord.voiced(69, 4), melody, start_s, step_s, 16, every=2)
        first += span
    return canvas.made(rng)


def densities(rng: np.random.Generator) -> Made:
    """One figure on one chord, twice or half as dense as before."""
    step_s = step_length_s(rng, 75, 110)
    bar_s = BAR_STEPS * step_s
    voice = _voice(rng, struck=True)
    pitches = wandering(rng, 1)[0].voiced(int(rng.integers(48, 60)), 4)
    order = tuple(int(index) for index in rng.permutation(4))
    everies = [1, 4, 1, 4] if rng.random() < 0.5 else [4, 1, 4, 2]
    spans = [_bars(rng, bar_s, 4, 9) for _ in everies]
    canvas = Canvas(sum(spans) * bar_s)
    bar = 0
    for every, span in zip(everies, spans, strict=True):
        if bar:
            canvas.mark(bar * bar_s, "density", also=("tempo", "section"))
        for _ in range(span):
            figure_bar(canvas, rng, voice, pitches, order, bar * bar_s, step_s, 16, every)
            count_bar(canvas, bar * bar_s, step_s)
            bar += 1
    return canvas.made(rng)


def sections(rng: np.random.Generator) -> Made:
    """A song of parts that come again: A B A, A B A C A or A B A B."""
    step_s = step_length_s(rng, 95, 150)
    bar_s = BAR_STEPS * step_s
    form = str(rng.choice(["ABA", "ABACA", "ABAB", "AABA"]))
    key = int(rng.integers(12))
    kit, low = Kit.drawn(rng), bass(rng)
    parts = {
        name: (
            bed(rng, (piano, plucked, pad, strings)[int(index)](rng), loop(rng, key), struck=int(index) < 2),
            GROOVES[int(rng.integers(len(GROOVES)))],
            bool(drumming),
        )
        for name, index, drumming in zip(
            "ABC", rng.permutation(4)[:3], rng.permutation([True, False, True]), strict=True
        )
    }
    drawn = rng.choice([3, 4, 6] if bar_s > 1.9 else [5, 8, 11], len(parts), replace=False)
    lengths = {name: int(bars) for name, bars in zip(parts, drawn, strict=True)}
    canvas = Canvas(sum(lengths[name] for name in form) * bar_s)
    first = 0
    for turn, name in enumerate(form):
        playing, groove, drumming = parts[name]
        canvas.sections.append((first * bar_s, name))
        if turn and form[turn - 1] != name:
            canvas.mark(first * bar_s, "section", also=("timbre", "voice enters", "drums enter", "drums leave"))
        elif turn:
            canvas.mark(first * bar_s, "chord", "lower", also=("bar", "phrase"))
        for bar in range(lengths[name]):
            start_s = (first + bar) * bar_s
            if playing.manner == "hold":  # the bass tells the beat
                count_bar(canvas, start_s, step_s)
            playing.play_bar(canvas, rng, bar, start_s, step_s)
            chord = playing.chords[bar % 4]
            figure_bar(canvas, rng, low, chord.voiced(31, 2), (0, 1), start_s, step_s, 16, every=4)
            if drumming:
                drum_bar(canvas, rng, kit, groove, start_s, step_s, 0.7)
        first += lengths[name]
    return canvas.made(rng)


def choir(rng: np.random.Generator) -> Made:
    """A held chord sung on one vowel after another: the notes stay, the formants move."""
    vowels = {"a": (730, 1090), "i": (270, 2290), "u": (300, 870), "e": (530, 1840), "o": (450, 800)}
    names = [str(name) for name in rng.permutation(list(vowels))]
    spans_s = rng.uniform(3.5, 6.5, len(names))
    canvas = Canvas(float(spans_s.sum()))
    pitches = wandering(rng, 1)[0].voiced(int(rng.integers(45, 55)), 3)
    start_s = 0.0
    for name, span_s in zip(names, spans_s, strict=True):
        for pitch in pitches:
            canvas.add(start_s, _sung(rng, pitch, vowels[name], float(span_s)), onset=pitch == pitches[0])
        if start_s:
            canvas.mark(start_s, "timbre", also=("voice enters",))
        start_s += float(span_s)
    return canvas.made(rng)


def _sung(rng: np.random.Generator, pitch: int, formants_hz: tuple[int, int], length_s: float) -> np.ndarray:
    fundamental_hz = hertz(pitch)
    numbers = np.arange(1, int(4000 / fundamental_hz) + 1)
    peaks = np.sum([np.exp(-(((numbers * fundamental_hz - formant) / 160) ** 2)) for formant in formants_hz], axis=0)
    voice = Voice(
        (peaks + 0.03) * falling(numbers.size, 0.3),
        attack_s=0.05,
        release_s=0.15,
        detune_cents=9,
        vibrato_hz=rng.uniform(4.8, 5.8),
        vibrato_cents=12,
    )
    return note(voice, fundamental_hz, length_s, 0.7, rng)
