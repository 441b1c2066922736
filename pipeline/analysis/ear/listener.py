"""Takes a sound in block by block and keeps of it what the ear needs: 150 MB an hour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.ear.features.frames import (
    BATCH_FRAMES,
    FINE_PER_FRAME,
    FINE_S,
    FRAME_S,
    HARMONY_EVERY,
    Framer,
    Stretch,
    frame_count,
)
from pipeline.analysis.ear.features.powers import Powers
from pipeline.analysis.ear.features.spectrum import mel_power, semitone_power
from pipeline.analysis.ear.hearing import Hearing, hear

LEAST_FRAMES = BATCH_FRAMES
"""A shorter sound is followed by silence up to one batch, so that every filter finds its length."""


class Listener:
    """Listens to all channels of a sound at any sample rate.

    Parameters
    ----------
    channels : int
    sample_rate_hz : float
    """

    def __init__(self, channels: int, sample_rate_hz: float) -> None:
        if channels < 1 or not sample_rate_hz > 0:
            raise ValueError(f"{channels} channels at {sample_rate_hz} Hz cannot be listened to")
        self._channels = channels
        self._rate_hz = sample_rate_hz
        self._framer = Framer(channels, sample_rate_hz)
        self._mel_power = mel_power(sample_rate_hz)
        self._semitone_power = semitone_power(sample_rate_hz)
        self._mel: list[NDArray[np.float32]] = []
        self._semitones: list[NDArray[np.float32]] = []

    def push(self, block: NDArray[np.float32]) -> None:
        """Take in the next samples, shape (samples, channels), cut anywhere."""
        if block.ndim != 2 or block.shape[1] != self._channels:
            raise ValueError(f"a block of shape {block.shape} is not (samples, {self._channels})")
        for first, stretch in self._framer.push(np.nan_to_num(block.astype(np.float32, copy=False))):
            self._take(first, stretch)

    def finish(self) -> Hearing:
        """Say what was heard; nothing can be pushed after it."""
        return hear(self.powers())

    def powers(self) -> Powers:
        """Close the sound and return what was kept of it."""
        for first, stretch in self._framer.finish():
            self._take(first, stretch)
        frames = max(LEAST_FRAMES, frame_count(self._framer.samples, self._rate_hz))
        return Powers(
            duration_s=self._framer.samples / self._rate_hz,
            mel=np.concatenate(self._mel)[: frames * FINE_PER_FRAME],
            semitones=np.concatenate(self._semitones)[: -(-frames // HARMONY_EVERY)],
        )

    def _take(self, first: int, stretch: Stretch) -> None:
        fine = np.arange(first * FINE_PER_FRAME, (first + BATCH_FRAMES) * FINE_PER_FRAME)
        self._mel.append(self._mel_power(stretch, (fine * FINE_S).astype(np.float64)))
        slow = np.arange(first, first + BATCH_FRAMES, HARMONY_EVERY)
        self._semitones.append(self._semitone_power(stretch, (slow * FRAME_S).astype(np.float64)))
