"""Matrix products and convolutions over maps with channels last."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

Product = Callable[[Tensor], Tensor]


def pointwise(weight: Tensor, bias: Tensor | None = None) -> Product:
    """Return the 1 × 1 convolution with a weight (out, in) over maps (…, in)."""
    return lambda maps: F.linear(maps, weight, bias)


def convolution(weight: Tensor) -> Product:
    """Return the convolution with padding 1 over maps (pictures, height, width, in).

    On a processor, oneDNN wants weights in an order of its own; done once here, not in every call.
    """
    if weight.device.type == "cpu" and weight.dtype != torch.float16 and torch.backends.mkldnn.enabled:
        return _prepacked(weight)
    weight = weight.contiguous(memory_format=torch.channels_last)
    return lambda maps: F.conv2d(maps.permute(0, 3, 1, 2), weight, padding=1).permute(0, 2, 3, 1)


def _prepacked(weight: Tensor) -> Product:
    ops = torch.ops.mkldnn
    geometry = ((1, 1), (1, 1), (1, 1), 1)  # padding, stride, dilation, groups
    packed: dict[tuple[int, ...], Tensor] = {}

    def convolve(maps: Tensor) -> Tensor:
        channels_first = maps.permute(0, 3, 1, 2)
        shape = tuple(channels_first.shape)
        if shape not in packed:  # which order is best depends on the shape of the maps
            packed.clear()
            packed[shape] = ops._reorder_convolution_weight(weight, *geometry, list(shape))
        out: Tensor = ops._convolution_pointwise(channels_first, packed[shape], None, *geometry, "none", [], "")
        return out.permute(0, 2, 3, 1)

    return convolve
