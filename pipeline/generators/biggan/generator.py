"""BigGAN-deep behind the `ImageGenerator` protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pytorch_pretrained_biggan import BigGAN
from torch import Tensor

from pipeline.errors import ErrorCode, PipelineError
from pipeline.generator import LATENT_DIM, NUM_CLASSES
from pipeline.generators.biggan.calibration import random_model
from pipeline.generators.biggan.engines.cpu import CpuDrawer
from pipeline.generators.biggan.engines.cuda import CudaDrawer
from pipeline.generators.biggan.engines.device import choose_device, dtype_of, is_out_of_memory
from pipeline.generators.biggan.engines.forward import ForwardPass
from pipeline.generators.biggan.engines.memory import keep_freed_memory
from pipeline.generators.biggan.engines.native import best_steps
from pipeline.generators.biggan.engines.selfcheck import choose_precision
from pipeline.generators.biggan.engines.steps import Steps
from pipeline.generators.biggan.folding.network import FoldedNetwork, FoldedNorms, fold_network, fold_norms
from pipeline.generators.biggan.names import ModelName, parse_name
from pipeline.generators.biggan.weights.checkpoint import load
from pipeline.generators.biggan.weights.download import DownloadProgress, ensure

_RANDOM_SEED = 0


def open_biggan(
    name: str,
    *,
    cache_dir: Path,
    precision: str = "auto",
    threads: int | None = None,
    device: str | None = None,
    progress: DownloadProgress | None = None,
) -> BigGanGenerator:
    """Open a BigGAN-deep, fetching its weights if they are not in the cache.

    Parameters
    ----------
    name : str
        ``biggan-deep-256``, ``random:biggan-deep-256``, or a folder in the package's format.
    cache_dir : Path
        Holds weights, built code and the self-check's verdicts.
    precision : {"auto", "float32", "bfloat16", "float16"}
        ``auto`` is the fastest whose pictures agree with float32 to 30 dB on this machine.
    threads : int, optional
        Threads of the processor; by default as many as it has cores.
    device : str, optional
        ``cpu``, ``cuda``, ``cuda:1``; by default a GPU if there is one.
    progress : callable, optional
        Told bytes done and in total while weights are fetched.

    Raises
    ------
    PipelineError
        ``UNKNOWN_MODEL``, ``WEIGHTS_MISSING``, ``WEIGHTS_DOWNLOAD_FAILED``, ``WEIGHTS_CORRUPT``, ``OUT_OF_MEMORY``.
    ValueError
        If there is no such precision.
    """
    parsed = parse_name(name)
    if precision != "auto":
        dtype_of(precision)  # refused before anything is fetched
    if threads is not None:
        torch.set_num_threads(threads)
    network = fold_network(_model(parsed, cache_dir, progress))
    place = choose_device(device)
    if place.type == "cpu":
        keep_freed_memory()
    steps = best_steps(place, cache_dir)
    psnr_db: float | None = None
    if precision == "auto":

        def draw_at(
            tried: str, latents: NDArray[np.float32], class_vectors: NDArray[np.float32], truncation: float
        ) -> NDArray[np.uint8]:
            trial = BigGanGenerator(parsed, network, place, tried, steps)
            return trial.generate(latents, class_vectors, truncation)

        precision, psnr_db = choose_precision(name, network, place, cache_dir, draw_at)
    return BigGanGenerator(parsed, network, place, precision, steps, psnr_db=psnr_db)


def _model(name: ModelName, cache_dir: Path, progress: DownloadProgress | None) -> BigGAN:
    if name.kind == "random":
        return random_model(name.architecture, _RANDOM_SEED)
    return load(ensure(name.text, cache_dir, progress))


class BigGanGenerator:
    """An opened BigGAN-deep; see `pipeline.generator.ImageGenerator` for what it promises.

    Attributes
    ----------
    precision : str
        In which it computes.
    psnr_db : float or None
        What the self-check of that precision found.
    memory_bytes : int
        What it holds between requests.
    """

    latent_dim = LATENT_DIM
    num_classes = NUM_CLASSES

    def __init__(
        self,
        name: ModelName,
        network: FoldedNetwork,
        device: torch.device,
        precision: str,
        steps: Steps,
        *,
        psnr_db: float | None = None,
    ) -> None:
        dtype = dtype_of(precision)
        engine = ForwardPass(network, device, dtype, steps)
        self.name = name.text
        self.size_px = name.size_px
        self.precision = precision
        self.psnr_db = psnr_db
        self.memory_bytes = network.memory_bytes(dtype)
        self._device = device
        self._recorded = (network.norms, network.last_norm)
        self._norms: tuple[float, FoldedNorms] | None = None
        self._drawer: CpuDrawer | CudaDrawer | None = (
            CudaDrawer(engine, self.size_px, dtype, device)
            if device.type == "cuda"
            else CpuDrawer(engine, self.size_px, dtype, torch.get_num_threads())
        )
        self.batch_size = self._drawer.pictures_at_once

    def generate(
        self, latents: NDArray[np.float32], class_vectors: NDArray[np.float32], truncation: float
    ) -> NDArray[np.uint8]:
        """Draw one picture per row; rows equal to the one before are drawn once, as silence has many.

        Raises
        ------
        PipelineError
            ``OUT_OF_MEMORY`` if not even one picture fits.
        """
        inputs = np.concatenate([latents, class_vectors], axis=1, dtype=np.float32)
        is_new = np.ones(len(inputs), bool)
        is_new[1:] = np.any(inputs[1:] != inputs[:-1], axis=1)
        distinct = inputs[is_new]
        pictures = np.empty((len(distinct), self.size_px, self.size_px, 3), np.uint8)
        start = 0
        for drawn in self._batches(distinct, truncation):
            pictures[start : start + len(drawn)] = drawn.numpy()
            start += len(drawn)
        return pictures if is_new.all() else pictures[np.cumsum(is_new) - 1]

    def close(self) -> None:
        """Let go of the weights."""
        if self._drawer is not None:
            self._drawer.close()
        self._drawer = None
        self._norms = None

    def _batches(self, inputs: NDArray[np.float32], truncation: float) -> Iterator[Tensor]:
        """Yield pictures on the host; a GPU draws the next ones while these are copied."""
        if self._drawer is None:
            raise ValueError("the generator is closed")
        arriving: Callable[[], Tensor] | None = None
        norms = self._norms_at(truncation)
        start = 0
        while start < len(inputs):
            rows = torch.from_numpy(inputs[start : start + self._drawer.pictures_at_once])
            latents, class_vectors = torch.split(rows, [LATENT_DIM, NUM_CLASSES], dim=1)
            try:
                drawn = self._drawer.start(latents, class_vectors, norms)
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                if not self._drawer.shrink():  # for good: what did not fit now will not fit later
                    raise PipelineError(ErrorCode.OUT_OF_MEMORY, model=self.name, size_px=self.size_px) from error
                self.batch_size = self._drawer.pictures_at_once
                continue
            start += len(rows)
            if arriving is not None:
                yield arriving()
            arriving = drawn
        if arriving is not None:
            yield arriving()

    def _norms_at(self, truncation: float) -> FoldedNorms:
        """Fold the norms of a truncation, unless it is that of the last call."""
        if self._norms is None or self._norms[0] != truncation:
            self._norms = (truncation, fold_norms(*self._recorded, truncation).to(self._device))
        return self._norms[1]
