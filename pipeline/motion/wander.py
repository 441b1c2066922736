"""What moves inside a scene: its latent goes round a circle, faster where the sound changes more.

A circle through two independent latents keeps the length that latents have (Gaussian annulus), so no moment is less
typical than another. Each scene is at its own latent when it arrives.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.latent_path import latent
from pipeline.motion.drive import Drive

_REST_RADIANS_PER_S, _SILENT_RADIANS_PER_S = 0.12, 0.08
"""What remains where nothing changes, and where nothing sounds: breath."""
_RADIANS_PER_S = 0.8
"""At the mean of the total variation: once round in seven seconds."""
_RADIANS_AN_ONSET, _ONSET_S = 0.5, 0.2
"""How far the strongest onset pushes the camera on, and how long it takes to, the onset in the middle of it."""
_OTHER = 0x9E37_79B9


def phase(drive: Drive) -> NDArray[np.float64]:
    """Return how far the sound has moved things, in radians, from 0 and rising; float64 of shape (frames,)."""
    sounding = np.clip(4.0 * drive.level, 0.0, 1.0)
    rest = _SILENT_RADIANS_PER_S + (_REST_RADIANS_PER_S - _SILENT_RADIANS_PER_S) * sounding
    speed = rest + _RADIANS_PER_S * drive.change
    return _travelled(speed, drive.fps)


def pushes(drive: Drive) -> NDArray[np.float64]:
    """Return how far onsets have pushed the camera on, in radians, from 0 and rising; float64 of shape (frames,).

    The camera alone, and not the latent, in which there is light: a beat is to be seen, and not to flicker.
    """
    return _travelled(_RADIANS_AN_ONSET * _strokes(drive) * np.sqrt(drive.level), drive.fps)


def _travelled(speed: NDArray[np.float64], fps: int) -> NDArray[np.float64]:
    gone: NDArray[np.float64] = np.cumsum(0.5 * (speed[1:] + speed[:-1])) / fps
    way: NDArray[np.float64] = np.concatenate(([0.0], gone))
    return way


def _strokes(drive: Drive) -> NDArray[np.float64]:
    """Return how fast onsets push things on, in strengths a second: a rise and a fall around each of them."""
    clock_s, half_s = drive.times_s, 0.5 * _ONSET_S
    speed = np.zeros(drive.frames)
    for time_s, strength in zip(drive.onsets_s, drive.onset_strengths, strict=True):
        first, last = np.searchsorted(clock_s, (time_s - half_s, time_s + half_s))
        near = 1.0 - np.abs(clock_s[first:last] - time_s) / half_s
        speed[first:last] += strength * near / half_s
    return speed


def wandering(seed: int, truncation: float, angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a scene's latents at some angles of its circle, float64 of shape (angles, 128); at 0 its own."""
    here, there = _circle(seed, truncation)
    latents: NDArray[np.float64] = np.outer(np.cos(angles), here) + np.outer(np.sin(angles), there)
    return latents


def mixed(
    here: NDArray[np.float64], there: NDArray[np.float64], alphas: NDArray[np.float64], truncation: float
) -> NDArray[np.float32]:
    """Mix the latents of two scenes, as long as either of them, and none of their numbers beyond the truncated normal.

    Parameters
    ----------
    here, there : float64, shape (frames, 128)
    alphas : float64, shape (frames,)
    truncation : float
    """
    length = np.sqrt((1.0 - alphas) ** 2 + alphas**2)[:, None]
    mix = ((1.0 - alphas)[:, None] * here + alphas[:, None] * there) / length
    return np.clip(mix, -2.0 * truncation, 2.0 * truncation).astype(np.float32)


@lru_cache(maxsize=256)
def _circle(seed: int, truncation: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a scene's latent and one a quarter of its circle away: at right angles and as long."""
    here = latent(seed, truncation).astype(np.float64)
    other = latent(seed ^ _OTHER, truncation).astype(np.float64)
    across = other - here * (other @ here) / (here @ here)
    return here, across * np.linalg.norm(here) / np.linalg.norm(across)
