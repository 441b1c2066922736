"""Has what comes next been heard just before? A loop of chords changes all the time and stays the same.

Two stretches on either side of a moment are compared as two heaps of short textures, each texture with its nearest in
the other heap (a nearest-neighbour two-sample test, Schilling 1986): means and spreads differ between two chords of a
loop, but the loop's next round holds nothing that the last did not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter1d, uniform_filter1d

from pipeline.analysis.ear.features.frames import FRAME_S

TEXTURE_FRAMES = 16
"""A texture lasts 0.37 s: long enough to hold a stroke and what rings after it."""

TEXTURE_EVERY = 8
TEXTURE_S = TEXTURE_EVERY * FRAME_S

SPANS_S = (4.0, 8.0, 16.0)
"""How far back and forth is looked: from a bar to four."""

_GUARD = 1  # textures on either side of a moment that hold both
_APART = 3  # textures that are nearer than this share frames


def textures(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Average rows (one to a frame) into textures: float32, shape (textures, dimensions)."""
    means: NDArray[np.float32] = uniform_filter1d(rows, TEXTURE_FRAMES, axis=0, mode="nearest")[::TEXTURE_EVERY]
    return means


def unheard(units: NDArray[np.float32], *, floor: float) -> NDArray[np.float32]:
    """Say at each texture how new what follows is, and how gone what went before.

    Parameters
    ----------
    units : float32, shape (textures, dimensions)
    floor : float
        Root mean square difference, in the units' unit, that is no difference.

    Returns
    -------
    float32, shape (textures, len(SPANS_S))
        Distance of each texture to its nearest on the other side, averaged over both sides, by how near textures of
        one side lie to each other (both plus `floor`); about 1 where nothing changes.
    """
    longest = round(max(SPANS_S) / TEXTURE_S)
    back = _distances_back(units, 2 * (longest + _GUARD) + 1)
    spans = [round(span_s / TEXTURE_S) for span_s in SPANS_S]
    columns = [_unheard_within(back, span, floor) for span in spans]
    return np.stack(columns, axis=1).astype(np.float32)


def _distances_back(units: NDArray[np.float32], reach: int) -> NDArray[np.float32]:
    """Return the distance of each texture to the one k before: shape (textures, reach), infinite where none is."""
    count, dimensions = units.shape
    back = np.full((count, reach), np.inf, dtype=np.float32)
    for k in range(1, min(reach, count)):
        difference = units[k:] - units[:-k]
        back[k:, k] = np.sqrt(np.einsum("ij,ij->i", difference, difference) / dimensions)
    return back


def _unheard_within(back: NDArray[np.float32], span: int, floor: float) -> NDArray[np.float64]:
    count = len(back)
    forth = np.full_like(back, np.inf)
    for k in range(1, min(back.shape[1], count)):
        forth[:-k, k] = back[k:, k]
    new = _mean_to_other_side(back, span)
    gone = _mean_to_other_side(forth[::-1], span)[::-1]
    # Each side's own spread looks away from the moment, so that it never reaches across.
    own_before = _running_mean(back[:, _APART : span + 1].min(axis=1), span)
    own_after = _running_mean(forth[:, _APART : span + 1].min(axis=1)[::-1], span)[::-1]
    within = (np.fmin(own_before, own_after) + np.fmax(own_before, own_after)) / 2
    ratio = (0.5 * (new + gone) + floor) / (np.nan_to_num(within, nan=0.0) + floor)
    return np.where(np.isfinite(ratio), ratio, 1.0)


def _mean_to_other_side(back: NDArray[np.float32], span: int) -> NDArray[np.float64]:
    """Return, for each moment, the mean distance from the `span` textures after it to the nearest of those before."""
    count = len(back)
    width = span
    # nearest[a, s]: the nearest to texture a among those s … s + width − 1 before it.
    nearest = minimum_filter1d(back, width, axis=1, mode="constant", cval=np.inf, origin=-(width // 2))
    total = np.zeros(count)
    seen = np.zeros(count)
    for ahead in range(_GUARD + 1, span + 1):
        distance = ahead + _GUARD
        column = np.full(count, np.nan)
        if count > ahead:
            column[: count - ahead] = nearest[ahead:, distance]
        there = np.isfinite(column)
        total[there] += column[there]
        seen += there
    return np.where(seen >= _APART, total / np.maximum(seen, 1), np.nan)


def _running_mean(values: NDArray[np.float32], span: int) -> NDArray[np.float64]:
    """Return the mean of the finite ones among each value and the `span` − 1 before it; nan where none is."""
    finite = np.isfinite(values)
    sums = np.concatenate((np.zeros(span), np.cumsum(np.where(finite, values, 0.0), dtype=np.float64)))
    counts = np.concatenate((np.zeros(span), np.cumsum(finite)))
    number = counts[span:] - counts[:-span]
    total = sums[span:] - sums[:-span]
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)
