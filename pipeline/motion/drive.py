"""What of a sound moves pictures, frame by frame: its change, its loudness, its voice, its onsets and its beat.

Where nobody has listened (a recipe with a threshold), the total variation has to do for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.analyze import Analysis, step_times_s
from pipeline.analysis.ear.hearing import Hearing

SILENT_DB = -50.0
"""Below the loud passages; from here on nothing is heard."""
LOUD_DB = -6.0
SHORTEST_PULSE_S, LONGEST_PULSE_S = 0.5, 1.2
"""Where there is no beat, the time between two onsets stands for it, within these bounds: speech hurries, pads rest."""
_MOST_CHANGE = 3.0  # times the mean: one knock should not make everything else stand still
_LEVEL_SMOOTHING_S, _SYLLABLE_SMOOTHING_S = 0.15, 0.035


@dataclass(frozen=True, slots=True, eq=False)
class Drive:
    """What moves pictures; arrays of shape (frames,) unless said otherwise, frame i at i / fps.

    Attributes
    ----------
    fps : int
    duration_s : float
    change : float64
        Total variation by its mean where something sounds, at most 3.
    level : float64
        Loudness: 0 silent, 1 loud; averaged over some tenths of a second.
    quick_level : float64
        The same, as quick as syllables.
    voice : float64
        How much it sounds like a voice, in [0, 1].
    onsets_s, onset_strengths : float64, shape (onsets,)
    beats_s : float64, shape (beats,)
        Empty where there is no beat.
    beat_s : float
        A typical beat's length, or what stands for it where there is none.
    """

    fps: int
    duration_s: float
    change: NDArray[np.float64]
    level: NDArray[np.float64]
    quick_level: NDArray[np.float64]
    voice: NDArray[np.float64]
    onsets_s: NDArray[np.float64]
    onset_strengths: NDArray[np.float64]
    beats_s: NDArray[np.float64]
    beat_s: float

    @property
    def frames(self) -> int:
        """How many there are."""
        return int(self.change.size)

    @property
    def times_s(self) -> NDArray[np.float64]:
        """When each frame is seen, float64 of shape (frames,)."""
        return np.arange(self.frames) / self.fps


def drive_of(analysis: Analysis, fps: int, frames: int) -> Drive:
    """Read what moves pictures from an analysis.

    Parameters
    ----------
    analysis : Analysis
    fps, frames : int
        Frames per second, and how many.
    """
    times_s = np.minimum(np.arange(frames) / fps, analysis.duration_s)
    change = _relative(np.interp(times_s, step_times_s(analysis), analysis.tv))
    heard = analysis.hearing
    if heard is None:
        nothing = np.zeros(0)
        level = np.clip(np.sqrt(change), 0.0, 1.0)
        return Drive(
            fps,
            analysis.duration_s,
            change,
            level,
            level,
            np.zeros(frames),
            nothing,
            nothing,
            nothing,
            SHORTEST_PULSE_S,
        )
    frame_times_s = np.arange(heard.level_db.size) * heard.frame_s
    level_db = np.interp(times_s, frame_times_s, heard.level_db)
    level = np.clip((level_db - SILENT_DB) / (LOUD_DB - SILENT_DB), 0.0, 1.0)
    return Drive(
        fps=fps,
        duration_s=analysis.duration_s,
        change=change,
        level=smoothed(level, _LEVEL_SMOOTHING_S * fps),
        quick_level=smoothed(level, _SYLLABLE_SMOOTHING_S * fps),
        voice=np.interp(times_s, frame_times_s, heard.voice),
        onsets_s=heard.onsets_s,
        onset_strengths=heard.onset_strengths,
        beats_s=heard.beats_s,
        beat_s=_beat_s(heard),
    )


def smoothed(curve: NDArray[np.float64], spread: float, *, ring: bool = False) -> NDArray[np.float64]:
    """Smooth a curve over its frames by a Gaussian of a spread in frames.

    Beyond its ends it goes on as it ended, or, as a ring, as at its other end.
    """
    from scipy.ndimage import gaussian_filter1d  # a tenth of a second, which no command that draws nothing should take

    blurred: NDArray[np.float64] = gaussian_filter1d(curve, spread, mode="wrap" if ring else "nearest")
    return blurred


def _relative(curve: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide a curve by its mean over what is more than a hundredth of its highest."""
    highest = float(curve.max(initial=0.0))
    if highest <= 0.0:
        return np.zeros_like(curve)
    return np.minimum(curve / float(curve[curve > 0.01 * highest].mean()), _MOST_CHANGE)


def _beat_s(heard: Hearing) -> float:
    if heard.beats_s.size > 1:
        return float(np.median(np.diff(heard.beats_s)))
    apart_s = float(np.median(np.diff(heard.onsets_s))) if heard.onsets_s.size > 1 else LONGEST_PULSE_S
    return min(max(apart_s, SHORTEST_PULSE_S), LONGEST_PULSE_S)
