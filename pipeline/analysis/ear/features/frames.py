"""Windows over a stream of samples, centred on one clock whatever the sample rate."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

FRAME_S = 1024 / 44_100
"""Between two frames: 43 a second, an integer number of samples at 44.1 kHz; elsewhere each frame is put on the
nearest sample, so that nothing has to be resampled."""

FINE_PER_FRAME = 4
"""Fine frames, 5.8 ms apart, tell *when*; frames tell *what*."""

FINE_S = FRAME_S / FINE_PER_FRAME
FINE_WINDOW_S = FRAME_S
"""A Hann window of 23 ms: shorter ones no longer tell the low bands apart."""

HARMONY_EVERY = 2
"""Frames between two looks at the harmony, which needs long windows and moves slowly."""

HARMONY_WINDOW_S = 8 * FRAME_S
"""186 ms: tells semitones apart from about 350 Hz up."""

BATCH_FRAMES = 64
"""Frames that are transformed at a time (1.5 s). Always the same number, or the vector units of the Fourier transform
would round differently for differently cut blocks; and small enough for the cache."""


class Framer:
    """Collects blocks of samples and hands them out in stretches that hold whole batches of frames.

    Parameters
    ----------
    channels : int
    sample_rate_hz : float
    """

    def __init__(self, channels: int, sample_rate_hz: float) -> None:
        self._rate_hz = sample_rate_hz
        # Before the first sample there is silence for half the longest window.
        self._margin = int(np.ceil(HARMONY_WINDOW_S * sample_rate_hz / 2)) + 1
        self._waiting = [np.zeros((self._margin, channels), dtype=np.float32)]
        self._waiting_samples = self._margin
        self._first_frame = 0
        self.samples = 0

    def push(self, block: NDArray[np.float32]) -> Iterator[tuple[int, Stretch]]:
        """Take in samples of shape (samples, channels); yield (first frame, stretch) for each batch now complete."""
        self.samples += len(block)
        self._waiting.append(block)
        self._waiting_samples += len(block)
        yield from self._batches()

    def finish(self) -> Iterator[tuple[int, Stretch]]:
        """Fill up with silence until every frame within the sound has been handed out."""
        frames = frame_count(self.samples, self._rate_hz)
        while self._first_frame < frames:
            missing = max(0, self._needed() - self._waiting_samples)
            self._waiting.append(np.zeros((missing, self._waiting[0].shape[1]), dtype=np.float32))
            self._waiting_samples += missing
            yield from self._batches()

    def _centre(self, frame: int) -> int:
        return round(frame * FRAME_S * self._rate_hz)

    def _needed(self) -> int:
        last = self._first_frame + BATCH_FRAMES
        return self._centre(last) - self._centre(self._first_frame) + 2 * self._margin

    def _batches(self) -> Iterator[tuple[int, Stretch]]:
        if self._waiting_samples < self._needed():
            return
        samples = np.concatenate(self._waiting)
        offset = 0
        while len(samples) - offset >= self._needed():
            first, needed = self._first_frame, self._needed()
            yield first, Stretch(samples[offset : offset + needed], self._centre(first) - self._margin, self._rate_hz)
            self._first_frame += BATCH_FRAMES
            offset += self._centre(self._first_frame) - self._centre(first)
        self._waiting = [samples[offset:].copy()]
        self._waiting_samples = len(self._waiting[0])


class Stretch:
    """Samples of one batch of frames, with the margin that its windows need.

    Parameters
    ----------
    samples : float32, shape (samples, channels)
    first_sample : int
        Where in the sound the stretch begins; negative at its start.
    sample_rate_hz : float
    """

    def __init__(self, samples: NDArray[np.float32], first_sample: int, sample_rate_hz: float) -> None:
        self._channels = np.ascontiguousarray(samples.T)
        self._first_sample = first_sample
        self._rate_hz = sample_rate_hz

    def windows(self, times_s: NDArray[np.float64], length: int) -> NDArray[np.float32]:
        """Cut a window around each time: float32, shape (channels, times, length)."""
        starts = np.rint(times_s * self._rate_hz).astype(np.int64) - self._first_sample - length // 2
        views = np.lib.stride_tricks.sliding_window_view(self._channels, length, axis=1)
        return views[:, starts]


def frame_count(samples: int, sample_rate_hz: float) -> int:
    """Return the number of frames whose middle lies in a sound, at least one."""
    return max(1, int(np.ceil(samples / sample_rate_hz / FRAME_S)))
