"""Does a film flash? Measured as WCAG 2 defines it (success criterion 2.3.1), frame by frame as it is drawn.

A *general flash* is a pair of opposing changes of relative luminance by a tenth of the most there is or more, the
darker of the two below 0.8. A *red flash* is a pair of opposing changes to or from a saturated red. Three of either
within a second, over a quarter of ten degrees of sight, are too many. Ten degrees are 341 × 256 pixels where a picture
is shown 768 pixels high.

https://www.w3.org/TR/WCAG22/#three-flashes-or-below-threshold
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

GRID = 32
"""Cells to a side; the window of ten degrees is 14 × 11 of them."""
_WINDOW = (round(GRID * 256 / 768), round(GRID * 341 / 768))
SAFE_AREA = 0.25
"""The share of a window that may flash."""

_LEAST_CHANGE = 0.1
_DARK = 0.8
_LEAST_RED_CHANGE = 20 / 320
_SATURATED = 0.8
_CHANGES = 6
"""Three pairs of opposing changes within a second are one flash too many."""
_SAMPLES = 4  # pixels a side of a cell that are looked at
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Flashes:
    """What was measured of a film.

    Attributes
    ----------
    general_area, red_area : float
        The largest share of ten degrees of sight that flashed at once.
    worst_s : float or None
        When that was; None where nothing flashed.
    smoothed_frames : int
        How many frames were mixed with the one before, so that the clip flashes no more than this.
    """

    general_area: float = 0.0
    red_area: float = 0.0
    worst_s: float | None = None
    smoothed_frames: int = 0

    @property
    def are_safe(self) -> bool:
        """Whether it passes WCAG 2.3.1."""
        return max(self.general_area, self.red_area) < SAFE_AREA


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One frame as the meter sees it; float32 arrays of shape (GRID, GRID).

    Attributes
    ----------
    luminance
        Relative luminance in [0, 1].
    red
        How much more linear red than green and blue there is.
    saturated
        The share of red in all three.
    """

    luminance: NDArray[np.float32]
    red: NDArray[np.float32]
    saturated: NDArray[np.float32]


def look_at(frame: NDArray[np.uint8]) -> Look:
    """Reduce a frame to its cells.

    Parameters
    ----------
    frame : uint8, shape (size_px, size_px, 3)
        Any size from 32 pixels will do.
    """
    size_px = len(frame)
    per_cell = max(1, min(_SAMPLES, size_px // GRID))
    lines = ((np.arange(GRID * per_cell) + 0.5) * size_px / (GRID * per_cell)).astype(int)
    linear = _linear()[frame[lines[:, None], lines]]
    cells = linear.reshape(GRID, per_cell, GRID, per_cell, 3).mean(axis=(1, 3), dtype=np.float32)
    total = cells.sum(axis=-1)
    saturated = cells[..., 0] / np.maximum(total, 1e-6)
    red = np.maximum(2.0 * cells[..., 0] - total, 0.0)
    return Look(cells @ _LUMINANCE, red, saturated)


class FlashMeter:
    """Counts flashes in each cell of a film.

    Parameters
    ----------
    fps : float
        Frames per second.
    """

    def __init__(self, fps: float) -> None:
        self._general = _Turns(_LEAST_CHANGE, fps)
        self._red = _Turns(_LEAST_RED_CHANGE, fps)
        self._frame = 0

    def would_be(self, look: Look) -> tuple[float, float]:
        """Return the shares of ten degrees that would flash with this frame next: general and red."""
        general, red = self._next(look)
        return self._general.area(general, self._frame), self._red.area(red, self._frame)

    def add(self, look: Look) -> tuple[float, float]:
        """Take in the next frame, and return the shares of ten degrees that flash with it: general and red."""
        self._general.state, self._red.state = self._next(look)
        areas = self._general.area(self._general.state, self._frame), self._red.area(self._red.state, self._frame)
        self._frame += 1
        return areas

    def _next(self, look: Look) -> tuple[_State, _State]:
        dark = (look.luminance < _DARK).astype(np.float32)
        saturated = (look.saturated >= _SATURATED).astype(np.float32)
        return (
            # What counts of a general flash is its darker state; of a red one either of them.
            self._general.after(look.luminance, dark, self._frame, darker_counts=True),
            self._red.after(look.red, saturated, self._frame, darker_counts=False),
        )


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """What is kept of each cell.

    Attributes
    ----------
    low, high
        The least and the most since the last turn.
    low_counts, high_counts
        1 where that value may be part of a flash.
    rising
        1 after a rise, -1 after a fall, 0 before either.
    changes : int32, shape (_CHANGES, GRID, GRID)
        The frames in which it changed, the latest first.
    """

    low: NDArray[np.float32]
    high: NDArray[np.float32]
    low_counts: NDArray[np.float32]
    high_counts: NDArray[np.float32]
    rising: NDArray[np.int8]
    changes: NDArray[np.int32]


class _Turns:
    """Follows a value in each cell from turn to turn."""

    def __init__(self, least: float, fps: float) -> None:
        self._least = least
        self._window = max(1, round(fps))
        shape = (GRID, GRID)
        self.state = _State(
            np.full(shape, np.inf, np.float32),
            np.full(shape, -np.inf, np.float32),
            np.zeros(shape, np.float32),
            np.zeros(shape, np.float32),
            np.zeros(shape, np.int8),
            np.full((_CHANGES, *shape), -(10**9), np.int32),
        )

    def after(
        self, value: NDArray[np.float32], counts: NDArray[np.float32], frame: int, *, darker_counts: bool
    ) -> _State:
        old = self.state
        lower, higher = value < old.low, value > old.high
        low, low_counts = np.where(lower, value, old.low), np.where(lower, counts, old.low_counts)
        high, high_counts = np.where(higher, value, old.high), np.where(higher, counts, old.high_counts)
        falls = (old.rising >= 0) & (high - value >= self._least)
        rises = (old.rising <= 0) & (value - low >= self._least) & ~falls
        if darker_counts:
            matters = np.where(falls, counts, low_counts) > 0
        else:
            matters = np.where(falls, np.maximum(counts, high_counts), np.maximum(counts, low_counts)) > 0
        turned = falls | rises
        # After a fall the search for the next rise begins here, and the other way round.
        low, low_counts = np.where(turned, value, low), np.where(turned, counts, low_counts)
        high, high_counts = np.where(turned, value, high), np.where(turned, counts, high_counts)
        rising = np.where(rises, 1, np.where(falls, -1, old.rising)).astype(np.int8)
        changed = turned & matters
        shifted = np.concatenate((np.full((1, GRID, GRID), frame, np.int32), old.changes[:-1]))
        return _State(low, high, low_counts, high_counts, rising, np.where(changed, shifted, old.changes))

    def area(self, state: _State, frame: int) -> float:
        """Return the largest share of a window whose cells changed too often within the last second."""
        flashing = (state.changes[-1] > frame - self._window).astype(np.float64)
        if not flashing.any():
            return 0.0
        sums = np.pad(flashing.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
        high, wide = _WINDOW
        windows = sums[high:, wide:] - sums[:-high, wide:] - sums[high:, :-wide] + sums[:-high, :-wide]
        return float(windows.max() / (high * wide))


@cache
def _linear() -> NDArray[np.float32]:
    """Linear light by level of sRGB, float32 of shape (256,)."""
    level = np.arange(256) / 255
    return np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4).astype(np.float32)
