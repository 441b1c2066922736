"""Weights as the network uses them: divided by their spectral norm, once and for all."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def normalized_weight(module: Any) -> Tensor:
    """Return the weight of a layer under ``torch.nn.utils.spectral_norm`` as `eval` uses it, in float32.

    Source: Miyato et al. 2018, with the singular vectors u and v that the checkpoint recorded.
    """
    weight: Tensor = module.weight_orig.detach().float()
    sigma = torch.dot(module.weight_u.float(), torch.mv(weight.flatten(1), module.weight_v.float()))
    return weight / sigma
