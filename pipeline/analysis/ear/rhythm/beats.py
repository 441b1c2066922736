"""Where one would clap: tempo, beats, and whether there is a beat at all.

Tempo is the best path through a tempogram (windowed autocorrelation of the onset curve) that does not leap without
cause; beats are the dynamic program of Ellis 2007 ("Beat tracking by dynamic programming") with that path as its local
period. Where the onsets do not repeat at any period there is no beat, and none is made up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, uniform_filter1d

from pipeline.analysis.ear.features.frames import FINE_S
from pipeline.analysis.ear.features.onsets import LAG

PULSE_EVERY = 2  # fine frames to a pulse frame, 11.6 ms: a sixth of the window that a beat is judged by
PULSE_S = PULSE_EVERY * FINE_S

WINDOW_S = 8.0
WINDOW_EVERY_S = 1.0

BLUR = 1.5  # pulse frames: hands are uneven by some milliseconds, and no period is a whole number of frames

SHORTEST_BEAT_S = 0.27  # 222 a minute
LONGEST_BEAT_S = 1.2  # 50 a minute
FAVOURITE_BEAT_S = 0.5  # people tap near 120 a minute (Parncutt 1994)
FAVOUR_OCTAVES = 0.9  # spread of that preference
LEAP_COST = 12.0
"""For each octave that the tempo moves within a second, against correlations of at most 1."""

LEAST_CLARITY = 0.15
"""Autocorrelation at the beat, of 1: onsets at random times stay below it."""

LEAST_BEATS = 8
ON_ONSET_S = 0.05
SOUNDING_SHARE = 0.5

LEAST_RISE_DB = 0.4
"""A rise must stand so far out of its surroundings to carry a pulse: what a held tone or a hiss does stays below."""

TIGHTNESS = 100.0  # Ellis's alpha: what an uneven beat costs against the strength of an onset


@dataclass(frozen=True, slots=True, eq=False)
class Beats:
    """The pulse of a sound.

    Attributes
    ----------
    times_s : float64, shape (beats,)
        Empty where there is no beat.
    tempo_times_s, tempo_bpm, clarity : float64, shape (windows,)
        The tempo around each time, and how clear it is, from 0 to 1; nan beats a minute where there is no beat.
    """

    times_s: NDArray[np.float64]
    tempo_times_s: NDArray[np.float64]
    tempo_bpm: NDArray[np.float64]
    clarity: NDArray[np.float64]


def find_beats(curve: NDArray[np.float32], onsets_s: NDArray[np.float64]) -> Beats:
    """Find the beats.

    Parameters
    ----------
    curve : float32, shape (fine frames, 4)
        See `Onsets.curve`.
    onsets_s : float64, shape (onsets,)
        A beat is made of sounds: where most beats fall between onsets, there is none.
    """
    pulse = _pulse(curve[:, 0])
    window, step = round(WINDOW_S / PULSE_S), round(WINDOW_EVERY_S / PULSE_S)
    lags = np.arange(round(SHORTEST_BEAT_S / PULSE_S), round(LONGEST_BEAT_S / PULSE_S) + 1)
    correlation = _tempogram(gaussian_filter1d(pulse, BLUR), window, step, int(lags[-1]) * 4)
    path = _tempo_path(_salience(correlation, lags), lags)
    rows = np.arange(len(correlation))
    period = lags[path]
    clarity = np.clip(correlation[rows, period], 0.0, 1.0)
    times_s = (rows * step * PULSE_S).astype(np.float64)
    clear = uniform_filter1d(clarity, 5, mode="nearest") >= LEAST_CLARITY
    bpm = np.where(clear, 60 / (period * PULSE_S), np.nan)
    if not clear.any():
        return Beats(np.empty(0), times_s, bpm, clarity)
    frames = np.arange(pulse.size)
    beats = _track(pulse, np.interp(frames, rows * step, period))
    kept = clear[np.minimum(np.rint(beats / step).astype(np.int64), len(clear) - 1)]
    beats_s = np.maximum(beats[kept] * PULSE_S - LAG / 2 * FINE_S, 0.0)
    return Beats(beats_s[_sounding(beats_s, onsets_s)], times_s, bpm, clarity)


def _sounding(beats_s: NDArray[np.float64], onsets_s: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say of each beat whether enough of those around it are on an onset."""
    if beats_s.size < LEAST_BEATS or onsets_s.size == 0:
        return np.zeros(beats_s.size, dtype=bool)
    right = np.minimum(np.searchsorted(onsets_s, beats_s), onsets_s.size - 1)
    apart_s = np.minimum(np.abs(onsets_s[right] - beats_s), np.abs(onsets_s[np.maximum(right - 1, 0)] - beats_s))
    on_onset = (apart_s <= ON_ONSET_S).astype(np.float64)
    sounding: NDArray[np.bool_] = uniform_filter1d(on_onset, LEAST_BEATS, mode="nearest") >= SOUNDING_SHARE
    return sounding


def _pulse(onset_curve: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the onset curve above its surroundings, at the pulse rate and of unit spread."""
    whole = onset_curve[: len(onset_curve) // PULSE_EVERY * PULSE_EVERY]
    curve = whole.reshape(-1, PULSE_EVERY).max(axis=1).astype(np.float64)
    surroundings = uniform_filter1d(curve, round(1.0 / PULSE_S), mode="nearest")
    curve = np.maximum(curve - surroundings - LEAST_RISE_DB, 0.0)
    spread = float(curve.std()) if curve.size else 0.0
    pulse: NDArray[np.float64] = curve / spread if spread > 0 else curve
    return pulse


def _tempogram(pulse: NDArray[np.float64], window: int, step: int, longest: int) -> NDArray[np.float64]:
    """Return autocorrelations, of 1 at lag 0, of windows around every `step`; shape (windows, longest + 1)."""
    padded = np.concatenate((np.zeros(window // 2), pulse, np.zeros(window)))
    count = max(1, -(-pulse.size // step))
    size = 1 << int(np.ceil(np.log2(window + longest + 1)))
    taper = np.hanning(window + 2)[1:-1]
    taper_correlation = np.fft.irfft(np.abs(np.fft.rfft(taper, size)) ** 2)[: longest + 1]
    # A taper makes long lags look weak; dividing by its own correlation undoes that where it is not too small.
    undone = taper_correlation[0] / np.maximum(taper_correlation, 0.1 * taper_correlation[0])
    rows = np.zeros((count, longest + 1))
    for row in range(count):
        part = padded[row * step : row * step + window] * taper
        part = part - part.mean()
        correlation = np.fft.irfft(np.abs(np.fft.rfft(part, size)) ** 2)[: longest + 1]
        if correlation[0] > 1e-9:
            rows[row] = correlation / correlation[0] * undone
    return rows


def _salience(correlation: NDArray[np.float64], lags: NDArray[np.int64]) -> NDArray[np.float64]:
    """Weigh each period by its own correlation, by those of its double and its quadruple, and by preference."""
    together = correlation[:, lags] + 0.5 * correlation[:, 2 * lags] + 0.25 * correlation[:, 4 * lags]
    octaves = np.log2(lags * PULSE_S / FAVOURITE_BEAT_S)
    salience: NDArray[np.float64] = together * np.exp(-0.5 * (octaves / FAVOUR_OCTAVES) ** 2)
    return salience


def _tempo_path(salience: NDArray[np.float64], lags: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the index of the best period of each window (Viterbi)."""
    octaves = np.log2(lags)
    cost = np.minimum(LEAP_COST * np.abs(np.subtract.outer(octaves, octaves)), 1.5)
    best = salience[0]
    came_from = np.zeros(salience.shape, dtype=np.int64)
    for row in range(1, len(salience)):
        through = best[None, :] - cost
        came_from[row] = through.argmax(axis=1)
        best = salience[row] + through.max(axis=1)
    path = np.zeros(len(salience), dtype=np.int64)
    path[-1] = int(best.argmax())
    for row in range(len(salience) - 1, 0, -1):
        path[row - 1] = came_from[row, path[row]]
    return path


def _track(pulse: NDArray[np.float64], period: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the frames of the beats: onsets that are strong and about one period apart."""
    count = pulse.size
    score = pulse.copy()
    before = np.full(count, -1, dtype=np.int64)
    widest = int(2 * period.max()) + 1
    offsets = np.arange(1, widest + 1)
    logs = np.log(offsets)
    for frame in range(1, count):
        local = period[frame]
        low, high = max(1, int(local / 2)), min(int(2 * local), frame)
        if high < low:
            continue
        penalty = (logs[low - 1 : high] - np.log(local)) ** 2
        candidates = score[frame - high : frame - low + 1][::-1] - TIGHTNESS * penalty
        best = int(candidates.argmax())
        if candidates[best] > 0:
            score[frame] += candidates[best]
            before[frame] = frame - (low + best)
    last = max(0, count - int(period[-1])) if count else 0
    beats = []
    frame = last + int(score[last:].argmax()) if count else -1
    while frame >= 0:
        beats.append(frame)
        frame = int(before[frame])
    return np.array(beats[::-1], dtype=np.int64)
