"""How fast and how smooth are the drawings?

``python -m benchmarks.sketch [--edges 200] [--seed 1]``

Frames a second at each size, on all cores, for a film that morphs from one category to the next; then the change of
the picture along random ways from one category to another: how much at the most, and whether there is any jump.
"""

from __future__ import annotations

import argparse
import os
import time
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.generator import SIZES_PX, ImageGenerator
from pipeline.path import latent
from pipeline.sketch import open_sketch
from pipeline.sketch.sheet import one_hot

TRUNCATION = 0.2
FRAMES = 256
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
        film = way(np.random.default_rng(seed), np.linspace(0, 1, FRAMES))
        generator.generate(*film, TRUNCATION)  # starts the processes
        best = np.inf
        for _ in range(repeats):
            begin = time.perf_counter()
            generator.generate(*film, TRUNCATION)
            best = min(best, time.perf_counter() - begin)
        return float(FRAMES / best)
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
    arguments = parser.parse_args(words)
    print(f"{len(os.sched_getaffinity(0))} cores")
    print("| size | frames/s |\n|---|---|")
    for size_px in SIZES_PX:
        print(f"| {size_px} px | {frames_per_s(size_px, arguments.seed):.0f} |", flush=True)
    most, sharpest = smoothness(arguments.edges, arguments.seed)
    print(f"{arguments.edges} ways: at most {most:.0f} (of 255) per unit of alpha; where a picture changes most, a")
    print(f"{FINER}th of the step is at most {sharpest:.2f} times its share of the change (a jump would be {FINER}).")


if __name__ == "__main__":
    main()
