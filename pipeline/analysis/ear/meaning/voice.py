"""Is somebody speaking or singing? Speech glides in pitch and ripples in loudness; held notes do neither."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from pipeline.analysis.ear.features.descriptors import Descriptors, at_frames
from pipeline.analysis.ear.features.frames import FRAME_S
from pipeline.analysis.ear.meaning.clues import MIDDLE_BANDS, wavering

AVERAGE_S = 1.0
AUDIBLE_DB = -40.0
STEADY_WAVER, SPEECH_WAVER = 0.15, 0.45
"""Step of the chroma vector in 46 ms, averaged over a second: of chords, and of speech."""

STEADY_RIPPLE, SPEECH_RIPPLE = 0.04, 0.15
"""Step of the middle bands' loudness in 23 ms, of their mean loudness."""


def voice_activity(descriptors: Descriptors) -> NDArray[np.float32]:
    """Return how much each frame sounds like a voice: float32 in [0, 1], shape (frames,)."""
    frames = len(descriptors.level)
    width = round(AVERAGE_S / FRAME_S)
    waver = uniform_filter1d(at_frames(wavering(descriptors.chroma), frames)[:, 0], width, mode="nearest")
    middle = descriptors.loudness[:, MIDDLE_BANDS].mean(axis=1)
    ripple = uniform_filter1d(np.abs(np.diff(middle, prepend=middle[:1])), width, mode="nearest")
    ripple = ripple / np.maximum(uniform_filter1d(middle, width, mode="nearest"), 1e-6)
    glides = np.clip((waver - STEADY_WAVER) / (SPEECH_WAVER - STEADY_WAVER), 0, 1)
    speaks = np.clip((ripple - STEADY_RIPPLE) / (SPEECH_RIPPLE - STEADY_RIPPLE), 0, 1)
    activity: NDArray[np.float32] = np.sqrt(glides * speaks) * (descriptors.level[:, 0] > AUDIBLE_DB)
    return activity.astype(np.float32)
