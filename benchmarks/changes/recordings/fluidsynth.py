"""Scores sounded by fluidsynth with a General MIDI soundfont as Debian ships one."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np

from benchmarks.changes.recordings.canvas import Made
from benchmarks.changes.recordings.midi import midi_file
from benchmarks.changes.recordings.scores import Score
from benchmarks.changes.truth import SAMPLE_RATE_HZ

PROGRAM = "fluidsynth"
SOUNDFONTS = (Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"), Path("/usr/share/sounds/sf2/default-GM.sf2"))
FADE_S = 0.03


def soundfont() -> Path | None:
    """Return the first soundfont that is there."""
    return next((path for path in SOUNDFONTS if path.is_file()), None)


def installed() -> bool:
    return shutil.which(PROGRAM) is not None and soundfont() is not None


def render(score: Score, rng: np.random.Generator) -> Made:
    """Sound a score: left and right mixed, without the synthesizer's own reverberation, at a level that is drawn."""
    with tempfile.TemporaryDirectory() as name:
        written, sounded = Path(name) / "score.mid", Path(name) / "score.wav"
        written.write_bytes(midi_file(score.notes, score.programs))
        options = ["-ni", "-q", "-R", "0", "-C", "0", "-g", "0.4", "-r", str(SAMPLE_RATE_HZ), "-F", str(sounded)]
        subprocess.run(
            [PROGRAM, *options, str(soundfont()), str(written)], capture_output=True, check=True, timeout=300
        )
        with wave.open(str(sounded)) as file:
            stereo = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2)
    # The piece ends with its last bar: silence after it would be one more change.
    mixed = stereo.astype(np.float64).mean(axis=1)[: int(score.duration_s * SAMPLE_RATE_HZ)]
    mixed[-int(FADE_S * SAMPLE_RATE_HZ) :] *= np.linspace(1, 0, int(FADE_S * SAMPLE_RATE_HZ))
    peak = 10 ** (rng.uniform(-12, -1) / 20)
    return Made((mixed * (peak / max(1.0, float(np.abs(mixed).max())))).astype(np.float32), score.truth)
