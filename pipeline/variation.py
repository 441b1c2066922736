"""Total variation: how much the spectrum changes from one step to the next, and the curves that are made of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TRAILING_STEPS = 256
"""The released program's running mean, 0.74 s."""

CENTRED_STEPS = 64
"""Ours, 0.19 s: four frames of a film. Long enough that the picture flows, short enough that it answers each note."""

LOUDNESS_EXPONENT = 0.3
"""Stevens' law: perceived loudness grows as this power of sound power. Without it, a film stands still in every
passage that is not the loudest: a change that is half as loud to the ear has a tenth of the power."""

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
    if before is not None:
        power = np.concatenate((before[None], power))
    change = np.diff(power, axis=0)
    np.abs(change, out=change)
    mean: NDArray[np.float64] = change.mean(axis=1)
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
    """Return the curve of preset ``auto``: running mean centred on each step, brought to the scale of loudness.

    The mean over 64 steps is weighted by a Hann window, so that a single click gives a single peak, and at the ends
    taken over what is there.

    Parameters
    ----------
    variation : float64, shape (steps - 1,), steps > 1
        In [0, 1]; value i lies between steps i and i + 1.

    Returns
    -------
    float64, shape (steps,)
        In [0, 1]; its maximum is 1 unless it is zero throughout.
    """
    weights = np.hanning(CENTRED_STEPS + 2)[1:-1]
    # An even number of weights puts the middle between two changes, which is on a step.
    steps = slice(CENTRED_STEPS // 2 - 1, CENTRED_STEPS // 2 + variation.size)
    mean = np.convolve(variation, weights)[steps] / np.convolve(np.ones_like(variation), weights)[steps]
    largest = mean.max()
    if largest <= 0.0:
        return mean
    curve: NDArray[np.float64] = (np.maximum(mean, 0.0) / largest) ** LOUDNESS_EXPONENT
    return curve
