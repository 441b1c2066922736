"""Hands: how chords, figures and grooves are played on a canvas, unevenly as people do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.changes.recordings.canvas import Canvas
from benchmarks.changes.recordings.harmony import SEMITONES, Chord, hertz
from benchmarks.changes.recordings.instruments import Voice, note
from benchmarks.changes.recordings.kit import Drum, Kit

UNEVEN_S = 0.004  # standard deviation of when a hand falls
STEPS_PER_BEAT = 4


def uneven(rng: np.random.Generator, time_s: float) -> float:
    """Shift a time by as much as a good player is off."""
    return time_s + float(np.clip(rng.normal(0, UNEVEN_S), -0.012, 0.012))


def velocity(rng: np.random.Generator, mean: float = 0.7, spread: float = 0.08) -> float:
    """Draw how hard a note is struck."""
    return float(np.clip(rng.normal(mean, spread), 0.15, 1.0))


def hold(
    canvas: Canvas, rng: np.random.Generator, voice: Voice, pitches: Sequence[int], start_s: float, end_s: float
) -> None:
    """Hold a chord."""
    for pitch in pitches:
        sound = note(voice, hertz(pitch), end_s - start_s, velocity(rng), rng)
        canvas.add(start_s + abs(uneven(rng, 0.0)), sound / len(pitches) ** 0.5, onset=False)
    canvas.onsets_s.append(start_s)


def strum(
    canvas: Canvas,
    rng: np.random.Generator,
    voice: Voice,
    pitches: Sequence[int],
    start_s: float,
    length_s: float,
    *,
    accent: float = 0.7,
    upwards: bool = False,
) -> None:
    """Sweep over the strings, some hundredths of a second from the first to the last."""
    sweep_s = rng.uniform(0.004, 0.012)
    for index, pitch in enumerate(reversed(pitches) if upwards else pitches):
        sound = note(voice, hertz(pitch), length_s, velocity(rng, accent), rng)
        canvas.add(start_s + index * sweep_s, sound / len(pitches) ** 0.5, onset=index == 0)


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a hand does within a bar of sixteenths: which steps sound, and how hard."""

    steps: tuple[int, ...]
    accents: tuple[float, ...]

    @staticmethod
    def drawn(rng: np.random.Generator, every: int = 2, bar_steps: int = 16) -> Pattern:
        """Draw a pattern that begins on the bar line and leaves some of the steps out."""
        steps = [step for step in range(0, bar_steps, every) if step == 0 or rng.random() < 0.75]
        accents = [0.85 if step == 0 else 0.7 if step % 4 == 0 else 0.5 for step in steps]
        return Pattern(tuple(steps), tuple(accents))


def strummed_bar(
    canvas: Canvas,
    rng: np.random.Generator,
    voice: Voice,
    pitches: Sequence[int],
    pattern: Pattern,
    start_s: float,
    step_s: float,
    steps: int = 16,
) -> None:
    """Play one bar of a strumming pattern on one chord."""
    ends = [*pattern.steps[1:], steps]
    for step, end, accent in zip(pattern.steps, ends, pattern.accents, strict=True):
        if step < steps:
            at_s = uneven(rng, start_s + step * step_s)
            length_s = (min(end, steps) - step) * step_s
            strum(canvas, rng, voice, pitches, at_s, length_s, accent=accent, upwards=step % 4 != 0)


def figure_bar(
    canvas: Canvas,
    rng: np.random.Generator,
    voice: Voice,
    pitches: Sequence[int],
    order: Sequence[int],
    start_s: float,
    step_s: float,
    steps: int,
    every: int = 2,
) -> None:
    """Play one bar of a broken chord: the notes of `pitches` in a fixed order, one every so many steps."""
    for count, step in enumerate(range(0, steps, every)):
        pitch = pitches[order[count % len(order)] % len(pitches)]
        loud = velocity(rng, 0.75 if step == 0 else 0.6)
        sound = note(voice, hertz(pitch), every * step_s * 1.1, loud, rng)
        canvas.add(uneven(rng, start_s + step * step_s), 0.6 * sound)


Groove = tuple[tuple[Drum, tuple[int, ...], float], ...]

GROOVES: tuple[Groove, ...] = (
    (("kick", (0, 8), 0.9), ("snare", (4, 12), 0.8), ("hat", (0, 2, 4, 6, 8, 10, 12, 14), 0.5)),
    (("kick", (0, 4, 8, 12), 0.9), ("snare", (4, 12), 0.6), ("hat", (2, 6, 10, 14), 0.6)),
    (("kick", (0, 6, 10), 0.9), ("snare", (4, 12), 0.85), ("hat", tuple(range(16)), 0.35)),
    (("kick", (0, 3, 8, 11), 0.8), ("snare", (4, 12), 0.7), ("ride", (0, 4, 6, 8, 12, 14), 0.5)),
    (("kick", (0, 10), 0.9), ("snare", (8,), 0.9), ("shaker", (0, 2, 4, 6, 8, 10, 12, 14), 0.6)),
    (("kick", (0, 6, 8, 14), 0.8), ("tom", (3, 7, 11), 0.6), ("shaker", tuple(range(16)), 0.4)),
)


def drum_bar(
    canvas: Canvas,
    rng: np.random.Generator,
    kit: Kit,
    groove: Groove,
    start_s: float,
    step_s: float,
    gain: float = 1.0,
    steps: int = 16,
) -> None:
    """Play one bar of a groove."""
    for drum, hits, loudness in groove:
        for step in hits:
            if step < steps:
                hit = kit.hit(drum, velocity(rng, loudness), rng)
                canvas.add(uneven(rng, start_s + step * step_s), gain * hit)


def count_bar(canvas: Canvas, start_s: float, step_s: float, steps: int = 16) -> None:
    """Write down the beats of a bar."""
    for beat in range(steps // STEPS_PER_BEAT):
        canvas.beat(start_s + beat * STEPS_PER_BEAT * step_s, first_of_bar=beat == 0)


@dataclass(frozen=True, slots=True, eq=False)
class Bed:
    """An accompaniment that goes round and round: a voice, four chords, and one way of playing them."""

    voice: Voice
    chords: tuple[Chord, ...]
    lowest: int
    pattern: Pattern
    order: tuple[int, ...]
    manner: str  # "strum", "figure" or "hold"

    def play_bar(self, canvas: Canvas, rng: np.random.Generator, bar: int, start_s: float, step_s: float) -> None:
        """Play the bar of this number, write its beats down, and its chord as a lower change where it is a new one."""
        chord = self.chords[bar % len(self.chords)]
        pitches = chord.voiced(self.lowest, 4)
        if self.manner == "strum":
            strummed_bar(canvas, rng, self.voice, pitches, self.pattern, start_s, step_s)
        elif self.manner == "figure":
            # The root below: without it a bar may begin with a note that both its chord and the last one have.
            root = Chord(chord.root, "root").voiced(self.lowest - SEMITONES, 1)
            hold(canvas, rng, self.voice, root, start_s, start_s + 16 * step_s)
            figure_bar(canvas, rng, self.voice, pitches, self.order, start_s, step_s, 16)
        else:
            hold(canvas, rng, self.voice, pitches, start_s, start_s + 16 * step_s)
        if self.manner != "hold":  # what is held has no beat to be heard
            count_bar(canvas, start_s, step_s)
        if bar and chord != self.chords[(bar - 1) % len(self.chords)]:
            canvas.mark(start_s, "chord", "lower", ("bar",))


def bed(rng: np.random.Generator, voice: Voice, chords: Sequence[Chord], *, struck: bool) -> Bed:
    """Draw how an accompaniment is played."""
    manner = str(rng.choice(["strum", "figure"])) if struck else str(rng.choice(["hold", "hold", "figure"]))
    order = tuple(int(index) for index in rng.permutation(4))
    return Bed(voice, tuple(chords), int(rng.integers(45, 60)), Pattern.drawn(rng), order, manner)


def step_length_s(rng: np.random.Generator, slowest_bpm: float = 75, fastest_bpm: float = 150) -> float:
    """Draw a tempo, and return its sixteenth."""
    return 60.0 / float(rng.uniform(slowest_bpm, fastest_bpm)) / STEPS_PER_BEAT
