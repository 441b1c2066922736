"""Where something begins: the onset curve and its peaks.

The curve follows Böck and Widmer 2013 ("Maximum filter vibrato suppression for onset detection", SuperFlux): the rise
of each band over the loudest of its neighbours a moment ago, so that a tone that only wavers does not begin again and
again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, median_filter, uniform_filter1d

from pipeline.analysis.ear.features.frames import FINE_S

LAG = 4
"""Fine frames, 23 ms: one window's length, after which two windows no longer share samples."""

NEIGHBOURS = 3
"""Bands that a wavering tone may reach."""

LOW_BANDS = slice(0, 5)  # to about 300 Hz: kicks and basses
MID_BANDS = slice(5, 24)  # to about 3 kHz: most tones, voices
HIGH_BANDS = slice(24, 40)  # cymbals, consonants, breath
BAND_GROUPS = (LOW_BANDS, MID_BANDS, HIGH_BANDS)

SURROUNDINGS = 2 * round(0.3 / FINE_S) + 1  # 0.3 s before and after: what a peak must stand out of
LEAST_GAP = round(0.06 / FINE_S)  # two beginnings that are closer are heard as one
LEAST_RISE_DB = 1.2
"""Mean over the bands; steady noise stays below it."""


@dataclass(frozen=True, slots=True, eq=False)
class Onsets:
    """Beginnings of sounds.

    Attributes
    ----------
    curve : float32, shape (fine frames, 4)
        Mean rise in dB: of all bands, and of the low, middle and high ones.
    times_s : float64, shape (onsets,)
    strengths : float64, shape (onsets,)
        How far each peak stands out of its surroundings, in dB.
    """

    curve: NDArray[np.float32]
    times_s: NDArray[np.float64]
    strengths: NDArray[np.float64]


def onset_curve(bands_db: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean rise of all bands and of the three groups; see `Onsets.curve`."""
    highest = maximum_filter1d(bands_db, NEIGHBOURS, axis=1)
    rise = np.zeros_like(bands_db)
    np.subtract(bands_db[LAG:], highest[:-LAG], out=rise[LAG:])
    np.maximum(rise, 0.0, out=rise)
    groups = [rise.mean(axis=1), *(rise[:, group].mean(axis=1) for group in BAND_GROUPS)]
    curve: NDArray[np.float32] = np.stack(groups, axis=1)
    return curve


def find_onsets(bands_db: NDArray[np.float32]) -> Onsets:
    """Find where sounds begin.

    Parameters
    ----------
    bands_db : float32, shape (fine frames, 40)
    """
    curve = onset_curve(bands_db)
    smooth = uniform_filter1d(curve[:, 0], 3)
    above = smooth - median_filter(smooth, SURROUNDINGS, mode="nearest")
    peaks = local_maxima(above, LEAST_GAP)
    peaks = peaks[above[peaks] >= LEAST_RISE_DB]
    # The rise over LAG is largest when the window has just passed the attack; the attack itself is half of it earlier.
    times_s = np.maximum(peaks - LAG / 2, 0) * FINE_S
    return Onsets(curve, times_s, above[peaks].astype(np.float64))


def local_maxima(curve: NDArray[np.float32], gap: int) -> NDArray[np.int64]:
    """Return where a curve is the highest of `gap` values before and after; of a plateau, its first."""
    highest = maximum_filter1d(curve, 2 * gap + 1, mode="nearest")
    maxima = np.flatnonzero((curve >= highest) & (curve > 0))
    if maxima.size:
        maxima = maxima[np.concatenate(([True], np.diff(maxima) > gap))]
    return maxima
