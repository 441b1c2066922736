"""A class mix is a mix of figures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.generators.sketch.anatomy import CHANNELS, SLOTS, Group
from pipeline.generators.sketch.figure import figure_of


def blend(class_vectors: NDArray[np.floating]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mix the figures of the categories that a class vector names.

    Everything in a figure is a plain number (angles are not wrapped, colours are OKLab), so the mix is linear, and as
    smooth as the class vectors are.

    Parameters
    ----------
    class_vectors : floating, shape (frames, 1000)
        Non-negative, not all zero.

    Returns
    -------
    parts : float32, shape (frames, len(SLOTS), CHANNELS)
    pivots : float32, shape (frames, len(Group), 2)
    """
    frames = len(class_vectors)
    parts = np.zeros((frames, len(SLOTS), CHANNELS), dtype=np.float32)
    pivots = np.zeros((frames, len(Group), 2), dtype=np.float32)
    for frame, vector in enumerate(class_vectors):
        weights = np.maximum(vector, 0.0)
        weights = weights / weights.sum()
        for index in np.flatnonzero(weights):
            figure = figure_of(int(index))
            weight = np.float32(weights[index])
            parts[frame] += weight * figure.parts
            pivots[frame] += weight * figure.pivots
    return parts, pivots
