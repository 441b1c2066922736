"""Limits on memory, processor, files: the layer that every system has."""

from __future__ import annotations

import resource

TYPE_CHECKING = False  # see `pipeline.processes.guardian`
if TYPE_CHECKING:
    from typing import Any

_GRACE_S = 2  # between the signal that may be caught and the one that may not


def limit(cage: dict[str, Any]) -> None:
    """Set the limits of this process and of what it becomes."""
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, cage["file_bytes"])
    _limit(resource.RLIMIT_NOFILE, cage["open_files"])
    if cage["memory_bytes"] is not None:
        _limit(resource.RLIMIT_AS, cage["memory_bytes"])
    if cage["processor_s"] is not None:
        _limit(resource.RLIMIT_CPU, cage["processor_s"], cage["processor_s"] + _GRACE_S)
    if hasattr(resource, "RLIMIT_MSGQUEUE"):
        _limit(resource.RLIMIT_MSGQUEUE, 0)


def _limit(what: int, soft: int, hard: int | None = None) -> None:
    """Lower a limit; one that is lower already stays."""
    _, present = resource.getrlimit(what)
    wanted = soft if hard is None else hard
    most = wanted if present == resource.RLIM_INFINITY else min(wanted, present)
    resource.setrlimit(what, (min(soft, most), most))
