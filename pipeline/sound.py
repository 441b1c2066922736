"""What all must agree on about a sound: its rate, the part of it that is used, and what may stand for its title."""

from __future__ import annotations

import unicodedata

SAMPLE_RATE_HZ = 44_100
"""The paper's rate (algorithm, step 1)."""
_LONGEST_TITLE = 200


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


def clean_title(title: str | None) -> str | None:
    """Return foreign text as a title: one line, no control, format or private characters, of bounded length."""
    if title is None:
        return None
    # Line breaks and tabs part words; direction marks and zero-width characters only deceive.
    spaced = "".join(" " if unicodedata.category(letter) in {"Cc", "Zl", "Zp"} else letter for letter in title[:4000])
    kept = (letter for letter in spaced if unicodedata.category(letter) not in {"Cf", "Cs", "Co", "Cn"})
    cleaned = " ".join(unicodedata.normalize("NFC", "".join(kept)).split())
    if len(cleaned) > _LONGEST_TITLE:
        cleaned = cleaned[: _LONGEST_TITLE - 1].rstrip() + "…"
    return cleaned or None
