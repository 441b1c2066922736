"""Scores of our own writing: their bar lines and sections are known because they were written.

Every score is drawn from a generator and is a value: notes, programs, and the truth about them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarks.changes.recordings.harmony import Chord, loop
from benchmarks.changes.recordings.midi import DRUM_CHANNEL, MidiNote
from benchmarks.changes.truth import Change, Kind, Truth, in_order

KICK, SNARE, STICK, LOW_TOM, MID_TOM, HIGH_TOM = 36, 38, 37, 41, 45, 50
CLOSED_HAT, OPEN_HAT, RIDE, BELL, CRASH, COWBELL, CONGA, LOW_CONGA, SHAKER, CLAP = (
    42,
    46,
    51,
    53,
    49,
    56,
    63,
    64,
    70,
    39,
)

PIANO, ELECTRIC_PIANO, ORGAN, NYLON, OVERDRIVEN, FINGER_BASS, STRINGS, TRUMPET, FLUTE, SAW_LEAD, WARM_PAD = (
    0,
    4,
    16,
    24,
    29,
    33,
    48,
    56,
    73,
    81,
    89,
)


@dataclass(slots=True)
class Score:
    """Notes as they are written down, and what is known of them."""

    programs: dict[int, int] = field(default_factory=dict)
    notes: list[MidiNote] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    beats_s: list[float] = field(default_factory=list)
    downbeats_s: list[float] = field(default_factory=list)
    sections: list[tuple[float, str]] = field(default_factory=list)
    duration_s: float = 0.0

    def play(
        self, rng: np.random.Generator, start_s: float, length_s: float, pitch: int, velocity: float, channel: int = 0
    ) -> None:
        """Write one note, as unevenly as it is played."""
        uneven_s = float(np.clip(rng.normal(0, 0.004), -0.01, 0.01)) if start_s > 0 else 0.0
        self.notes.append(
            MidiNote(start_s + uneven_s, length_s, pitch, int(np.clip(rng.normal(velocity, 5), 15, 127)), channel)
        )

    def bar(self, start_s: float, beats: int, beat_s: float) -> None:
        self.downbeats_s.append(start_s)
        self.beats_s += [start_s + beat * beat_s for beat in range(beats)]

    def section(self, start_s: float, name: str, also: Sequence[Kind] = ()) -> None:
        """Begin a section; where another was before it, that is a change."""
        if start_s > 0 and self.sections and self.sections[-1][1] != name:
            self.changes.append(Change(start_s, "section", also=tuple(also)))
        self.sections.append((start_s, name))

    @property
    def truth(self) -> Truth:
        return Truth(
            changes=in_order(self.changes),
            onsets_s=tuple(sorted({note.start_s for note in self.notes})),
            beats_s=tuple(self.beats_s),
            downbeats_s=tuple(self.downbeats_s),
            sections=tuple(self.sections),
        )


def broken_chords(rng: np.random.Generator) -> Score:
    """Twenty bars of broken chords in 72 s: two held notes and three that go round, every bar one harmony.

    The manner is that of the first prelude of the Well-Tempered Clavier; the harmonies are ours.
    """
    bars, bar_s = 20, 3.6
    score = Score(programs={0: PIANO}, duration_s=bars * bar_s)
    lengths_s = _drifting(rng, bars, bar_s)
    starts_s = np.concatenate([[0.0], np.cumsum(lengths_s)])
    for bar, pitches in enumerate(_prelude_harmonies(rng, bars)):
        start_s, step_s = float(starts_s[bar]), float(lengths_s[bar]) / 16
        score.bar(start_s, 4, 4 * step_s)
        if bar:
            score.changes.append(Change(start_s, "bar", also=("chord", "key", "phrase")))
        for half in (0, 8):
            low, next_low, *upper = pitches
            score.play(rng, start_s + half * step_s, 8 * step_s, low, 66 if half == 0 else 60)
            score.play(rng, start_s + (half + 1) * step_s, 7 * step_s, next_low, 58)
            for index in range(6):
                loud = 58 + 4 * (index % 3 == 2)
                score.play(rng, start_s + (half + 2 + index) * step_s, step_s * 1.05, upper[index % 3], loud)
    return score


def _drifting(rng: np.random.Generator, bars: int, mean_s: float) -> NDArray[np.float64]:
    """Draw lengths of bars whose tempo drifts as a player's does; together they are as long as they should be."""
    drift = np.cumsum(rng.normal(0, 0.025, bars))
    lengths_s = mean_s * np.exp(np.clip(drift - drift.mean(), -0.1, 0.1))
    drifting_s: NDArray[np.float64] = lengths_s * (mean_s * bars / lengths_s.sum())
    return drifting_s


def _prelude_harmonies(rng: np.random.Generator, bars: int) -> list[tuple[int, ...]]:
    """Draw five pitches a bar; from bar to bar at least two of them move."""
    key = int(rng.integers(-3, 4))
    degrees = [
        Chord(root, quality)
        for root, quality in (
            (0, "major"),
            (2, "minor seventh"),
            (7, "seventh"),
            (9, "minor"),
            (2, "seventh"),
            (5, "major"),
            (4, "minor"),
            (9, "seventh"),
        )
    ]
    chosen = [degrees[0]]
    while len(chosen) < bars - 1:
        chord = degrees[int(rng.integers(len(degrees)))]
        if len(chord.pitch_classes - chosen[-1].pitch_classes) >= 2:
            chosen.append(chord)
    chosen.append(degrees[0] if chosen[-1] != degrees[0] else degrees[5])
    harmonies = []
    for chord in chosen:
        shifted = Chord((chord.root + key) % 12, chord.quality)
        low, upper = shifted.voiced(48 + int(rng.integers(-1, 2)), 2), shifted.voiced(63 + int(rng.integers(-2, 3)), 3)
        harmonies.append((*low, *upper))
    return harmonies


# -- drums alone -----------------------------------------------------------------------------------------------------

Hits = tuple[tuple[int, tuple[int, ...], int], ...]

ROCK: Hits = ((KICK, (0, 6, 8), 100), (SNARE, (4, 12), 95), (CLOSED_HAT, tuple(range(0, 16, 2)), 70))
RIDING: Hits = ((KICK, (0, 10), 90), (STICK, (4, 12), 80), (RIDE, (0, 2, 4, 6, 7, 8, 10, 12, 14, 15), 80))
FUNK: Hits = ((KICK, (0, 3, 10), 100), (SNARE, (4, 7, 9, 12), 85), (CLOSED_HAT, tuple(range(16)), 60))
HALF_TIME: Hits = ((KICK, (0, 11), 105), (SNARE, (8,), 105), (OPEN_HAT, (0, 4, 8, 12), 75))
LATIN: Hits = ((CONGA, (0, 3, 6, 10, 12), 85), (LOW_CONGA, (7, 14, 15), 90), (SHAKER, tuple(range(0, 16, 2)), 60))
COWBELLS: Hits = ((COWBELL, (0, 3, 6, 8, 11, 14), 90), (KICK, (0, 8), 90), (LOW_TOM, (6, 14), 85), (CLAP, (4, 12), 85))
SWING: Hits = ((RIDE, (0, 4, 7, 8, 12, 15), 80), (CLOSED_HAT, (4, 12), 60), (KICK, (0,), 55))
HOUSE: Hits = ((KICK, (0, 4, 8, 12), 110), (CLAP, (4, 12), 95), (OPEN_HAT, (2, 6, 10, 14), 80))
BREAK: Hits = ((KICK, (0, 2, 10, 11), 105), (SNARE, (4, 7, 12, 15), 95), (RIDE, (0, 4, 8, 12), 85))
MINIMAL: Hits = ((KICK, (0, 8), 95), (STICK, (3, 6, 11, 14), 75))


def drum_solo(rng: np.random.Generator) -> Score:
    """Groove, toms, ride, roll, groove."""
    return _drum_score(rng, ("groove", "toms", "ride", "roll", "groove"), {"groove": ROCK, "ride": RIDING}, (95, 125))


def funk_drums(rng: np.random.Generator) -> Score:
    """Sixteenths on the hat, half time, cowbells, a roll, and back."""
    parts = {"funk": FUNK, "half time": HALF_TIME, "cowbells": COWBELLS}
    return _drum_score(rng, ("funk", "half time", "cowbells", "roll", "funk"), parts, (88, 108))


def latin_drums(rng: np.random.Generator) -> Score:
    """Congas and a shaker, cowbells, toms, congas, a swinging ride."""
    parts = {"congas": LATIN, "cowbells": COWBELLS, "swing": SWING}
    return _drum_score(rng, ("congas", "cowbells", "toms", "congas", "swing"), parts, (95, 120))


def electronic_drums(rng: np.random.Generator) -> Score:
    """A straight kick, nearly nothing, broken beats, toms, the straight kick again."""
    parts = {"house": HOUSE, "minimal": MINIMAL, "break": BREAK}
    return _drum_score(rng, ("house", "minimal", "break", "toms", "house"), parts, (118, 134))


def _drum_score(
    rng: np.random.Generator, order: Sequence[str], grooves: dict[str, Hits], tempo_bpm: tuple[int, int]
) -> Score:
    score = Score(programs={DRUM_CHANNEL: 0})
    beat_s = 60 / float(rng.uniform(*tempo_bpm))
    step_s, bar_s = beat_s / 4, beat_s * 4
    start_s = 0.0
    # Lengths of which no two are alike, or who divides evenly would find the sections too.
    lengths_s = rng.permutation(np.linspace(4.5, 12.0, len(order)))
    for name, length_s in zip(order, lengths_s, strict=True):
        score.section(start_s, name, also=("timbre", "density", "drums enter", "drums leave"))
        bars = max(2, round(float(length_s) / bar_s))
        for bar in range(bars):
            score.bar(start_s, 4, beat_s)
            for pitch, step, loud in _drum_bar(rng, name, grooves, (bar / bars, (bar + 1) / bars)):
                score.play(rng, start_s + step * step_s, step_s, pitch, loud, DRUM_CHANNEL)
            start_s += bar_s
    score.duration_s = start_s
    return score


def _drum_bar(
    rng: np.random.Generator, name: str, grooves: dict[str, Hits], reach: tuple[float, float]
) -> list[tuple[int, float, int]]:
    """Return pitch, step and velocity of every hit of a bar that reaches from one share of its section to another."""
    if name == "roll":
        # One swell from the section's beginning to its end: a bar that began softly again would be a change of its own.
        swelling = 55 + 45 * np.linspace(*reach, 32, endpoint=False)
        return [(SNARE, step / 2, int(loud)) for step, loud in enumerate(swelling)]
    if name == "toms":
        drums = (HIGH_TOM, MID_TOM, LOW_TOM, LOW_TOM)
        figure = [
            (drums[step // 4], float(step), 95 if step % 4 == 0 else 78)
            for step in range(16)
            if rng.random() < 0.85 or step == 0
        ]
        return [*figure, (KICK, 0.0, 90), (KICK, 8.0, 85)]
    return [(pitch, float(step), loud) for pitch, steps, loud in grooves[name] for step in steps]


# -- further styles --------------------------------------------------------------------------------------------------


def _lengths(rng: np.random.Generator, names: Sequence[str]) -> list[tuple[str, int]]:
    """Draw how many bars each section has."""
    return [(name, int(rng.choice([4, 5, 6, 7, 8]))) for name in names]


def _chord_of_bar(score: Score, chords: Sequence[Chord], bar: int, start_s: float) -> Chord:
    """Return the chord of this bar of a section; where it is a new one, that is a lower change."""
    chord = chords[bar % len(chords)]
    if bar and chord != chords[(bar - 1) % len(chords)]:
        score.changes.append(Change(start_s, "chord", "lower", also=("bar",)))
    return chord


def waltz(rng: np.random.Generator) -> Score:
    """A piano waltz in three: A B A, the middle with a flute and in the relative key's colours."""
    beat_s = 60 / float(rng.uniform(120, 160))
    score = Score(programs={0: PIANO, 1: FLUTE})
    key = int(rng.integers(12))
    first, second = loop(rng, key), loop(rng, (key + 9) % 12)
    lengths = {"A": int(rng.choice([8, 10, 12])), "B": int(rng.choice([6, 7, 9]))}
    start_s = 0.0
    for name in "ABA":
        for bar in range(lengths[name]):
            if bar == 0:
                score.section(start_s, name, also=("voice enters", "voice leaves", "key", "timbre"))
            score.bar(start_s, 3, beat_s)
            chord = _chord_of_bar(score, first if name == "A" else second, bar, start_s)
            score.play(rng, start_s, beat_s, chord.voiced(36, 1)[0], 80)
            for beat in (1, 2):
                for pitch in chord.voiced(55, 3):
                    score.play(rng, start_s + beat * beat_s, beat_s * 0.6, pitch, 60)
            tune = chord.voiced(76, 4)
            if name == "B":
                for half in range(6):
                    score.play(rng, start_s + half * beat_s / 2, beat_s / 2, tune[int(rng.integers(4))], 95, 1)
            else:
                for beat in range(3):
                    score.play(rng, start_s + beat * beat_s, beat_s, tune[(bar + beat) % 4], 85)
            start_s += 3 * beat_s
    score.duration_s = start_s
    return score


def rock_song(rng: np.random.Generator) -> Score:
    """Intro of a guitar, verse with bass and drums, chorus with distortion, verse, chorus."""
    beat_s = 60 / float(rng.uniform(105, 140))
    score = Score(programs={0: NYLON, 1: OVERDRIVEN, 2: FINGER_BASS, DRUM_CHANNEL: 0})
    key = int(rng.integers(12))
    verse, chorus = loop(rng, key), loop(rng, key)
    bar_s, bar = 4 * beat_s, 0
    for name, bars in _lengths(rng, ("intro", "verse", "chorus", "verse", "chorus")):
        for index in range(bars):
            start_s = bar * bar_s
            if index == 0:
                score.section(start_s, name, also=("drums enter", "voice enters", "timbre", "loudness", "voice leaves"))
            score.bar(start_s, 4, beat_s)
            chord = _chord_of_bar(score, chorus if name == "chorus" else verse, index, start_s)
            if name == "chorus":
                for eighth in range(8):
                    for pitch in (chord.voiced(40, 1)[0], chord.voiced(40, 1)[0] + 7, chord.voiced(52, 1)[0]):
                        score.play(rng, start_s + eighth * beat_s / 2, beat_s / 2, pitch, 92, 1)
            else:
                for eighth in range(8):
                    score.play(
                        rng, start_s + eighth * beat_s / 2, beat_s, chord.voiced(52, 4)[(0, 2, 1, 3)[eighth % 4]], 80
                    )
            if name != "intro":
                for eighth in range(8):
                    score.play(rng, start_s + eighth * beat_s / 2, beat_s / 2, chord.voiced(28, 1)[0], 90, 2)
                for pitch, steps, loud in ROCK if name == "verse" else HALF_TIME:
                    for step in steps:
                        score.play(rng, start_s + step * beat_s / 4, 0.1, pitch, loud, DRUM_CHANNEL)
            bar += 1
    score.duration_s = bar * bar_s
    return score


def dance_track(rng: np.random.Generator) -> Score:
    """A pad alone, a build of claps, the drop with bass and lead, a break, the drop again."""
    beat_s = 60 / float(rng.uniform(120, 132))
    score = Score(programs={0: WARM_PAD, 1: SAW_LEAD, 2: FINGER_BASS, DRUM_CHANNEL: 0})
    chords, bar_s, bar = loop(rng, int(rng.integers(12))), 4 * beat_s, 0
    riff = [int(index) for index in rng.integers(0, 4, 8)]
    for name, bars in _lengths(rng, ("pad", "beat", "drop", "pad", "drop")):
        for index in range(bars):
            start_s = bar * bar_s
            if index == 0:
                score.section(
                    start_s, name, also=("drums enter", "drums leave", "voice enters", "voice leaves", "timbre")
                )
            score.bar(start_s, 4, beat_s)
            chord = _chord_of_bar(score, chords, index, start_s)
            for pitch in chord.voiced(55, 4):
                score.play(rng, start_s, bar_s, pitch, 70)
            if name == "drop":
                for eighth in range(8):
                    score.play(rng, start_s + eighth * beat_s / 2, beat_s / 2, chord.voiced(72, 4)[riff[eighth]], 85, 1)
                    score.play(rng, start_s + (eighth + 0.5) * beat_s / 2, beat_s / 4, chord.voiced(31, 1)[0], 100, 2)
            if name != "pad":
                for pitch, steps, loud in HOUSE:
                    for step in steps:
                        score.play(rng, start_s + step * beat_s / 4, 0.1, pitch, loud, DRUM_CHANNEL)
            bar += 1
    score.duration_s = bar * bar_s
    return score


def chorale(rng: np.random.Generator) -> Score:
    """Four lines of a hymn: strings, brass, strings, organ; a breath between the lines."""
    beat_s = 60 / float(rng.uniform(72, 92))
    score = Score(programs={0: STRINGS, 1: TRUMPET, 2: ORGAN})
    start_s, key = 0.0, int(rng.integers(12))
    for turn, channel in enumerate((0, 1, 0, 2)):
        score.section(start_s, f"line {channel}", also=("timbre", "voice enters", "phrase"))
        chords = loop(rng, key) * 3
        for index in range(16 if turn % 2 else 12):
            if index % 4 == 0:
                score.bar(start_s, 4, beat_s)
            chord = chords[(index // 2) % len(chords)]
            if index and index % 2 == 0:
                score.changes.append(Change(start_s, "chord", "lower", also=("bar", "note")))
            last = index == (15 if turn % 2 else 11)
            for pitch in (chord.voiced(40, 1)[0], *chord.voiced(52 + index % 3, 3)):
                score.play(rng, start_s, beat_s * (0.75 if last else 0.98), pitch, 82, channel)
            start_s += beat_s
    score.duration_s = start_s
    return score
