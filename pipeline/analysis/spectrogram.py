"""The power spectrogram of a sound, streamed: step after step, never the whole sound at once.

The same numbers as ``matplotlib.pyplot.specgram(samples, Fs=44100)`` gives with its defaults, which is what the
released program of GANterpretations calls. There it is one matrix (frequencies, steps); here batches of rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import tee

import numpy as np
from numpy.typing import NDArray

from pipeline.sound import SAMPLE_RATE_HZ

WINDOW_SAMPLES = 256
HOP_SAMPLES = 128
FREQUENCIES = WINDOW_SAMPLES // 2 + 1
STEP_S = HOP_SAMPLES / SAMPLE_RATE_HZ

_BATCH_STEPS = 512  # a batch and what is made of it fit the cache; larger ones were slower
_FLOOR_DB = -120.0


def power_spectrogram(blocks: Iterable[NDArray[np.float64]]) -> Iterator[NDArray[np.float64]]:
    """Stream the one-sided power spectral density of a sound.

    Symmetric Hann window of 256 samples, hop 128, inner frequencies doubled, scaled to a density. What is left of the
    sound after the last whole window is dropped; a sound shorter than one window is filled up with silence.

    Parameters
    ----------
    blocks : iterable of float64, shape (any,)
        Successive samples at 44.1 kHz, cut anywhere.

    Yields
    ------
    float64, shape (steps, 129)
        Successive steps; row t of all of them covers samples 128·t to 128·t + 256, frequencies 0 to 22 050 Hz.
    """
    window = np.hanning(WINDOW_SAMPLES)
    density = np.full(FREQUENCIES, 2.0)
    # 0 Hz and the Nyquist frequency have no negative counterpart to be folded in.
    density[[0, -1]] = 1.0
    density /= SAMPLE_RATE_HZ * (window**2).sum()

    carried = np.empty(0)
    any_step = False
    for block in blocks:
        samples = np.concatenate((carried, block))
        steps = max(0, (samples.size - HOP_SAMPLES) // HOP_SAMPLES)
        for first in range(0, steps, _BATCH_STEPS):
            yield _power(samples, first, min(steps, first + _BATCH_STEPS), window, density)
            any_step = True
        carried = samples[steps * HOP_SAMPLES :]
    if not any_step:
        samples = np.concatenate((carried, np.zeros(WINDOW_SAMPLES - carried.size)))
        yield _power(samples, 0, 1, window, density)


def _power(
    samples: NDArray[np.float64], first: int, stop: int, window: NDArray[np.float64], density: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the rows `first` to `stop` of the spectrogram of some samples."""
    part = samples[first * HOP_SAMPLES : (stop - 1) * HOP_SAMPLES + WINDOW_SAMPLES]
    frames = np.lib.stride_tricks.sliding_window_view(part, WINDOW_SAMPLES)[::HOP_SAMPLES]
    spectrum = np.fft.rfft(frames * window, axis=1)
    power: NDArray[np.float64] = spectrum.real**2
    power += spectrum.imag**2
    power *= density
    return power


def summed_power_spectrogram(blocks: Iterable[NDArray[np.float64]], channels: int) -> Iterator[NDArray[np.float64]]:
    """Stream the sum of the channels' spectrograms: what sounds in any of them counts, whatever their phases.

    Parameters
    ----------
    blocks : iterable of float64, shape (any, channels)

    Yields
    ------
    float64, shape (steps, 129)
    """
    # The copies are read in step, so that none of them holds more than one block.
    copies = tee(blocks, channels)
    streams = (power_spectrogram(_column(copy, index)) for index, copy in enumerate(copies))
    for powers in zip(*streams, strict=True):
        yield sum(powers[1:], start=powers[0])


def _column(blocks: Iterable[NDArray[np.float64]], index: int) -> Iterator[NDArray[np.float64]]:
    for block in blocks:
        yield block[:, index]


class PooledSpectrogram:
    """A spectrogram of bounded width, for looking at: neighbouring steps are averaged as the sound grows.

    Parameters
    ----------
    max_columns : int
        Even; reaching it, columns are averaged in pairs and each covers twice the time from then on.
    """

    def __init__(self, max_columns: int = 2000) -> None:
        self._sums = np.zeros((max_columns, FREQUENCIES))
        self._steps = 0
        self.steps_per_column = 1

    def add(self, power: NDArray[np.float64]) -> None:
        """Take in the next steps, shape (steps, 129)."""
        max_columns = len(self._sums)
        while self._steps + len(power) > max_columns * self.steps_per_column:
            self._sums[: max_columns // 2] = self._sums[::2] + self._sums[1::2]
            self._sums[max_columns // 2 :] = 0.0
            self.steps_per_column *= 2
        columns = (self._steps + np.arange(len(power))) // self.steps_per_column
        starts = np.flatnonzero(np.diff(columns, prepend=-1))
        self._sums[columns[starts]] += np.add.reduceat(power, starts, axis=0)
        self._steps += len(power)

    def decibels(self) -> NDArray[np.float32]:
        """Return float32, shape (129, columns): mean power in dB below the loudest cell, row 0 at 0 Hz, from −120."""
        columns = -(-self._steps // self.steps_per_column)
        counts = np.full(columns, self.steps_per_column)
        if columns:
            counts[-1] = self._steps - (columns - 1) * self.steps_per_column
        power = self._sums[:columns] / counts[:, None]
        loudest = power.max(initial=0.0)
        if loudest <= 0.0:
            return np.full((FREQUENCIES, columns), _FLOOR_DB, dtype=np.float32)
        floor = 10.0 ** (_FLOOR_DB / 10.0)
        decibels: NDArray[np.float32] = (10.0 * np.log10(np.maximum(power / loudest, floor))).T.astype(np.float32)
        return decibels
