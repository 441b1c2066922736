"""Who takes part: ours in `auto` and `paper`, and peers beside them. Each is one small function."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve, find_peaks

from benchmarks.changes.features import peer_features
from benchmarks.changes.metrics import Point
from pipeline.analysis.analyze import analyze, analyze_by_ear
from pipeline.analysis.ear.listener import Listener
from pipeline.sound import SAMPLE_RATE_HZ

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
    _require_rate(sample_rate_hz)
    heard = np.atleast_2d(samples)
    wanted = None if count is None else count + 2
    found = analyze_by_ear(_blocks(heard.T.astype(np.float64)), len(heard), scene_count=wanted)
    times_s, reasons = found.point_times_s[1:-1].tolist(), found.reasons[1:-1]
    return [Point(time_s, _KINDS.get(reason, reason)) for time_s, reason in zip(times_s, reasons, strict=True)]


def prominence(samples: Samples, sample_rate_hz: int, count: int | None) -> list[Point]:
    """Preset ``auto`` as recipes of version 1 have it: the most prominent peaks of the total variation."""
    _require_rate(sample_rate_hz)
    wanted = None if count is None else count + 2
    found = analyze(_blocks(_left(samples).astype(np.float64)), preset="auto", scene_count=wanted)
    return [Point(time_s, None) for time_s in found.point_times_s[1:-1].tolist()]


def paper(samples: Samples, sample_rate_hz: int, count: int | None) -> list[Point]:  # noqa: ARG001
    """Preset ``paper``, which finds as many as it finds."""
    _require_rate(sample_rate_hz)
    found = analyze(_blocks(_left(samples).astype(np.float64)), preset="paper")
    return [Point(time_s, None) for time_s in found.point_times_s[1:-1].tolist()]


def auto_structure(samples: Samples, sample_rate_hz: int) -> Structure:
    """What preset ``auto`` tells of beats, bars and sections."""
    heard = np.atleast_2d(samples)
    listener = Listener(len(heard), sample_rate_hz)
    listener.push(heard.T.astype(np.float32))
    hearing = listener.finish()
    return Structure(
        tuple(hearing.beats_s.tolist()),
        tuple(hearing.downbeats_s.tolist()),
        tuple((section.start_s, section.label) for section in hearing.sections),
    )


_KINDS = {"louder": "loudness", "quieter": "loudness"}


def _require_rate(sample_rate_hz: int) -> None:
    if sample_rate_hz != SAMPLE_RATE_HZ:
        raise ValueError(f"the analysis reads {SAMPLE_RATE_HZ} Hz, not {sample_rate_hz}")


def _blocks(samples: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    for start in range(0, len(samples), BLOCK_SAMPLES):
        yield samples[start : start + BLOCK_SAMPLES]


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
    Contestant("version 1", prominence, at_auto=True),
    Contestant("paper", paper, at_true_count=False, at_auto=True),
    Contestant("evenly", evenly, at_auto=True),
    Contestant("Foote", foote, at_auto=True),
    Contestant("KernelCPD", kernel_cpd, package="ruptures"),
    Contestant("agglomerative", agglomerative, package="librosa"),
    Contestant("librosa's beats", evenly, package="librosa", at_true_count=False, structure=librosa_beats),
)

BY_NAME = {contestant.name: contestant for contestant in CONTESTANTS}
