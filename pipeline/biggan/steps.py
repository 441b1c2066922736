"""What happens between two matrix products: a handful of elementwise steps, each one pass over memory when compiled.

Maps are (…, channels) with channels last; scales and shifts are float32, and each step computes in float32 and
rounds once.
"""

from __future__ import annotations

import torch
from torch import Tensor


def affine_relu(maps: Tensor, scale: Tensor, shift: Tensor, dtype: torch.dtype) -> Tensor:
    """Return max(0, maps · scale + shift), contiguous."""
    return torch.relu(maps * scale + shift).to(dtype).contiguous()


def join(branch: Tensor, skip: Tensor) -> Tensor:
    """Return the residual stream after a block: the sum, in the precision of `skip`."""
    return (branch + skip).to(skip.dtype)


def join_affine_relu(branch: Tensor, skip: Tensor, scale: Tensor, shift: Tensor) -> tuple[Tensor, Tensor]:
    """Return the residual stream after a block and what the next block makes of it, in the precision of `branch`."""
    stream = branch.float() + skip
    return stream.to(skip.dtype), torch.relu(stream * scale + shift).to(branch.dtype)


def join_last(branch: Tensor, skip: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """Return what the last convolution takes; the stream itself ends here."""
    return torch.relu((branch.float() + skip) * scale + shift).to(branch.dtype)


def pool(maps: Tensor) -> Tensor:
    """Return the largest of every 2 × 2 pixels, (pictures, pixels / 4, channels)."""
    pictures, height, width, channels = maps.shape
    quads = maps.reshape(pictures, height // 2, 2, width // 2, 2, channels)
    return quads.amax((2, 4)).reshape(pictures, height * width // 4, channels)


def picture(taps: Tensor, bias: Tensor) -> Tensor:
    """Add up the nine taps of the last convolution.

    Parameters
    ----------
    taps : Tensor, shape (9, 3, pictures, height, width)
        What each pixel gives to its neighbours.
    bias : Tensor, shape (3,)

    Returns
    -------
    float32 Tensor, shape (3, pictures, height, width)
        In (−1, 1).
    """
    height, width = taps.shape[-2:]
    framed = torch.nn.functional.pad(taps, (1, 1, 1, 1))
    total = bias[:, None, None, None]
    for tap in range(9):
        row, column = divmod(tap, 3)
        total = total + framed[tap, :, :, row : row + height, column : column + width].float()
    return torch.tanh(total)


def picture_bytes(taps: Tensor, bias: Tensor) -> Tensor:
    """Add up the taps, and turn the result into bytes.

    As the package does it: clip((x + 1) / 2 · 256, 0, 255), cut off to whole numbers.

    Returns
    -------
    uint8 Tensor, shape (pictures, 3, height, width)
    """
    values = (picture(taps, bias) + 1) * 128
    return values.clamp(0, 255).to(torch.uint8).transpose(0, 1).contiguous()
