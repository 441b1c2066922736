"""What is particular to an NVIDIA GPU. Written from the documentation; not yet run on one."""

from __future__ import annotations

import logging
from collections.abc import Callable

import torch
from torch import Tensor

from pipeline.biggan.device import is_out_of_memory
from pipeline.biggan.engine import Engine
from pipeline.biggan.folding import FoldedNorms

logger = logging.getLogger(__name__)

Draw = Callable[[Tensor, Tensor, FoldedNorms], Tensor]


def graphed(engine: Engine) -> Draw:
    """Return `engine.draw` compiled, fused and replayed as one CUDA graph; or as it is, should compiling fail.

    A graph is recorded for each number of pictures, so there should be but one.
    """
    compiled = torch.compile(engine.draw, mode="reduce-overhead", dynamic=False)
    usable = True

    def draw(latents: Tensor, class_vectors: Tensor, norms: FoldedNorms) -> Tensor:
        nonlocal usable
        if usable:
            try:
                return compiled(latents, class_vectors, norms)
            except Exception as error:  # every stage of the compiler has its own
                if is_out_of_memory(error):
                    raise
                logger.warning("the BigGAN engine runs uncompiled: %s", type(error).__name__)
                usable = False
        return engine.draw(latents, class_vectors, norms)

    return draw


def download(pictures: Tensor) -> Callable[[], Tensor]:
    """Begin to copy pictures to pinned memory of the host, while the GPU goes on; return how to wait for them."""
    host = torch.empty(pictures.shape, dtype=pictures.dtype, pin_memory=True)
    host.copy_(pictures, non_blocking=True)
    copied = torch.cuda.current_stream(pictures.device).record_event()

    def wait() -> Tensor:
        copied.synchronize()
        return host

    return wait
