"""What a change sounds like: signed differences that tell an entering voice from a new chord."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.ear.choosing.evidence import Evidence, tempo_steps
from pipeline.analysis.ear.features.descriptors import Descriptors, at_frames
from pipeline.analysis.ear.features.frames import FRAME_S, HARMONY_EVERY
from pipeline.analysis.ear.rhythm.beats import Beats

AROUND_S = 1.5  # before and after, from which the differences are taken
TEMPO_AROUND_S = 3.0

CLUES = (
    "level before",
    "level after",
    "level step",
    "level settles",
    "low strokes",
    "high strokes",
    "wavering before",
    "wavering after",
    "syllables before",
    "syllables after",
    "tempo",
    "harmony 1 s",
    "chroma 1 s",
    "timbre 1 s",
    "key 8 s",
    "unheard timbre 4 s",
    "unheard chroma 8 s",
)

MIDDLE_BANDS = slice(5, 24)  # 300 Hz to 3 kHz, where speech has its syllables


def clues(descriptors: Descriptors, evidence: Evidence, beats: Beats) -> NDArray[np.float64]:
    """Return the clues of each candidate: float64, shape (candidates, len(CLUES)), each roughly within ±3."""
    frames = len(descriptors.level)
    middle = descriptors.loudness[:, MIDDLE_BANDS].mean(axis=1)
    level_before, level_after = _sides(descriptors.level, evidence.times_s, AROUND_S)
    _, soon_after = _sides(descriptors.level, evidence.times_s, AROUND_S / 5)
    strokes_before, strokes_after = _sides(descriptors.strokes, evidence.times_s, 2 * AROUND_S)
    waver_before, waver_after = _sides(at_frames(wavering(descriptors.chroma), frames), evidence.times_s, AROUND_S)
    ripple = np.abs(np.diff(middle, prepend=middle[:1]))[:, None] / max(1e-6, float(middle.mean()))
    ripple_before, ripple_after = _sides(ripple, evidence.times_s, AROUND_S)
    strokes = np.log((strokes_after + 0.01) / (strokes_before + 0.01))
    columns = [
        level_before[:, 0] / 15,
        level_after[:, 0] / 15,
        (level_after - level_before)[:, 0] / 8,
        (soon_after - level_after)[:, 0] / 8,
        strokes[:, :2].mean(axis=1),
        strokes[:, -3:].mean(axis=1),
        5 * waver_before[:, 0],
        5 * waver_after[:, 0],
        5 * ripple_before[:, 0],
        5 * ripple_after[:, 0],
        4 * tempo_steps(beats, evidence.times_s, TEMPO_AROUND_S),
        *(np.log1p(evidence.column(name)) for name in CLUES[11:]),
    ]
    table: NDArray[np.float64] = np.clip(np.stack(columns, axis=1), -4, 4).astype(np.float64)
    return table


def wavering(chroma: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how much the pitches move from one slow frame to the next: speech glides, notes stay; shape (n, 1)."""
    moved = np.zeros((len(chroma), 1), dtype=np.float32)
    moved[1:, 0] = np.linalg.norm(np.diff(chroma, axis=0), axis=1)
    return moved


def _sides(
    rows: NDArray[np.float32], times_s: NDArray[np.float64], around_s: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the means of the rows before and after each time; each of shape (times, dimensions)."""
    sums = np.concatenate((np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0, dtype=np.float64)))
    at = np.clip(np.rint(times_s / FRAME_S).astype(np.int64), 0, len(rows))
    around = round(around_s / FRAME_S)
    start, end = np.maximum(at - around, 0), np.minimum(at + around, len(rows))
    stop, begin = np.maximum(at - HARMONY_EVERY, start), np.minimum(at + HARMONY_EVERY, end)
    before = (sums[stop] - sums[start]) / np.maximum(stop - start, 1)[:, None]
    after = (sums[end] - sums[begin]) / np.maximum(end - begin, 1)[:, None]
    return before, after
