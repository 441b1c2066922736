"""The trials: every contestant hears every sound, at the true count and at its own."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.changes import contestants
from benchmarks.changes.contestants import Contestant
from benchmarks.changes.metrics import Score, beat_f, same_section_f, score
from benchmarks.changes.recordings import catalogue
from benchmarks.changes.recordings.catalogue import Ticket
from benchmarks.changes.truth import Sound


@dataclass(frozen=True, slots=True)
class Trial:
    """What one contestant made of one sound.

    Attributes
    ----------
    at_true_count, at_auto : Score or None
        None where the contestant does not answer that way.
    beat_f, downbeat_f, same_section_f : float or None
        None where nobody looked or nothing is known.
    wall_s, sound_s : float
    """

    ticket: Ticket
    contestant: str
    at_true_count: Score | None
    at_auto: Score | None
    beat_f: float | None
    downbeat_f: float | None
    same_section_f: float | None
    wall_s: float
    sound_s: float


def hear(sound: Sound, ticket: Ticket, contestant: Contestant) -> Trial:
    """Let one contestant hear one sound."""
    begin_s = time.perf_counter()
    truth, samples, rate_hz = sound.truth, sound.samples, sound.sample_rate_hz
    at_true_count = at_auto = None
    if contestant.at_true_count and truth.true_count:
        at_true_count = score(contestant.find(samples, rate_hz, truth.true_count), truth)
    if contestant.at_auto:
        at_auto = score(contestant.find(samples, rate_hz, None), truth)
    beat, downbeat, same_section = _structure(sound, contestant)
    wall_s = time.perf_counter() - begin_s
    return Trial(
        ticket, contestant.name, at_true_count, at_auto, beat, downbeat, same_section, wall_s, sound.duration_s
    )


def _structure(sound: Sound, contestant: Contestant) -> tuple[float | None, float | None, float | None]:
    truth = sound.truth
    if contestant.structure is None or not (truth.beats_s or truth.sections):
        return None, None, None
    found = contestant.structure(sound.samples, sound.sample_rate_hz)
    beat = downbeat = None
    if found.beats_s is not None and truth.beats_s:
        beat = beat_f(found.beats_s, truth.beats_s)
    if found.downbeats_s is not None and truth.downbeats_s:
        downbeat = beat_f(found.downbeats_s, truth.downbeats_s)
    # Nothing can come again among fewer than three sections.
    known = bool(found.sections) and len(truth.sections) > 2
    same = same_section_f(found.sections or (), truth.sections, sound.duration_s) if known else None
    return beat, downbeat, same


def _hear_all(ticket: Ticket, names: Sequence[str], cache: Path) -> list[Trial]:
    sound = catalogue.fetch(ticket, cache)
    return [hear(sound, ticket, contestants.BY_NAME[name]) for name in names]


def run(tickets: Sequence[Ticket], names: Sequence[str], cache: Path, processes: int) -> Iterator[list[Trial]]:
    """Hear all sounds, in any order, one list of trials a sound."""
    work = partial(_hear_all, names=tuple(names), cache=cache)
    if processes <= 1:
        yield from map(work, tickets)
        return
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap_unordered(work, tickets)
