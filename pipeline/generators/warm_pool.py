"""Generators that stay open between clips, as many as a memory budget allows."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from pipeline.generator import ImageGenerator

DEFAULT_BUDGET_BYTES = 4_000_000_000
"""Room for BigGAN-deep at two sizes, with their batches."""


class WarmModels:
    """Opens generators and keeps them, closing the least recently used ones when memory runs short.

    The one in use is never closed, however large it is.

    Parameters
    ----------
    open_generator : callable
        Opens a model by name and size.
    budget_bytes : int
        What the open ones may take together, by their own `memory_bytes`; a generator that states none counts as
        nothing.
    """

    def __init__(
        self, open_generator: Callable[[str, int], ImageGenerator], budget_bytes: int = DEFAULT_BUDGET_BYTES
    ) -> None:
        self._open_generator = open_generator
        self._budget_bytes = budget_bytes
        self._open: OrderedDict[tuple[str, int], ImageGenerator] = OrderedDict()

    def open(self, name: str, size_px: int) -> ImageGenerator:
        """Return a generator, loading it only if it is not open."""
        key = (name, size_px)
        if key not in self._open:
            # Before loading: the old and the new one together may be more than there is.
            self._make_room()
            self._open[key] = self._open_generator(name, size_px)
        self._open.move_to_end(key)
        self._make_room(but=1)
        return self._open[key]

    def close(self) -> None:
        """Close all of them."""
        while self._open:
            self._open.popitem()[1].close()

    def _make_room(self, but: int = 0) -> None:
        while len(self._open) > but and sum(map(_memory_bytes, self._open.values())) > self._budget_bytes:
            self._open.popitem(last=False)[1].close()


def _memory_bytes(generator: ImageGenerator) -> int:
    return int(getattr(generator, "memory_bytes", 0))
