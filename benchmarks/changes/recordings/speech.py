"""Spoken phrases by espeak-ng, begun and ended at known times."""

from __future__ import annotations

import io
import shutil
import subprocess
import wave
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from benchmarks.changes.recordings.band import bed, step_length_s
from benchmarks.changes.recordings.canvas import Canvas, Made
from benchmarks.changes.recordings.harmony import loop
from benchmarks.changes.recordings.instruments import STRUCK, SUSTAINED
from benchmarks.changes.recordings.noises import coloured_noise
from benchmarks.changes.truth import SAMPLE_RATE_HZ

PROGRAM = "espeak-ng"
TONGUES = ("en-us", "en-gb", "de", "fr-fr", "es", "it")
VARIANTS = ("m1", "m3", "m5", "m7", "f1", "f2", "f3", "f4")
QUIET_DB = -35.0  # below the loudest: before and after it the voice is not there

# fmt: off
WORDS = (
    "river", "mountain", "seven", "paper", "window", "morning", "silver", "garden", "slowly", "under",
    "yellow", "remember", "water", "letter", "open", "music", "after", "train", "quiet", "summer", "number",
    "winter", "candle", "around", "corner", "purple", "distant", "market", "between", "button", "harbour",
)
# fmt: on


def installed() -> bool:
    return shutil.which(PROGRAM) is not None


def phrase(rng: np.random.Generator, speaker: tuple[str, ...], words: int) -> NDArray[np.float64]:
    """Speak some words without a pause: shape (samples,), peak 1, from its first audible sample to its last."""
    text = " ".join(str(rng.choice(WORDS)) for _ in range(words))
    spoken = _spoken(speaker, text)
    width = int(0.005 * SAMPLE_RATE_HZ)
    level = np.sqrt(np.convolve(spoken**2, np.ones(width) / width, mode="same"))
    audible = np.flatnonzero(level > level.max() * 10 ** (QUIET_DB / 20))
    cut = spoken[audible[0] : audible[-1]].copy()
    edge = int(0.004 * SAMPLE_RATE_HZ)
    cut[:edge] *= np.linspace(0, 1, edge)
    cut[-edge:] *= np.linspace(1, 0, edge)
    return cut / float(np.abs(cut).max())


@lru_cache(maxsize=64)
def _spoken(speaker: tuple[str, ...], text: str) -> NDArray[np.float64]:
    command = [PROGRAM, *speaker, "--stdout", text]
    finished = subprocess.run(command, capture_output=True, check=True, timeout=60)
    with wave.open(io.BytesIO(finished.stdout)) as file:
        rate_hz = file.getframerate()
        # The header of a stream claims an endless length, so what is there counts.
        raw = file.readframes(len(finished.stdout) // 2)
    samples = np.frombuffer(raw[: len(raw) // 2 * 2], dtype="<i2") / 32768
    resampled: NDArray[np.float64] = resample_poly(samples, SAMPLE_RATE_HZ, rate_hz)
    return resampled


def speaker(rng: np.random.Generator) -> tuple[str, ...]:
    """Draw a tongue, a voice, a speed in words a minute and a pitch, as arguments of the program."""
    voice = f"{rng.choice(TONGUES)}+{rng.choice(VARIANTS)}"
    return ("-v", voice, "-s", str(int(rng.integers(125, 190))), "-p", str(int(rng.integers(25, 75))))


def speech(rng: np.random.Generator) -> Made:
    """One speaker, phrases of two to five seconds, pauses of half a second to two."""
    who = speaker(rng)
    phrases = [phrase(rng, who, int(rng.integers(4, 11))) for _ in range(int(rng.integers(6, 9)))]
    pauses_s = rng.uniform(0.6, 2.0, len(phrases) + 1)
    canvas = Canvas(float(pauses_s.sum()) + sum(each.size for each in phrases) / SAMPLE_RATE_HZ)
    start_s = float(pauses_s[0])
    for each, pause_s in zip(phrases, pauses_s[1:], strict=True):
        start_s = _say(canvas, start_s, 10 ** (rng.uniform(-3, 3) / 20) * each) + float(pause_s)
    room_db = rng.uniform(-60, -42)
    canvas.add(0.0, 10 ** (room_db / 20) * 5 * coloured_noise(rng, canvas.mix.size, 1.0), onset=False)
    return canvas.made(rng)


def speech_over_music(rng: np.random.Generator) -> Made:
    """A speaker comes in over music that goes on, two to four times."""
    step_s = step_length_s(rng)
    bar_s = 16 * step_s
    struck = bool(rng.random() < 0.6)
    makers = STRUCK[:2] if struck else SUSTAINED
    playing = bed(rng, makers[int(rng.integers(len(makers)))](rng), loop(rng, int(rng.integers(12))), struck=struck)
    who = speaker(rng)
    phrases = [phrase(rng, who, int(rng.integers(8, 16))) for _ in range(int(rng.integers(2, 5)))]
    gaps_s = rng.uniform(3.0, 6.0, len(phrases) + 1)
    canvas = Canvas(float(gaps_s.sum()) + sum(each.size for each in phrases) / SAMPLE_RATE_HZ)
    for bar in range(int(canvas.duration_s / bar_s) + 1):
        playing.play_bar(canvas, rng, bar, bar * bar_s, step_s)
    canvas.changes = [change for change in canvas.changes if change.time_s < canvas.duration_s]
    canvas.mix *= 10 ** (rng.uniform(-10, -4) / 20) / float(np.abs(canvas.mix).max())
    start_s = float(gaps_s[0])
    for each, gap_s in zip(phrases, gaps_s[1:], strict=True):
        start_s = _say(canvas, start_s, 0.7 * each) + float(gap_s)
    return canvas.made(rng)


def _say(canvas: Canvas, start_s: float, spoken: NDArray[np.float64]) -> float:
    """Put a phrase on the canvas and return its end."""
    canvas.add(start_s, spoken)
    end_s = start_s + spoken.size / SAMPLE_RATE_HZ
    canvas.mark(start_s, "voice enters", also=("phrase",))
    if end_s < canvas.duration_s - 0.3:
        canvas.mark(end_s, "voice leaves", "optional", also=("phrase",))
    return end_s
