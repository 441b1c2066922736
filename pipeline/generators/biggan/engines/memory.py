"""Keeping memory between batches instead of giving it back to the system and asking for it again."""

from __future__ import annotations

import ctypes

KEPT_BYTES = 1 << 30

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3


def keep_freed_memory() -> None:
    """Tell glibc's allocator to hold on to as much freed memory as the maps of a batch take.

    By default it returns every large block at once, and the system hands it out again page by page, zeroed: a tenth
    of the engine's time. It concerns the whole process, which is why only a process that draws should ask for it.
    Other C libraries have no such setting, and are left alone.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    mallopt(_M_MMAP_THRESHOLD, KEPT_BYTES)
    mallopt(_M_TRIM_THRESHOLD, KEPT_BYTES)
