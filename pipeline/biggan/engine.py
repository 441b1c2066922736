"""The fast forward pass of BigGAN-deep: the same pictures as the package's, with a fraction of the work.

Maps are kept as (pictures, height, width, channels), which makes a 1 × 1 convolution a matrix product without moving
anything. Between the 3 × 3 convolutions of one block and those of the next, every pixel is on its own: there the maps
are widest, and there they are taken through strip by strip, so that only the residual stream ever leaves the cache.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from pipeline.biggan.architecture import START_PX
from pipeline.biggan.convolution import Convolution, convolution
from pipeline.biggan.folding import FoldedAttention, FoldedBlock, FoldedNetwork, FoldedNorms
from pipeline.biggan.steps import Steps
from pipeline.biggan.strips import strips

STRIP_BYTES = 1 << 20
"""Of the widest map in a strip. Four such maps are alive at once: about the second-level cache of two cores."""


@dataclass(frozen=True, slots=True)
class _Block:
    upsamples: bool
    reduce: Tensor
    first: Convolution
    second: Convolution
    restore: Tensor


@dataclass(frozen=True, slots=True)
class _Attention:
    project: Tensor
    project_bias: Tensor
    output: Tensor


Norm = tuple[Tensor, Tensor]
"""Scale and shift, float32, of shape (pictures, channels) or (channels,)."""


class Engine:
    """A folded BigGAN-deep on a device.

    Parameters
    ----------
    network : FoldedNetwork
        Weights, float32.
    device : torch.device
        Where to compute.
    dtype : torch.dtype
        Of products and maps. Sums are always float32, as are the condition and the factors of the norms.
    steps : Steps
        The elementwise steps.
    strip_bytes : int or None
        Size of the strips on a processor; None: no strips.
    """

    def __init__(
        self,
        network: FoldedNetwork,
        device: torch.device,
        dtype: torch.dtype,
        steps: Steps,
        *,
        strip_bytes: int | None = STRIP_BYTES,
    ) -> None:
        self._dtype = dtype
        self._steps = steps
        self._strip_bytes = strip_bytes if device.type == "cpu" else None
        self._class_embedding = network.class_embedding.to(device)
        self._start = network.start.to(device)
        self._start_bias = network.start_bias.to(device)
        self._blocks = [self._place(block, device) for block in network.blocks]
        self._rgb = network.rgb.to(device, dtype)
        self._rgb_bias = network.rgb_bias.to(device)

    def draw(self, latents: Tensor, class_vectors: Tensor, norms: FoldedNorms) -> Tensor:
        """Draw one picture per row.

        Parameters
        ----------
        latents, class_vectors : float32 Tensors on the device, shapes (pictures, 128) and (pictures, 1000)
        norms : FoldedNorms
            On the device.

        Returns
        -------
        uint8 Tensor on the device, shape (pictures, side, side, 3)
            As the package makes bytes: clip((x + 1) / 2 · 256, 0, 255), cut off to whole numbers.
        """
        values = self.draw_values(latents, class_vectors, norms)
        return values.add_(1).mul_(128).clamp_(0, 255).to(torch.uint8)

    def draw_values(self, latents: Tensor, class_vectors: Tensor, norms: FoldedNorms) -> Tensor:
        """Draw as `draw` does, but return float32 in (−1, 1): what the package's forward returns, channels last."""
        condition = torch.cat((latents, F.linear(class_vectors, self._class_embedding)), dim=1)
        factors = _Factors(F.linear(condition, norms.weight, norms.bias), norms)
        start = F.linear(condition, self._start, self._start_bias)
        stream = start.view(len(latents), START_PX, START_PX, -1).to(self._dtype)
        maps: Tensor | None = None  # the stream as the next 3 × 3 convolution takes it
        for block, following in pairwise([*self._blocks, None]):
            if isinstance(block, _Attention):
                stream = self._attend(block, stream)
            elif block is not None:
                maps = self._reduce(block, stream, factors) if maps is None else maps
                maps = self._convolve(block, maps, factors)
                stream, maps = self._cross(block, following, maps, stream, factors)
        assert maps is not None
        return torch.tanh_(self._steps.sum_taps(maps, self._rgb_bias))

    def _reduce(self, block: _Block, stream: Tensor, factors: _Factors) -> Tensor:
        """Enter a block from a stream that stands by itself."""
        maps = self._steps.affine_relu_(stream.clone(), *factors.take())
        return self._steps.affine_relu_(F.linear(maps, block.reduce), *factors.take())

    def _convolve(self, block: _Block, maps: Tensor, factors: _Factors) -> Tensor:
        """Take the two 3 × 3 convolutions of a block."""
        maps = block.first(maps)
        step = self._steps.interleave_affine_relu if block.upsamples else self._steps.affine_relu_
        return block.second(step(maps, *factors.take()))

    def _cross(
        self, block: _Block, following: _Block | _Attention | None, maps: Tensor, skip: Tensor, factors: _Factors
    ) -> tuple[Tensor, Tensor | None]:
        """Go from the last 3 × 3 convolution of a block to the first of the following one, strip by strip.

        Returns
        -------
        stream : Tensor
            After the block; of no meaning after the last one.
        maps : Tensor or None
            What the following block convolves; before attention, nothing; at the end, the taps of the colours.
        """
        pictures, height, width, _ = maps.shape
        channels = len(block.restore)
        zoom = 2 if block.upsamples else 1
        own = factors.take()
        after, reduce, inner = self._entrance(following, factors, channels)
        stream = skip if following is None else maps.new_empty(pictures, height, width, channels)
        out = None if reduce is None else maps.new_empty(pictures, height, width, len(reduce))
        row_bytes = zoom * width * channels * maps.element_size()
        for some, rows in strips(pictures, height // zoom, row_bytes, self._strip_bytes):
            strip = some, slice(rows.start * zoom, rows.stop * zoom)
            narrow = self._steps.affine_relu_(maps[strip], *_of(own, some))
            wide = torch.mm(narrow.view(-1, narrow.shape[3]), block.restore.t()).view(*narrow.shape[:3], channels)
            sums = None if following is None else stream[strip]
            wide = self._steps.join_affine_relu_(wide, skip[some, rows], sums, *_of(after, some))
            if out is not None and reduce is not None:
                torch.mm(wide.view(-1, channels), reduce.t(), out=out[strip].view(-1, len(reduce)))
                if inner is not None:
                    self._steps.affine_relu_(out[strip], *_of(inner, some))
        return stream, out

    def _entrance(
        self, following: _Block | _Attention | None, factors: _Factors, channels: int
    ) -> tuple[Norm, Tensor | None, Norm | None]:
        """Return the norm, the product and the norm that lead into what follows."""
        if isinstance(following, _Block):
            return factors.take(), following.reduce, factors.take()
        if following is None:
            return factors.last, self._rgb, None
        idle = torch.zeros(channels, device=self._rgb.device)
        return (idle, idle), None, None

    def _attend(self, block: _Attention, stream: Tensor) -> Tensor:
        """Add self-attention (Zhang et al. 2019): every pixel asks, every 2 × 2 pixels answer together."""
        pictures, height, width, channels = stream.shape
        projected = F.linear(stream, block.project, block.project_bias)
        queries, rest = torch.split(projected, [channels // 8, channels * 5 // 8], dim=-1)
        pooled = F.max_pool2d(rest.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1).flatten(1, 2)
        keys, values = torch.split(pooled, [channels // 8, channels // 2], dim=-1)
        # The fused kernels want queries and keys as wide as the values.
        missing = channels // 2 - channels // 8
        seen = F.scaled_dot_product_attention(
            F.pad(queries.flatten(1, 2), (0, missing)).unsqueeze(1),
            F.pad(keys, (0, missing)).unsqueeze(1),
            values.unsqueeze(1),
            scale=1.0,
        )
        return F.linear(seen.view(pictures, height, width, -1), block.output).add_(stream)

    def _place(self, block: FoldedBlock | FoldedAttention, device: torch.device) -> _Block | _Attention:
        """Bring a block's weights to the device."""

        def ready(weight: Tensor) -> Tensor:
            return weight.to(device, self._dtype)

        if isinstance(block, FoldedAttention):
            return _Attention(ready(block.project), ready(block.project_bias), ready(block.output))
        return _Block(
            upsamples=block.upsamples,
            reduce=ready(block.reduce),
            first=convolution(ready(block.first)),
            second=convolution(ready(block.second)),
            restore=ready(block.restore),
        )


class _Factors:
    """The scales and shifts of all conditional norms for some pictures, handed out in order."""

    def __init__(self, values: Tensor, norms: FoldedNorms) -> None:
        self.last: Norm = (norms.last_scale, norms.last_shift)
        self._parts = iter(torch.split(values, [count for count in norms.channels for _ in range(2)], dim=1))

    def take(self) -> Norm:
        return next(self._parts), next(self._parts)


def _of(norm: Norm, some: slice) -> Norm:
    """Return a norm's factors for some of the pictures."""
    scale, shift = norm
    return (scale[some], shift[some]) if scale.dim() == 2 else norm
