"""What those that decode a sound and those that listen to it must agree on: its rate, and the part that is used."""

from __future__ import annotations

SAMPLE_RATE_HZ = 44_100
"""The paper's rate (algorithm, step 1)."""


def part_length_s(sound_s: float, start_s: float = 0.0, duration_s: float | None = None) -> float:
    """Return how long the chosen part of a sound is, in seconds.

    Parameters
    ----------
    sound_s : float
        Length of the whole sound.
    start_s, duration_s : float, float or None
        The part, as a recipe chooses it; None means up to the end.

    Returns
    -------
    float
        Never more than the sound has; 0 where the part begins at the sound's end or later.
    """
    rest_s = max(0.0, sound_s - start_s)
    return rest_s if duration_s is None else min(rest_s, duration_s)
