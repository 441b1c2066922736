"""What corpus files are made with: a seeded sound, ffmpeg, and a folder."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipeline.media.ffmpeg import ffmpeg

RATE_HZ = 48_000
SOUND_S = 5.0

Group = Literal["plain", "odd", "damaged", "hostile"]


@dataclass(frozen=True, slots=True)
class Case:
    """One file of the corpus.

    Attributes
    ----------
    name : str
        Its file's name.
    group : {"plain", "odd", "damaged", "hostile"}
        Plain and odd ones must be taken; of damaged ones what there is; of hostile ones nothing but that they cost
        little.
    make : callable
        Writes it.
    length_s : float or None
        How long a player plays it, where that is known from how it was made; else plain ffmpeg is asked.
    delay_s : float
        How much later than the pictures its sound begins.
    refused : bool
        Whether it must not be taken.
    compared_s : float or None
        How much of its beginning can be compared sample by sample with what plain ffmpeg decodes, which plays on where
        silence is not stored, and loses some samples where the format changes; None for all of it.
    """

    name: str
    group: Group
    make: Callable[[Kitchen, Path], None]
    length_s: float | None = None
    delay_s: float = 0.0
    refused: bool = False
    compared_s: float | None = None


class Kitchen:
    """Makes files in a folder; the same seed, the same files (as far as the encoders are the same)."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.rng = np.random.default_rng(seed)
        self.sound = folder / "source.wav"
        self._made: dict[tuple[str, ...], bytes] = {}
        write_float_wav(self.sound, source(self.rng), RATE_HZ)

    def encode(self, out: Path, *arguments: str, given: Path | None = None) -> None:
        """Encode the source sound (or another file) with these options of ffmpeg's."""
        self.run("-i", str(given or self.sound), *arguments, str(out))

    def encoded(self, suffix: str, *arguments: str) -> bytes:
        """Return an encoding as bytes; made once."""
        key = (suffix, *arguments)
        if key not in self._made:
            out = self.folder / f"ingredient{suffix}"
            self.encode(out, *arguments)
            self._made[key] = out.read_bytes()
            out.unlink()
        return self._made[key]

    def film(self, out: Path, *arguments: str, delay_s: float = 0.0, before: tuple[str, ...] = ()) -> None:
        """Encode a film of moving stripes with the source sound, which begins later."""
        pictures = ["-f", "lavfi", "-i", f"testsrc=d={SOUND_S}:s=64x64:r=25"]
        codecs = [] if "-c:v" in arguments else ["-c:v", "mpeg4"]
        sound = ["-itsoffset", str(delay_s), *before, "-i", str(self.sound)]
        self.run(*pictures, *sound, "-map", "0:v", "-map", "1:a", *codecs, "-q:v", "20", *arguments, str(out))

    def run(self, *arguments: str) -> None:
        subprocess.run([ffmpeg(), "-nostdin", "-loglevel", "error", "-y", *arguments], check=True)


def source(rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a stereo sound that looks like itself at no other moment: noise in bursts, its two sides unlike."""
    count = round(SOUND_S * RATE_HZ)
    time_s = np.arange(count) / RATE_HZ
    kernel = np.hanning(13)
    sides = []
    for _ in range(2):
        noise = np.convolve(rng.normal(0, 1, count), kernel / kernel.sum(), "same")
        level = np.interp(time_s, np.arange(0, SOUND_S + 0.25, 0.25), rng.uniform(0.05, 1.0, round(SOUND_S / 0.25) + 1))
        sides.append(0.25 * noise * level + 0.1 * np.sin(2 * np.pi * (200 + 60 * time_s) * time_s))
    return np.stack(sides, axis=1)


def write_float_wav(path: Path, samples: NDArray[np.float64], rate_hz: int) -> None:
    """Write samples, shape (any, channels), as a wav of 32-bit floats."""
    command = [ffmpeg(), "-loglevel", "error", "-y", "-f", "f32le", "-ar", str(rate_hz), "-ac", str(samples.shape[1])]
    command += ["-i", "pipe:0", "-c:a", "pcm_f32le", str(path)]
    subprocess.run(command, input=samples.astype("<f4").tobytes(), check=True)
