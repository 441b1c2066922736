"""How long does it take to analyze an hour of sound, beside the released program's way?

``python -m benchmarks.analysis [--minutes 60] [--reference-minutes 2]``

Ours: the file is decoded by ffmpeg and analyzed as it comes, under both presets. The reference is what the released
program of GANterpretations does after reading a wav: ``matplotlib`` makes the whole spectrogram, Python loops over its
columns and over the curve. It is given a shorter piece, already decoded, since it holds every matrix whole; ours is
measured on that piece too, so that the ratio is of the same work in the same run.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import subprocess
import tempfile
import time
import wave
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import write_into
from pipeline.analysis.inflection import DEFAULT_THRESHOLD
from pipeline.media.decode import decode_sound
from pipeline.media.ffmpeg import ffmpeg
from pipeline.recipe import Preset, Recipe
from pipeline.render.listening import analyze_sound
from pipeline.sample import sample_sound
from pipeline.sound import SAMPLE_RATE_HZ

KB_PER_MB = 1024


@dataclass(frozen=True, slots=True)
class Measurement:
    what: str
    sound_s: float
    wall_s: float
    processor_s: float  # of all threads and of ffmpeg; it says more than the time where the machine is shared
    peak_memory_mb: float
    points: int

    @property
    def times_real_time(self) -> float:
        return self.sound_s / self.wall_s


def make_sound(folder: Path, minutes: float, suffix: str) -> Path:
    """Repeat the sample sound for so many minutes."""
    path = folder / f"{minutes:g}-minutes{suffix}"
    command = [ffmpeg(), "-loglevel", "error", "-stream_loop", "-1", "-i", str(sample_sound()), "-t", str(minutes * 60)]
    subprocess.run([*command, "-ar", str(SAMPLE_RATE_HZ), str(path)], check=True)
    return path


def ours(path: Path, preset: Preset) -> int:
    recipe = Recipe(preset=preset)
    with tempfile.TemporaryDirectory() as folder:
        sound = decode_sound(path, Path(folder))
        return int(analyze_sound(sound, recipe, lambda _done_s: None).points.size)


def read_left(path: Path) -> NDArray[np.float64]:
    with wave.open(str(path), "rb") as file:
        interleaved = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)
        left: NDArray[np.int16] = interleaved[:: file.getnchannels()]
    return left / 32768.0


def reference(path: Path) -> int:
    """Do what the released program does, in its order and with its loops."""
    from matplotlib import mlab

    spectrum: NDArray[np.float64] = np.asarray(mlab.specgram(read_left(path), Fs=SAMPLE_RATE_HZ)[0])
    changes = [np.mean(np.abs(spectrum[:, t] - spectrum[:, t + 1])) for t in range(spectrum.shape[1] - 1)]
    variation = np.array(changes) / max(changes)
    sums = np.cumsum(np.insert(variation, 0, 0))
    means = (sums[256:] - sums[:-256]) / 256.0
    curve = np.append(np.array([means[0]] * 256), means)
    points, first = 2, 0
    while first < len(curve) - 201:
        step = first + 201
        if step + 1 == len(curve):
            break
        before, after = np.mean(curve[first : first + 200]), np.mean(curve[step + 1 : step + 201])
        if (
            np.sign(curve[step] - before) == np.sign(curve[step] - after)
            and np.sign(curve[step] - curve[step - 1]) == np.sign(curve[step] - curve[step + 1])
            and abs(curve[step] - before) > DEFAULT_THRESHOLD
            and abs(curve[step] - after) > DEFAULT_THRESHOLD
        ):
            points += int(curve[step] <= curve[step - 1] and curve[step] <= 0.08)
            first += 200
        else:
            first += 1
    return points


def measure(what: str, sound_s: float, work: Callable[..., int], *arguments: object) -> Measurement:
    """Run the work in a fresh process, so that its peak memory is its own (ffmpeg's included)."""
    context = multiprocessing.get_context("spawn")
    queue = context.SimpleQueue()
    process = context.Process(target=_measured, args=(queue, work, arguments))
    process.start()
    process.join()
    if process.exitcode != 0:
        raise SystemExit(f"{what} failed with exit code {process.exitcode}")
    return Measurement(what, sound_s, *queue.get())


def _measured(queue: object, work: Callable[..., int], arguments: tuple[object, ...]) -> None:
    start_s = time.perf_counter()
    points = work(*arguments)
    wall_s = time.perf_counter() - start_s
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    processor_s = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    peak_mb = sum(usage.ru_maxrss for usage in usages) / KB_PER_MB
    queue.put((wall_s, processor_s, peak_mb, points))  # type: ignore[attr-defined]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the analysis of a sound.")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--reference-minutes", type=float, default=2.0)
    parser.add_argument("--write-into", type=Path, metavar="DOCUMENT", help="put the table into a document")
    parser.add_argument("--json", type=Path, help="write everything measured to a file")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        long_s, short_s = arguments.minutes * 60, arguments.reference_minutes * 60
        measurements = []
        for suffix in (".wav", ".mp3"):
            path = make_sound(folder, arguments.minutes, suffix)
            for preset in ("paper", "auto"):
                measurements.append(measure(f"ours, {preset}, {suffix[1:]}", long_s, ours, path, preset))
            path.unlink()
        short = make_sound(folder, arguments.reference_minutes, ".wav")
        measurements.append(measure("ours, paper, wav", short_s, ours, short, "paper"))
        measurements.append(measure("released program's way, wav", short_s, reference, short))

    # Imported when all is measured: it loads torch, and a child's peak memory begins with its parent's size.
    from benchmarks import machine

    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(each) for each in measurements], indent=1), encoding="utf-8")
    text = f"Machine: {machine.describe()}.\n\n{table(measurements)}"
    print(text)
    if arguments.write_into:
        write_into(arguments.write_into, "analysis", text)


def table(measurements: Sequence[Measurement]) -> str:
    """Return Markdown; the last two measurements are of the same sound, the second the released program's."""
    lines = ["| | sound | time | processor | × real time | peak memory |", "|---|--:|--:|--:|--:|--:|"]
    lines += [
        f"| {one.what} | {one.sound_s / 60:.0f} min | {one.wall_s:.2f} s | {one.processor_s:.2f} s "
        f"| {one.times_real_time:,.0f} | {one.peak_memory_mb:.0f} MB |"
        for one in measurements
    ]
    same, theirs = measurements[-2:]
    faster = f"On the same {same.sound_s / 60:g} min ours is {theirs.wall_s / same.wall_s:.1f} times as fast."
    return "\n".join([*lines, "", faster])


if __name__ == "__main__":
    main()
