"""What happens between two matrix products: a handful of elementwise steps.

Maps are (pictures, height, width, channels), channels last and contiguous, in the precision of the products. Scales
and shifts are float32, (pictures, channels) or (channels,). Each step computes in float32 and rounds once; the names
end in an underscore where the first argument is overwritten.

`PlainSteps` runs everywhere, with several passes over memory. `native` beside it does the same in one pass.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from pipeline.generators.biggan.folding.phases import interleaved


class Steps(Protocol):
    """The elementwise steps of the engine."""

    def affine_relu_(self, maps: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        """Return max(0, maps · scale + shift)."""
        ...

    def interleave_affine_relu(self, phases: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        """Return max(0, maps · scale + shift) of the maps that the four phases make; see `phases.interleaved`."""
        ...

    def join_affine_relu_(
        self, branch: Tensor, skip: Tensor, stream: Tensor | None, scale: Tensor, shift: Tensor
    ) -> Tensor:
        """Return max(0, (branch + skip) · scale + shift), and write the sum to `stream` unless that is None.

        The skip connection may have more channels than the branch, of which the first are used, and half as many
        rows and columns, which are then repeated.
        """
        ...

    def sum_taps(self, taps: Tensor, bias: Tensor) -> Tensor:
        """Finish a 3 × 3 convolution to three colours.

        Parameters
        ----------
        taps : Tensor, shape (pictures, height, width, 27)
            What each pixel gives to its neighbours: tap row, tap column, colour.
        bias : float32 Tensor, shape (3,)

        Returns
        -------
        float32 Tensor, shape (pictures, height, width, 3)
        """
        ...


class PlainSteps:
    """The steps in plain torch."""

    def affine_relu_(self, maps: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        return maps.copy_(torch.relu(maps * _per_pixel(scale) + _per_pixel(shift)))

    def interleave_affine_relu(self, phases: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        pictures, rows, columns, channels = phases.shape
        maps = interleaved(phases).reshape(pictures, 2 * rows - 2, 2 * columns - 2, channels // 4)
        return self.affine_relu_(maps, scale, shift)

    def join_affine_relu_(
        self, branch: Tensor, skip: Tensor, stream: Tensor | None, scale: Tensor, shift: Tensor
    ) -> Tensor:
        pictures, height, width, channels = branch.shape
        skip = skip[..., :channels]
        zoom = height // skip.shape[1]
        pairs = branch.view(pictures, height // zoom, zoom, width // zoom, zoom, channels)
        total = (pairs.float() + skip[:, :, None, :, None]).view_as(branch)
        if stream is not None:
            stream.copy_(total)
        return branch.copy_(torch.relu(total * _per_pixel(scale) + _per_pixel(shift)))

    def sum_taps(self, taps: Tensor, bias: Tensor) -> Tensor:
        pictures, height, width, _ = taps.shape
        framed = torch.nn.functional.pad(taps.float(), (0, 0, 1, 1, 1, 1)).view(pictures, height + 2, width + 2, 9, 3)
        total = bias.expand(pictures, height, width, 3)
        for tap in range(9):
            row, column = divmod(tap, 3)
            total = total + framed[:, row : row + height, column : column + width, tap]
        return total


def _per_pixel(factors: Tensor) -> Tensor:
    """Give factors of a picture (or of all) the dimensions of its pixels."""
    return factors[:, None, None] if factors.dim() == 2 else factors
