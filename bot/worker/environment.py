"""What a worker and its render process know of the environment of whoever starts them: no chat's token among it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from pipeline.processes.environment import COMPUTING, child_environment

_RENDER_SETTINGS = frozenset({"cache_dir", "precision"})
WORKER_SETTINGS = _RENDER_SETTINGS | {
    "home",
    "database_url",
    "max_duration_s",
    "max_input_bytes",
    "max_source_s",
    "fetch_allow_hosts",
    "fetch_block",
    "fetch_cookies",
    "fetch_python",
    "fetch_proxy",
    "fetch_token_server",
    "fetch_timeout_s",
    "user_clips_per_day",
    "user_work_s_per_day",
    "chat_clips_per_day",
    "chat_work_s_per_day",
    "open_requests_per_user",
    "model",
    "worker_slots",
    "worker_lease_s",
    "render_timeout_s",
}
"""Names of `bot.settings.Settings` that a worker is to be told."""
_AS_CALLED_BEFORE = frozenset({"user_seconds_per_day", "chat_seconds_per_day"})

# Programs that a machine's operator may want used instead of ours, and where Matplotlib keeps its fonts.
_PROGRAMS = ("CXX", "IMAGEIO_FFMPEG_EXE", "FFMPEG_BINARY", "MPLCONFIGDIR")


def worker_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return all of a worker's environment.

    Parameters
    ----------
    extra : mapping of str to str, optional
        What it is told besides, or instead.
    """
    return child_environment((*_variables(WORKER_SETTINGS | _AS_CALLED_BEFORE), *_PROGRAMS, *COMPUTING), extra=extra)


def render_environment() -> dict[str, str]:
    """Return all of a render process's environment."""
    return child_environment((*_variables(_RENDER_SETTINGS), *_PROGRAMS, *COMPUTING))


def _variables(settings: Iterable[str]) -> list[str]:
    """Return the variables that are set for some settings, which may be written in small letters."""
    wanted = {f"GANTERPRET_{name}".upper() for name in settings}
    return [name for name in os.environ if name.upper() in wanted]
