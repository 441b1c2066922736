"""Choose points among candidates: the best so many, none too close to another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def best_points(
    times_s: NDArray[np.float64], scores: NDArray[np.float64], *, count: int, shortest_s: float, duration_s: float
) -> NDArray[np.int64]:
    """Choose up to `count` candidates with the greatest sum of scores, exactly.

    A dynamic program over candidates and counts, as of optimal change-point partitions (Auger and Lawrence 1989): the
    best choice of k candidates whose last is i extends the best of k − 1 among those far enough before i. A greedy
    choice would keep a strong candidate that blocks two good ones on either side of it.

    Parameters
    ----------
    times_s : float64, shape (candidates,)
        Ascending.
    scores : float64, shape (candidates,)
        Those of 0 and less are never chosen.
    count : int
    shortest_s : float
        Least time between two points and from a point to either end.
    duration_s : float

    Returns
    -------
    int64, shape (chosen,)
        Indices, ascending.
    """
    usable = np.flatnonzero((scores > 0) & (times_s >= shortest_s) & (times_s <= duration_s - shortest_s))
    if usable.size == 0 or count < 1:
        return np.empty(0, dtype=np.int64)
    times, worth = times_s[usable], scores[usable]
    # How many candidates end early enough to come before each.
    compatible = np.searchsorted(times, times - shortest_s, side="right")
    best = np.zeros(usable.size + 1)
    taken: list[NDArray[np.bool_]] = []
    for _ in range(min(count, usable.size)):
        with_this = worth + best[compatible]
        extended = np.zeros(usable.size + 1)
        np.maximum.accumulate(with_this, out=extended[1:])
        taken.append(with_this >= extended[1:])
        if extended[-1] <= best[-1]:
            taken.pop()
            break
        best = extended
    chosen = []
    end = usable.size
    for choice in reversed(taken):
        hits = np.flatnonzero(choice[:end])
        if hits.size == 0:
            break
        chosen.append(int(usable[hits[-1]]))
        end = int(compatible[hits[-1]])
    return np.array(chosen[::-1], dtype=np.int64)
