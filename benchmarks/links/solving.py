"""YouTube's challenge: as which clients yt-dlp asks, and how long a player of usual size takes, new and kept."""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.links.made_up_player import PLAYER_URL, player, solved_n
from pipeline.fetch.link import parse_link
from pipeline.fetch.solver import provider
from pipeline.fetch.solver.engine import EngineLimits, is_installed
from pipeline.fetch.solver.scripts import ScriptsError, load_scripts
from pipeline.fetch.ytdlp import options

URL = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
FUNCTIONS = 15_000


def clients(folder: Path) -> tuple[str, ...]:
    """Return as which clients the installed yt-dlp would ask YouTube, in this process as it is."""
    import yt_dlp

    with yt_dlp.YoutubeDL(options(parse_link(URL), folder, max_bytes=1, logger=_Silent())) as downloader:
        extractor: Any = downloader.get_info_extractor("Youtube")
        extractor.initialize()
        return tuple(extractor._get_requested_clients(URL, {}, False))


def report() -> str:
    """Return clients and times."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = [f"clients asked without a solver: {', '.join(clients(folder))}"]
        why_not = provider.install(kept_in=None, new_into=folder)
        if why_not is not None:
            return "\n".join([*lines, f"no solver here: {why_not}"])
        lines.append(f"clients asked with the solver: {', '.join(clients(folder))}")
        lines += _times(folder)
    return "\n".join(lines)


def _times(folder: Path) -> list[str]:
    if not is_installed():
        return []
    try:
        scripts = load_scripts()
    except ScriptsError:
        return []
    solver = provider.Solver(scripts, EngineLimits(), folder, folder)
    code = player(functions=FUNCTIONS)
    asked = [{"type": "n", "challenges": ["abc", "x_-9"]}]
    new_s, new = _timed(lambda: solver.solve(PLAYER_URL, code, asked, is_kept=False))
    kept = solver.kept(PLAYER_URL) or ""
    kept_s, again = _timed(lambda: solver.solve(PLAYER_URL, kept, asked, is_kept=True))
    right = new == again == [{"type": "result", "data": {each: solved_n(each) for each in ("abc", "x_-9")}}]
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size_mb = len(code) / 1e6
    return [
        f"a made-up player of {size_mb:.1f} MB: {'solved right' if right else 'SOLVED WRONG'}, {new_s:.1f} s new, "
        f"{kept_s:.2f} s kept, peak of this process {peak_mb:.0f} MB"
    ]


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    begin_s = time.perf_counter()
    result = work()
    return time.perf_counter() - begin_s, result


class _Silent:
    def debug(self, message: str) -> None:
        """Say nothing."""

    info = warning = error = debug
