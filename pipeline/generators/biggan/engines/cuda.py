"""Drawing on an NVIDIA GPU. Written from the documentation; not yet run on one."""

from __future__ import annotations

import logging
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from pipeline.generators.biggan.engines.device import is_out_of_memory, pictures_that_fit
from pipeline.generators.biggan.engines.forward import ForwardPass
from pipeline.generators.biggan.folding.network import FoldedNorms

logger = logging.getLogger(__name__)

_BATCH = {128: 64, 256: 32, 512: 16}


class CudaDrawer:
    """Draws with an engine on a GPU; parameters and methods as `pipeline.generators.biggan.engines.cpu.CpuDrawer`.

    The engine is compiled and replayed as one CUDA graph, for which all batches are of one size. While a batch is
    drawn, the one before is copied to pinned memory of the host.
    """

    def __init__(self, engine: ForwardPass, size_px: int, dtype: torch.dtype, device: torch.device) -> None:
        self._engine = engine
        self._compiled: Callable[..., Tensor] | None = torch.compile(engine.draw, mode="reduce-overhead", dynamic=False)
        self._batch = min(_BATCH.get(size_px, 1), pictures_that_fit(device, size_px, dtype))
        self._device = device

    @property
    def pictures_at_once(self) -> int:
        """How many pictures a call should bring."""
        return self._batch

    @torch.inference_mode()
    def start(self, latents: Tensor, class_vectors: Tensor, norms: FoldedNorms) -> Callable[[], Tensor]:
        """Begin to draw pictures, uint8 (pictures, side, side, 3), and return how to wait for them."""
        filling = (0, 0, 0, self._batch - len(latents))
        filled = F.pad(latents, filling).to(self._device), F.pad(class_vectors, filling).to(self._device)
        pictures = self._draw(filled[0], filled[1], norms)[: len(latents)]
        host = torch.empty(pictures.shape, dtype=pictures.dtype, pin_memory=True)
        host.copy_(pictures, non_blocking=True)
        copied = torch.cuda.current_stream(self._device).record_event()

        def wait() -> Tensor:
            copied.synchronize()
            return host

        return wait

    def _draw(self, latents: Tensor, class_vectors: Tensor, norms: FoldedNorms) -> Tensor:
        if self._compiled is not None:
            try:
                return self._compiled(latents, class_vectors, norms)
            except Exception as error:  # every stage of the compiler has its own
                if is_out_of_memory(error):
                    raise
                logger.warning("the BigGAN engine runs uncompiled: %s", type(error).__name__)
                self._compiled = None
        return self._engine.draw(latents, class_vectors, norms)

    def shrink(self) -> bool:
        """Draw fewer pictures at once from now on; False if it is one already."""
        self._batch, shrunk = max(1, self._batch // 2), self._batch > 1
        return shrunk

    def close(self) -> None:
        """Give memory back to the GPU."""
        self._compiled = None
        torch.cuda.empty_cache()
