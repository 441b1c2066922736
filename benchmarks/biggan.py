"""BigGAN-deep: the package's own forward beside our engine, on the same weights, latents and frames, in one run.

The package is called as deep-music-visualizer calls it: float32, evaluation mode, no gradients, batches of 30 or what
memory allows. Its turning of values into bytes is not counted; ours is. Both take turns, frame batch by frame batch,
so that a busy moment of the machine hits both.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from pytorch_pretrained_biggan import BigGAN
from torch import Tensor

from benchmarks.machine import Peaks, describe, measure_peaks, timed
from benchmarks.operations import Rung, Work, count
from pipeline.generators.biggan.architecture import deepmind
from pipeline.generators.biggan.calibration import random_model
from pipeline.generators.biggan.engines.cpu import CpuDrawer
from pipeline.generators.biggan.engines.device import dtype_of, free_memory_bytes
from pipeline.generators.biggan.engines.forward import ForwardPass
from pipeline.generators.biggan.engines.memory import keep_freed_memory
from pipeline.generators.biggan.engines.native import best_steps
from pipeline.generators.biggan.engines.steps import PlainSteps
from pipeline.generators.biggan.folding.network import FoldedNetwork, FoldedNorms, fold_network, fold_norms

CPU = torch.device("cpu")
TRUNCATION = 0.4
PEER_BATCH = 30
FRAMES = {128: 32, 256: 24, 512: 12}  # whole parts for two cores
QUICK_FRAMES = {128: 16, 256: 8, 512: 4}
PEER_MAPS_AT_ONCE = 8


Draw = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class Contestant:
    """One way to draw, and how long each turn took."""

    name: str
    precision: str
    gflop_per_frame: float
    mb_per_frame: float
    draw: Draw
    turns_s: list[float]

    def fps(self, frames: int) -> tuple[float, float]:
        """Return frames per second, in the best turn and in the median one."""
        return frames / min(self.turns_s), frames / statistics.median(self.turns_s)


def measure(size_px: int, *, cache_dir: Path, quick: bool, repeats: int, ladder: bool) -> dict[str, object]:
    """Measure one size; return everything that is worth keeping as JSON."""
    keep_freed_memory()  # which the package gains from too
    architecture = deepmind(size_px)
    model = random_model(architecture)
    network = fold_network(model)
    norms = fold_norms(network.norms, network.last_norm, TRUNCATION)
    frames = (QUICK_FRAMES if quick else FRAMES)[size_px]
    latents, class_vectors = requests(frames)
    work = count(architecture)[-1]
    peer_batch = _peer_batch(size_px, frames)
    contestants = [
        Contestant(
            "package", "float32", work.package_flop / 1e9, work.package_bytes / 1e6, _package(model, peer_batch), []
        ),
        *_ours(network, norms, size_px, work, cache_dir, ladder=ladder),
    ]
    with torch.inference_mode():
        drawn = {each.name: each.draw(latents, class_vectors) for each in contestants}  # warms up; not timed
        peaks = measure_peaks()
        for _ in range(repeats):
            for each in contestants:
                each.turns_s.append(timed(lambda each=each: each.draw(latents, class_vectors)))  # type: ignore[misc]
            peaks = peaks.best(measure_peaks(2))
    reference = drawn["package"]
    return {
        "model": f"random:biggan-deep-{size_px}",
        "machine": describe(),
        "peaks": asdict(peaks),
        "frames": frames,
        "peer_batch": peer_batch,
        "repeats": repeats,
        "work": asdict(replace(work, block=f"{size_px} px")),
        "contestants": [
            _result(each, frames, contestants[0], peaks, _compared(drawn[each.name], reference)) for each in contestants
        ],
    }


def requests(frames: int) -> tuple[Tensor, Tensor]:
    """Return latents and class vectors as a clip has them: from one scene to another."""
    random = torch.Generator().manual_seed(1)
    alphas = torch.linspace(0, 1, frames).unsqueeze(1)
    ends = torch.nn.init.trunc_normal_(torch.empty(2, 128), a=-2, b=2, generator=random) * TRUNCATION
    class_vectors = torch.zeros(frames, 1000)
    class_vectors[:, [281, 404]] = torch.cat([1 - alphas, alphas], dim=1)
    return torch.lerp(ends[0], ends[1], alphas), class_vectors


def table(result: dict[str, object]) -> str:
    """Return a result as Markdown."""
    peaks = result["peaks"]
    assert isinstance(peaks, dict)
    lines = [
        f"**{result['model']}**: {result['frames']} frames, the package in batches of {result['peer_batch']}; "
        f"best (median) of {result['repeats']} turns. Peaks measured in between: "
        f"{peaks['float32_gflops']:.0f} GFLOP/s float32, {peaks['bfloat16_gflops']:.0f} GFLOP/s bfloat16, "
        f"{peaks['copy_gbps']:.0f} GB/s copied.",
        "",
        "| engine | precision | frames/s | ratio | at the peaks | GFLOP | MB | GFLOP/s | of the peak | error |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|---|",
    ]
    contestants = result["contestants"]
    assert isinstance(contestants, list)
    lines += [
        f"| {row['name']} | {row['precision']} | {row['fps_best']:.2f} ({row['fps_median']:.2f}) "
        f"| {row['ratio_best']:.2f} ({row['ratio_median']:.2f}) | {row['fps_at_peaks']:.1f} "
        f"| {row['gflop_per_frame']:.1f} | {row['mb_per_frame']:.0f} | {row['gflops']:.0f} "
        f"| {row['share_of_peak']:.0%} | {row['error']} |"
        for row in contestants
    ]
    return "\n".join(lines)


def _ours(
    network: FoldedNetwork, norms: FoldedNorms, size_px: int, work: Work, cache_dir: Path, *, ladder: bool
) -> list[Contestant]:
    plain, native = PlainSteps(), best_steps(CPU, cache_dir)
    contestants = []
    for precision in ("float32", "bfloat16"):
        dtype = dtype_of(precision)
        rungs: list[tuple[str, Rung, ForwardPass]] = [
            ("+ in strips = ours" if ladder else "ours", "strips", ForwardPass(network, CPU, dtype, native))
        ]
        if ladder:
            folded, with_steps = (
                ForwardPass(network, CPU, dtype, steps, strip_bytes=None) for steps in (plain, native)
            )
            rungs = [("folded", "plain", folded), ("+ steps in C++", "steps", with_steps), *rungs]
        contestants += [
            Contestant(
                f"{name}, {precision}",
                precision,
                work.our_flop / 1e9,
                work.our_bytes(rung, dtype.itemsize) / 1e6,
                _by_cores(CpuDrawer(engine, size_px, dtype, torch.get_num_threads()), norms),
                [],
            )
            for name, rung, engine in rungs
        ]
    return contestants


def _package(model: BigGAN, batch: int) -> Draw:
    def draw(latents: Tensor, class_vectors: Tensor) -> Tensor:
        parts = zip(latents.split(batch), class_vectors.split(batch), strict=True)  # type: ignore[no-untyped-call]
        return torch.cat([model(z, c, TRUNCATION) for z, c in parts])

    return draw


def _by_cores(drawer: CpuDrawer, norms: FoldedNorms) -> Draw:
    def draw(latents: Tensor, class_vectors: Tensor) -> Tensor:
        return drawer.start(latents, class_vectors, norms)()

    return draw


def _peer_batch(size_px: int, frames: int) -> int:
    picture_bytes = PEER_MAPS_AT_ONCE * size_px**2 * 128 * 4
    return max(1, min(PEER_BATCH, frames, free_memory_bytes(CPU) // 2 // picture_bytes))


def _result(each: Contestant, frames: int, peer: Contestant, peaks: Peaks, error: str) -> dict[str, object]:
    best, median = each.fps(frames)
    peer_best, _ = peer.fps(frames)
    peak = peaks.float32_gflops if each.precision == "float32" else peaks.bfloat16_gflops
    return {
        "name": each.name.removesuffix(f", {each.precision}"),
        "precision": each.precision,
        "fps_best": best,
        "fps_median": median,
        "ratio_best": best / peer_best,
        "ratio_median": statistics.median(
            theirs / ours for theirs, ours in zip(peer.turns_s, each.turns_s, strict=True)
        ),
        "gflop_per_frame": each.gflop_per_frame,
        "mb_per_frame": each.mb_per_frame,
        "gflops": best * each.gflop_per_frame,
        "share_of_peak": best * each.gflop_per_frame / peak,
        "fps_at_peaks": 1 / (each.gflop_per_frame / peak + each.mb_per_frame / 1e3 / peaks.copy_gbps),
        "turns_s": each.turns_s,
        "error": error,
    }


def _compared(drawn: Tensor, reference: Tensor) -> str:
    """Say how far bytes are from the package's values."""
    if drawn is reference:
        return "—"
    expected = ((reference.permute(0, 2, 3, 1) + 1) * 128).clamp(0, 255).floor()
    error = drawn.float() - expected
    mean_square = error.square().mean().item()
    psnr = 10 * math.log10(255**2 / mean_square) if mean_square else math.inf
    return f"{psnr:.1f} dB, at most {error.abs().max().item():.0f} levels"


def check(size_px: int, *, cache_dir: Path) -> str:
    """Compare values of the full-size network in float32, at several truncations; return the largest error."""
    model = random_model(deepmind(size_px))
    network = fold_network(model)
    engine = ForwardPass(network, CPU, torch.float32, best_steps(CPU, cache_dir))
    latents, class_vectors = requests(3)
    errors = []
    with torch.inference_mode():
        for truncation in (0.2, 0.3, 0.5, 1.0):
            norms = fold_norms(network.norms, network.last_norm, truncation)
            scaled = latents / TRUNCATION * truncation
            expected = model(scaled, class_vectors, truncation).permute(0, 2, 3, 1)
            found = engine.draw_values(scaled, class_vectors, norms)
            errors.append((found - expected).abs().max().item())
    return f"{size_px} px, full width, float32: largest error of any colour {max(errors):.1e} (values from -1 to 1)"
