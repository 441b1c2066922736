"""Ways from 0 to 1 that begin and end at rest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def ease(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Go from 0 to 1 with speed and acceleration zero at both ends (Perlin 2002); outside [0, 1] it rests."""
    x = np.clip(share, 0.0, 1.0)
    eased: NDArray[np.float64] = x * x * x * (x * (6.0 * x - 15.0) + 10.0)
    return eased
