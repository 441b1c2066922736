"""Nearest-neighbour upsampling and a 3 × 3 convolution, as four 2 × 2 convolutions at the low resolution.

After doubling, the three columns under a kernel show only two columns of the original. An even output column sees the
left neighbour once and its own column twice, an odd one its own twice and the right neighbour once; rows likewise. So
each of the four phases of the output is a 2 × 2 convolution, with 16 multiplications where there were 36. (The
sub-pixel convolution of Shi et al. 2016, read backwards.)
"""

from __future__ import annotations

import torch
from torch import Tensor


def upsampling_phases(weight: Tensor) -> Tensor:
    """Turn a 3 × 3 kernel that follows a doubling into the 2 × 2 kernels of the four phases.

    Parameters
    ----------
    weight : Tensor, shape (out, in, 3, 3)

    Returns
    -------
    Tensor, shape (4 · out, in, 2, 2)
        Output channels ordered by row parity, column parity, channel. Convolved with padding 1, position (i, j) of
        phase (p, q) is the output pixel (2 (i − p) + p, 2 (j − q) + q).
    """
    by_row = torch.stack([_merge(weight, 2, parity) for parity in (0, 1)])
    by_both = torch.stack([_merge(by_row, 4, parity) for parity in (0, 1)], dim=1)
    return by_both.flatten(0, 2).contiguous()


def _merge(weight: Tensor, dim: int, parity: int) -> Tensor:
    first, middle, last = weight.unbind(dim)
    return torch.stack([first + middle, last] if parity else [first, middle + last], dim)


def interleaved(phases: Tensor) -> Tensor:
    """View the four phases as the picture they make, without copying.

    A step of one in row parity is a step of one row and half of the channels, so the interleaving is a matter of
    strides alone.

    Parameters
    ----------
    phases : Tensor, shape (pictures, height + 1, width + 1, 4 · channels), contiguous
        What a convolution with padding 1 by `upsampling_phases` gives.

    Returns
    -------
    Tensor, shape (pictures, height, 2, width, 2, channels)
    """
    pictures, rows, columns, channels = phases.shape
    channels //= 4
    column_step = 4 * channels
    row_step = columns * column_step
    return phases.as_strided(
        (pictures, rows - 1, 2, columns - 1, 2, channels),
        (rows * row_step, row_step, row_step + 2 * channels, column_step, column_step + channels, 1),
    )
