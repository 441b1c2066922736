"""What becomes of one file: the real road, beside what a player plays of it."""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import subprocess
import tempfile
import time
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import correlate

from benchmarks.corpus.kitchen import Case
from pipeline.errors import PipelineError
from pipeline.generator import LATENT_DIM, NUM_CLASSES
from pipeline.media.decode import decode_sound
from pipeline.media.ffmpeg import ffmpeg
from pipeline.media.sound_file import Sound
from pipeline.recipe import Recipe
from pipeline.render.listening import analyze_sound
from pipeline.render.render import render
from pipeline.render.values import Models, RenderJob, Targets
from pipeline.sound import SAMPLE_RATE_HZ

LIMIT_S = 600.0
_LONGEST_CLIP_S = 60.0
_PLAYER_TIMEOUT_S = 60.0
_KB_PER_MB = 1024
_SILENT_DB = -70.0
_SIDE_PX, _FPS = 128, 10

FRAME_S = {
    "mp3": 1152 / 8000,
    "mp2": 1152 / 16_000,
    "aac": 2048 / 8000,
    "vorbis": 8192 / 44_100,
    "opus": 0.06,
    "wmav1": 2048 / 22_050,
    "wmav2": 2048 / 22_050,
    "ac3": 1536 / 48_000,
    "eac3": 1536 / 48_000,
    "amr_nb": 0.02,
    "adpcm_ms": 0.05,
    "adpcm_ima_wav": 0.05,
    "adpcm_yamaha": 0.05,
}
"""At the lowest rate that the corpus has of each; what is shorter than the general bound is left out."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file.

    Attributes
    ----------
    name, group : str
    code : str
        ``taken``, or the error's code; ``broke`` for anything that is no refusal.
    as_wanted : bool
        Whether it was taken or refused as it should be.
    codec : str
    is_damaged : bool
    length_s : float
        Length of the canonical sound.
    length_error_s, offset_s, loudness_db : float or None
        Against what a player plays; None where there is nothing to compare.
    clip_offset_s : float or None
        How much later a sound is in the clip than in the canonical file.
    child_mb, own_mb : float
        The most memory of any child while it was decoded, and of our own process when it was analyzed.
    decode_s, player_s : float
        Seconds of our decoding, and of plain ffmpeg's.
    points : int
    note : str
    """

    name: str
    group: str
    code: str
    as_wanted: bool = True
    codec: str = ""
    is_damaged: bool = False
    length_s: float = 0.0
    length_error_s: float | None = None
    offset_s: float | None = None
    clip_offset_s: float | None = None
    loudness_db: float | None = None
    child_mb: float = 0.0
    own_mb: float = 0.0
    decode_s: float = 0.0
    player_s: float = 0.0
    points: int = 0
    note: str = ""


def warm_up(source: Path) -> None:
    """Make one clip in this process, so that those that are forked off find everything imported."""
    with tempfile.TemporaryDirectory() as folder:
        _sound_of_clip(decode_sound(source, Path(folder), duration_s=1.0), Path(folder))


def outcome_of(case: Case, path: Path, *, with_clip: bool) -> Outcome:
    """Take a file the whole way, in a process of its own so that memory is its own, too."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_tell, args=(theirs, case, path, with_clip))
    process.start()
    theirs.close()
    try:
        values = json.loads(ours.recv())
    except EOFError:
        return Outcome(case.name, case.group, "broke", as_wanted=False, note="its process died")
    finally:
        process.join()
    return Outcome(**values)


def _tell(answers: Connection, case: Case, path: Path, with_clip: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            outcome = _go(case, path, Path(folder), with_clip)
        except Exception as error:
            outcome = Outcome(case.name, case.group, "broke", as_wanted=False, note=repr(error)[:300])
    answers.send(json.dumps(asdict(outcome)))
    answers.close()
    os._exit(0)


def _go(case: Case, path: Path, folder: Path, with_clip: bool) -> Outcome:
    start_s = time.perf_counter()
    sound: Sound | None = None
    code = "taken"
    try:
        sound = decode_sound(path, folder, limit_s=LIMIT_S)
    except PipelineError as error:
        code = str(error.code)
    decode_s = time.perf_counter() - start_s
    child_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / _KB_PER_MB
    wanted = {"plain": True, "odd": True, "damaged": None, "hostile": False if case.refused else None}[case.group]
    as_wanted = wanted is None or (sound is not None) == wanted
    if sound is None:
        return Outcome(case.name, case.group, code, as_wanted, child_mb=child_mb, decode_s=decode_s)
    points = analyze_sound(sound, Recipe(), lambda _done_s: None).points.size
    own_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KB_PER_MB
    played, player_s = played_of(path, case.delay_s) if case.group != "hostile" else (None, 0.0)
    ours = _samples_of(sound)
    length_s = sound.info.duration_s
    length_error_s = offset_s = clip_offset_s = loudness_db = None
    if case.length_s is not None:
        length_error_s = length_s - case.length_s
    elif played is not None:
        length_error_s = length_s - len(played) / SAMPLE_RATE_HZ
    if played is not None and len(played):
        offset_s = _lag_s(ours, played, first_s=case.compared_s, from_s=case.delay_s)
        alike = abs(len(ours) - len(played)) < 0.3 * SAMPLE_RATE_HZ
        loudness_db = _loudness(ours) - _loudness(played) if alike else None
    if with_clip and length_s < _LONGEST_CLIP_S:
        heard = _sound_of_clip(sound, folder)
        clip_offset_s = _lag_s(heard, ours)
        if loudness_db is not None and played is not None:
            loudness_db = _loudness(heard) - _loudness(played)
    return Outcome(
        name=case.name,
        group=case.group,
        code=code,
        as_wanted=as_wanted,
        codec=sound.info.codec,
        is_damaged=sound.info.is_damaged,
        length_s=length_s,
        length_error_s=length_error_s,
        offset_s=offset_s,
        clip_offset_s=clip_offset_s,
        loudness_db=loudness_db,
        child_mb=child_mb,
        own_mb=own_mb,
        decode_s=decode_s,
        player_s=player_s,
        points=int(points),
    )


def played_of(path: Path, delay_s: float) -> tuple[NDArray[np.float64] | None, float]:
    """Return what plain ffmpeg decodes of a file, in stereo at 44.1 kHz behind its delay, and how long it took."""
    start_s = time.perf_counter()
    command = [ffmpeg(), "-nostdin", "-v", "quiet", "-i", str(path), "-vn", "-ac", "2", "-ar", str(SAMPLE_RATE_HZ)]
    try:
        done = subprocess.run(
            [*command, "-f", "s16le", "-"], capture_output=True, check=False, timeout=_PLAYER_TIMEOUT_S
        )
    except subprocess.TimeoutExpired:
        return None, _PLAYER_TIMEOUT_S
    player_s = time.perf_counter() - start_s
    if not done.stdout:
        return None, player_s
    samples = _stereo(done.stdout)
    return np.concatenate((np.zeros((round(delay_s * SAMPLE_RATE_HZ), 2)), samples)), player_s


def _samples_of(sound: Sound) -> NDArray[np.float64]:
    """Return a canonical sound as loudspeakers play it."""
    command = [ffmpeg(), "-nostdin", "-v", "error", "-i", str(sound.path), "-af", sound.playing_filter, "-ac", "2"]
    return _stereo(subprocess.run([*command, "-f", "s16le", "-"], capture_output=True, check=True).stdout)


def _sound_of_clip(sound: Sound, folder: Path) -> NDArray[np.float64]:
    clip = folder / "clip.mp4"
    models = Models(choose=lambda _name, size: ("grey", size or _SIDE_PX), open=lambda _name, size: _Grey(size))
    render(RenderJob(sound, Recipe(fps=_FPS, scene_count=2), Targets(clip)), models)
    command = [ffmpeg(), "-nostdin", "-v", "error", "-i", str(clip), "-vn", "-ac", "2", "-ar", str(SAMPLE_RATE_HZ)]
    return _stereo(subprocess.run([*command, "-f", "s16le", "-"], capture_output=True, check=True).stdout)


class _Grey:
    """A generator that draws nothing."""

    name = "grey"
    latent_dim = LATENT_DIM
    num_classes = NUM_CLASSES
    batch_size = 16

    def __init__(self, size_px: int) -> None:
        self.size_px = size_px

    def generate(
        self,
        latents: NDArray[np.float32],
        class_vectors: NDArray[np.float32],  # noqa: ARG002
        truncation: float,  # noqa: ARG002
    ) -> NDArray[np.uint8]:
        return np.full((len(latents), self.size_px, self.size_px, 3), 128, np.uint8)

    def close(self) -> None:
        pass


def _stereo(raw: bytes) -> NDArray[np.float64]:
    samples = np.frombuffer(raw[: len(raw) - len(raw) % 4], "<i2").astype(np.float64) / 32768
    return samples.reshape(-1, 2)


def _loudness(samples: NDArray[np.float64]) -> float:
    """Return the level in dB, not below what nobody hears."""
    power = float(np.mean(samples**2)) if len(samples) else 0.0
    return max(_SILENT_DB, float(10 * np.log10(power + 1e-12)))


def _lag_s(
    one: NDArray[np.float64], other: NDArray[np.float64], *, first_s: float | None = None, from_s: float = 0.0
) -> float | None:
    """Return by how much one sound is later than another; None where nothing can be made out."""
    count = min(len(one), len(other))
    if first_s is not None:
        count = min(count, round((from_s + first_s) * SAMPLE_RATE_HZ))
    side = 0 if np.any(other[:count, 0]) else 1
    a, b = one[:count, side], other[:count, side]
    if count < SAMPLE_RATE_HZ // 2 or not np.any(a) or not np.any(b):
        return None
    found = correlate(a, b, "full", "fft")
    lag = int(np.argmax(found)) - (count - 1)
    return lag / SAMPLE_RATE_HZ
