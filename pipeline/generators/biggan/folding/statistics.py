"""Batch-norm statistics between the truncations at which they were recorded."""

from __future__ import annotations

import torch
from torch import Tensor

SNAP = 1e-6


def at_truncation(rows: Tensor, truncation: float) -> Tensor:
    """Return the statistics for a truncation.

    Row i belongs to truncation i / (rows − 1); between two rows we interpolate linearly. pytorch-pretrained-biggan
    gives each of the two rows the *other* one's weight, and does so by rounding error even for some truncations that
    have a row of their own (0.14, 0.28, 0.56, 0.58, 0.94): hence the snap.

    Parameters
    ----------
    rows : Tensor, shape (rows, channels)
        Running means or variances.
    truncation : float
        In [0, 1].

    Returns
    -------
    Tensor, shape (channels,)
    """
    position = truncation * (rows.shape[0] - 1)
    nearest = round(position)
    if abs(position - nearest) < SNAP:
        return rows[nearest]
    lower = int(position)
    return torch.lerp(rows[lower], rows[lower + 1], position - lower)
