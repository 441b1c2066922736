"""How things dance: they sink on the beat, sway from one to the next, nod to onsets, and open their mouths to voices.

Each movement begins before its beat and goes on after it (anticipation and follow-through), and is eased, so that it
moves parts and never the light.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.generator import POSES
from pipeline.motion.drive import Drive, smoothed
from pipeline.motion.easing import ease

_BEFORE_S, _AFTER_S = 0.12, 0.30
_ON_THE_BEAT_S = 0.08
_WEAK_BEAT = 0.35  # a beat on which nothing begins is still felt
_LEAST_ONSET = 0.2
_CLOSEST_S = 0.16  # of two onsets that are closer, the stronger one is danced to
_BLINK_S, _BLINK_EVERY_S = 0.22, 4.2
_REST_AT_ENDS_S = 0.4
_SWAY_TURN = 1.3  # of the phase, where there is no beat


def dance(drive: Drive, phase: NDArray[np.float64], blinks_at_s: Sequence[float], amount: float) -> NDArray[np.float64]:
    """Return what is danced, float64 of shape (frames, len(POSES)); the camera stays where it is.

    Parameters
    ----------
    drive : Drive
    phase : float64, shape (frames,)
        What held notes sway by.
    blinks_at_s : sequence of float
        When eyes close besides their own time.
    amount : float
        1 is subtle, 0 is not at all.
    """
    beats_s, beat_strengths = _beats(drive)
    onsets_s, onset_strengths = _onsets(drive, beats_s)
    loud = np.sqrt(drive.level)
    bounce = pulses(drive, beats_s, beat_strengths) * loud
    hits = pulses(drive, onsets_s, onset_strengths) * loud
    sway = _sway(drive, phase) * loud
    moves = {
        "bounce": bounce + 0.45 * hits,
        "sway": sway,
        "nod": 0.7 * bounce + 0.9 * hits,
        "limbs": 1.1 * sway + 0.5 * hits,
        "wings": 1.3 * bounce + 1.1 * hits,
        "mouth": smoothed(drive.voice, 0.08 * drive.fps) * _syllables(drive),
        "blink": _blinks(drive, blinks_at_s),
    }
    poses = np.zeros((drive.frames, len(POSES)))
    for name, values in moves.items():
        poses[:, POSES.index(name)] = amount * values * _rest_at_ends(drive)
    return poses


def pulses(drive: Drive, times_s: NDArray[np.float64], strengths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sum of one eased movement there and back for each moment: out at the moment itself.

    Where they follow faster than a movement takes, each is over sooner.
    """
    curve = np.zeros(drive.frames)
    gaps_s = np.diff(times_s, prepend=-np.inf, append=np.inf)
    clock_s = drive.times_s
    for time_s, strength, before, after in zip(times_s, strengths, gaps_s[:-1], gaps_s[1:], strict=True):
        before_s, after_s = min(_BEFORE_S, 0.4 * before), min(_AFTER_S, 0.6 * after)
        first, last = np.searchsorted(clock_s, (time_s - before_s, time_s + after_s))
        away_s = clock_s[first:last] - time_s
        there = ease(1.0 + away_s / max(before_s, 1e-6))
        back = 1.0 - ease(away_s / max(after_s, 1e-6))
        curve[first:last] += strength * np.where(away_s < 0, there, back)
    return curve


def _beats(drive: Drive) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the beats, and how strong what begins on each of them is."""
    strengths = np.full(drive.beats_s.size, _WEAK_BEAT)
    for beat, time_s in enumerate(drive.beats_s):
        near = slice(*np.searchsorted(drive.onsets_s, (time_s - _ON_THE_BEAT_S, time_s + _ON_THE_BEAT_S)))
        strengths[beat] = max(_WEAK_BEAT, float(drive.onset_strengths[near].max(initial=0.0)))
    return drive.beats_s, strengths


def _onsets(drive: Drive, beats_s: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the onsets that are no beats, the strongest first among those that are close together."""
    taken = list(beats_s)
    kept: list[int] = []
    for index in np.argsort(-drive.onset_strengths, kind="stable"):
        time_s = float(drive.onsets_s[index])
        if drive.onset_strengths[index] < _LEAST_ONSET:
            break
        if all(abs(time_s - other) >= _CLOSEST_S for other in _around(taken, time_s)):
            taken.append(time_s)
            taken.sort()
            kept.append(int(index))
    order = np.sort(np.array(kept, dtype=np.int64))
    return drive.onsets_s[order], drive.onset_strengths[order]


def _around(ordered: list[float], time_s: float) -> list[float]:
    place = int(np.searchsorted(ordered, time_s))
    return ordered[max(0, place - 1) : place + 1]


def _sway(drive: Drive, phase: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lean from side to side: out on each beat, to the other side on the next; with the phase where there is none."""
    slow = 0.7 * np.sin(_SWAY_TURN * phase)
    if drive.beats_s.size < 2:
        return slow
    count = np.interp(drive.times_s, drive.beats_s, np.arange(drive.beats_s.size))
    counted = np.floor(count) + ease(count - np.floor(count))
    after_s = np.searchsorted(drive.beats_s, drive.times_s)
    padded = np.concatenate(([-np.inf], drive.beats_s, [np.inf]))
    within = (padded[after_s + 1] - padded[after_s]) < 1.8 * drive.beat_s
    on_beat = smoothed(within.astype(np.float64), 0.25 * drive.fps)
    return on_beat * np.cos(np.pi * counted) * 0.8 + (1.0 - on_beat) * slow


def _syllables(drive: Drive) -> NDArray[np.float64]:
    """Return how far a mouth is open while there is a voice: by what rises above the second around it."""
    around = smoothed(drive.level, 0.5 * drive.fps)
    open_by = np.clip(0.45 + 3.0 * (drive.level - around), 0.0, 1.0)
    return smoothed(open_by, 0.04 * drive.fps)


def _blinks(drive: Drive, also_s: Sequence[float]) -> NDArray[np.float64]:
    """Close the eyes every few seconds, not quite evenly, and at given moments."""
    steps = np.arange(1, int(drive.duration_s / _BLINK_EVERY_S) + 1)
    own_s = _BLINK_EVERY_S * (steps + 0.3 * np.sin(2.4 * steps))
    curve = np.zeros(drive.frames)
    for time_s in (*own_s.tolist(), *also_s):
        away = np.abs(drive.times_s - time_s) / (0.5 * _BLINK_S)
        curve = np.maximum(curve, 1.0 - ease(away))
    return curve


def _rest_at_ends(drive: Drive) -> NDArray[np.float64]:
    """Return 1, and 0 at both ends: a clip that is closed into a loop begins as it ends."""
    from_end_s = np.minimum(drive.times_s, np.maximum(drive.duration_s - drive.times_s, 0.0))
    return ease(from_end_s / _REST_AT_ENDS_S)
