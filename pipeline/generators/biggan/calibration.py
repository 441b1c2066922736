"""Random weights that behave like a trained network's: `random:biggan-deep-256`.

They let the whole path be run and measured where the published weights cannot be had. A BigGAN fresh from its
constructors draws grey noise, since its batch-norm statistics fit nothing; here they are recorded from the network's
own activations, so that no layer fades or saturates, at any truncation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from pytorch_pretrained_biggan import BigGAN
from pytorch_pretrained_biggan.model import BigGANBatchNorm, SelfAttn
from torch import Tensor, nn

from pipeline.generators.biggan.architecture import START_PX, Architecture
from pipeline.generators.biggan.weights.checkpoint import empty_model

ANCHORS = (0.0, 1.0)
"""Truncations at which activations are recorded; the rows between are interpolated."""

POWER_ITERATIONS = 8
PICTURES = 32  # at the smallest maps
FEWEST_PICTURES = 4  # at the largest
CLASS_STRENGTH = 0.35  # standard deviation of the class embedding; makes classes differ about as much as latents do
ATTENTION_GAIN = 0.5
CONTRAST = 0.8  # standard deviation before the final tanh


def random_model(architecture: Architecture, seed: int = 0) -> BigGAN:
    """Make a model of this architecture with random weights and calibrated statistics.

    Parameters
    ----------
    architecture : Architecture
        What to build.
    seed : int
        The same seed gives the same weights.
    """
    random = torch.Generator().manual_seed(seed)
    model = empty_model(architecture)
    _draw_weights(model, random)
    with torch.no_grad():
        for anchor in ANCHORS:
            latents = _truncated_normal((PICTURES, architecture.latent_dim), random) * anchor
            classes = torch.zeros(PICTURES, architecture.num_classes)
            chosen = torch.randperm(architecture.num_classes, generator=random)[:PICTURES]
            classes[torch.arange(PICTURES), chosen] = 1.0
            colours = _record(model, latents, classes, anchor)
        _set_contrast(model, colours)
        _fill_rows(model)
    return model


def _draw_weights(model: BigGAN, random: torch.Generator) -> None:
    """Fill every parameter; 3 × 3 kernels are low-pass, which makes shapes of what would be noise."""
    with torch.no_grad():
        model.embeddings.weight.normal_(0.0, CLASS_STRENGTH, generator=random)
        for module in model.modules():
            if isinstance(module, BigGANBatchNorm):
                module.running_means.zero_()
                module.running_vars.fill_(1.0)
                if not module.conditional:
                    module.weight.fill_(1.0)
                    module.bias.zero_()
            elif isinstance(module, SelfAttn):
                module.gamma.fill_(ATTENTION_GAIN)
            if hasattr(module, "weight_orig"):
                module.weight_orig.copy_(_random_weight(module.weight_orig.shape, random))
                if module.bias is not None:
                    module.bias.normal_(0.0, 0.05, generator=random)
                _power_iterate(module, random)


def _random_weight(shape: torch.Size, random: torch.Generator) -> Tensor:
    weight = torch.randn(shape, generator=random)
    if len(shape) == 4 and shape[-1] == 3:
        mixing = torch.randn((*shape[:2], 1, 1), generator=random)
        tent = torch.tensor([1.0, 2.0, 1.0]) / 4
        weight = mixing * torch.outer(tent, tent) + 0.02 * weight
    return weight


def _power_iterate(module: Any, random: torch.Generator) -> None:
    """Find the first singular vectors, as training would have."""
    matrix = module.weight_orig.flatten(1)
    u = nn.functional.normalize(torch.randn(matrix.shape[0], generator=random), dim=0)
    for _ in range(POWER_ITERATIONS):
        v = nn.functional.normalize(matrix.T @ u, dim=0)
        u = nn.functional.normalize(matrix @ v, dim=0)
    module.weight_u.copy_(u)
    module.weight_v.copy_(v)


def _record(model: BigGAN, latents: Tensor, classes: Tensor, truncation: float) -> Tensor:
    """Draw pictures; each batch norm takes its input's statistics for the row of this truncation before it acts.

    The package's own forward, but for pictures that drop out as the maps grow: a small map needs many pictures for
    its statistics, a large one has enough pixels, and costs more.

    Returns
    -------
    Tensor, shape (pictures, 3, side, side)
        Colours before the tanh.
    """
    network = model.generator
    truncation = max(truncation, 1e-9)  # next to 0, which the package refuses, it looks at the first two rows
    hooks = [norm.register_forward_pre_hook(_take_statistics) for norm in _norms(model)]
    try:
        condition = torch.cat((latents, model.embeddings(classes)), dim=1)
        maps = network.gen_z(condition).view(len(latents), START_PX, START_PX, -1).permute(0, 3, 1, 2).contiguous()
        for layer in network.layers:
            kept = max(FEWEST_PICTURES, PICTURES * 16 // max(16, maps.shape[-1]))
            maps, condition = maps[:kept], condition[:kept]
            maps = layer(maps) if isinstance(layer, SelfAttn) else layer(maps, condition, truncation)
        maps = network.relu(network.bn(maps, truncation))
        colours: Tensor = network.conv_to_rgb(maps)[:, :3]
    finally:
        for hook in hooks:
            hook.remove()
    return colours


def _take_statistics(norm: BigGANBatchNorm, inputs: tuple[Tensor, float, Tensor]) -> None:
    activations, truncation = inputs[0], inputs[1]
    variance, mean = torch.var_mean(activations, dim=(0, 2, 3), correction=0)
    first = round(truncation * (len(norm.running_means) - 1))
    norm.running_means[first : first + 2] = mean
    # So few pictures say little about a single channel; leaning on all channels keeps the others from blowing up.
    norm.running_vars[first : first + 2] = (variance + variance.mean()) / 2 + 1e-4


def _set_contrast(model: BigGAN, colours: Tensor) -> None:
    """Scale what goes into the last layer so that colours are neither flat nor saturated."""
    gain = CONTRAST / colours.std()
    model.generator.bn.weight.mul_(gain)
    model.generator.bn.bias.mul_(gain)
    bias = model.generator.conv_to_rgb.bias
    bias[:3] = -gain * (colours.mean(dim=(0, 2, 3)) - bias[:3])


def _fill_rows(model: BigGAN) -> None:
    """Between the anchors, variances grow with the square of the truncation, as that of the latents does."""
    for norm in _norms(model):
        share = torch.linspace(0.0, 1.0, len(norm.running_means)).square().unsqueeze(1)
        for rows in (norm.running_means, norm.running_vars):
            rows.copy_(torch.lerp(rows[0], rows[-1], share))


def _norms(model: BigGAN) -> Iterator[BigGANBatchNorm]:
    return (module for module in model.modules() if isinstance(module, BigGANBatchNorm))


def _truncated_normal(shape: tuple[int, int], random: torch.Generator) -> Tensor:
    return nn.init.trunc_normal_(torch.empty(shape), a=-2.0, b=2.0, generator=random)
