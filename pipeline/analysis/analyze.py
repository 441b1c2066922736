"""From samples to inflection points and alphas: the whole analysis of a sound, under one of two presets.

``paper`` follows GANterpretations to the letter, with the arithmetic of its released program; ``auto`` shares its steps
and differs where the paper's choices keep a film from following its sound: see docs/algorithm.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.inflection import DEFAULT_THRESHOLD, inflection_points
from pipeline.analysis.prominence import prominent_points
from pipeline.analysis.spectrogram import (
    HOP_SAMPLES,
    STEP_S,
    WINDOW_SAMPLES,
    PooledSpectrogram,
    power_spectrogram,
)
from pipeline.analysis.total_variation import centred_curve, normalize, total_variation, trailing_curve
from pipeline.recipe import MAX_SCENES, Preset
from pipeline.sound import SAMPLE_RATE_HZ

SECONDS_PER_CHANGE = 4.0
SHORTEST_SCENE_S = 1.5

_LEAST_SAMPLES = WINDOW_SAMPLES + HOP_SAMPLES  # two steps: a path needs a beginning and an end


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """What a clip needs to know of its sound.

    Attributes
    ----------
    preset : {"auto", "paper"}
    threshold : float
        That the points were found with; of preset ``auto``, solved for unless given.
    duration_s : float
        By the count of samples.
    step_s : float
        Time between two steps of the spectrogram, 128/44100 s.
    tv : float64, shape (steps,)
        The curve that the points were looked for on.
    points : int64, shape (scenes,)
        Inflection points as step indices: ascending, at least two, first 0, last ``steps - 1``.
    spectrogram : float32, shape (129, columns)
        For looking at: power in dB below its loudest, row 0 at 0 Hz; at most 2000 columns.
    column_s : float
        The time that a column covers; the last may reach past the sound's end.
    """

    preset: Preset
    threshold: float
    duration_s: float
    step_s: float
    tv: NDArray[np.float64]
    points: NDArray[np.int64]
    spectrogram: NDArray[np.float32]
    column_s: float

    @property
    def alphas(self) -> NDArray[np.float64]:
        """How far each step is on the way from its inflection point to the next, in (0, 1]; shape (steps - 1,).

        As the released program has it: for each segment the cumulative sum of the curve by its total, the first
        segment beginning at step 1; then a final 1. A segment in which nothing changes goes evenly.
        """
        starts = [1, *self.points[1:-1].tolist()]
        segments = [_share(self.tv[start:end]) for start, end in zip(starts, self.points[1:].tolist(), strict=True)]
        return np.concatenate((*segments, [1.0]))

    @property
    def point_times_s(self) -> NDArray[np.float64]:
        """When each inflection point is seen, float64 of shape (scenes,): from 0 to `duration_s`."""
        return step_times_s(self)[self.points]


def step_times_s(analysis: Analysis) -> NDArray[np.float64]:
    """When each step is seen, float64 of shape (steps,): in the middle of its window.

    The first and last step are drawn out to the two ends of the sound, so that its film begins with the first scene
    and ends with the last.
    """
    steps = np.arange(analysis.tv.size)
    times = (steps * HOP_SAMPLES + WINDOW_SAMPLES / 2) / SAMPLE_RATE_HZ
    times[0] = 0.0
    times[-1] = analysis.duration_s
    return np.minimum(times, analysis.duration_s)


def _share(curve: NDArray[np.float64]) -> NDArray[np.float64]:
    sums = np.cumsum(curve)
    # np.sum adds pairwise, and the specification divides by it.
    total = np.sum(curve)
    if total <= 0.0:
        return np.arange(1, curve.size + 1) / max(1, curve.size)
    share: NDArray[np.float64] = sums / total
    return share


def analyze(
    blocks: Iterable[NDArray[np.float64]],
    *,
    preset: Preset = "auto",
    threshold: float | None = None,
    scene_count: int | None = None,
    shortest_scene_s: float = SHORTEST_SCENE_S,
) -> Analysis:
    """Analyze a sound in one pass and constant memory but for the curve itself (10 MB an hour).

    Parameters
    ----------
    blocks : iterable of float64, shape (any,)
        Successive samples of one channel at 44.1 kHz, cut anywhere.
    preset : {"auto", "paper"}
    threshold : float or None
        None means 0.035 for ``paper`` and a solved one for ``auto``.
    scene_count : int or None
        For ``auto``: the wanted number of points; None means about one change every four seconds.
    shortest_scene_s : float
        For ``auto``: no two points are closer.

    Returns
    -------
    Analysis
        For every sound, the silent and the shortest included.
    """
    pooled = PooledSpectrogram()
    changes: list[NDArray[np.float64]] = []
    loudest = 0.0
    before: NDArray[np.float64] | None = None
    counter = _Counter()
    for power in power_spectrogram(_at_least(_LEAST_SAMPLES, counter.through(blocks))):
        pooled.add(power)
        changes.append(total_variation(power, before))
        loudest = max(loudest, float(power.mean(axis=1).max()))
        before = power[-1]
    variation = normalize(np.concatenate(changes), loudest)
    duration_s = counter.samples / SAMPLE_RATE_HZ

    if preset == "paper":
        curve = trailing_curve(variation)
        threshold = DEFAULT_THRESHOLD if threshold is None else threshold
        points = inflection_points(curve, threshold)
    else:
        curve = centred_curve(variation)
        points, threshold = prominent_points(
            curve,
            count=_most_points(scene_count, threshold, duration_s),
            threshold=threshold,
            shortest=math.ceil(shortest_scene_s / STEP_S),
        )
    return Analysis(
        preset=preset,
        threshold=threshold,
        duration_s=duration_s,
        step_s=STEP_S,
        tv=curve,
        points=points,
        spectrogram=pooled.decibels(),
        column_s=pooled.steps_per_column * STEP_S,
    )


def _most_points(scene_count: int | None, threshold: float | None, duration_s: float) -> int:
    if scene_count is not None:
        return max(2, scene_count)
    if threshold is not None:
        return MAX_SCENES
    return min(MAX_SCENES, max(2, round(duration_s / SECONDS_PER_CHANGE) + 1))


class _Counter:
    """Counts the samples that pass."""

    def __init__(self) -> None:
        self.samples = 0

    def through(self, blocks: Iterable[NDArray[np.float64]]) -> Iterator[NDArray[np.float64]]:
        for block in blocks:
            self.samples += block.size
            yield block


def _at_least(samples: int, blocks: Iterable[NDArray[np.float64]]) -> Iterator[NDArray[np.float64]]:
    """Fill up with silence to a least number of samples."""
    missing = samples
    for block in blocks:
        missing -= block.size
        yield block
    if missing > 0:
        yield np.zeros(missing)


def save_npz(analysis: Analysis, path: Path) -> None:
    """Write ``tv``, ``points``, ``alphas``, ``step_s`` and what they were made with as a NumPy archive."""
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            tv=analysis.tv,
            points=analysis.points,
            alphas=analysis.alphas,
            step_s=analysis.step_s,
            threshold=analysis.threshold,
            duration_s=analysis.duration_s,
            preset=analysis.preset,
        )
