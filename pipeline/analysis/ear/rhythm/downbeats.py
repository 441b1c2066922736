"""Which of the beats begin a bar: where harmony changes and the bass enters, counted steadily in threes or fours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from pipeline.analysis.ear.features.frames import FINE_S, FRAME_S, HARMONY_EVERY

METRES = (4, 3)
LOST_COUNT_COST = 12.0
"""What counting anew costs, against evidence of unit spread a beat: a wrong bar line for some bars is dearer."""

LEAST_BEATS = 8
_AROUND = round(0.05 / FINE_S)


def find_downbeats(
    beats_s: NDArray[np.float64], harmony: NDArray[np.float32], low_rise: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Choose the beats that begin a bar, shape (bars,); none where there are fewer than eight beats.

    Parameters
    ----------
    beats_s : float64, shape (beats,)
    harmony : float32, shape (slow frames, 60)
    low_rise : float32, shape (fine frames,)
        Rise of the low bands.
    """
    if beats_s.size < LEAST_BEATS:
        return np.empty(0)
    evidence = _unit(_harmony_change(beats_s, harmony)) + 0.5 * _unit(_at(beats_s, low_rise))
    position = _counted(evidence)
    downbeats_s: NDArray[np.float64] = beats_s[position == 0]
    return downbeats_s


def _harmony_change(beats_s: NDArray[np.float64], harmony: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return how unlike the beat after each beat is to the beat before it."""
    edges = np.rint(beats_s / FRAME_S / HARMONY_EVERY).astype(np.int64)
    edges = np.clip(np.append(edges, 2 * edges[-1] - edges[-2]), 0, len(harmony))
    sums = np.concatenate((np.zeros((1, harmony.shape[1])), np.cumsum(harmony, axis=0, dtype=np.float64)))
    lengths = np.maximum(np.diff(edges), 1)[:, None]
    means = np.diff(sums[edges], axis=0) / lengths
    change = np.zeros(beats_s.size)
    change[1:] = np.sqrt(np.square(np.diff(means, axis=0)).mean(axis=1))
    # Against the two beats before as well: a figure of two beats that comes again is no new harmony.
    change[2:] = np.minimum(change[2:], np.sqrt(np.square(means[2:] - means[:-2]).mean(axis=1)))
    return change


def _at(times_s: NDArray[np.float64], curve: NDArray[np.float32]) -> NDArray[np.float64]:
    at = np.clip(np.rint(times_s / FINE_S).astype(np.int64), 0, len(curve) - 1)
    nearby: NDArray[np.float64] = maximum_filter1d(curve, 2 * _AROUND + 1)[at].astype(np.float64)
    return nearby


def _unit(values: NDArray[np.float64]) -> NDArray[np.float64]:
    spread = float(values.std())
    return (values - values.mean()) / spread if spread > 0 else np.zeros_like(values)


def _counted(evidence: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return each beat's position in its bar: the best way of counting (Viterbi over metres and positions)."""
    states = [(metre, position) for metre in METRES for position in range(metre)]
    follows = np.array([states.index((metre, (position - 1) % metre)) for metre, position in states])
    # The mean over a bar is nothing in every metre, or the shorter bars would collect more of it.
    reward = np.array(
        [(1.0 if position == 0 else -1.0 / (metre - 1)) * np.sqrt(metre - 1) for metre, position in states]
    )
    best = reward * evidence[0]
    came_from = np.zeros((evidence.size, len(states)), dtype=np.int64)
    for beat in range(1, evidence.size):
        anew = int(best.argmax())
        stay = best[follows]
        lost = best[anew] - LOST_COUNT_COST
        came_from[beat] = np.where(stay >= lost, follows, anew)
        best = np.maximum(stay, lost) + reward * evidence[beat]
    path = np.zeros(evidence.size, dtype=np.int64)
    path[-1] = int(best.argmax())
    for beat in range(evidence.size - 1, 0, -1):
        path[beat - 1] = came_from[beat, path[beat]]
    return np.array([states[state][1] for state in path])
