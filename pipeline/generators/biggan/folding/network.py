"""BigGAN-deep with everything folded that does not depend on the picture.

Exact up to rounding. What is folded:

* every weight is divided by its spectral norm once;
* batch normalization, its conditional scale and offset, and the biases of the convolutions before it become one
  multiply-add per channel, whose factors are an affine function of the condition: one matrix for the whole network;
* nearest-neighbour upsampling followed by a 3 × 3 convolution becomes four 2 × 2 convolutions at the low resolution;
* the attention's gain goes into its last projection, and keys and values become one;
* of the last convolution's channels only the three that are shown are kept, its nine taps as rows of one matrix.

A block reduces the channels (1 × 1), convolves twice (3 × 3) and restores them (1 × 1): Brock et al. 2019, figure 16.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from pytorch_pretrained_biggan import BigGAN
from pytorch_pretrained_biggan.model import BigGANBatchNorm, GenBlock, SelfAttn
from torch import Tensor

from pipeline.generators.biggan.folding.phases import upsampling_phases
from pipeline.generators.biggan.folding.spectral_norm import normalized_weight
from pipeline.generators.biggan.folding.statistics import at_truncation


@dataclass(frozen=True, slots=True)
class FoldedBlock:
    """A residual block without biases. Weights are (out, in) for 1 × 1, (out, in, rows, columns) for others.

    Attributes
    ----------
    upsamples : bool
        Whether `first` holds the four phases of an upsampling convolution, (4 · out, in, 2, 2).
    """

    upsamples: bool
    reduce: Tensor
    first: Tensor
    second: Tensor
    restore: Tensor

    @property
    def out_channels(self) -> int:
        """Channels of the residual stream after it."""
        return self.restore.shape[0]


@dataclass(frozen=True, slots=True)
class FoldedAttention:
    """Self-attention. Queries and keys are filled up with zeros to the width of the values, C/2, for fused kernels.

    Attributes
    ----------
    query, query_bias : shapes (C/2, C) and (C/2,)
    key_value : shape (C, C)
        Keys first.
    output : shape (C, C/2)
        With the gain of the attention.
    """

    query: Tensor
    query_bias: Tensor
    key_value: Tensor
    output: Tensor


@dataclass(frozen=True, slots=True)
class RecordedNorm:
    """A conditional batch norm, and the constant that its input lacks because no convolution adds its bias.

    Attributes
    ----------
    scale, offset : shape (channels, condition_dim)
    means, variances : shape (rows, channels)
        One row per recorded truncation.
    missing : shape (channels,)
    eps : float
    """

    scale: Tensor
    offset: Tensor
    means: Tensor
    variances: Tensor
    missing: Tensor
    eps: float


@dataclass(frozen=True, slots=True)
class LastNorm:
    """The unconditional batch norm before the last convolution; as `RecordedNorm`."""

    weight: Tensor
    bias: Tensor
    means: Tensor
    variances: Tensor
    missing: Tensor
    eps: float


@dataclass(frozen=True, slots=True)
class FoldedNetwork:
    """All weights, float32.

    Attributes
    ----------
    class_embedding : shape (class_embed_dim, classes)
    start, start_bias : shapes (4 · 4 · channels, condition_dim) and (4 · 4 · channels,)
        From the condition to the first map, rows ordered height, width, channel.
    blocks : tuple of FoldedBlock or FoldedAttention
    norms : tuple of RecordedNorm
        Four to a residual block, in order.
    last_norm : LastNorm
    rgb, rgb_bias : shapes (27, channels) and (3,)
        The last convolution; rows ordered tap row, tap column, colour.
    """

    class_embedding: Tensor
    start: Tensor
    start_bias: Tensor
    blocks: tuple[FoldedBlock | FoldedAttention, ...]
    norms: tuple[RecordedNorm, ...]
    last_norm: LastNorm
    rgb: Tensor
    rgb_bias: Tensor

    def memory_bytes(self, dtype: torch.dtype) -> int:
        """Return what an engine holds that computes in this type: 3 × 3 weights also in the library's order."""
        products = self.rgb.numel() + sum(_weight_count(block) for block in self.blocks)
        exact = self.class_embedding.numel() + self.start.numel()
        recorded = sum(norm.scale.numel() + norm.offset.numel() + 2 * norm.means.numel() for norm in self.norms)
        return products * dtype.itemsize + (exact + 2 * recorded) * torch.float32.itemsize


@dataclass(frozen=True, slots=True)
class FoldedNorms:
    """The batch norms at one truncation, float32.

    Attributes
    ----------
    weight, bias : shapes (factors, condition_dim) and (factors,)
        ``condition @ weight.T + bias`` gives, for every conditional norm in order, its scales and then its shifts.
    channels : tuple of int
        Channels of every conditional norm in order; the factors are twice as many.
    last_scale, last_shift : shape (channels,)
        Factors of the norm before the last convolution.
    """

    weight: Tensor
    bias: Tensor
    channels: tuple[int, ...]
    last_scale: Tensor
    last_shift: Tensor

    def to(self, device: torch.device) -> FoldedNorms:
        """Bring them to a device."""
        tensors = (self.weight.to(device), self.bias.to(device))
        return FoldedNorms(*tensors, self.channels, self.last_scale.to(device), self.last_shift.to(device))


@torch.no_grad()
def fold_network(model: BigGAN) -> FoldedNetwork:
    """Fold what does not depend on the truncation; the model is not needed afterwards."""
    network = model.generator
    blocks: list[FoldedBlock | FoldedAttention] = []
    norms: list[RecordedNorm] = []
    missing = torch.zeros(16 * model.config.channel_width)  # what the residual stream lacks, so far
    for layer in network.layers:
        if isinstance(layer, SelfAttn):
            attention, missing = _fold_attention(layer, missing)
            blocks.append(attention)
            continue
        before = (missing, layer.conv_0.bias, layer.conv_1.bias, layer.conv_2.bias)
        for norm, bias in zip((layer.bn_0, layer.bn_1, layer.bn_2, layer.bn_3), before, strict=True):
            norms.append(_record(norm, bias))
        blocks.append(_fold_block(layer))
        missing = missing[: layer.conv_3.out_channels] + layer.conv_3.bias
    last = network.bn
    return FoldedNetwork(
        class_embedding=model.embeddings.weight.float(),
        start=normalized_weight(network.gen_z),
        start_bias=network.gen_z.bias.float(),
        blocks=tuple(blocks),
        norms=tuple(norms),
        last_norm=LastNorm(last.weight, last.bias, last.running_means, last.running_vars, missing, last.eps),
        rgb=normalized_weight(network.conv_to_rgb)[:3].permute(2, 3, 0, 1).flatten(0, 2),
        rgb_bias=network.conv_to_rgb.bias[:3].float(),
    )


@torch.no_grad()
def fold_norms(norms: Sequence[RecordedNorm], last: LastNorm, truncation: float) -> FoldedNorms:
    """Fold every batch norm at a truncation."""
    weights, biases = [], []
    for norm in norms:
        # (x + missing − mean) / deviation · (1 + S c) + O c, sorted by what depends on x and what on the condition c
        inverse, centre = _at(norm, truncation)
        scale = inverse.unsqueeze(1) * norm.scale
        weights += [scale, centre.unsqueeze(1) * scale + norm.offset]
        biases += [inverse, centre * inverse]
    inverse, centre = _at(last, truncation)
    last_scale = last.weight * inverse
    channels = tuple(len(norm.missing) for norm in norms)
    return FoldedNorms(torch.cat(weights), torch.cat(biases), channels, last_scale, last.bias + centre * last_scale)


def _weight_count(block: FoldedBlock | FoldedAttention) -> int:
    if isinstance(block, FoldedAttention):
        return block.query.numel() + block.key_value.numel() + block.output.numel()
    return block.reduce.numel() + 2 * (block.first.numel() + block.second.numel()) + block.restore.numel()


def _at(norm: RecordedNorm | LastNorm, truncation: float) -> tuple[Tensor, Tensor]:
    """Return 1 / deviation, and what is added before it is multiplied."""
    inverse = torch.rsqrt(at_truncation(norm.variances, truncation) + norm.eps)
    return inverse, norm.missing - at_truncation(norm.means, truncation)


def _record(norm: BigGANBatchNorm, missing: Tensor) -> RecordedNorm:
    scale, offset = normalized_weight(norm.scale), normalized_weight(norm.offset)
    return RecordedNorm(scale, offset, norm.running_means, norm.running_vars, missing, norm.eps)


def _fold_block(block: GenBlock) -> FoldedBlock:
    first = normalized_weight(block.conv_1)
    return FoldedBlock(
        upsamples=block.up_sample,
        reduce=normalized_weight(block.conv_0).flatten(1),
        first=upsampling_phases(first) if block.up_sample else first,
        second=normalized_weight(block.conv_2),
        restore=normalized_weight(block.conv_3).flatten(1),
    )


def _fold_attention(layer: SelfAttn, missing: Tensor) -> tuple[FoldedAttention, Tensor]:
    """Return the attention, and what the stream lacks after it.

    Keys need nothing of the constant that the stream lacks before it (it adds the same to all scores of a query,
    which softmax does not notice), and values can have it afterwards, since the weights of an answer add up to one.
    """
    query = normalized_weight(layer.snconv1x1_theta).flatten(1)
    key = normalized_weight(layer.snconv1x1_phi).flatten(1)
    value = normalized_weight(layer.snconv1x1_g).flatten(1)
    output = layer.gamma * normalized_weight(layer.snconv1x1_o_conv).flatten(1)
    filling = torch.zeros(len(value) - len(query), query.shape[1])
    query = torch.cat([query, filling])
    folded = FoldedAttention(query, query @ missing, torch.cat([key, filling, value]), output)
    return folded, missing + output @ (value @ missing)
