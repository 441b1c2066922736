"""What speaks for a change, at each moment at which there might be one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from pipeline.analysis.ear.features.contrast import contrast
from pipeline.analysis.ear.features.descriptors import Descriptors, at_frames
from pipeline.analysis.ear.features.frames import FINE_S, FRAME_S, HARMONY_EVERY
from pipeline.analysis.ear.features.onsets import BAND_GROUPS, Onsets, local_maxima
from pipeline.analysis.ear.features.recurrence import SPANS_S, TEXTURE_EVERY, TEXTURE_S, textures, unheard
from pipeline.analysis.ear.rhythm.beats import Beats

LENGTHS_S = (0.5, 1.0, 2.0, 4.0, 8.0)
"""What is compared: from a beat to a phrase."""

VIEWS = ("level", "timbre", "loudness", "harmony", "chroma", "strokes")
SLOW = ("harmony", "chroma")
JOINT = ("loudness", "chroma", "strokes")
"""In these the strong dimensions count more."""

KEY_SPANS_S = (4.0, 8.0, 12.0)

TEMPO_AROUND_S = (3.0, 5.0)
OCTAVES_SCALE = 10.0  # a tempo a tenth of an octave faster is as much as other values of 1
ON_THE_BEAT_S = 0.05
GROUPS = ("all", "low", "middle", "high")

FLOORS = {"level": 3.0, "timbre": 4.0, "loudness": 0.1, "harmony": 5.0, "chroma": 0.1, "strokes": 0.03}
"""Differences below these are none: dB; for chroma, of a unit vector; for activity, √dB of rise."""

UNHEARD = ("timbre", "loudness", "harmony", "chroma")

NAMES = (
    *(f"{view} {length_s:g} s" for view in VIEWS for length_s in LENGTHS_S),
    "onset",
    *(f"entry {group}" for group in GROUPS),
    *(f"exit {group}" for group in GROUPS),
    *(f"unheard {view} {span_s:g} s" for view in UNHEARD for span_s in SPANS_S),
    *(f"key {span_s:g} s" for span_s in KEY_SPANS_S),
    "beat",
    "bar",
    *(f"tempo {around_s:g} s" for around_s in TEMPO_AROUND_S),
)

CONTRAST_GAP_S = 0.4  # between two peaks of contrast that may both be moments
LEAST_CONTRAST = 0.8  # summed over views and lengths; a held tone's wavering stays below it
LEAST_FALL_DB = 6.0
SAME_MOMENT_S = 0.1

ENTRY_S = 0.15  # what has just begun
REST_S = 0.7  # what it is held against
REST_GAP_S = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Candidates and what speaks for each.

    Attributes
    ----------
    times_s : float64, shape (candidates,)
        Ascending, to the fine frame.
    values : float32, shape (candidates, len(NAMES))
        In the order of `NAMES`.
    """

    times_s: NDArray[np.float64]
    values: NDArray[np.float32]

    def column(self, name: str) -> NDArray[np.float32]:
        """Return one of `NAMES` for all candidates, shape (candidates,)."""
        column: NDArray[np.float32] = self.values[:, NAMES.index(name)]
        return column


def gather(descriptors: Descriptors, onsets: Onsets, beats: Beats, downbeats_s: NDArray[np.float64]) -> Evidence:
    """Find the moments at which something may change, and what speaks for it.

    Moments are the onsets, and the peaks of contrasts that no onset is near (a pad that fades into another).
    """
    curves = _contrasts(descriptors)
    loudness = _loudness(descriptors)
    falls = [_entry(curve[::-1])[::-1] for curve in loudness]
    times_s = _candidates(curves, onsets, falls[0], len(descriptors.level))
    at = np.clip(np.rint(times_s / FRAME_S).astype(np.int64), 0, len(descriptors.level) - 1)
    columns = [maximum_filter1d(curve, 5)[at] for curve in curves.values()]
    fine = np.clip(np.rint(times_s / FINE_S).astype(np.int64), 0, len(onsets.curve) - 1)
    columns.append(maximum_filter1d(onsets.curve[:, 0], 17)[fine])
    columns += [maximum_filter1d(_entry(curve), 9)[fine] for curve in loudness]
    columns += [maximum_filter1d(fall, 17)[fine] for fall in falls]
    frames = len(descriptors.level)
    rows = {view: _rows(descriptors, view) for view in UNHEARD}
    texture = np.clip(np.rint(times_s / TEXTURE_S).astype(np.int64), 0, -(-frames // TEXTURE_EVERY) - 1)
    for view in UNHEARD:
        every = at_frames(rows[view], frames) if view in SLOW else rows[view]
        curves_of_view = unheard(textures(every), floor=FLOORS[view] / 2)
        columns += [maximum_filter1d(curve, 3)[texture] for curve in curves_of_view.T]
    columns += [key[at // HARMONY_EVERY] for key in _keys(descriptors.chroma)]
    columns += [_nearness(times_s, beats.times_s), _nearness(times_s, downbeats_s)]
    columns += [OCTAVES_SCALE * tempo_steps(beats, times_s, around_s) for around_s in TEMPO_AROUND_S]
    values = np.stack(columns, axis=1) if times_s.size else np.zeros((0, len(NAMES)), dtype=np.float32)
    return Evidence(times_s, values.astype(np.float32))


def _contrasts(descriptors: Descriptors) -> dict[tuple[str, float], NDArray[np.float32]]:
    frames = len(descriptors.level)
    curves = {}
    for view in VIEWS:
        slow = view in SLOW
        for length_s in LENGTHS_S:
            curve = contrast(
                _rows(descriptors, view),
                length=round(length_s / FRAME_S / (HARMONY_EVERY if slow else 1)),
                gap_before=2,
                gap_after=2 if slow else 1,
                floor=FLOORS[view],
                joint=view in JOINT,
            )
            curves[view, length_s] = np.repeat(curve, HARMONY_EVERY)[:frames] if slow else curve
    return curves


def tempo_steps(beats: Beats, times_s: NDArray[np.float64], around_s: float) -> NDArray[np.float64]:
    """Return by how many octaves the tempo is another some seconds after each time than before; 0 without a beat."""
    if not np.isfinite(beats.tempo_bpm).any() or times_s.size == 0:
        return np.zeros(times_s.size)
    octaves = np.log2(beats.tempo_bpm)
    before = np.interp(times_s - around_s, beats.tempo_times_s, octaves)
    after = np.interp(times_s + around_s, beats.tempo_times_s, octaves)
    return np.nan_to_num(np.abs(after - before)).astype(np.float64)


def _nearness(times_s: NDArray[np.float64], grid_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1 on the grid, falling off within some hundredths of a second; 0 where there is no grid."""
    if grid_s.size == 0 or times_s.size == 0:
        return np.zeros(times_s.size)
    right = np.searchsorted(grid_s, times_s)
    apart_s = np.minimum(
        np.abs(times_s - grid_s[np.minimum(right, grid_s.size - 1)]),
        np.abs(times_s - grid_s[np.maximum(right - 1, 0)]),
    )
    nearness: NDArray[np.float64] = np.exp(-0.5 * (apart_s / ON_THE_BEAT_S) ** 2)
    return nearness


def _rows(descriptors: Descriptors, view: str) -> NDArray[np.float32]:
    rows: NDArray[np.float32] = getattr(descriptors, view)
    return rows


def _keys(chroma: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Return how unlike the mean chroma of some seconds after each slow frame is to that of those before.

    The spread is left out on purpose: within a key, chords come and go.
    """
    curves = []
    sums = np.concatenate((np.zeros((1, chroma.shape[1])), np.cumsum(chroma, axis=0, dtype=np.float64)))
    here = np.arange(len(chroma))
    for span_s in KEY_SPANS_S:
        span = round(span_s / FRAME_S / HARMONY_EVERY)
        start, end = np.maximum(here - span, 0), np.minimum(here + span, len(chroma))
        before, after = sums[here] - sums[start], sums[end] - sums[here]
        lengths = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
        cosine = np.einsum("ij,ij->i", before, after) / np.maximum(lengths, 1e-9)
        whole = np.minimum(here - start, end - here) / span
        curves.append((np.where(lengths > 1e-9, 1 - cosine, 0.0) * np.sqrt(whole)).astype(np.float32))
    return curves


def _candidates(
    curves: dict[tuple[str, float], NDArray[np.float32]],
    onsets: Onsets,
    fall: NDArray[np.float32],
    frames: int,
) -> NDArray[np.float64]:
    summed = np.zeros(frames, dtype=np.float32)
    for view, weight in (("harmony", 1.0), ("timbre", 1.0), ("level", 0.5)):
        summed += weight * (curves[view, 1.0] + curves[view, 2.0])
    summed = uniform_filter1d(summed, 3)
    peaks = local_maxima(summed, round(CONTRAST_GAP_S / FRAME_S))
    endings = local_maxima(fall, round(CONTRAST_GAP_S / FINE_S))
    times_s = _not_near(onsets.times_s, (endings[fall[endings] > LEAST_FALL_DB] * FINE_S).astype(np.float64))
    return _not_near(times_s, (peaks[summed[peaks] > LEAST_CONTRAST] * FRAME_S).astype(np.float64))


def _not_near(times_s: NDArray[np.float64], further_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Add those times that are not within `SAME_MOMENT_S` of one that is there already."""
    if times_s.size:
        right = np.searchsorted(times_s, further_s)
        nearest_s = np.minimum(
            np.abs(further_s - times_s[np.minimum(right, times_s.size - 1)]),
            np.abs(further_s - times_s[np.maximum(right - 1, 0)]),
        )
        further_s = further_s[nearest_s > SAME_MOMENT_S]
    return np.sort(np.concatenate((times_s, further_s)))


def _loudness(descriptors: Descriptors) -> list[NDArray[np.float32]]:
    """Return the level of all bands and of each group at the fine rate, in dB."""
    power = 10 ** (descriptors.bands_db / 10)
    groups = (slice(None), *BAND_GROUPS)
    return [uniform_filter1d(10 * np.log10(power[:, group].mean(axis=1)), 5) for group in groups]


def _entry(curve: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return by how much what begins is louder than the loudest just before, in dB, at least 0."""
    after, rest, gap = (round(seconds / FINE_S) for seconds in (ENTRY_S, REST_S, REST_GAP_S))
    mean = np.roll(uniform_filter1d(curve, after, mode="nearest"), -(after // 2))
    mean[-(after // 2) :] = curve[-1]
    width = rest - gap
    loudest = maximum_filter1d(curve, width, mode="nearest", origin=width // 2 - 1)
    loudest = np.concatenate((np.full(gap, curve[0], dtype=curve.dtype), loudest[:-gap]))
    result: NDArray[np.float32] = np.maximum(mean - loudest, 0.0)
    return result
