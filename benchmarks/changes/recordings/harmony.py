"""Keys, chords and where the hand puts them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SEMITONES = 12
QUALITIES = {
    "root": (0,),
    "major": (0, 4, 7),
    "minor": (0, 3, 7),
    "sus": (0, 5, 7),
    "seventh": (0, 4, 7, 10),
    "minor seventh": (0, 3, 7, 10),
}
CHORDS = ("major", "minor", "sus", "seventh", "minor seventh")
SCALE_TRIADS = (
    (0, "major"),
    (2, "minor"),
    (4, "minor"),
    (5, "major"),
    (7, "major"),
    (9, "minor"),
)
# A loop begins on the first or sixth degree: those of a new key are in no other key but its neighbours by a fifth, so
# that a new key is heard with its first chord.
LOOPS = ((0, 4, 5, 3), (0, 5, 3, 4), (5, 3, 0, 4), (0, 3, 4, 3), (0, 5, 1, 4), (0, 2, 3, 4))


@dataclass(frozen=True, slots=True)
class Chord:
    """A root (0 to 11, C is 0) and a quality."""

    root: int
    quality: str

    @property
    def pitch_classes(self) -> frozenset[int]:
        return frozenset((self.root + step) % SEMITONES for step in QUALITIES[self.quality])

    def voiced(self, lowest: int, notes: int) -> tuple[int, ...]:
        """Return MIDI pitches from `lowest` upwards, ascending."""
        pitches = [pitch for pitch in range(lowest, lowest + 48) if pitch % SEMITONES in self.pitch_classes]
        return tuple(pitches[:notes])


def hertz(pitch: float) -> float:
    """Frequency of a MIDI pitch."""
    return float(440.0 * 2 ** ((pitch - 69) / 12))


def wandering(rng: np.random.Generator, count: int, *, shared: int = 1) -> list[Chord]:
    """Draw chords of which no two neighbours share more than so many pitch classes."""
    chords: list[Chord] = []
    while len(chords) < count:
        chord = Chord(int(rng.integers(SEMITONES)), str(rng.choice(CHORDS)))
        if not chords or len(chord.pitch_classes & chords[-1].pitch_classes) <= shared:
            chords.append(chord)
    return chords


def loop(rng: np.random.Generator, key: int) -> list[Chord]:
    """Draw four chords that go round in a major key."""
    degrees = LOOPS[int(rng.integers(len(LOOPS)))]
    return [Chord((key + SCALE_TRIADS[degree][0]) % SEMITONES, SCALE_TRIADS[degree][1]) for degree in degrees]


def keys(rng: np.random.Generator, count: int) -> list[int]:
    """Draw keys, none of them twice and no neighbours a fifth apart (those share six of seven notes)."""
    drawn = [int(rng.integers(SEMITONES))]
    while len(drawn) < count:
        key = int(rng.integers(SEMITONES))
        if key not in drawn and (key - drawn[-1]) % SEMITONES not in {5, 7}:
            drawn.append(key)
    return drawn
