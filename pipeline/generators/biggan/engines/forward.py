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

from pipeline.generators.biggan.architecture import START_PX
from pipeline.generators.biggan.engines.convolution import Convolution, convolution
from pipeline.generators.biggan.engines.steps import Steps
from pipeline.generators.biggan.engines.strips import groups, strips
from pipeline.generators.biggan.folding.network import FoldedAttention, FoldedBlock, FoldedNetwork, FoldedNorms

STRIP_BYTES = 4 << 20
"""Bytes of a strip's widest map. Half or twice as much makes little difference: fewer calls, or fuller caches."""

GROUP_BYTES = 2 << 20
"""Bytes of the maps that a 3 × 3 convolution takes at once."""

Norm = tuple[Tensor, Tensor]
"""Scale and shift, float32, of shape (pictures, channels) or (channels,)."""


@dataclass(frozen=True, slots=True)
class _Block:
    upsamples: bool
    reduce: Tensor
    first: Convolution
    second: Convolution
    restore: Tensor


@dataclass(frozen=True, slots=True)
class _Attention:
    query: Tensor
    query_bias: Tensor
    key_value: Tensor
    output: Tensor


@dataclass(frozen=True, slots=True)
class _Entrance:
    """What leads from the residual stream into the following block: a norm, a product, and the next norm."""

    outer: Norm
    reduce: Tensor | None
    inner: Norm | None

    def of(self, some: slice) -> _Entrance:
        inner = None if self.inner is None else _of(self.inner, some)
        return _Entrance(_of(self.outer, some), self.reduce, inner)


class ForwardPass:
    """A folded BigGAN-deep on a device.

    Parameters
    ----------
    network : FoldedNetwork
        Weights, float32.
    device : torch.device
        Where to compute.
    dtype : torch.dtype
        Precision of products and maps. Sums are always float32, as are the condition and the factors of the norms.
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
        self._group_bytes = None if self._strip_bytes is None else GROUP_BYTES
        self._class_embedding = network.class_embedding.to(device)
        self._start = network.start.to(device)
        self._start_bias = network.start_bias.to(device)
        self._blocks = [self._place(block, device) for block in network.blocks]
        self._rgb = network.rgb.t().to(device, dtype).contiguous()
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
                stream, maps = self._residual(block, following, maps, stream, factors)
        assert maps is not None
        return torch.tanh_(self._steps.sum_taps(maps, self._rgb_bias))

    def _reduce(self, block: _Block, stream: Tensor, factors: _Factors) -> Tensor:
        """Enter a block from a stream that stands by itself."""
        pictures, height, width, channels = stream.shape
        outer, inner = factors.take(), factors.take()
        out = stream.new_empty(pictures, height, width, block.reduce.shape[1])
        row_bytes = width * channels * stream.element_size()
        for strip in strips(pictures, height, row_bytes, self._strip_bytes):
            wide = self._steps.affine_relu_(stream[strip].clone(), *_of(outer, strip[0]))
            self._steps.affine_relu_(_product(wide, block.reduce, out[strip]), *_of(inner, strip[0]))
        return out

    def _residual(
        self, block: _Block, following: _Block | _Attention | None, maps: Tensor, skip: Tensor, factors: _Factors
    ) -> tuple[Tensor, Tensor | None]:
        """Take a block from its first 3 × 3 convolution to that of the following one, a few pictures at a time.

        Returns
        -------
        stream : Tensor
            After the block; of no meaning after the last one.
        maps : Tensor or None
            What the following block convolves; before attention, nothing; at the end, the taps of the colours.
        """
        pictures, height, width, middle = maps.shape
        channels = block.restore.shape[1]
        between, own = factors.take(), factors.take()
        entrance = self._entrance(following, factors, channels)
        if block.upsamples:
            height, width = 2 * height, 2 * width
        stream = None if following is None else maps.new_empty(pictures, height, width, channels)
        out = None if entrance.reduce is None else maps.new_empty(pictures, height, width, entrance.reduce.shape[1])
        for some in groups(pictures, height * width * middle * maps.element_size(), self._group_bytes):
            narrow = block.first(maps[some])
            step = self._steps.interleave_affine_relu if block.upsamples else self._steps.affine_relu_
            narrow = block.second(step(narrow, *_of(between, some)))
            self._cross(
                block.restore,
                _of(own, some),
                entrance.of(some),
                narrow,
                skip[some],
                None if stream is None else stream[some],
                None if out is None else out[some],
            )
        return skip if stream is None else stream, out

    def _cross(
        self,
        restore: Tensor,
        own: Norm,
        entrance: _Entrance,
        narrow: Tensor,
        skip: Tensor,
        stream: Tensor | None,
        out: Tensor | None,
    ) -> None:
        """Go from the last 3 × 3 convolution of a block to the first of the following one, strip by strip."""
        pictures, height, width, _ = narrow.shape
        zoom = height // skip.shape[1]
        row_bytes = zoom * width * restore.shape[1] * narrow.element_size()
        for some, rows in strips(pictures, height // zoom, row_bytes, self._strip_bytes):
            strip = some, slice(rows.start * zoom, rows.stop * zoom)
            wide = _product(self._steps.affine_relu_(narrow[strip], *_of(own, some)), restore)
            sums = None if stream is None else stream[strip]
            wide = self._steps.join_affine_relu_(wide, skip[some, rows], sums, *_of(entrance.outer, some))
            if out is not None and entrance.reduce is not None:
                entered = _product(wide, entrance.reduce, out[strip])
                if entrance.inner is not None:
                    self._steps.affine_relu_(entered, *_of(entrance.inner, some))

    def _entrance(self, following: _Block | _Attention | None, factors: _Factors, channels: int) -> _Entrance:
        if isinstance(following, _Block):
            return _Entrance(factors.take(), following.reduce, factors.take())
        if following is None:
            return _Entrance(factors.last, self._rgb, None)
        idle = torch.zeros(channels, device=self._rgb.device)
        return _Entrance((idle, idle), None, None)

    def _attend(self, block: _Attention, stream: Tensor) -> Tensor:
        """Add self-attention (Zhang et al. 2019): every pixel asks, every 2 × 2 pixels answer together."""
        pictures, height, width, channels = stream.shape
        queries = _product(stream, block.query).add_(block.query_bias)
        keys, values = torch.split(_pooled(_product(stream, block.key_value)).flatten(1, 2), channels // 2, dim=2)
        seen = F.scaled_dot_product_attention(
            queries.view(pictures, 1, height * width, -1), keys.unsqueeze(1), values.unsqueeze(1), scale=1.0
        )
        return _product(seen.view(pictures, height, width, -1), block.output).add_(stream)

    def _place(self, block: FoldedBlock | FoldedAttention, device: torch.device) -> _Block | _Attention:
        """Bring a block's weights to the device."""

        def matrix(weight: Tensor) -> Tensor:
            return weight.t().to(device, self._dtype).contiguous()

        if isinstance(block, FoldedAttention):
            bias = block.query_bias.to(device, self._dtype)
            return _Attention(matrix(block.query), bias, matrix(block.key_value), matrix(block.output))
        return _Block(
            upsamples=block.upsamples,
            reduce=matrix(block.reduce),
            first=convolution(block.first.to(device, self._dtype)),
            second=convolution(block.second.to(device, self._dtype)),
            restore=matrix(block.restore),
        )


class _Factors:
    """The scales and shifts of all conditional norms for some pictures, handed out in order."""

    def __init__(self, values: Tensor, norms: FoldedNorms) -> None:
        self.last: Norm = (norms.last_scale, norms.last_shift)
        self._parts = iter(torch.split(values, [count for count in norms.channels for _ in range(2)], dim=1))

    def take(self) -> Norm:
        return next(self._parts), next(self._parts)


def _product(maps: Tensor, matrix: Tensor, out: Tensor | None = None) -> Tensor:
    """Return the 1 × 1 convolution of maps (…, in) with a matrix (in, out)."""
    inputs, outputs = matrix.shape
    into = None if out is None else out.view(-1, outputs)
    return torch.mm(maps.view(-1, inputs), matrix, out=into).view(*maps.shape[:-1], outputs)


def _pooled(maps: Tensor) -> Tensor:
    """Return the largest of every 2 × 2 pixels; the library's pooling also notes where they were, and is slower."""
    columns = torch.maximum(maps[:, :, 0::2], maps[:, :, 1::2])
    return torch.maximum(columns[:, 0::2], columns[:, 1::2])


def _of(norm: Norm, some: slice) -> Norm:
    """Return a norm's factors for some of the pictures."""
    scale, shift = norm
    return (scale[some], shift[some]) if scale.dim() == 2 else norm
