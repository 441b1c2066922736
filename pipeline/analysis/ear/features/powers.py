"""What is kept of a sound: power by band and time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Powers:
    """Power of all channels together.

    Attributes
    ----------
    duration_s : float
    mel : float32, shape (fine frames, 40)
        In mel bands, every 5.8 ms; four rows to a frame.
    semitones : float32, shape (slow frames, 60)
        In semitones from E2 up, every second frame.
    """

    duration_s: float
    mel: NDArray[np.float32]
    semitones: NDArray[np.float32]

    @property
    def frames(self) -> int:
        """Number of frames, 43 a second."""
        return len(self.mel) // 4
