"""Files that something has happened to: cut off, overwritten, changed here and there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import numpy as np

from benchmarks.corpus import surgery
from benchmarks.corpus.kitchen import Case, Kitchen

_KINDS: dict[str, tuple[str, ...]] = {
    "wav": ("-c:a", "pcm_s16le"),
    "aiff": ("-c:a", "pcm_s16be"),
    "caf": ("-c:a", "pcm_s16be"),
    "flac": ("-c:a", "flac"),
    "mp3": ("-c:a", "libmp3lame"),
    "aac": ("-c:a", "aac", "-f", "adts"),
    "m4a": ("-c:a", "aac", "-movflags", "+faststart"),
    "ogg": ("-c:a", "libvorbis"),
    "opus": ("-c:a", "libopus"),
    "webm": ("-c:a", "libopus"),
    "mka": ("-c:a", "aac"),
    "wma": ("-c:a", "wmav2"),
    "amr": ("-c:a", "libopencore_amrnb", "-ar", "8000", "-ac", "1", "-b:a", "12.2k"),
    "ts": ("-c:a", "aac"),
    "avi": ("-c:a", "libmp3lame"),
}

Harm = Callable[[bytes, np.random.Generator], bytes]

_HARMS: dict[str, Harm] = {
    "half": lambda raw, _: raw[: len(raw) // 2],
    "nearly-all": lambda raw, _: raw[: len(raw) * 97 // 100],
    "hole": lambda raw, rng: surgery.with_noise_inside(raw, rng, 3000),
    "sprinkled": lambda raw, rng: surgery.damaged(raw, rng, bytes_changed=20, after=2000),
    "head": lambda raw, rng: surgery.damaged(raw[:400], rng, bytes_changed=6, after=16) + raw[400:],
}


def cases() -> Iterator[Case]:
    """Yield them all."""
    for (kind, options), (name, harm) in product(_KINDS.items(), _HARMS.items()):
        yield Case(f"{name}.{kind}", "damaged", _Damaged(kind, options, harm))


class _Damaged:
    def __init__(self, kind: str, options: tuple[str, ...], harm: Harm) -> None:
        self._kind, self._options, self._harm = kind, options, harm

    def __call__(self, kitchen: Kitchen, out: Path) -> None:
        out.write_bytes(self._harm(kitchen.encoded(f".{self._kind}", *self._options), kitchen.rng))
