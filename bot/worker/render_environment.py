"""What a render process knows of the worker's environment."""

from __future__ import annotations

from pipeline.processes.environment import COMPUTING, child_environment

# Where its weights are and how exactly it computes; then the programs that it may be told to use instead of its own.
_PASSED = ("GANTERPRET_CACHE_DIR", "GANTERPRET_PRECISION", "CXX", "IMAGEIO_FFMPEG_EXE", "FFMPEG_BINARY", "MPLCONFIGDIR")


def render_environment() -> dict[str, str]:
    """Return all of a render process's environment."""
    return child_environment((*_PASSED, *COMPUTING))
