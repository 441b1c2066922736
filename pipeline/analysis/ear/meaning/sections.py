"""Which stretches are the same section come again: A B A."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.ear.features.descriptors import Descriptors, at_frames
from pipeline.analysis.ear.features.frames import FRAME_S

SAME_TIMBRE_DB = 3.0
"""Root mean square over the bands of the mean spectra's difference: one instrument in two passages stays below it."""

SAME_CHROMA = 0.25  # one minus the cosine of two mean chromas
EDGE_S = 0.2  # at either end of a section, which may hold its neighbour's sound


@dataclass(frozen=True, slots=True)
class Section:
    """One stretch of a sound.

    Attributes
    ----------
    start_s, end_s : float
    label : str
        ``A`` for the first; what sounds alike has the same label.
    """

    start_s: float
    end_s: float
    label: str


def label_sections(descriptors: Descriptors, starts_s: NDArray[np.float64], duration_s: float) -> tuple[Section, ...]:
    """Cut a sound at its sections' beginnings and name them.

    Each section gets the label of the nearest earlier one that is alike in timbre and harmony, or a new one.

    Parameters
    ----------
    starts_s : float64, shape (sections - 1,)
        Where sections begin, besides 0.
    """
    edges = [0.0, *starts_s.tolist(), duration_s]
    chroma = at_frames(descriptors.chroma, len(descriptors.level))
    spans = [_inner(start, end, len(chroma)) for start, end in pairwise(edges)]
    timbres = [descriptors.timbre[span].mean(axis=0) for span in spans]
    chromas = [chroma[span].mean(axis=0) for span in spans]
    numbers: list[int] = []
    for index in range(len(spans)):
        unlike = [
            max(
                _apart(timbres[index], timbres[earlier]) / SAME_TIMBRE_DB,
                _unlike(chromas[index], chromas[earlier]) / SAME_CHROMA,
            )
            for earlier in range(index)
        ]
        nearest = int(np.argmin(unlike)) if unlike else -1
        alike = nearest >= 0 and unlike[nearest] <= 1.0
        numbers.append(numbers[nearest] if alike else max(numbers, default=-1) + 1)
    return tuple(
        Section(start, end, section_label(number))
        for start, end, number in zip(edges[:-1], edges[1:], numbers, strict=True)
    )


def section_label(number: int) -> str:
    """Return A … Z, then AA, AB and so on."""
    label = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        label = chr(ord("A") + rest) + label
    return label


def _inner(start_s: float, end_s: float, frames: int) -> slice:
    edge_s = min(EDGE_S, (end_s - start_s) / 4)
    first = min(frames - 1, round((start_s + edge_s) / FRAME_S))
    return slice(first, max(first + 1, round((end_s - edge_s) / FRAME_S)))


def _apart(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.square(one - other).mean()))


def _unlike(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    return 1 - float(one @ other) / lengths if lengths > 1e-6 else 0.0
