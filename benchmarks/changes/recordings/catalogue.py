"""All families of sounds, which of them may be tuned on, and where made sounds are kept.

A third of the seeds and some whole families are held out. `sounds` hands out nothing of them: whoever tunes an ear
calls it and cannot reach further. The benchmark itself goes through `tickets` and `fetch`.
"""

from __future__ import annotations

import json
import os
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from benchmarks.changes.recordings import (
    band_families,
    clear_families,
    conditions,
    fluidsynth,
    scores,
    speech,
    still_families,
)
from benchmarks.changes.recordings.canvas import Made
from benchmarks.changes.recordings.scores import Score
from benchmarks.changes.truth import Change, Condition, Sound, Truth

Group = Literal["clear", "other", "still", "score"]
Split = Literal["tuning", "held-out", "all"]

# A new number where the same seed gives another sound, so that nobody finds an old one in the cache.
RECIPES_VERSION = 3
HELD_OUT_EVERY = 3


@dataclass(frozen=True, slots=True)
class Family:
    """A recipe, how many sounds are made by it, and who may see them.

    Attributes
    ----------
    group : {"clear", "other", "still", "score"}
        Sums of the table are of groups: "clear kinds" and, of clear and other together, "all kinds".
    needs : callable or None
        Says whether the programs that it needs are installed.
    """

    name: str
    group: Group
    make: Callable[[np.random.Generator], Made]
    seeds: int
    held_out: bool = False
    needs: Callable[[], bool] | None = None

    def is_held_out(self, seed: int) -> bool:
        return self.held_out or seed % HELD_OUT_EVERY == HELD_OUT_EVERY - 1

    @property
    def available(self) -> bool:
        return self.needs is None or self.needs()


def _scored(write: Callable[[np.random.Generator], Score]) -> Callable[[np.random.Generator], Made]:
    return lambda rng: fluidsynth.render(write(rng), rng)


def _of_score(
    name: str, write: Callable[[np.random.Generator], Score], seeds: int, *, held_out: bool = False
) -> Family:
    return Family(name, "score", _scored(write), seeds, held_out, fluidsynth.installed)


FAMILIES: tuple[Family, ...] = (
    Family("pads", "clear", clear_families.pads, 6),
    Family("strums", "clear", clear_families.strums, 6),
    Family("timbres", "clear", clear_families.timbres, 6),
    Family("speech", "clear", speech.speech, 6, needs=speech.installed),
    Family("one change", "clear", clear_families.one_change, 9),
    Family("choir", "clear", band_families.choir, 3, held_out=True),
    Family("broken harmony", "clear", band_families.broken_harmony, 3, held_out=True),
    Family("drums", "other", band_families.drums, 6),
    Family("keys", "other", band_families.key_changes, 6),
    Family("tempo", "other", band_families.tempo_changes, 6),
    Family("speech over music", "other", speech.speech_over_music, 6, needs=speech.installed),
    Family("volume", "other", band_families.volume_steps, 6),
    Family("sections", "other", band_families.sections, 6),
    Family("layers", "other", band_families.layers, 3, held_out=True),
    Family("densities", "other", band_families.densities, 3, held_out=True),
    Family("crescendo", "still", still_families.crescendo, 3),
    Family("decrescendo", "still", still_families.decrescendo, 3),
    Family("vibrato", "still", still_families.vibrato, 3),
    Family("tremolo", "still", still_families.tremolo, 3),
    Family("steady beat", "still", still_families.steady_beat, 3),
    Family("steady strum", "still", still_families.steady_strum, 3),
    Family("pure chord", "still", still_families.pure_chord, 3),
    Family("steady noise", "still", still_families.steady_noise, 3),
    Family("middle C", "still", still_families.middle_c, 3),
    Family("silence", "still", still_families.silence, 2),
    Family("ringing", "still", still_families.ringing, 2, held_out=True),
    Family("metronome", "still", still_families.metronome, 2, held_out=True),
    Family("swell", "still", still_families.swell, 2, held_out=True),
    Family("slide", "still", still_families.slide, 2, held_out=True),
    Family("hum", "still", still_families.hum, 2, held_out=True),
    Family("impulses", "still", still_families.impulses, 3),
    _of_score("broken chords", scores.broken_chords, 3),
    _of_score("drum solo", scores.drum_solo, 3),
    _of_score("funk drums", scores.funk_drums, 2, held_out=True),
    _of_score("latin drums", scores.latin_drums, 2, held_out=True),
    _of_score("electronic drums", scores.electronic_drums, 2, held_out=True),
    _of_score("waltz", scores.waltz, 3),
    _of_score("rock song", scores.rock_song, 3),
    _of_score("dance track", scores.dance_track, 2, held_out=True),
    _of_score("chorale", scores.chorale, 2, held_out=True),
)

BY_NAME = {family.name: family for family in FAMILIES}


@dataclass(frozen=True, slots=True)
class Ticket:
    """Which sound: small enough to hand to another process, which makes it or takes it from the cache."""

    family: str
    seed: int
    condition: Condition

    @property
    def held_out(self) -> bool:
        return BY_NAME[self.family].is_held_out(self.seed)


def default_cache() -> Path:
    return Path(tempfile.gettempdir()) / "ganterpreter-changes"


def sounds(
    split: Literal["tuning"] = "tuning",
    *,
    families: Sequence[str] | None = None,
    conditions: Sequence[Condition] = ("plain",),
    seeds: Sequence[int] | None = None,
    cache: Path | None = None,
) -> Iterator[Sound]:
    """Hand out the sounds that an ear may be tuned on, one after the other.

    Raises
    ------
    ValueError
        Where anything else than the tuning side is asked for, or a family that is not on it.
    """
    if split != "tuning":
        raise ValueError(f"only the tuning side is handed out, not {split!r}")
    for name in families or ():
        if name not in BY_NAME or BY_NAME[name].held_out:
            raise ValueError(f"{name!r} is no family of the tuning side")
    for ticket in tickets("tuning", families=families, conditions=conditions, seeds=seeds):
        yield fetch(ticket, cache or default_cache())


def tickets(
    split: Split,
    *,
    families: Sequence[str] | None = None,
    conditions: Sequence[Condition] = ("plain",),
    seeds: Sequence[int] | None = None,
) -> list[Ticket]:
    """List the sounds of a split that can be made here."""
    return [
        Ticket(family.name, seed, condition)
        for family in FAMILIES
        if family.available and (families is None or family.name in families)
        for seed in range(family.seeds)
        if (seeds is None or seed in seeds) and (split == "all" or family.is_held_out(seed) == (split == "held-out"))
        for condition in conditions
    ]


def missing_families() -> list[str]:
    """Name the families that cannot be made here for want of a program."""
    return [family.name for family in FAMILIES if not family.available]


def fetch(ticket: Ticket, cache: Path) -> Sound:
    """Take a sound from the cache, or make it and put it there."""
    folder = cache / f"v{RECIPES_VERSION}"
    folder.mkdir(parents=True, exist_ok=True)
    samples, truth = _kept(ticket, folder)
    return Sound(ticket.family, ticket.seed, ticket.condition, ticket.held_out, samples, truth)


def make(ticket: Ticket) -> Made:
    """Make a sound from nothing but its ticket; under a condition, from the samples of the plain one."""
    plain = BY_NAME[ticket.family].make(_rng(ticket.family, ticket.seed))
    return _under(ticket, plain)


def _under(ticket: Ticket, plain: Made) -> Made:
    if ticket.condition == "plain":
        return plain
    heard = conditions.apply(ticket.condition, plain.samples, _rng(ticket.family + ticket.condition, ticket.seed))
    longer_s = conditions.LONGER_ENDINGS_S if ticket.condition == "reverb" else 0.0
    return Made(heard, plain.truth.with_longer_endings(longer_s))


def _rng(name: str, seed: int) -> np.random.Generator:
    return np.random.default_rng([zlib.crc32(name.encode()), seed])


def _kept(ticket: Ticket, folder: Path) -> tuple[NDArray[np.float32], Truth]:
    name = f"{ticket.family}-{ticket.seed}-{ticket.condition}".replace(" ", "-")
    path = folder / f"{name}.npz"
    if not path.exists():
        if ticket.condition == "plain":
            made = make(ticket)
        else:
            made = _under(ticket, Made(*_kept(Ticket(ticket.family, ticket.seed, "plain"), folder)))
        unfinished = folder / f"{name}.{os.getpid()}.part"
        with unfinished.open("wb") as file:
            np.savez(
                file, samples=np.round(made.samples * 32767).astype(np.int16), truth=json.dumps(asdict(made.truth))
            )
        unfinished.replace(path)
    with np.load(path) as kept:
        samples = kept["samples"].astype(np.float32) / 32767
        return samples, _truth(json.loads(str(kept["truth"])))


def _truth(facts: dict[str, Any]) -> Truth:
    return Truth(
        changes=tuple(Change(**{**fields, "also": tuple(fields["also"])}) for fields in facts["changes"]),
        onsets_s=tuple(facts["onsets_s"]),
        beats_s=tuple(facts["beats_s"]),
        downbeats_s=tuple(facts["downbeats_s"]),
        sections=tuple((float(time_s), str(name)) for time_s, name in facts["sections"]),
    )
