"""How long it still takes, from how fast it has been going. Pure."""

from __future__ import annotations

from dataclasses import dataclass

_LONG_ENOUGH_S = 3.0


@dataclass(frozen=True, slots=True)
class RateEstimate:
    """Where a stage of a request stood when it was first looked at.

    Attributes
    ----------
    fence : int
        The attempt's fence; another attempt has a pace of its own.
    at_s : float
        When that was, in seconds of any clock.
    """

    fence: int
    stage: str | None
    done: int
    at_s: float

    def eta_s(self, done: int, total: int, now_s: float) -> float | None:
        """Return how many seconds are left; None while nobody can tell."""
        passed_s, progress = now_s - self.at_s, done - self.done
        if passed_s < _LONG_ENOUGH_S or progress <= 0 or total <= 0:
            return None
        return passed_s / progress * max(0, total - done)
