"""Compiling the elementwise steps with torch.compile, where that is possible."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pipeline.biggan import steps

logger = logging.getLogger(__name__)

_CACHE_VARIABLE = "TORCHINDUCTOR_CACHE_DIR"
_VARIANTS = 32  # of one step: number of dimensions, precision, a batch of one; torch.compile stops at 8 by default


@dataclass(frozen=True, slots=True)
class Steps:
    """The functions of `pipeline.biggan.steps`, compiled or as they are."""

    affine_relu: Callable[..., Tensor] = steps.affine_relu
    join: Callable[..., Tensor] = steps.join
    join_affine_relu: Callable[..., tuple[Tensor, Tensor]] = steps.join_affine_relu
    join_last: Callable[..., Tensor] = steps.join_last
    pool: Callable[..., Tensor] = steps.pool
    picture_bytes: Callable[..., Tensor] = steps.picture_bytes


PLAIN = Steps()
"""Right everywhere, with more passes over memory."""


def compiled_steps(cache_dir: Path) -> Steps:
    """Return the steps compiled for this machine, or as they are where there is no working compiler.

    Only the steps are compiled, for maps of any size: that takes seconds where the whole network takes minutes, and
    the products between them are library calls either way.

    Parameters
    ----------
    cache_dir : Path
        Compiled code is kept below it, and found again by the next process.
    """
    # Read by the compiler, and by the processes that it starts.
    os.environ.setdefault(_CACHE_VARIABLE, str((cache_dir / "compiled").absolute()))
    torch._dynamo.config.recompile_limit = max(torch._dynamo.config.recompile_limit, _VARIANTS)
    compiled = Steps(**{field.name: _compile(getattr(PLAIN, field.name)) for field in fields(Steps)})
    try:
        compiled.join(torch.zeros(2, 3, 5), torch.ones(2, 3, 5))
    except Exception as error:  # every stage of the compiler has its own: none, broken, no room on the disk
        logger.warning("steps run uncompiled: %s", str(error).splitlines()[0] if str(error) else type(error).__name__)
        return PLAIN
    return compiled


def _compile(function: Callable[..., Any]) -> Callable[..., Any]:
    return torch.compile(function, dynamic=True)
