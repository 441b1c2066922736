"""Which layers of the cage hold here: tried by a process that is thrown away afterwards."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from functools import cache

from pipeline.processes.cage.cage import LAYERS, LIMITS
from pipeline.processes.child import run
from pipeline.processes.deadline import Deadline
from pipeline.processes.python_module import ROOT

_WITHIN_S = 20.0
_TRIAL = "import sys; sys.path.append(sys.argv[1]); from pipeline.processes.cage.trial import main; main()"


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer.

    Attributes
    ----------
    name : str
        One of `pipeline.processes.cage.cage.LAYERS`.
    holds : bool
        Whether it does on this machine.
    why_not : str
        What the system says, empty where it holds.
    """

    name: str
    holds: bool
    why_not: str


@cache
def layers() -> tuple[Layer, ...]:
    """Return the layers, outermost first; asked once in the life of a process."""
    done = run([sys.executable, "-I", "-S", "-c", _TRIAL, str(ROOT)], deadline=Deadline.after(_WITHIN_S))
    try:
        found: dict[str, str] = json.loads(done.stdout)
    except ValueError:
        # The trial itself was refused (a filter around this process, say): then only what needs nobody is sure.
        found = dict.fromkeys(LAYERS, f"could not be tried: {done.exit}") | {LIMITS: ""}
    return tuple(Layer(name, not found[name], found[name]) for name in LAYERS)
