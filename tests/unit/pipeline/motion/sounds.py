"""Analyses made by hand: a steady beat, and changes at given moments."""

from __future__ import annotations

import numpy as np

from pipeline.analysis.analyze import Analysis
from pipeline.analysis.ear.hearing import Candidates, Hearing
from pipeline.analysis.ear.meaning.sections import Section

STEP_S = 128 / 44_100
FRAME_S = 1024 / 44_100


def heard(
    duration_s: float = 12.0,
    points_s: tuple[float, ...] = (4.0, 8.0),
    strengths: tuple[float, ...] = (),
    beat_s: float | None = 0.5,
    level_db: float = -10.0,
    tv: float = 0.2,
    sections: tuple[Section, ...] = (),
) -> Analysis:
    """A sound whose points lie at given times."""
    steps = round(duration_s / STEP_S) - 1
    frames = round(duration_s / FRAME_S)
    beats_s = np.zeros(0) if beat_s is None else np.arange(0.25, duration_s, beat_s)
    hearing = Hearing(
        duration_s=duration_s,
        candidates=Candidates(np.zeros(0), np.zeros(0), (), ()),
        onsets_s=beats_s,
        onset_strengths=np.full(beats_s.size, 0.8),
        beats_s=beats_s,
        downbeats_s=beats_s[::4],
        tempo_times_s=np.zeros(0),
        tempo_bpm=np.zeros(0),
        sections=sections,
        frame_s=FRAME_S,
        level_db=np.full(frames, level_db, np.float32),
        voice=np.zeros(frames, np.float32),
    )
    inner = [round(time_s / STEP_S) for time_s in points_s]
    return Analysis(
        preset="auto",
        threshold=0.0,
        duration_s=duration_s,
        step_s=STEP_S,
        tv=np.full(steps, tv),
        points=np.array([0, *inner, steps - 1]),
        spectrogram=np.zeros((129, 1), np.float32),
        column_s=1.0,
        strengths=(1.0, *(strengths or (0.9,) * len(points_s)), 1.0),
        hearing=hearing,
    )
