"""How long does a whole clip take, from a sound file to an mp4?

``python -m benchmarks.clip [--model biggan-deep-128] [--seconds 60] [--fps 24] [--json FILE]``

Everything that `ganterpret render` does is in it: decoding, analysis, opening the model from its files, drawing, and
encoding. BigGAN's weights are random and calibrated, saved once in the package's format: that takes as long to load
and to draw as the published ones. What happens only once on a machine (C++ steps, the self-check of the precision) is
done before the clock starts, and its time is told apart.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from dataclasses import asdict, dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

from benchmarks import machine
from benchmarks.analysis import make_sound
from benchmarks.figures import write_into
from pipeline.generators.biggan.architecture import deepmind
from pipeline.generators.biggan.calibration import random_model
from pipeline.generators.biggan.names import MODELS, WEIGHTS_FILE
from pipeline.generators.biggan.weights.checkpoint import save
from pipeline.generators.registry import choose_model, open_generator
from pipeline.media.decode import decode_sound
from pipeline.recipe import Recipe
from pipeline.render.render import render
from pipeline.render.values import Models, RenderJob, Targets
from pipeline.render.watch import Progress, Watch

KB_PER_MB = 1024


@dataclass(frozen=True, slots=True)
class Measurement:
    """A clip and what it took.

    Attributes
    ----------
    first_opening_s : float
        Once on a machine: building, self-check, loading.
    stages_s : dict
        Seconds of the clip's stages, by name. Encoding goes on while frames are drawn; its stage is what is left.
    peak_memory_mb : float
        The most memory of this process; ffmpeg's own is not in it.
    """

    model: str
    machine: str
    precision: str
    sound_s: float
    frames: int
    wall_s: float
    stages_s: dict[str, float]
    first_opening_s: float
    clip_mb: float
    peak_memory_mb: float

    @property
    def times_real_time(self) -> float:
        return self.sound_s / self.wall_s


def measure(model: str, seconds: float, fps: int, cache_dir: Path) -> Measurement:
    size_px = int(model.rsplit("-", 1)[1])
    folder = _saved(model, size_px, cache_dir)
    open_model = partial(open_generator, cache_dir=cache_dir)
    start = time.perf_counter()
    opened = open_model(str(folder), size_px)
    first_opening_s = time.perf_counter() - start
    precision = str(getattr(opened, "precision", ""))
    opened.close()
    with tempfile.TemporaryDirectory() as work:
        sound = make_sound(Path(work), seconds / 60, ".mp3")
        marks: list[tuple[str, float]] = []

        def note(progress: Progress) -> None:
            if not marks or marks[-1][0] != progress.stage:
                marks.append((progress.stage, time.perf_counter()))

        start = time.perf_counter()
        recipe = Recipe(theme="primates", model=str(folder), size_px=size_px, fps=fps)
        models = Models(choose=partial(choose_model, cache_dir=cache_dir), open=open_model)
        job = RenderJob(decode_sound(sound, Path(work)), recipe, Targets(Path(work) / "clip.mp4"))
        clip = render(job, models, Watch(progress=note))
        wall_s = time.perf_counter() - start
        marks[0] = (marks[0][0], start)
        return Measurement(
            model=f"random:{model}",
            machine=machine.describe(),
            precision=precision,
            sound_s=clip.duration_s,
            frames=clip.frame_count,
            wall_s=wall_s,
            stages_s={stage: later - earlier for (stage, earlier), (_, later) in pairwise(marks)},
            first_opening_s=first_opening_s,
            clip_mb=clip.bytes / 1e6,
            peak_memory_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KB_PER_MB,
        )


def table(found: Measurement) -> str:
    stages = ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in found.stages_s.items())
    return "\n".join(
        [
            f"| {found.model}, {found.precision} | |",
            "|---|--:|",
            f"| sound | {found.sound_s:.1f} s, {found.frames} frames |",
            f"| whole clip | **{found.wall_s:.1f} s** ({found.times_real_time:.2f} × real time) |",
            f"| of which | {stages} |",
            f"| once on a machine, before | {found.first_opening_s:.1f} s |",
            f"| clip | {found.clip_mb:.1f} MB |",
            f"| peak memory | {found.peak_memory_mb:.0f} MB |",
        ]
    )


def _saved(model: str, size_px: int, cache_dir: Path) -> Path:
    folder = cache_dir / "benchmark" / model
    if not (folder / WEIGHTS_FILE).is_file():
        print("making random weights …", flush=True)
        save(random_model(deepmind(size_px)), deepmind(size_px), folder)
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clip", description=__doc__.splitlines()[0])
    parser.add_argument("--model", choices=MODELS, default=MODELS[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--fps", type=int, default=24)
    parser.add_argument("--write-into", type=Path, metavar="DOCUMENT", help="put the table into a document")
    parser.add_argument("--json", type=Path, help="write everything measured to a file")
    parser.add_argument("--cache-dir", type=Path, default=Path("var/cache"), help="where weights and code are kept")
    arguments = parser.parse_args()
    found = measure(arguments.model, arguments.seconds, arguments.fps, arguments.cache_dir.absolute())
    text = f"Machine: {found.machine}.\n\n{table(found)}"
    print(text)
    if arguments.write_into:
        write_into(arguments.write_into, "clip", text)
    if arguments.json:
        arguments.json.write_text(json.dumps(asdict(found), indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
