"""Whether everything that the bot needs is there, and what to do where it is not."""

from __future__ import annotations

import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path

import imageio_ffmpeg

from bot.app.home import shut_to_others
from bot.settings import Settings, renamed_settings
from pipeline.fetch.cookies import CookiesError, read_cookies
from pipeline.fetch.gate import Proxy
from pipeline.fetch.proof_tokens import TokenServer
from pipeline.generators.biggan import names
from pipeline.generators.biggan.weights import download
from pipeline.processes.child import run
from pipeline.processes.deadline import Deadline
from pipeline.processes.layers import layers
from storage.database.migrate import is_current

ROOM_WANTED_BYTES = 2_000_000_000
"""Sounds, clips and frames in flight of a few requests; less than this and a clip may not be written."""

ANSWERS_WITHIN_S = 30.0

# Asked of the interpreter that fetches, which may be another one than ours.
_SOLVER_PARTS = """
from importlib.util import find_spec
for module, package in (("quickjs", "quickjs-ng"), ("yt_dlp_ejs", "yt-dlp-ejs")):
    if find_spec(module) is None:
        print(package)
"""


class Health(StrEnum):
    """How a part is."""

    GOOD = "good"
    LIMITED = "limited"  # works, but not with everything
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One part: how it is, and what to do about it (None where nothing needs doing)."""

    part: str
    health: Health
    detail: str
    advice: str | None = None


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at each part in turn; a part that cannot be looked at is a finding, too."""
    checks: tuple[Callable[[Settings], Finding], ...] = (
        _ffmpeg,
        _cage,
        _database,
        _disk,
        _home,
        _settings,
        _model_cache,
        _accelerator,
        _fetcher,
        _solver,
        _cookies,
        _token_server,
        _proxy,
        _chats,
    )
    for check in checks:
        try:
            yield check(settings)
        except Exception as error:
            yield Finding(check.__name__.strip("_").replace("_", " "), Health.BAD, f"{type(error).__name__}: {error}")


def _ffmpeg(_settings: Settings) -> Finding:
    program = imageio_ffmpeg.get_ffmpeg_exe()
    printed = run([program, "-hide_banner", "-encoders"], deadline=Deadline.after(ANSWERS_WITHIN_S))
    if not printed.exit.ok:
        return Finding("ffmpeg", Health.BAD, f"{program}: {printed.exit}", "Reinstall imageio-ffmpeg.")
    if not all(encoder in printed.stdout for encoder in (b"libx264", b" aac ")):
        return Finding("ffmpeg", Health.BAD, program, "It lacks libx264 or aac: reinstall imageio-ffmpeg.")
    return Finding("ffmpeg", Health.GOOD, f"{imageio_ffmpeg.get_ffmpeg_version()} with libx264 and aac")


def _cage(_settings: Settings) -> Finding:
    """Say which layers hold ffmpeg when it opens strangers' files."""
    found = layers()
    missing = [f"{layer.name} ({layer.why_not})" for layer in found if not layer.holds]
    holding = ", ".join(layer.name for layer in found if layer.holds)
    if not missing:
        return Finding("cage", Health.GOOD, holding)
    return Finding("cage", Health.LIMITED, holding, f"This system lacks {'; '.join(missing)}. The other layers hold.")


def _database(settings: Settings) -> Finding:
    if settings.database.startswith("sqlite:///") and not settings.home.exists():
        return Finding("database", Health.LIMITED, "not made yet", "Run: ganterpret db upgrade")
    if is_current(settings.database):
        return Finding("database", Health.GOOD, settings.database)
    return Finding("database", Health.LIMITED, f"{settings.database} is not current", "Run: ganterpret db upgrade")


def _disk(settings: Settings) -> Finding:
    folder = next(parent for parent in (settings.home, *settings.home.parents) if parent.exists())
    free_bytes = shutil.disk_usage(folder).free
    detail = f"{free_bytes / 1e9:.1f} GB free at {settings.home}"
    if free_bytes < ROOM_WANTED_BYTES:
        return Finding("disk", Health.BAD, detail, "Make room, or set GANTERPRET_HOME to a larger disk.")
    return Finding("disk", Health.GOOD, detail)


def _home(settings: Settings) -> Finding:
    if shut_to_others(settings):
        return Finding("home", Health.GOOD, f"{settings.home}, for its owner alone")
    advice = f"Start the bot or a worker, which shuts it, or: chmod -R go= {settings.home}"
    return Finding("home", Health.LIMITED, f"others can look into {settings.home}", advice)


def _settings(_of_now: Settings) -> Finding:
    renamed = renamed_settings()
    if not renamed:
        return Finding("settings", Health.GOOD, "called by their names")
    names = "; ".join(f"{old} is called {new} now, and counts seconds of work" for old, new in renamed.items())
    return Finding("settings", Health.LIMITED, names, "Rename them; until then they are read all the same.")


def _model_cache(settings: Settings) -> Finding:
    cached = [name for name in names.MODELS if download.is_cached(name, settings.cache_dir)]
    if cached:
        return Finding("model cache", Health.GOOD, ", ".join(cached))
    return Finding(
        "model cache",
        Health.LIMITED,
        f"no BigGAN weights in {settings.cache_dir}; pictures are drawn by sketch",
        "To download them: ganterpret render … --model biggan-deep-256",
    )


def _accelerator(settings: Settings) -> Finding:
    # torch takes seconds to import, and only this check needs it.
    from pipeline.generators.biggan.engines.hardware import describe

    return Finding("accelerator", Health.GOOD, describe(settings.cache_dir))


def _fetcher(settings: Settings) -> Finding:
    if settings.fetch_python is not None:
        return Finding("yt-dlp", Health.GOOD, f"run by {settings.fetch_python}")
    version = metadata.version("yt-dlp")
    return Finding("yt-dlp", Health.GOOD, f"{version}; if links stop working: pip install --upgrade yt-dlp")


def _solver(settings: Settings) -> Finding:
    """Say whether YouTube's challenge can be solved by whoever runs yt-dlp."""
    python = settings.fetch_python or Path(sys.executable)
    asked = run([str(python), "-I", "-B", "-c", _SOLVER_PARTS], deadline=Deadline.after(ANSWERS_WITHIN_S))
    missing = asked.stdout.decode(errors="replace").split()
    if not asked.exit.ok:
        return Finding("YouTube's challenge", Health.BAD, f"{python}: {asked.exit}")
    if missing:
        advice = f"YouTube may hand out nothing. Run: {python} -m pip install {' '.join(missing)}"
        return Finding("YouTube's challenge", Health.LIMITED, f"not solved: {' and '.join(missing)} missing", advice)
    return Finding("YouTube's challenge", Health.GOOD, "solved in the fetch process")


def _cookies(settings: Settings) -> Finding:
    """Say whether an operator's cookies can be used, and nothing of what they are."""
    if settings.fetch_cookies is None:
        return Finding("cookies", Health.GOOD, "none, and none are needed unless a site suspects this machine")
    try:
        read_cookies(settings.fetch_cookies)
    except CookiesError as error:
        return Finding("cookies", Health.BAD, str(error), "Export them anew in Netscape's format, and chmod 600.")
    return Finding("cookies", Health.GOOD, f"{settings.fetch_cookies}, used where a site refuses without them")


def _token_server(settings: Settings) -> Finding:
    """Say whether the operator's server of proofs of origin answers."""
    if settings.fetch_token_server is None:
        return Finding("token server", Health.GOOD, "none, and none is needed unless YouTube suspects this machine")
    server = TokenServer.parse(settings.fetch_token_server).host
    return _listening("token server", settings.fetch_token_server, server.host, server.port or 0)


def _proxy(settings: Settings) -> Finding:
    """Say whether the operator's proxy answers, without its password."""
    if settings.fetch_proxy is None:
        return Finding("proxy", Health.GOOD, "none")
    proxy = Proxy.parse(settings.fetch_proxy.get_secret_value())
    return _listening("proxy", f"{proxy.scheme}://{proxy.host}:{proxy.port}", proxy.host, proxy.port)


def _listening(part: str, shown: str, host: str, port: int) -> Finding:
    try:
        socket.create_connection((host, port), timeout=5.0).close()
    except OSError as error:
        return Finding(part, Health.BAD, f"{shown}: {error.strerror or error}", "Start it, or take it out.")
    return Finding(part, Health.GOOD, f"{shown} is there")


def _chats(settings: Settings) -> Finding:
    tokens = {"Discord": settings.discord_token, "Telegram": settings.telegram_token}
    have = [chat for chat, token in tokens.items() if token]
    if have:
        return Finding("chats", Health.GOOD, " and ".join(have))
    return Finding(
        "chats", Health.LIMITED, "no token", "Set GANTERPRET_DISCORD_TOKEN or GANTERPRET_TELEGRAM_TOKEN (see README)."
    )
