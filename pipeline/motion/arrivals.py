"""When one scene becomes the next: the morph ends on the point, and the new scene is held.

`arrive` stays in a scene as long as it can and then goes in a part of a second to two seconds; `flow` is on its way all
the time but for the moments around the points. Both end a morph exactly on its point, where the change is heard.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.latent_path import FramePath
from pipeline.motion.drive import Drive
from pipeline.motion.easing import ease

HOLD_S = 0.5
"""How long a scene is pure after its point, wherever the next point leaves the time."""
SHORTEST_MORPH_S, LONGEST_MORPH_S = 0.3, 2.0
_LEAST_MORPH_SHARE = 0.25  # of a segment that is too short for both: the hold gives way, so that nothing jumps
_MOST_MORPH_SHARE = 0.5
_BEATS_WHEN_SURE, _BEATS_WHEN_UNSURE = 1.0, 2.5
_LATENESS = 1.5  # above 1 the morph gathers speed, and most of it happens shortly before the point
_CLOSING_S = 1.2  # the last scene is seen for so long, though its point is the sound's end
_CLOSING_SHARE = 0.4


def arrivals(points_s: NDArray[np.float64], *, loop: bool) -> NDArray[np.float64]:
    """Return when each scene is reached, float64 of shape (scenes,).

    That is at its point. The last point is the sound's end, where a scene that arrives would not be seen: it arrives a
    second before, unless the clip is a loop, which begins with it again.
    """
    if loop:
        return points_s
    early_s = min(_CLOSING_S, _CLOSING_SHARE * float(points_s[-1] - points_s[-2]))
    return np.concatenate((points_s[:-1], points_s[-1:] - early_s))


def morph_lengths_s(arrivals_s: NDArray[np.float64], strengths: Sequence[float], beat_s: float) -> NDArray[np.float64]:
    """Return how long the morph to each scene but the first takes, float64 of shape (scenes - 1,).

    A change that everybody hears takes one beat, a doubtful one up to two and a half.

    Parameters
    ----------
    arrivals_s : float64, shape (scenes,)
    strengths : sequence of float
        Of the points, in [0, 1]; empty where nobody listened.
    beat_s : float
    """
    sure = np.array(strengths[1:]) if len(strengths) else np.full(arrivals_s.size - 1, 0.5)
    beats = _BEATS_WHEN_UNSURE + sure * (_BEATS_WHEN_SURE - _BEATS_WHEN_UNSURE)
    wanted = np.clip(beats * beat_s, SHORTEST_MORPH_S, LONGEST_MORPH_S)
    segments = np.diff(arrivals_s)
    longest = np.clip(segments - HOLD_S, _LEAST_MORPH_SHARE * segments, _MOST_MORPH_SHARE * segments)
    return np.minimum(wanted, longest)


def arrive(drive: Drive, arrivals_s: NDArray[np.float64], strengths: Sequence[float]) -> FramePath:
    """Place the frames: pure at each arrival and from then on, until the next morph begins."""
    lengths_s = morph_lengths_s(arrivals_s, strengths, drive.beat_s)
    segments = _segments(drive.times_s, arrivals_s)
    remaining_s = arrivals_s[segments + 1] - drive.times_s
    share = np.clip(1.0 - remaining_s / np.maximum(lengths_s[segments], 1e-9), 0.0, 1.0)
    return FramePath(segments, ease(share**_LATENESS))


def flow(drive: Drive, arrivals_s: NDArray[np.float64]) -> FramePath:
    """Place the frames: half a second pure after each arrival, then on the way, faster where more changes."""
    segments = _segments(drive.times_s, arrivals_s)
    starts_s, ends_s = arrivals_s[segments], arrivals_s[segments + 1]
    starts_s = starts_s + np.minimum(HOLD_S, (1.0 - _LEAST_MORPH_SHARE) * (ends_s - starts_s))
    travelled = np.concatenate(([0.0], np.cumsum(drive.change + 0.3)))
    clock_s = np.arange(travelled.size) / drive.fps

    def way(times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.interp(times_s, clock_s, travelled)

    begin, end = way(starts_s), way(ends_s)
    share = (way(drive.times_s) - begin) / np.maximum(end - begin, 1e-9)
    return FramePath(segments, ease(np.clip(share, 0.0, 1.0)))


def frame_path_of(
    moves: Literal["arrive", "flow"], drive: Drive, arrivals_s: NDArray[np.float64], strengths: Sequence[float]
) -> FramePath:
    """Place the frames as a motion has it."""
    return arrive(drive, arrivals_s, strengths) if moves == "arrive" else flow(drive, arrivals_s)


def _segments(times_s: NDArray[np.float64], arrivals_s: NDArray[np.float64]) -> NDArray[np.int64]:
    # A frame that is due at an arrival but for rounding is at it: scenes are pure at their points.
    segments = np.searchsorted(arrivals_s, times_s + 1e-9, side="right") - 1
    return np.clip(segments, 0, arrivals_s.size - 2).astype(np.int64)
