"""From samples to inflection points and alphas: the whole analysis of a sound, under one of two presets.

``paper`` follows GANterpretations to the letter, with the arithmetic of its released program; ``auto`` shares its steps
and differs in how the points are found: `analyze_by_ear` listens, and `analyze` does what recipes of version 1 meant by
``auto``. See docs/algorithm.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.ear.changes import Change, changes
from pipeline.analysis.ear.hearing import Hearing
from pipeline.analysis.ear.listener import Listener
from pipeline.analysis.inflection import DEFAULT_THRESHOLD, inflection_points
from pipeline.analysis.prominence import prominent_points
from pipeline.analysis.spectrogram import (
    HOP_SAMPLES,
    STEP_S,
    WINDOW_SAMPLES,
    PooledSpectrogram,
    power_spectrogram,
    summed_power_spectrogram,
)
from pipeline.analysis.total_variation import centred_curve, normalize, total_variation, trailing_curve
from pipeline.errors import ErrorCode, PipelineError
from pipeline.given_points import beyond
from pipeline.recipe import MAX_CHOSEN_SCENES, MAX_SCENES, Preset
from pipeline.sound import SAMPLE_RATE_HZ

SECONDS_PER_CHANGE = 4.0
SHORTEST_SCENE_S = 1.5
SHORTEST_HEARD_SCENE_S = 0.7
GIVEN = "given"
"""Why a point is there that somebody has placed."""

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
    reasons : tuple of str
        Why each point is there, where it was heard or given: ``start``, ``chord``, ``voice enters``, ``given``, …,
        ``end``; else empty.
    strengths : tuple of float
        How sure each point is, in [0, 1], where it was heard or given; the two ends are sure. Else empty.
    hearing : Hearing or None
        All that was heard; None where nobody listened.
    """

    preset: Preset
    threshold: float
    duration_s: float
    step_s: float
    tv: NDArray[np.float64]
    points: NDArray[np.int64]
    spectrogram: NDArray[np.float32]
    column_s: float
    reasons: tuple[str, ...] = ()
    strengths: tuple[float, ...] = ()
    hearing: Hearing | None = None

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
    points_s: Sequence[float] | None = None,
) -> Analysis:
    """Analyze a sound in one pass and constant memory but for the curve itself (10 MB an hour).

    Parameters
    ----------
    blocks : iterable of float64, shape (any,)
        Successive samples of one channel at 44.1 kHz, cut anywhere.
    preset : {"auto", "paper"}
        ``auto`` as recipes of version 1 have it: the most prominent peaks of the total variation.
    threshold : float or None
        None means 0.035 for ``paper`` and a solved one for ``auto``.
    scene_count : int or None
        For ``auto``: the wanted number of points; None means about one change every four seconds.
    shortest_scene_s : float
        For ``auto``: no two points are closer.
    points_s : sequence of float or None
        Points that are taken as they are (`pipeline.given_points`); then none are looked for.

    Returns
    -------
    Analysis
        For every sound, the silent and the shortest included.

    Raises
    ------
    PipelineError
        ``POINT_AFTER_END``
    """
    counter = _Counter()
    measured = _measure(power_spectrogram(_at_least(_LEAST_SAMPLES, counter.through(blocks))))
    variation, pooled = measured.variation, measured.pooled
    duration_s = counter.samples / SAMPLE_RATE_HZ
    curve = trailing_curve(variation) if preset == "paper" else centred_curve(variation)
    reasons: tuple[str, ...] = ()

    if points_s is not None:
        threshold = 0.0
        points, inner = _on_steps(_given(points_s, duration_s), curve.size)
        reasons = ("start", *(change.reason for change in inner), "end")
    elif preset == "paper":
        threshold = DEFAULT_THRESHOLD if threshold is None else threshold
        points = inflection_points(curve, threshold)
    else:
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
        reasons=reasons,
    )


def analyze_by_ear(
    blocks: Iterable[NDArray[np.float64]],
    channels: int,
    *,
    scene_count: int | None = None,
    sensitivity: float = 1.0,
    shortest_scene_s: float = SHORTEST_HEARD_SCENE_S,
    points_s: Sequence[float] | None = None,
) -> Analysis:
    """Analyze a sound by what a listener hears change in it (preset ``auto`` since recipes of version 2).

    All channels count, by their power. The total variation still drives what moves between the points.

    Parameters
    ----------
    blocks : iterable of float64, shape (any, channels)
        Successive samples at 44.1 kHz, cut anywhere.
    channels : int
    scene_count : int or None
        The wanted number of points, the two ends included; None takes as many as there are changes.
    sensitivity : float
        See `pipeline.analysis.ear.changes.changes`.
    shortest_scene_s : float
        No two points are closer.
    points_s : sequence of float or None
        As in `analyze`; what is heard moves the pictures all the same.

    Returns
    -------
    Analysis
        For every sound, the silent and the shortest included.

    Raises
    ------
    PipelineError
        ``POINT_AFTER_END``
    """
    counter, listener = _Counter(), Listener(channels, SAMPLE_RATE_HZ)

    def heard() -> Iterator[NDArray[np.float64]]:
        for block in counter.through(blocks):
            listener.push(block.astype(np.float32))
            yield block

    measured = _measure(summed_power_spectrogram(_at_least(_LEAST_SAMPLES, heard(), channels), channels))
    curve = centred_curve(measured.variation)
    hearing = listener.finish()  # also where points are given: they are danced to
    if points_s is not None:
        found = _given(points_s, counter.samples / SAMPLE_RATE_HZ)
    else:
        wanted = None if scene_count is None else max(0, scene_count - 2)
        heard_changes = changes(hearing, count=wanted, sensitivity=sensitivity, shortest_s=shortest_scene_s)
        found = list(heard_changes[: MAX_CHOSEN_SCENES - 2])
    points, inner = _on_steps(found, curve.size)
    return Analysis(
        preset="auto",
        threshold=0.0,
        duration_s=counter.samples / SAMPLE_RATE_HZ,
        step_s=STEP_S,
        tv=curve,
        points=points,
        spectrogram=measured.pooled.decibels(),
        column_s=measured.pooled.steps_per_column * STEP_S,
        reasons=("start", *(change.reason for change in inner), "end"),
        strengths=(1.0, *(change.strength for change in inner), 1.0),
        hearing=hearing,
    )


def _given(points_s: Sequence[float], duration_s: float) -> list[Change]:
    """Return given points as changes that nobody doubts."""
    if (late_s := beyond(points_s, duration_s)) is not None:
        raise PipelineError(ErrorCode.POINT_AFTER_END, point_s=late_s, duration_s=duration_s)
    return [Change(point_s, 1.0, "section", GIVEN) for point_s in points_s]


def _on_steps(found: Sequence[Change], steps: int) -> tuple[NDArray[np.int64], tuple[Change, ...]]:
    """Return the steps of some changes between the two ends, the ends among them, and those changes; one to a step."""
    middles = {round((change.time_s * SAMPLE_RATE_HZ - WINDOW_SAMPLES / 2) / HOP_SAMPLES): change for change in found}
    inner = {step: change for step, change in sorted(middles.items()) if 0 < step < steps - 1}
    return np.array([0, *inner, steps - 1], dtype=np.int64), tuple(inner.values())


@dataclass(frozen=True, slots=True, eq=False)
class _Measured:
    variation: NDArray[np.float64]
    pooled: PooledSpectrogram


def _measure(powers: Iterable[NDArray[np.float64]]) -> _Measured:
    """Take the total variation of a stream of powers, and keep a picture of it."""
    pooled = PooledSpectrogram()
    variations: list[NDArray[np.float64]] = []
    loudest = 0.0
    before: NDArray[np.float64] | None = None
    for power in powers:
        pooled.add(power)
        variations.append(total_variation(power, before))
        loudest = max(loudest, float(power.mean(axis=1).max()))
        before = power[-1]
    return _Measured(normalize(np.concatenate(variations), loudest), pooled)


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
            self.samples += len(block)
            yield block


def _at_least(
    samples: int, blocks: Iterable[NDArray[np.float64]], channels: int | None = None
) -> Iterator[NDArray[np.float64]]:
    """Fill up with silence to a least number of samples."""
    missing = samples
    for block in blocks:
        missing -= len(block)
        yield block
    if missing > 0:
        yield np.zeros(missing if channels is None else (missing, channels))


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
            reasons=analysis.reasons,
        )
