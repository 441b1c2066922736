"""What was heard of a sound: the one value that the pictures follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.ear.choosing.evidence import Evidence, gather
from pipeline.analysis.ear.choosing.rating import rate
from pipeline.analysis.ear.choosing.solve import best_points
from pipeline.analysis.ear.features.descriptors import describe
from pipeline.analysis.ear.features.frames import FRAME_S
from pipeline.analysis.ear.features.onsets import find_onsets
from pipeline.analysis.ear.features.powers import Powers
from pipeline.analysis.ear.meaning.clues import clues
from pipeline.analysis.ear.meaning.reasons import reasons
from pipeline.analysis.ear.meaning.sections import Section, label_sections
from pipeline.analysis.ear.meaning.voice import voice_activity
from pipeline.analysis.ear.rhythm.beats import find_beats
from pipeline.analysis.ear.rhythm.downbeats import find_downbeats

Level = Literal["section", "phrase", "bar", "note"]

SHORTEST_SCENE_S = 0.7  # two changes that are closer are heard as one
CERTAIN = 0.5
"""Log odds from which a candidate is a change by itself: between 0, which finds 97 % of the tuning side's changes with
5 % elsewhere, and 1, which finds 93 % with 4 %."""

SHORTEST_SECTION_S = 4.0
SECTION_UNHEARD = 1.6
"""Ratio from which what follows was not heard in the eight seconds before: a section, not a chord of the same loop."""

PHRASE_REST_DB = 9.0  # louder by so much than the loudest just before: something begins after a rest
ON_THE_BEAT_S = 0.07


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """All moments at which something may change; arrays of shape (candidates,), in order of time.

    Attributes
    ----------
    times_s : float64
    scores : float64
        Log odds that it is a change.
    levels : tuple of {"section", "phrase", "bar", "note"}
    reasons : tuple of str
    """

    times_s: NDArray[np.float64]
    scores: NDArray[np.float64]
    levels: tuple[Level, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Hearing:
    """What a listener heard.

    Attributes
    ----------
    duration_s : float
    candidates : Candidates
        What `changes` chooses from.
    onsets_s, onset_strengths : float64, shape (onsets,)
        Beginnings of sounds; strengths in [0, 1], of the strongest.
    beats_s, downbeats_s : float64
        Empty where there is no beat.
    tempo_times_s, tempo_bpm : float64, shape (windows,)
        nan where there is no beat.
    sections : tuple of Section
    frame_s : float
        Time between two values of the curves that follow.
    level_db : float32, shape (frames,)
        Below the loud passages.
    voice : float32, shape (frames,)
        How much it sounds like a voice, in [0, 1].
    """

    duration_s: float
    candidates: Candidates
    onsets_s: NDArray[np.float64]
    onset_strengths: NDArray[np.float64]
    beats_s: NDArray[np.float64]
    downbeats_s: NDArray[np.float64]
    tempo_times_s: NDArray[np.float64]
    tempo_bpm: NDArray[np.float64]
    sections: tuple[Section, ...]
    frame_s: float
    level_db: NDArray[np.float32]
    voice: NDArray[np.float32]


def hear(powers: Powers) -> Hearing:
    """Make of what was kept of a sound what a listener heard."""
    descriptors = describe(powers)
    onsets = find_onsets(descriptors.bands_db)
    beats = find_beats(onsets.curve, onsets.times_s)
    downbeats_s = find_downbeats(beats.times_s, descriptors.harmony, onsets.curve[:, 1])
    evidence = gather(descriptors, onsets, beats, downbeats_s)
    scores = rate(evidence)
    levels = _levels(evidence, scores, downbeats_s)
    candidates = Candidates(evidence.times_s, scores, levels, reasons(clues(descriptors, evidence, beats)))
    loudest = float(onsets.strengths.max(initial=0.0)) or 1.0
    return Hearing(
        duration_s=powers.duration_s,
        candidates=candidates,
        onsets_s=onsets.times_s,
        onset_strengths=onsets.strengths / loudest,
        beats_s=beats.times_s,
        downbeats_s=downbeats_s,
        tempo_times_s=beats.tempo_times_s,
        tempo_bpm=beats.tempo_bpm,
        sections=label_sections(descriptors, _section_starts(candidates, powers.duration_s), powers.duration_s),
        frame_s=FRAME_S,
        level_db=descriptors.level[:, 0],
        voice=voice_activity(descriptors),
    )


def _levels(evidence: Evidence, scores: NDArray[np.float64], downbeats_s: NDArray[np.float64]) -> tuple[Level, ...]:
    unheard = np.maximum(evidence.column("unheard timbre 8 s"), evidence.column("unheard chroma 8 s"))
    entry = evidence.column("entry all")
    levels: list[Level] = []
    for index, time_s in enumerate(evidence.times_s):
        if scores[index] >= CERTAIN and unheard[index] >= SECTION_UNHEARD:
            levels.append("section")
        elif entry[index] >= PHRASE_REST_DB:
            levels.append("phrase")
        elif downbeats_s.size and np.abs(downbeats_s - time_s).min() <= ON_THE_BEAT_S:
            levels.append("bar")
        else:
            levels.append("note")
    return tuple(levels)


def _section_starts(candidates: Candidates, duration_s: float) -> NDArray[np.float64]:
    is_section = np.array([level == "section" for level in candidates.levels], dtype=bool)
    scores = np.where(is_section, candidates.scores, 0.0)
    chosen = best_points(
        candidates.times_s, scores, count=scores.size, shortest_s=SHORTEST_SECTION_S, duration_s=duration_s
    )
    starts_s: NDArray[np.float64] = candidates.times_s[chosen]
    return starts_s
