"""A moment on the monotonic clock by which something must be over."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment that several children can share: a probe and the decoding after it, say.

    Attributes
    ----------
    at_s : float
        On the clock of `time.monotonic`; infinite for a child that lives as long as its parent.
    """

    at_s: float

    @classmethod
    def after(cls, seconds: float) -> Self:
        """Return the moment that many seconds from now.

        Raises
        ------
        ValueError
            The number is not positive, or none at all.
        """
        if not seconds > 0:
            raise ValueError(f"a deadline in {seconds} s")
        return cls(time.monotonic() + seconds)

    @classmethod
    def with_parent(cls) -> Self:
        """Return no moment: the child serves until its parent closes it or dies."""
        return cls(math.inf)

    def left_s(self) -> float:
        """Return the seconds that are left, 0 once it is past."""
        return max(0.0, self.at_s - time.monotonic())
