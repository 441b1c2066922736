"""How things dance: they sink on the beat, sway from one to the next, nod to onsets, and open their mouths to voices.

Each movement begins before its beat and goes on after it (anticipation and follow-through), and is eased, so that it
moves parts and never the light.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.generator import POSES
from pipeline.motion.drive import Drive, smoothed
from pipeline.motion.easing import ease

_BEFORE_S, _BEHIND_S, _BACK_S = 0.09, 0.10, 0.48
"""A movement begins shortly before its onset, is out shortly behind it, and takes its time to come back: the eye is
quickest in the moment that the ear hears."""
_BOUNCE = 0.5
_STEP_S, _SWAY = 0.18, 0.25
"""How long it takes from one side to the other, and how far out that is on the strongest beat."""
_ON_THE_BEAT_S = 0.08
_WEAK_BEAT = 0.3  # a beat on which nothing begins is still felt
_LEAST_ONSET = 0.12
_ACCENT_GAP_S, _TICK_GAP_S = 0.45, 0.15
"""The whole figure moves less than three times a second, for its edge would flicker otherwise; hands may be quicker."""
_BLINK_S, _BLINK_EVERY_S = 0.22, 4.2
_REST_AT_ENDS_S = 0.4
_CALM, _WILD = 0.6, 1.1
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
    accents, ticks = events(drive)
    # Where more changes, the same onset moves more; where little does, a beat is only hinted at.
    loud = np.sqrt(drive.level) * np.minimum(_CALM + (1.0 - _CALM) * drive.change, _WILD)
    accent, tick = pulses(drive, *accents) * loud, pulses(drive, *ticks) * loud
    sway = _sway(drive, phase) * loud
    moves = {
        "bounce": _BOUNCE * accent,
        "sway": sway,
        "nod": 0.5 * accent + 0.35 * tick,
        "limbs": 0.9 * sway + 0.6 * accent + 0.6 * tick,
        "wings": 1.2 * accent + 0.8 * tick,
        "mouth": smoothed(drive.voice, 0.08 * drive.fps) * _syllables(drive),
        "blink": _blinks(drive, blinks_at_s),
    }
    poses = np.zeros((drive.frames, len(POSES)))
    for name, values in moves.items():
        poses[:, POSES.index(name)] = amount * values * _rest_at_ends(drive)
    return poses


Moments = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Times in seconds, ascending, and strengths in [0, 1]."""


def events(drive: Drive) -> tuple[Moments, Moments]:
    """Choose what is danced to: accents for the whole figure, and ticks between them for hands and heads.

    Beats and onsets count alike; of those that are too close together, the stronger one is taken.
    """
    times_s, strengths = drive.onsets_s, drive.onset_strengths
    bare_s = np.array([time_s for time_s in drive.beats_s if not _nearer_than(times_s, time_s, _ON_THE_BEAT_S)])
    times_s = np.concatenate((times_s, bare_s))
    strengths = np.concatenate((strengths, np.full(bare_s.size, _WEAK_BEAT)))
    order = np.argsort(times_s, kind="stable")
    times_s, strengths = times_s[order], strengths[order]
    accents: list[float] = []
    others: list[float] = []
    is_accent, is_tick = np.zeros(times_s.size, bool), np.zeros(times_s.size, bool)
    for index in np.argsort(-strengths, kind="stable"):
        time_s = float(times_s[index])
        if strengths[index] < _LEAST_ONSET:
            break
        if not _nearer_than(accents, time_s, _ACCENT_GAP_S):
            insort(accents, time_s)
            is_accent[index] = True
        elif not (_nearer_than(accents, time_s, _TICK_GAP_S) or _nearer_than(others, time_s, _TICK_GAP_S)):
            insort(others, time_s)
            is_tick[index] = True
    return (times_s[is_accent], strengths[is_accent]), (times_s[is_tick], strengths[is_tick])


def pulses(drive: Drive, times_s: NDArray[np.float64], strengths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sum of one eased movement there and back for each moment, out just behind it.

    Where they follow faster than a movement takes, each is over sooner.
    """
    curve = np.zeros(drive.frames)
    gaps_s = np.diff(times_s, append=np.inf)
    clock_s = drive.times_s
    for time_s, strength, gap_s in zip(times_s, strengths, gaps_s, strict=True):
        back_s = max(0.08, min(_BACK_S, gap_s - _BEFORE_S - _BEHIND_S))
        first, last = np.searchsorted(clock_s, (time_s - _BEFORE_S, time_s + _BEHIND_S + back_s))
        away_s = clock_s[first:last] - time_s
        there = ease((away_s + _BEFORE_S) / (_BEFORE_S + _BEHIND_S))
        back = 1.0 - ease((away_s - _BEHIND_S) / back_s)
        curve[first:last] += strength * there * back
    return curve


def _strengths_at(drive: Drive, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how strong what begins at some beats is; not less than a beat on which nothing begins."""
    strengths = np.full(times_s.size, _WEAK_BEAT)
    for number, time_s in enumerate(times_s):
        near = slice(*np.searchsorted(drive.onsets_s, (time_s - _ON_THE_BEAT_S, time_s + _ON_THE_BEAT_S)))
        strengths[number] = max(_WEAK_BEAT, float(drive.onset_strengths[near].max(initial=0.0)))
    return strengths


def _nearer_than(ordered: Sequence[float] | NDArray[np.float64], time_s: float, gap_s: float) -> bool:
    place = bisect_left(ordered, time_s)
    return any(abs(other - time_s) < gap_s for other in ordered[max(0, place - 1) : place + 1])


def _sway(drive: Drive, phase: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lean from side to side, to the other one on each beat; slowly, with the phase, where there is no beat."""
    slow = 0.7 * np.sin(_SWAY_TURN * phase)
    if drive.beats_s.size < 2:
        return slow
    sides = np.where(np.arange(drive.beats_s.size) % 2, 1.0, -1.0) * _strengths_at(drive, drive.beats_s)
    steps = np.diff(sides, prepend=0.0)
    step, done = np.zeros(drive.frames), np.zeros(drive.frames + 1)
    for time_s, by in zip(drive.beats_s, steps, strict=True):
        first, last = np.searchsorted(drive.times_s, (time_s - _BEFORE_S, time_s - _BEFORE_S + _STEP_S))
        step[first:last] += by * ease((drive.times_s[first:last] - time_s + _BEFORE_S) / _STEP_S)
        done[last] += by
    step += np.cumsum(done[:-1])
    padded = np.concatenate(([-np.inf], drive.beats_s, [np.inf]))
    beat = np.searchsorted(drive.beats_s, drive.times_s)
    within = (padded[beat + 1] - padded[beat]) < 1.8 * drive.beat_s
    on_beat = smoothed(within.astype(np.float64), 0.25 * drive.fps)
    return on_beat * step * _SWAY + (1.0 - on_beat) * slow


def _syllables(drive: Drive) -> NDArray[np.float64]:
    """Return how far a mouth is open while there is a voice: by what rises above the second around it."""
    around = smoothed(drive.quick_level, 0.5 * drive.fps)
    return np.clip(0.4 + 2.2 * (drive.quick_level - around), 0.0, 1.0)


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
