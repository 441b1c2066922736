"""The features that peers are given: log-mel and chroma, 43 times a second, each standardized as a whole."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.signal import ShortTimeFFT
from scipy.signal.windows import hann

HOP_SAMPLES = 1024
WINDOW_SAMPLES = 4096
MEL_BANDS = 40
LOWEST_HZ, HIGHEST_HZ = 40.0, 11_000.0
FLOOR_DB = -70.0


def peer_features(samples: NDArray[np.float32], sample_rate_hz: int) -> tuple[NDArray[np.float64], float]:
    """Return features of shape (frames, 52) and the time between two frames; frame 0 is centred on time 0."""
    return _features_of(samples.tobytes(), sample_rate_hz), HOP_SAMPLES / sample_rate_hz


@lru_cache(maxsize=1)  # several peers hear the same sound one after the other
def _features_of(raw: bytes, sample_rate_hz: int) -> NDArray[np.float64]:
    samples = np.frombuffer(raw, dtype=np.float32)
    transform = ShortTimeFFT(hann(WINDOW_SAMPLES), HOP_SAMPLES, sample_rate_hz)
    power = transform.spectrogram(samples.astype(np.float64), p0=0, p1=1 + samples.size // HOP_SAMPLES)
    frequency_hz = transform.f
    mel = _mel_filters(frequency_hz) @ power
    chroma = _chroma_filters(frequency_hz) @ np.sqrt(power)
    chroma /= np.maximum(np.linalg.norm(chroma, axis=0), 1e-6)
    loud = 10 * np.log10(np.maximum(mel, mel.max() * 10 ** (FLOOR_DB / 10) + 1e-12))
    features = np.hstack([_standard(loud.T), _standard(chroma.T)])
    features.setflags(write=False)
    return features


def _standard(features: NDArray[np.float64]) -> NDArray[np.float64]:
    centred: NDArray[np.float64] = features - features.mean(axis=0)
    return centred / max(1e-9, float(centred.std()))


def _mel_filters(frequency_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    def mel(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
        return 2595 * np.log10(1 + hertz / 700)

    lowest, highest = mel(np.array([LOWEST_HZ, HIGHEST_HZ]))
    edges = np.linspace(lowest, highest, MEL_BANDS + 2)
    position = mel(frequency_hz)
    rising = (position[None] - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - position[None]) / (edges[2:] - edges[1:-1])[:, None]
    triangles: NDArray[np.float64] = np.maximum(0, np.minimum(rising, falling))
    return triangles


def _chroma_filters(frequency_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    pitch = 69 + 12 * np.log2(np.maximum(frequency_hz, 1.0) / 440)
    within = (frequency_hz > 100) & (frequency_hz < 4000)
    apart = (pitch[None] - np.arange(12)[:, None] + 6) % 12 - 6
    return np.where(within, np.exp(-((apart / 0.4) ** 2)), 0.0)
