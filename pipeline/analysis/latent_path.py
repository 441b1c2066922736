"""The path through (z, c): where between which two scenes every frame of the film is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.analyze import Analysis, step_times_s
from pipeline.generator import LATENT_DIM, NUM_CLASSES
from pipeline.recipe import Scene


@dataclass(frozen=True, slots=True, eq=False)
class FramePath:
    """The place of every frame; frame i is seen at i / fps.

    Attributes
    ----------
    segments : int64, shape (frames,)
        k, where the frame lies between inflection points k and k + 1; never falling.
    alphas : float64, shape (frames,)
        In [0, 1], 0 at point k and 1 at point k + 1; never falling within a segment.
    """

    segments: NDArray[np.int64]
    alphas: NDArray[np.float64]


def frame_count(duration_s: float, fps: int) -> int:
    """Return how many frames are as long as the sound, to the nearest; at least one."""
    return max(1, math.floor(duration_s * fps + 0.5))


def frame_path(analysis: Analysis, fps: int, frames: int | None = None) -> FramePath:
    """Place the frames of a film on the path.

    The alphas are those of the analysis, read between the steps.

    Parameters
    ----------
    analysis : Analysis
    fps : int
        Frames per second.
    frames : int, optional
        How many; by default as many as the sound is long. Frames after its end stay at its last point.
    """
    steps_s = step_times_s(analysis)
    count = frame_count(analysis.duration_s, fps) if frames is None else frames
    moments_s = np.minimum(np.arange(count) / fps, analysis.duration_s)
    progress = np.interp(moments_s, steps_s, _progress(analysis))
    points_s = steps_s[analysis.points]
    segments = np.clip(np.searchsorted(points_s, moments_s, side="right") - 1, 0, analysis.points.size - 2)
    return FramePath(segments.astype(np.int64), np.clip(progress - segments, 0.0, 1.0))


def _progress(analysis: Analysis) -> NDArray[np.float64]:
    """Return where each step is on the way: the number of its segment and its alpha, float64 of shape (steps,).

    ``Analysis.alphas[t - 1]`` counts the change between steps t and t + 1, which is over at step t + 1.
    """
    points, steps = analysis.points, analysis.tv.size
    segments = np.maximum(np.searchsorted(points, np.arange(steps), side="left") - 1, 0)
    reached: NDArray[np.float64] = segments + np.concatenate(([0.0, 0.0], analysis.alphas))[:steps]
    reached[points] = np.arange(points.size)
    return reached


def latent(seed: int, truncation: float, dim: int = LATENT_DIM) -> NDArray[np.float32]:
    """Draw a scene's z: a standard normal cut off at ±2, times the truncation, as BigGAN takes it.

    The same on every machine and under every version of NumPy: only the raw bits of PCG64, whose stream NumPy
    guarantees, and the inverse of the distribution function.

    Returns
    -------
    float32, shape (dim,)
    """
    bits = np.random.PCG64(seed).random_raw(dim)
    uniform = ((bits >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
    from scipy.special import ndtr, ndtri  # a third of a second, which no command that draws nothing should take

    low, high = ndtr(-2.0), ndtr(2.0)
    z: NDArray[np.float32] = (truncation * ndtri(low + uniform * (high - low))).astype(np.float32)
    return z


def mix(
    path: FramePath, scenes: Sequence[Scene], truncation: float, frames: slice
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give some frames of the path to the generator: z and c of both scenes, mixed by alpha (paper, section 2).

    Parameters
    ----------
    path : FramePath
    scenes : sequence of Scene
        One to an inflection point.
    truncation : float
        Truncation of the latents, in (0, 1].
    frames : slice
        Which frames.

    Returns
    -------
    latents : float32, shape (frames, 128)
    class_vectors : float32, shape (frames, 1000)
        Rows sum to one.
    """
    segments, alphas = path.segments[frames], path.alphas[frames]
    latents = np.empty((segments.size, LATENT_DIM), dtype=np.float32)
    class_vectors = np.zeros((segments.size, NUM_CLASSES), dtype=np.float32)
    for segment in np.unique(segments):
        rows = np.flatnonzero(segments == segment)
        alpha = alphas[rows]
        here, there = scenes[segment], scenes[segment + 1]
        z_here, z_there = latent(here.latent_seed, truncation), latent(there.latent_seed, truncation)
        latents[rows] = np.outer(1.0 - alpha, z_here) + np.outer(alpha, z_there)
        class_vectors[rows, here.category] += 1.0 - alpha
        class_vectors[rows, there.category] += alpha
    return latents, class_vectors
