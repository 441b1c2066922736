"""Drawing on a processor: every core draws pictures of its own.

Cores that share one picture wait for each other dozens of times per picture, and for longer where other programs run
beside them, as the video encoder does. On their own they wait for nobody, and find in their cache what they left there.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from pipeline.generators.biggan.engines.device import pictures_that_fit
from pipeline.generators.biggan.engines.forward import ForwardPass
from pipeline.generators.biggan.folding.network import FoldedNorms

_PART = {128: 8, 256: 4, 512: 2}
"""Pictures that a core draws at once: enough to pay for reading the weights."""


class CpuDrawer:
    """Draws with an engine on several cores.

    A picture's last bit may depend on how many are drawn together with it, so all parts are of one size: the last one
    is filled up. Thus the same request gives the same bytes, whatever else is asked for along with it.

    Parameters
    ----------
    engine : ForwardPass
        On the processor.
    size_px : int
        Side of its pictures.
    dtype : torch.dtype
        Precision of the engine.
    cores : int
        How many to use.
    """

    def __init__(self, engine: ForwardPass, size_px: int, dtype: torch.dtype, cores: int) -> None:
        fitting = pictures_that_fit(torch.device("cpu"), size_px, dtype)
        self._engine = engine
        self._part = max(1, min(_PART.get(size_px, 1), fitting))
        self._cores = max(1, min(cores, fitting // self._part))
        # The library's own threads are a property of the thread that calls it.
        self._pool = ThreadPoolExecutor(cores, "biggan", initializer=torch.set_num_threads, initargs=(1,))

    @property
    def pictures_at_once(self) -> int:
        """How many pictures a call should bring."""
        return self._part * self._cores

    def start(self, latents: Tensor, class_vectors: Tensor, norms: FoldedNorms) -> Callable[[], Tensor]:
        """Draw pictures, uint8 (pictures, side, side, 3), and return how to get at them."""
        count = len(latents)
        missing = -count % self._part
        rows = [F.pad(each, (0, 0, 0, missing)).split(self._part) for each in (latents, class_vectors)]  # type: ignore[no-untyped-call]

        def draw(part: tuple[Tensor, Tensor]) -> Tensor:
            with torch.inference_mode():  # a property of the thread, too
                return self._engine.draw(*part, norms)

        drawn = torch.cat(list(self._pool.map(draw, zip(*rows, strict=True))))[:count]
        return lambda: drawn

    def shrink(self) -> bool:
        """Draw fewer pictures at once from now on; False if it is one already."""
        if self._cores > 1:
            self._cores //= 2
        elif self._part > 1:
            self._part //= 2
        else:
            return False
        return True

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()
