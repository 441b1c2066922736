"""Which precision is good enough: verdicts of the self-check, kept in the cache. Without torch, for `doctor` to read.

The check itself is `pipeline.generators.biggan.engines.selfcheck`.
"""

from __future__ import annotations

import json
import math
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MIN_PSNR_DB = 30.0
VERDICTS_FILE = "precision.json"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the self-check of a model on a machine found.

    Attributes
    ----------
    model : str
        As it was called.
    weights : str
        Fingerprint of its weights.
    machine, software : str
        Where and with what it was checked; elsewhere the verdict does not hold.
    fast : str
        The faster precision that was tried.
    psnr_db : float
        How near its pictures come to those of float32.
    precision : str
        Which one is used therefore.
    """

    model: str
    weights: str
    machine: str
    software: str
    fast: str
    psnr_db: float
    precision: str

    def holds_for(self, *, weights: str, machine: str, software: str, fast: str) -> bool:
        """Tell whether nothing has changed since."""
        return (self.weights, self.machine, self.software, self.fast) == (weights, machine, software, fast)


def psnr_db(pictures: NDArray[np.uint8], reference: NDArray[np.uint8]) -> float:
    """Return the peak signal-to-noise ratio of 8-bit pictures in dB; infinite if they are equal."""
    error = float(np.mean(np.square(pictures.astype(np.float64) - reference.astype(np.float64))))
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)


def judge(fast: str, measured_psnr_db: float) -> str:
    """Return the precision to use: the fast one where its pictures can hardly be told from float32's."""
    return fast if measured_psnr_db >= MIN_PSNR_DB else "float32"


def read_verdicts(cache_dir: Path) -> tuple[Verdict, ...]:
    """Return every verdict in the cache, latest last; none if there is no such file, or if it makes no sense."""
    try:
        entries = json.loads((cache_dir / VERDICTS_FILE).read_text(encoding="utf-8"))
        return tuple(Verdict(**entry) for entry in entries)
    except (OSError, ValueError, TypeError):
        return ()


def keep_verdict(verdict: Verdict, cache_dir: Path) -> None:
    """Add a verdict to the cache, in place of an older one on the same weights; a full disk does no harm."""
    kept = [old for old in read_verdicts(cache_dir) if (old.weights, old.machine) != (verdict.weights, verdict.machine)]
    text = json.dumps([asdict(each) for each in (*kept, verdict)], indent=1)
    with suppress(OSError):
        cache_dir.mkdir(parents=True, exist_ok=True)
        part = cache_dir / f"{VERDICTS_FILE}.part"
        part.write_text(text, encoding="utf-8")
        part.replace(cache_dir / VERDICTS_FILE)
