"""Total variation: how much the spectrum changes from one step to the next, and the curves that are made of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TRAILING_STEPS = 256
"""The released program's running mean, 0.74 s."""

CENTRED_STEPS = 32
"""Ours, 93 ms, two frames of a film: long enough that the picture flows, short enough that it answers each note."""

_ROUNDING = 1e-12


def total_variation(power: NDArray[np.float64], before: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Return the mean over frequencies of |S[t] - S[t + 1]| (paper, section 2).

    Parameters
    ----------
    power : float64, shape (steps, frequencies)
        Successive steps of a spectrogram.
    before : float64, shape (frequencies,), or None
        The step before the first, where the spectrogram comes in batches.

    Returns
    -------
    float64, shape (steps,) or (steps - 1,) without `before`
    """
    first = 1 if before is None else 0
    change = np.empty((len(power) - first, power.shape[1]))
    np.subtract(power[1:], power[:-1], out=change[1 - first :])
    if before is not None:
        np.subtract(power[0], before, out=change[0])
    np.abs(change, out=change)
    # A product with ones adds up rows several times as fast as a sum along them.
    mean: NDArray[np.float64] = change @ np.full(power.shape[1], 1 / power.shape[1])
    return mean


def normalize(variation: NDArray[np.float64], mean_power: float) -> NDArray[np.float64]:
    """Divide by the maximum, so that loudness does not matter.

    Where the largest change is within rounding of the power itself (silence, a hum that repeats exactly), nothing
    changes, and zeros are returned instead of magnified rounding errors.

    Parameters
    ----------
    variation : float64, shape (steps - 1,)
    mean_power : float
        The largest mean over frequencies of the spectrogram's power.
    """
    largest = variation.max(initial=0.0)
    if largest <= _ROUNDING * mean_power:
        return np.zeros_like(variation)
    normalized: NDArray[np.float64] = variation / largest
    return normalized


def trailing_curve(variation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the released program's curve: running mean over 256 steps, its first value 256 times in front.

    So it trails the sound by up to 0.74 s. A sound of fewer steps (on which that program fails) is averaged as a
    whole.

    Parameters
    ----------
    variation : float64, shape (steps - 1,), steps > 1

    Returns
    -------
    float64, shape (steps,)
    """
    window = min(TRAILING_STEPS, variation.size)
    # Within 1e-11 of adding up each window by itself, even after an hour: both ends share the sum's earlier errors.
    sums = np.concatenate(([0.0], np.cumsum(variation)))
    means = (sums[window:] - sums[:-window]) / window
    return np.concatenate((np.full(window, means[0]), means))


def centred_curve(variation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the curve of preset ``auto``: a running mean that is centred on each step instead of trailing.

    The 32 changes around a step are weighted by a Hann window, so that a single click makes a single peak, and at the
    ends of the sound the mean is over those that are there.

    Parameters
    ----------
    variation : float64, shape (steps - 1,), steps > 1
        Value i lies between steps i and i + 1.

    Returns
    -------
    float64, shape (steps,)
    """
    weights = np.hanning(CENTRED_STEPS + 2)[1:-1]
    # An even number of weights puts the middle between two changes, which is on a step.
    steps = slice(CENTRED_STEPS // 2 - 1, CENTRED_STEPS // 2 + variation.size)
    curve: NDArray[np.float64] = np.convolve(variation, weights)[steps]
    curve /= np.convolve(np.ones_like(variation), weights)[steps]
    return curve
