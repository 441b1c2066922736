"""Sees to it that a film does not flash: where it would, its frames are mixed with those before them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pipeline.motion.flash_meter import Flashes, FlashMeter, look_at

MOST_AREA = 0.1
"""The share of ten degrees of sight that may flash. WCAG allows 0.25, and the encoder makes of it what it will."""
_MIXES = (0.6, 0.35, 0.2, 0.1, 0.0)
"""How much of the new frame is shown. The last always holds: a picture that stands still does not flash."""
_RECOVERY = 1.15
"""How much more of a frame is shown at most than of the one before, so that a film that was held back does not jump."""
_LEAST_RECOVERY = 0.1


class FlashGuard:
    """Measures the frames that pass; a film that may be smoothed leaves it without flashes.

    Parameters
    ----------
    fps : int
    smooths : bool
        Whether frames are changed; otherwise they are only measured.

    Attributes
    ----------
    flashes : Flashes
        What was measured of all that has passed, as it left.
    """

    def __init__(self, fps: int, *, smooths: bool) -> None:
        self.flashes = Flashes()
        self._fps = fps
        self._smooths = smooths
        self._meter = FlashMeter(fps)
        self._shown: NDArray[np.uint8] | None = None
        self._count = 0
        self._share = 1.0

    def through(self, batches: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.uint8]]:
        """Let batches of frames pass, uint8 of shape (frames, size_px, size_px, 3)."""
        for batch in batches:
            yield self._passed(batch)

    def _passed(self, batch: NDArray[np.uint8]) -> NDArray[np.uint8]:
        out = batch
        for number, frame in enumerate(batch):
            shown = self._limited(frame) if self._smooths else frame
            if shown is not frame:
                out = batch.copy() if out is batch else out
                out[number] = shown
                self.flashes = replace(self.flashes, smoothed_frames=self.flashes.smoothed_frames + 1)
            self._note(shown)
            self._shown = shown
        return out

    def _limited(self, frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return as much of a frame as does not flash."""
        most = min(1.0, max(_LEAST_RECOVERY, _RECOVERY * self._share))
        for share in (most, *(mix for mix in _MIXES if mix < most)):
            mix = frame if share == 1.0 else self._mixed(frame, share)
            if max(self._meter.would_be(look_at(mix))) <= MOST_AREA:
                break
        self._share = share
        return mix

    def _mixed(self, frame: NDArray[np.uint8], share: float) -> NDArray[np.uint8]:
        if self._shown is None:
            return frame
        before = self._shown.astype(np.float32)
        return np.rint(before + np.float32(share) * (frame - before)).astype(np.uint8)

    def _note(self, shown: NDArray[np.uint8]) -> None:
        general, red = self._meter.add(look_at(shown))
        known = self.flashes
        if max(general, red) > max(known.general_area, known.red_area):
            known = replace(known, worst_s=self._count / self._fps)
        self.flashes = replace(known, general_area=max(known.general_area, general), red_area=max(known.red_area, red))
        self._count += 1
