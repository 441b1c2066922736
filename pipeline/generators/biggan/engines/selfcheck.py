"""Trying the fast precision on the machine at hand, once per model and machine."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from pipeline.generator import LATENT_DIM, NUM_CLASSES
from pipeline.generators.biggan.engines.device import fast_precision, kind_of
from pipeline.generators.biggan.engines.precision import Verdict, judge, keep_verdict, psnr_db, read_verdicts
from pipeline.generators.biggan.folding.network import FoldedNetwork

PICTURES = 3
TRUNCATION = 0.5
_SEED = 20201207

DrawAt = Callable[[str, NDArray[np.float32], NDArray[np.float32], float], NDArray[np.uint8]]
"""Draws (precision, latents, class vectors, truncation)."""


def choose_precision(
    name: str, network: FoldedNetwork, device: torch.device, cache_dir: Path, draw_at: DrawAt
) -> tuple[str, float | None]:
    """Return the precision that ``auto`` stands for, and the PSNR in dB that decided it, where one was needed."""
    fast = fast_precision(device)
    if fast is None:
        return "float32", None
    weights, machine, software = fingerprint(network), kind_of(device), f"torch {torch.__version__}"
    for verdict in read_verdicts(cache_dir):
        if verdict.holds_for(weights=weights, machine=machine, software=software, fast=fast):
            return verdict.precision, verdict.psnr_db
    latents, class_vectors = _samples()
    reference = draw_at("float32", latents, class_vectors, TRUNCATION)
    measured = psnr_db(draw_at(fast, latents, class_vectors, TRUNCATION), reference)
    # JSON has no infinity; 99 dB is beyond what 8 bits can show.
    verdict = Verdict(name, weights, machine, software, fast, min(round(measured, 2), 99.0), judge(fast, measured))
    keep_verdict(verdict, cache_dir)
    return verdict.precision, verdict.psnr_db


def fingerprint(network: FoldedNetwork) -> str:
    """Return a short digest that two networks share only if they have the same weights."""
    digest = hashlib.blake2b(digest_size=8)
    for tensor in (network.class_embedding, network.start_bias, network.rgb):
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


def _samples() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return latents and class vectors: two pure classes, and a mix of both."""
    random = np.random.default_rng(_SEED)
    latents = np.clip(random.standard_normal((PICTURES, LATENT_DIM)), -2, 2) * TRUNCATION
    class_vectors = np.zeros((PICTURES, NUM_CLASSES))
    first, second = random.choice(NUM_CLASSES, 2, replace=False)
    class_vectors[0, first] = class_vectors[1, second] = 1
    class_vectors[2, [first, second]] = 0.5
    return latents.astype(np.float32), class_vectors.astype(np.float32)
