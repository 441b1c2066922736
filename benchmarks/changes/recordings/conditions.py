"""What happens to a sound on its way to us: a room, noise, a narrow mp3. None of it moves a change."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, sosfilt

from benchmarks.changes.recordings.noises import coloured_noise
from benchmarks.changes.truth import SAMPLE_RATE_HZ, Condition
from pipeline.media.ffmpeg import ffmpeg

REVERBERATION_S = 1.7  # until a sound has fallen by 60 dB
DIRECT_TO_REVERBERANT_DB = 0.0
NOISE_DB = 15.0
MP3_BITS = "64k"
LONGER_ENDINGS_S = 1.0


def apply(condition: Condition, samples: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return the sound under this condition: float32, the same shape, in [-1, 1]."""
    match condition:
        case "plain":
            return samples
        case "reverb":
            return in_a_room(samples, rng)
        case "noise":
            return with_noise(samples, rng)
        case "mp3":
            return through_mp3(samples)


def in_a_room(samples: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Convolve with a made-up room: the direct sound, some early reflections, a diffuse tail that dulls as it dies."""
    wet = fftconvolve(samples.astype(np.float64), room(rng))[: samples.size]
    loudest, before = float(np.abs(wet).max()), float(np.abs(samples).max())
    scaled: NDArray[np.float32] = (wet * (before / loudest if loudest > 0 else 1.0)).astype(np.float32)
    return scaled


def room(rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw an impulse response whose energy falls by 60 dB in 1.7 s, with as much direct sound as reverberation."""
    times_s = np.arange(int(1.2 * REVERBERATION_S * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    fall = 10 ** (-3 * times_s / REVERBERATION_S)
    noise = rng.standard_normal(times_s.size)
    dull = sosfilt(butter(1, 3000, "lowpass", fs=SAMPLE_RATE_HZ, output="sos"), noise)
    tail = (0.25 * noise * 10 ** (-3 * times_s / (0.5 * REVERBERATION_S)) + dull) * fall
    tail[: int(0.012 * SAMPLE_RATE_HZ)] = 0.0
    for delay_s in rng.uniform(0.005, 0.06, 8):
        tail[int(delay_s * SAMPLE_RATE_HZ)] += rng.choice([-1.0, 1.0]) * rng.uniform(2, 8) * 10 ** (-delay_s / 0.05)
    tail *= 10 ** (-DIRECT_TO_REVERBERANT_DB / 20) / float(np.sqrt(np.sum(tail**2)))
    tail[0] += 1.0
    impulse_response: NDArray[np.float64] = tail
    return impulse_response


def with_noise(samples: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Add pink noise 15 dB below the sound's own mean power; beside silence, noise at −50 dB."""
    power = float(np.mean(samples.astype(np.float64) ** 2))
    level = 10 ** (-NOISE_DB / 20) * np.sqrt(power) if power > 1e-9 else 10 ** (-50 / 20)
    noisy = samples + 5 * level * coloured_noise(rng, samples.size, 1.0)
    scaled: NDArray[np.float32] = (noisy / max(1.0, float(np.abs(noisy).max()))).astype(np.float32)
    return scaled


def through_mp3(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Encode at 64 kbit/s and decode again; what the coder delays is taken out by the file's own header."""
    raw = ["-f", "f32le", "-ar", str(SAMPLE_RATE_HZ), "-ac", "1"]
    quiet = [ffmpeg(), "-nostdin", "-loglevel", "error"]
    # The header is written last, at the front, which a pipe cannot do.
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "sound.mp3")
        _run([*quiet, *raw, "-i", "pipe:0", "-b:a", MP3_BITS, path], samples.tobytes())
        decoded = _run([*quiet, "-i", path, *raw, "pipe:1"], b"")
    heard = np.frombuffer(decoded, dtype="<f4")[: samples.size]
    whole: NDArray[np.float32] = np.clip(np.pad(heard, (0, samples.size - heard.size)), -1, 1)
    return whole


def _run(command: list[str], given: bytes) -> bytes:
    return subprocess.run(command, input=given, capture_output=True, check=True, timeout=120).stdout
