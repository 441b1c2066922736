"""Which kind of machine this is, and how fast it can be at best, measured."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

from pipeline.generators.biggan.engines.device import kind_of

MATRIX_SIZE = 1536
COPY_BYTES = 1 << 27


@dataclass(frozen=True, slots=True)
class Peaks:
    """What was reached in a few attempts; on a shared machine it varies from minute to minute."""

    float32_gflops: float
    bfloat16_gflops: float
    copy_gbps: float

    def best(self, other: Peaks) -> Peaks:
        return Peaks(
            max(self.float32_gflops, other.float32_gflops),
            max(self.bfloat16_gflops, other.bfloat16_gflops),
            max(self.copy_gbps, other.copy_gbps),
        )


def describe() -> str:
    """Return the machine's kind: no names, only what bears on speed."""
    cores = len(os.sched_getaffinity(0))
    kind = kind_of(torch.device("cpu"))
    return f"{cores} cores ({kind}), {platform.system()}, Python {platform.python_version()}, torch {torch.__version__}"


def measure_peaks(attempts: int = 5) -> Peaks:
    """Multiply large matrices and copy a large block, and return the best speeds."""
    size = MATRIX_SIZE
    exact, other = torch.randn(size, size), torch.randn(size, size)
    coarse, coarse_other = exact.bfloat16(), other.bfloat16()
    source = torch.zeros(COPY_BYTES, dtype=torch.uint8)
    target = torch.zeros_like(source)
    flop = 2 * size**3
    return Peaks(
        flop / best_of(lambda: torch.mm(exact, other), attempts) / 1e9,
        flop / best_of(lambda: torch.mm(coarse, coarse_other), attempts) / 1e9,
        2 * COPY_BYTES / best_of(lambda: target.copy_(source), attempts) / 1e9,
    )


def best_of(work: Callable[[], object], attempts: int) -> float:
    """Return the shortest time in seconds, after one run that does not count."""
    work()
    return min(timed(work) for _ in range(attempts))


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds a piece of work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
