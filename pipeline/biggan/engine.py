"""The fast forward pass of BigGAN-deep: the same pictures as the package's, with a fraction of the work.

Maps are kept as (pictures, height, width, channels), which makes a 1 × 1 convolution a matrix product without moving
anything. The residual stream may be kept in a finer precision than the branches.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from pipeline.biggan.architecture import START_PX
from pipeline.biggan.compilation import Steps
from pipeline.biggan.convolution import Product, convolution, pointwise
from pipeline.biggan.folding import FoldedAttention, FoldedBlock, FoldedNetwork, FoldedNorms
from pipeline.biggan.phases import interleaved
from pipeline.biggan.steps import picture


@dataclass(frozen=True, slots=True)
class Numbers:
    """Which precision is used where.

    Attributes
    ----------
    product : torch.dtype
        Of matrix products, convolutions and what goes into them.
    stream : torch.dtype
        Of the residual stream.
    """

    product: torch.dtype
    stream: torch.dtype


@dataclass(frozen=True, slots=True)
class _Block:
    upsamples: bool
    out_channels: int
    reduce: Product
    first: Product
    second: Product
    restore: Product


@dataclass(frozen=True, slots=True)
class _Attention:
    project: Product
    output: Product


class Factors:
    """The scales and shifts of all conditional norms for some pictures, handed out in order."""

    def __init__(self, values: Tensor, channels: tuple[int, ...]) -> None:
        self._parts = iter(torch.split(values, [count for count in channels for _ in range(2)], dim=1))

    def take(self, dims: int = 4) -> tuple[Tensor, Tensor]:
        """Return the next norm's scale and shift, shape (pictures, 1, …, channels) with `dims` dimensions."""
        scale, shift = next(self._parts), next(self._parts)
        shape = (len(scale), *(1,) * (dims - 2), -1)
        return scale.view(shape), shift.view(shape)


class Engine:
    """A folded BigGAN-deep on a device.

    Parameters
    ----------
    network : FoldedNetwork
        Weights, float32.
    device : torch.device
        Where to compute.
    numbers : Numbers
        In which precisions.
    steps : Steps
        The elementwise steps, compiled or not.
    """

    def __init__(self, network: FoldedNetwork, device: torch.device, numbers: Numbers, steps: Steps) -> None:
        self.device = device
        self._numbers = numbers
        self._steps = steps
        self._class_embedding = network.class_embedding.to(device)
        self._start = network.start.to(device)
        self._start_bias = network.start_bias.to(device)
        self._blocks = [self._place(block) for block in network.blocks]
        self._rgb = network.rgb.to(device, numbers.product)
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
        uint8 Tensor on the device, shape (pictures, 3, side, side)
        """
        return self._steps.picture_bytes(self._taps(latents, class_vectors, norms), self._rgb_bias)

    def draw_values(self, latents: Tensor, class_vectors: Tensor, norms: FoldedNorms) -> Tensor:
        """Draw as `draw` does, but return float32 in (−1, 1): what the package's forward returns."""
        return picture(self._taps(latents, class_vectors, norms), self._rgb_bias).transpose(0, 1)

    def _taps(self, latents: Tensor, class_vectors: Tensor, norms: FoldedNorms) -> Tensor:
        condition = torch.cat((latents, F.linear(class_vectors, self._class_embedding)), dim=1)
        factors = Factors(F.linear(condition, norms.weight, norms.bias), norms.channels)
        start = F.linear(condition, self._start, self._start_bias)
        stream = start.view(len(latents), START_PX, START_PX, -1).to(self._numbers.stream)
        pending: tuple[Tensor, Tensor] | None = None  # branch and skip that are still to be added
        for block in self._blocks:
            if isinstance(block, _Attention):
                if pending is not None:
                    stream, pending = _flat(self._steps.join(*pending)), None
                stream = self._attend(block, stream)
                continue
            if pending is None:
                maps = self._steps.affine_relu(stream, *factors.take(), self._numbers.product)
            else:
                stream, maps = map(_flat, self._steps.join_affine_relu(*pending, *factors.take(pending[0].dim())))
            pending = _matched(self._branch(block, maps, factors), stream[..., : block.out_channels], block.upsamples)
        assert pending is not None
        maps = _flat(self._steps.join_last(*pending, norms.last_scale, norms.last_shift))
        pictures, height, width, channels = maps.shape
        return torch.mm(self._rgb, maps.view(-1, channels).t()).view(9, 3, pictures, height, width)

    def _branch(self, block: _Block, maps: Tensor, factors: Factors) -> Tensor:
        """Follow the branch of a residual block, from its first 1 × 1 convolution to its last."""
        dtype, steps = self._numbers.product, self._steps
        maps = steps.affine_relu(block.reduce(maps), *factors.take(), dtype)
        maps = block.first(maps)
        if block.upsamples:
            maps = _flat(steps.affine_relu(interleaved(maps), *factors.take(6), dtype))
        else:
            maps = steps.affine_relu(maps, *factors.take(), dtype)
        maps = steps.affine_relu(block.second(maps), *factors.take(), dtype)
        return block.restore(maps)

    def _attend(self, block: _Attention, stream: Tensor) -> Tensor:
        """Add self-attention (Zhang et al. 2019): every pixel asks, every 2 × 2 pixels answer together."""
        pictures, height, width, channels = stream.shape
        widths = [channels // 8, channels // 8, channels // 2]
        queries, keys, values = torch.split(block.project(stream.to(self._numbers.product)), widths, dim=-1)
        seen = F.scaled_dot_product_attention(
            *_same_width(queries.reshape(pictures, 1, height * width, -1), *self._pooled(keys, values)), scale=1.0
        )
        seen = seen[..., : channels // 2].reshape(pictures, height, width, -1)
        return self._steps.join(block.output(seen), stream)

    def _pooled(self, *maps: Tensor) -> tuple[Tensor, ...]:
        return tuple(self._steps.pool(each).unsqueeze(1) for each in maps)

    def _place(self, block: FoldedBlock | FoldedAttention) -> _Block | _Attention:
        """Bring a block's weights to the device, in the order and precision that its products want."""

        def ready(weight: Tensor) -> Tensor:
            return weight.to(self.device, self._numbers.product)

        if isinstance(block, FoldedAttention):
            return _Attention(
                pointwise(ready(block.project), ready(block.project_bias)), pointwise(ready(block.output))
            )
        return _Block(
            upsamples=block.upsamples,
            out_channels=block.out_channels,
            reduce=pointwise(ready(block.reduce)),
            first=convolution(ready(block.first)),
            second=convolution(ready(block.second)),
            restore=pointwise(ready(block.restore)),
        )


def _matched(branch: Tensor, skip: Tensor, upsampled: bool) -> tuple[Tensor, Tensor]:
    """Give a branch and its skip connection shapes that can be added; an upsampled skip is broadcast, not copied."""
    if not upsampled:
        return branch, skip
    pictures, height, width, channels = skip.shape
    return branch.view(pictures, height, 2, width, 2, channels), skip[:, :, None, :, None]


def _flat(maps: Tensor) -> Tensor:
    """Undo the split of rows and columns into pairs."""
    if maps.dim() == 4:
        return maps
    pictures, height, two, width, _, channels = maps.shape
    return maps.reshape(pictures, height * two, width * two, channels)


def _same_width(queries: Tensor, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Pad queries and keys with zeros: the fused kernels want them as wide as the values."""
    missing = values.shape[-1] - queries.shape[-1]
    return F.pad(queries, (0, missing)), F.pad(keys, (0, missing)), values
