"""Who takes part: ours in `auto` and `paper`, and peers beside them. Each is one small function."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve, find_peaks

from benchmarks.changes.features import peer_features
from benchmarks.changes.metrics import Point
from pipeline.analysis.analyze import analyze

Samples = NDArray[np.float32]
Finder = Callable[[Samples, int, int | None], list[Point]]
"""Samples of shape (n,) or (channels, n), their rate in Hz, and how many points (None: as many as there are)."""

BLOCK_SAMPLES = 1 << 16
SHORTEST_S = 1.0  # peers are told that changes are at least so far apart
FOOTE_S = 4.0  # the whole of the checkerboard


@dataclass(frozen=True, slots=True)
class Structure:
    """Beats, first beats of bars, and the beginnings of sections with their names; None where nobody looked."""

    beats_s: tuple[float, ...] | None = None
    downbeats_s: tuple[float, ...] | None = None
    sections: tuple[tuple[float, str], ...] | None = None


# -- ours: the one place that knows the program's own analysis -----------------------------------------------------


def auto(samples: Samples, sample_rate_hz: int, count: int | None) -> list[Point]:
    """Preset ``auto``; with a count, that many inner points."""
    return _points(_analysis(samples, sample_rate_hz, "auto", None if count is None else count + 2))


def paper(samples: Samples, sample_rate_hz: int, count: int | None) -> list[Point]:  # noqa: ARG001
    """Preset ``paper``, which finds as many as it finds."""
    return _points(_analysis(samples, sample_rate_hz, "paper", None))


def auto_structure(samples: Samples, sample_rate_hz: int) -> Structure:
    """What preset ``auto`` tells of beats, bars and sections, where it does."""
    found = _analysis(samples, sample_rate_hz, "auto", None)
    beats_s, downbeats_s = (getattr(found, name, None) for name in ("beats_s", "downbeats_s"))
    sections = getattr(found, "sections", None)
    return Structure(
        None if beats_s is None else tuple(float(each) for each in beats_s),
        None if downbeats_s is None else tuple(float(each) for each in downbeats_s),
        None if sections is None else tuple((float(start_s), str(name)) for start_s, name in sections),
    )


def _analysis(samples: Samples, sample_rate_hz: int, preset: Any, scene_count: int | None) -> Any:
    if sample_rate_hz != 44_100:
        raise ValueError(f"the analysis reads 44100 Hz, not {sample_rate_hz}")
    return analyze(_blocks(samples), preset=preset, scene_count=scene_count)


def _blocks(samples: Samples) -> Iterator[NDArray[np.float64]]:
    for start in range(0, samples.shape[-1], BLOCK_SAMPLES):
        yield _left(samples)[start : start + BLOCK_SAMPLES].astype(np.float64)


def _points(found: Any) -> list[Point]:
    times_s = found.point_times_s[1:-1].tolist()
    reasons = getattr(found, "reasons", None)
    inner = (
        [None] * len(times_s) if reasons is None else [None if each is None else str(each) for each in reasons[1:-1]]
    )
    return [Point(time_s, reason) for time_s, reason in zip(times_s, inner, strict=True)]


def _left(samples: Samples) -> Samples:
    return samples if samples.ndim == 1 else samples[0]


# -- peers ---------------------------------------------------------------------------------------------------------


def evenly(samples: Samples, sample_rate_hz: int, count: int | None) -> list[Point]:
    """Divide the sound evenly; without a count, one point every four seconds."""
    duration_s = samples.shape[-1] / sample_rate_hz
    wanted = max(0, round(duration_s / 4) - 1) if count is None else count
    return [Point(duration_s * (index + 1) / (wanted + 1)) for index in range(wanted)]


def foote(samples: Samples, sample_rate_hz: int, count: int | None) -> list[Point]:
    """Foote's novelty: a tapered checkerboard of four seconds along the self-similarity, its highest peaks.

    Without a count, the peaks above the novelty's mean plus its standard deviation.
    """
    features, step_s = peer_features(_left(samples), sample_rate_hz)
    novelty = _novelty(features, half=round(FOOTE_S / 2 / step_s))
    peaks, _ = find_peaks(novelty, distance=max(1, round(SHORTEST_S / step_s)))
    if count is None:
        chosen = peaks[novelty[peaks] > novelty.mean() + novelty.std()]
    else:
        chosen = peaks[np.argsort(novelty[peaks])[::-1][:count]]
    return [Point(float(frame * step_s)) for frame in np.sort(chosen)]


def _novelty(features: NDArray[np.float64], half: int) -> NDArray[np.float64]:
    frames = features.shape[0]
    unit = features / np.maximum(1e-9, np.linalg.norm(features, axis=1, keepdims=True))
    padded = np.pad(unit, ((half, half), (0, 0)), mode="edge")
    taper = np.exp(-((np.arange(half) + 0.5) ** 2) / (2 * (half / 2) ** 2))
    side = np.concatenate([-taper[::-1], taper])
    # The checkerboard is an outer product, so its sum over the similarity is one weighted sum of features, squared.
    weighted = fftconvolve(padded, side[::-1, None], mode="valid", axes=0)[:frames]
    novelty: NDArray[np.float64] = np.sum(weighted**2, axis=1)
    return novelty


def kernel_cpd(samples: Samples, sample_rate_hz: int, count: int | None) -> list[Point]:
    """Kernel change points with a Gaussian kernel, solved exactly by ruptures; needs a count."""
    import ruptures  # type: ignore[import-not-found, unused-ignore]

    if not count:
        return []
    features, step_s = peer_features(_left(samples), sample_rate_hz)
    least = max(2, round(SHORTEST_S / step_s))
    most = features.shape[0] // least - 1
    solver = ruptures.KernelCPD(kernel="rbf", min_size=least).fit(features)
    return [Point(float(frame * step_s)) for frame in solver.predict(n_bkps=max(1, min(count, most)))[:-1]]


def agglomerative(samples: Samples, sample_rate_hz: int, count: int | None) -> list[Point]:
    """Segments of neighbours merged bottom up, by librosa; needs a count."""
    import librosa  # type: ignore[import-not-found, unused-ignore]

    if not count:
        return []
    features, step_s = peer_features(_left(samples), sample_rate_hz)
    starts = librosa.segment.agglomerative(features.T, count + 1)
    return [Point(float(frame * step_s)) for frame in starts[1:]]


def librosa_beats(samples: Samples, sample_rate_hz: int) -> Structure:
    """Beats by librosa; it knows no bars."""
    import librosa

    _, times = librosa.beat.beat_track(y=_left(samples), sr=sample_rate_hz, units="time")
    return Structure(beats_s=tuple(float(each) for each in np.atleast_1d(times)))


@dataclass(frozen=True, slots=True)
class Contestant:
    """One who takes part.

    Attributes
    ----------
    find : Finder
    package : str or None
        A package that must be installed; the extra ``peers`` names them all.
    at_true_count, at_auto : bool
        Whether it can answer when asked for a number, and when not.
    structure : callable or None
        Finds beats, bars or sections.
    """

    name: str
    find: Finder
    package: str | None = None
    at_true_count: bool = True
    at_auto: bool = False
    structure: Callable[[Samples, int], Structure] | None = None

    @property
    def available(self) -> bool:
        return self.package is None or find_spec(self.package) is not None


CONTESTANTS: tuple[Contestant, ...] = (
    Contestant("auto", auto, at_auto=True, structure=auto_structure),
    Contestant("paper", paper, at_true_count=False, at_auto=True),
    Contestant("evenly", evenly, at_auto=True),
    Contestant("Foote", foote, at_auto=True),
    Contestant("KernelCPD", kernel_cpd, package="ruptures"),
    Contestant("agglomerative", agglomerative, package="librosa"),
    Contestant("librosa's beats", evenly, package="librosa", at_true_count=False, structure=librosa_beats),
)

BY_NAME = {contestant.name: contestant for contestant in CONTESTANTS}
