"""What a request costs: the seconds of work that it is expected to take. Pure.

A second of clip is no measure of that: a clip of ten minutes at 60 frames a second and 512 px may hold a machine for
hours. A table holds what a frame has taken lately, by model and size; it is made once a day (`price_days`) and goes
with every request, so that a request is settled at the prices at which it was taken.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from pipeline.recipe import Recipe

_AUTO, _SKETCH = "auto", "sketch"
_SKETCH_SIZE_PX = 512
_UNKNOWN_BYTES_PER_S = 16_000  # of a sound behind a link: 128 kbit/s

FRAME_S: Mapping[str, float] = {
    "sketch/128": 0.008,
    "sketch/256": 0.010,
    "sketch/512": 0.020,
    "biggan-deep-128/128": 0.036,
    "biggan-deep-256/256": 0.10,
    "biggan-deep-512/512": 0.16,
}
"""Seconds to draw and encode a frame on two cores (docs/performance.md), until this machine has made clips itself."""


def entry(model: str, size_px: int) -> str:
    """Return the name of a price: ``sketch/512``."""
    return f"{model}/{size_px}"


@dataclass(frozen=True, slots=True)
class PriceTable:
    """A day's prices, all in seconds of work.

    Attributes
    ----------
    day : str
        The day (UTC) that they are for: ``2026-11-25``; empty for those that a program comes with.
    frame_s : mapping
        For drawing and encoding a frame, by `entry`.
    auto : mapping
        What model ``auto`` stands for, as an `entry`, by the size that is asked for; an empty text for none.
    probing_s, listening_s_per_s : float
        For looking into a sound, and for each of its seconds that is listened to.
    fetching_s, fetching_s_per_megabyte : float
        For a link; what comes from a chat costs its bytes alone.
    showing_s, showing_s_per_megabyte : float
        For posting a clip again.
    """

    day: str = ""
    frame_s: Mapping[str, float] = field(default_factory=lambda: dict(FRAME_S))
    auto: Mapping[str, str] = field(default_factory=dict)
    probing_s: float = 1.0
    listening_s_per_s: float = 0.03
    fetching_s: float = 2.0
    fetching_s_per_megabyte: float = 0.1
    showing_s: float = 1.0
    showing_s_per_megabyte: float = 0.1

    def clip_s(self, recipe: Recipe, length_s: float, *, is_link: bool, bytes_in: int | None) -> float:
        """Return what a clip costs.

        Parameters
        ----------
        length_s : float
            Length of the clip, as far as it is known.
        is_link : bool
            Whether its sound is to be fetched.
        bytes_in : int or None
            Size of the sound where it is known.
        """
        if bytes_in is None:
            bytes_in = round(length_s * _UNKNOWN_BYTES_PER_S) if is_link else 0
        frames = max(1, math.ceil(length_s * recipe.fps))
        return (
            self.sound_s(is_link=is_link, bytes_in=bytes_in)
            + length_s * self.listening_s_per_s
            + frames * self._frame_s_of(recipe)
        )

    def sound_s(self, *, is_link: bool, bytes_in: int) -> float:
        """Return what bringing a sound and looking into it costs, whatever comes of it."""
        bringing_s = (self.fetching_s if is_link else 0.0) + bytes_in / 1e6 * self.fetching_s_per_megabyte
        return bringing_s + self.probing_s

    def show_s(self, bytes_out: int) -> float:
        """Return what posting a clip again costs; a chat that still has it is sent no bytes."""
        return self.showing_s + bytes_out / 1e6 * self.showing_s_per_megabyte

    def with_measured(self, day: str, frame_s: Mapping[str, float]) -> Self:
        """Return the prices of a day, what has been measured before what was known already."""
        return replace(self, day=day, frame_s={**self.frame_s, **frame_s})

    def to_json(self) -> str:
        """Write it as one line of JSON."""
        return json.dumps({name: getattr(self, name) for name in self.__dataclass_fields__}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote; prices that a later program has added are left out."""
        values = json.loads(text)
        return cls(**{name: values[name] for name in cls.__dataclass_fields__ if name in values})

    def _frame_s_of(self, recipe: Recipe) -> float:
        model, size_px = recipe.model, recipe.size_px
        if model == _AUTO:
            model, _, size = self.auto.get(str(size_px or ""), entry(_SKETCH, size_px or _SKETCH_SIZE_PX)).rpartition(
                "/"
            )
            size_px = int(size)
        elif model == _SKETCH:
            size_px = size_px or _SKETCH_SIZE_PX
        exact = self.frame_s.get(entry(model, size_px or 0))
        if exact is not None:
            return exact
        # A BigGAN has one size, said or not; what nobody knows costs as much as the dearest that somebody does.
        alike = [price for name, price in self.frame_s.items() if name.rpartition("/")[0] == model]
        return max(alike or self.frame_s.values())
