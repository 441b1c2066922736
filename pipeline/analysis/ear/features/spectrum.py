"""Power in bands: what each window of a sound is made of, all channels added up.

Powers of channels are added, not their samples: so a sound is heard alike in the middle, at the right, in the centre of
7.1 and in antiphase, where a mixture would be louder, softer or silent.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from pipeline.analysis.ear.features.frames import FINE_WINDOW_S, HARMONY_WINDOW_S, Stretch

MEL_BANDS = 40
LOWEST_MEL_HZ = 30.0
HIGHEST_MEL_HZ = 16_000.0

LOWEST_SEMITONE = 40  # MIDI; E2, 82 Hz
SEMITONES = 60  # five octaves, to D#7 at 2.5 kHz: above it partials are closer than semitones


class BandPower:
    """Turns windows into the power of some frequency bands.

    Parameters
    ----------
    window_s : float
    sample_rate_hz : float
    edges_hz : float64, shape (bands + 2,)
        Band b is a triangle from edge b over edge b + 1 to edge b + 2.
    """

    def __init__(self, window_s: float, sample_rate_hz: float, edges_hz: NDArray[np.float64]) -> None:
        self._length = max(16, round(window_s * sample_rate_hz))
        window = np.hanning(self._length + 2)[1:-1]
        self._size = fft.next_fast_len(self._length, real=True)
        # As a density times the width of a bin: the same number at every sample rate.
        self._window = (window / np.sqrt(np.sum(window**2) * self._size)).astype(np.float32)
        frequencies_hz = fft.rfftfreq(self._size, 1 / sample_rate_hz)
        self._weights = triangles(frequencies_hz, edges_hz).astype(np.float32).T.copy()

    def __call__(self, stretch: Stretch, times_s: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return float32, shape (times, bands)."""
        power: NDArray[np.float32] | None = None
        for windows in stretch.windows(times_s, self._length):
            spectrum = fft.rfft(windows * self._window, self._size, axis=1)
            own = spectrum.real**2 + spectrum.imag**2
            power = own if power is None else power + own
        assert power is not None
        bands: NDArray[np.float32] = power @ self._weights
        return bands


def triangles(frequencies_hz: NDArray[np.float64], edges_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights of triangular bands, shape (bands, frequencies).

    A band narrower than the distance of two frequencies is widened to it; one above the Nyquist frequency is zero.
    """
    step_hz = frequencies_hz[1] - frequencies_hz[0]
    middles = edges_hz[1:-1, None]
    below = np.maximum(middles - edges_hz[:-2, None], step_hz)
    above = np.maximum(edges_hz[2:, None] - middles, step_hz)
    rising = 1 - (middles - frequencies_hz) / below
    falling = 1 - (frequencies_hz - middles) / above
    weights: NDArray[np.float64] = np.maximum(0.0, np.minimum(rising, falling))
    return weights


def mel_edges_hz() -> NDArray[np.float64]:
    """Return the edges of the mel bands (O'Shaughnessy's formula), shape (MEL_BANDS + 2,)."""
    lowest, highest = (2595 * math.log10(1 + hertz / 700) for hertz in (LOWEST_MEL_HZ, HIGHEST_MEL_HZ))
    edges: NDArray[np.float64] = 700 * (10 ** (np.linspace(lowest, highest, MEL_BANDS + 2) / 2595) - 1)
    return edges


def semitone_edges_hz() -> NDArray[np.float64]:
    """Return the edges of bands one semitone apart, in equal temperament at A = 440 Hz."""
    numbers = np.arange(LOWEST_SEMITONE - 1, LOWEST_SEMITONE + SEMITONES + 1)
    edges: NDArray[np.float64] = 440 * 2 ** ((numbers - 69) / 12)
    return edges


def mel_power(sample_rate_hz: float) -> BandPower:
    """Return what turns fine windows into mel bands."""
    return BandPower(FINE_WINDOW_S, sample_rate_hz, mel_edges_hz())


def semitone_power(sample_rate_hz: float) -> BandPower:
    """Return what turns long windows into semitones."""
    return BandPower(HARMONY_WINDOW_S, sample_rate_hz, semitone_edges_hz())
