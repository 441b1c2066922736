"""3 × 3 convolutions, and 2 × 2 ones of four phases, over maps with channels last."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

Convolution = Callable[[Tensor], Tensor]
"""From maps (pictures, height, width, in) to maps (pictures, height, width, out), with padding 1."""

_PADDING = (1, 1)
_STRIDE = (1, 1)
_DILATION = (1, 1)
_GROUPS = 1


def convolution(weight: Tensor) -> Convolution:
    """Return the convolution with a weight (out, in, rows, columns).

    On a processor, oneDNN wants weights in an order of its own; that is done once here, not in every call.
    """
    if weight.device.type == "cpu" and weight.dtype != torch.float16 and torch.backends.mkldnn.enabled:
        return _prepacked(weight)
    weight = weight.contiguous(memory_format=torch.channels_last)
    return lambda maps: F.conv2d(maps.permute(0, 3, 1, 2), weight, padding=_PADDING).permute(0, 2, 3, 1)


def _prepacked(weight: Tensor) -> Convolution:
    onednn = torch.ops.mkldnn
    packed: Tensor | None = None

    def convolve(maps: Tensor) -> Tensor:
        nonlocal packed
        channels_first = maps.permute(0, 3, 1, 2)
        if packed is None:  # which order is best depends on the maps; should others come, oneDNN sees to it
            shape = list(channels_first.shape)
            packed = onednn._reorder_convolution_weight(weight, _PADDING, _STRIDE, _DILATION, _GROUPS, shape)
        out: Tensor = onednn._convolution_pointwise(
            channels_first, packed, None, _PADDING, _STRIDE, _DILATION, _GROUPS, "none", [], ""
        )
        return out.permute(0, 2, 3, 1)

    return convolve
