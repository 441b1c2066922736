"""Noise of every colour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from benchmarks.changes.truth import SAMPLE_RATE_HZ

LOWEST_HZ = 30.0


def coloured_noise(rng: np.random.Generator, samples: int, slope: float) -> NDArray[np.float64]:
    """Draw noise whose power falls as frequency to the power of `slope`: 0 white, 1 pink, 2 brown, −1 blue.

    Its standard deviation is 0.2; below 30 Hz there is nothing.
    """
    size = fft.next_fast_len(samples, real=True)
    spectrum = fft.rfft(rng.standard_normal(size))
    frequency_hz = fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ)
    spectrum *= np.where(frequency_hz < LOWEST_HZ, 0.0, np.maximum(frequency_hz, LOWEST_HZ) ** (-slope / 2))
    noise: NDArray[np.float64] = fft.irfft(spectrum, size)[:samples]
    return 0.2 * noise / float(noise.std())
