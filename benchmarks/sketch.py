"""How fast and how smooth are the drawings?

``python -m benchmarks.sketch [--edges 200] [--seed 1] [--write-into docs/performance.md]``

Frames a second at each size, on all cores, for a film that morphs through random categories; then the change of the
picture along random ways from one category to another: how much at the most, and whether there is any jump.
"""

from __future__ import annotations

import argparse
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import machine
from benchmarks.figures import write_into
from pipeline.analysis.latent_path import latent
from pipeline.generator import SIZES_PX, ImageGenerator
from pipeline.generators.sketch import open_sketch
from pipeline.generators.sketch.sheet import one_hot

TRUNCATION = 0.2
WAYS = 8
FRAMES_PER_WAY = 32
STEPS = 40
FINER = 16


def way(rng: np.random.Generator, alphas: NDArray[np.float64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Latents and class vectors on the way from one random scene to another."""
    first, second = rng.choice(1000, size=2, replace=False)
    z = [latent(int(rng.integers(2**31)), TRUNCATION) for _ in range(2)]
    share = alphas[:, None].astype(np.float32)
    ends = one_hot([int(first), int(second)])
    return (1 - share) * z[0] + share * z[1], (1 - share) * ends[0] + share * ends[1]


def frames_per_s(size_px: int, seed: int, repeats: int = 3) -> float:
    generator = open_sketch(size_px)
    try:
        rng = np.random.default_rng(seed)
        ways = [way(rng, np.linspace(0, 1, FRAMES_PER_WAY)) for _ in range(WAYS)]
        latents, class_vectors = (np.concatenate(parts) for parts in zip(*ways, strict=True))
        generator.generate(latents, class_vectors, TRUNCATION)  # starts the processes
        best = np.inf
        for _ in range(repeats):
            begin = time.perf_counter()
            generator.generate(latents, class_vectors, TRUNCATION)
            best = min(best, time.perf_counter() - begin)
        return float(len(latents) / best)
    finally:
        generator.close()


def changes(generator: ImageGenerator, seed: int, alphas: NDArray[np.float64]) -> NDArray[np.float64]:
    frames = generator.generate(*way(np.random.default_rng(seed), alphas), TRUNCATION).astype(np.int16)
    return np.array([np.abs(after - before).mean() for before, after in pairwise(frames)])


def smoothness(edges: int, seed: int) -> tuple[float, float]:
    """Return the most change per unit of alpha, and the worst ratio of a fine step to its even share."""
    generator = open_sketch(128)
    most, sharpest = 0.0, 0.0
    try:
        alphas = np.linspace(0, 1, STEPS + 1)
        for edge in range(edges):
            steps = changes(generator, seed + edge, alphas)
            worst = int(steps.argmax())
            fine = changes(generator, seed + edge, np.linspace(alphas[worst], alphas[worst + 1], FINER + 1))
            most = max(most, float(steps.max()) * STEPS)
            sharpest = max(sharpest, float(fine.max() / (steps.max() / FINER)))
    finally:
        generator.close()
    return most, sharpest


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sketch")
    parser.add_argument("--edges", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write-into", type=Path, metavar="DOCUMENT", help="put the table into a document")
    arguments = parser.parse_args(words)
    lines = [f"Machine: {machine.describe()}.", "", "| size | frames/s |", "|---|--:|"]
    lines += [f"| {size_px} px | {frames_per_s(size_px, arguments.seed):.0f} |" for size_px in SIZES_PX]
    most, sharpest = smoothness(arguments.edges, arguments.seed)
    lines += [
        "",
        f"Along {arguments.edges} random ways a picture changes by at most {most:.0f} levels (mean over its "
        "pixels, of 255) per unit of alpha",
        f"where it is steepest; there a {FINER}th of a step is at most {sharpest:.2f} times its share of the change "
        f"(a jump would be {FINER}).",
    ]
    print("\n".join(lines))
    if arguments.write_into:
        write_into(arguments.write_into, "sketch", "\n".join(lines))


if __name__ == "__main__":
    main()
