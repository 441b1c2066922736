"""A piece from a site, with yt-dlp: one extractor, no configuration, no plug-ins but our solver, no other programs.

This is the only file that knows yt-dlp's options; what its errors mean is in `pipeline.fetch.site_errors`.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from pipeline.errors import ErrorCode, PipelineError
from pipeline.fetch import proof_tokens
from pipeline.fetch.guard import Guard
from pipeline.fetch.link import Link, parse_link
from pipeline.fetch.proof_tokens import TokenServer
from pipeline.fetch.protocol import FetchRequest, Received, Remark, Underway
from pipeline.fetch.site_errors import code_of
from pipeline.fetch.sites import youtube
from pipeline.fetch.sites.listed import SITES
from pipeline.fetch.solver import provider

_OUTPUT = "sound.%(ext)s"
_UNFINISHED = frozenset({".part", ".ytdl", ".temp"})
_LIVE = frozenset({"is_live", "is_upcoming", "post_live"})
_REASON_LETTERS = 300
_REMARK_LETTERS = 600
_MOST_REMARKS = 20


def options(
    link: Link,
    folder: Path,
    *,
    max_bytes: int,
    cookies: Path | None = None,
    gate: str | None = None,
    refuse: Callable[..., str | None] | None = None,
    on_progress: Callable[[dict[str, Any]], None] | None = None,
    logger: object | None = None,
) -> dict[str, Any]:
    """Return the options of `yt_dlp.YoutubeDL`, with everything off that a single sound does not need.

    Parameters
    ----------
    link : Link
        A link to one of our sites.
    folder : Path
        Empty; nothing is written elsewhere.
    max_bytes : int
        The largest file.
    cookies : Path, optional
        The site's cookies; yt-dlp writes them back, so they lie in the folder.
    gate : str, optional
        The one way out.
    refuse : callable
        yt-dlp's ``match_filter``: asked before anything is downloaded.
    on_progress : callable
        yt-dlp's progress hook.
    logger : object
        With methods ``debug``, ``info``, ``warning`` and ``error``.
    """
    site = next(site for site in SITES if link.extractor in (site.extractor, *site.more_extractors))
    names = dict.fromkeys((site.more_extractors.get(link.extractor, site.extractor_name), site.extractor_name))
    return {
        # what may run
        "allowed_extractors": [re.escape(name) for name in names],
        "js_runtimes": {},  # no deno, node, bun, quickjs as programs: what solves is `pipeline.fetch.solver`
        "remote_components": [],  # no code from elsewhere
        "external_downloader": {"default": "native"},
        "postprocessors": [],
        "fixup": "never",
        "cachedir": False,
        "enable_file_urls": False,
        "proxy": gate
        or "",  # none but ours, not even one from the environment: it would look names up out of our sight
        # who it says it is
        "usenetrc": False,
        "netrc_cmd": None,
        "cookiefile": None if cookies is None else str(cookies),
        "cookiesfrombrowser": None,
        "geo_bypass": False,
        # what it takes
        "noplaylist": True,
        "extract_flat": "in_playlist",  # a playlist is seen for what it is, and none of its pieces is opened
        "playlist_items": "1",
        "match_filter": refuse,
        "format": sound_format(max_bytes),
        "max_filesize": max_bytes,
        "live_from_start": False,
        "wait_for_video": None,
        "check_formats": False,
        # how it takes it
        "socket_timeout": 15,
        "retries": 2,
        "fragment_retries": 2,
        "extractor_retries": 1,
        "file_access_retries": 0,
        "concurrent_fragment_downloads": 1,
        "continuedl": False,
        "updatetime": False,
        # where it goes
        "paths": {"home": str(folder)},
        "outtmpl": {"default": _OUTPUT},
        "overwrites": True,
        # what it says
        "quiet": True,
        "noprogress": True,
        "no_warnings": True,
        "color": "never",
        "logger": logger,
        "progress_hooks": [on_progress] if on_progress else [],
    }


def sound_format(max_bytes: int) -> str:
    """Return yt-dlp's format choice: sound alone where there is any, else the smallest picture beside it."""
    fits = f"[filesize<?{max_bytes}][filesize_approx<?{max_bytes}]"
    return f"bestaudio{fits}/worstaudio/best[height<=?480]{fits}/worst"


def extract(request: FetchRequest, guard: Guard, tell: Callable[[Underway | Remark], None]) -> Received | Link:
    """Fetch one piece of a site, or find out which other piece it shows.

    Parameters
    ----------
    request : FetchRequest
        Its link has an extractor.
    guard : Guard
        Installed; asked afterwards whether it had to step in.
    tell : callable
        Called as bytes arrive, and with what yt-dlp remarks.

    Raises
    ------
    PipelineError
        ``TOO_LONG``, ``LINK_IS_LIVE`` and ``LINK_IS_PLAYLIST`` before anything is downloaded; else what `code_of`
        makes of yt-dlp's error.
    """
    link = request.link
    yt_dlp = _import_yt_dlp()
    log = _Log(tell)
    why_no_solver = _install_providers(request, guard, log) if link.site == youtube.SITE.name else None
    give_up = partial(_give_up, guard=guard, max_bytes=request.limits.max_bytes, has_solver=why_no_solver is None)

    def refuse(info: dict[str, Any], *, incomplete: bool = False) -> None:  # noqa: ARG001 - yt-dlp names it
        _refuse(info, link, request.limits.max_duration_s)

    def on_progress(news: dict[str, Any]) -> None:
        total = news.get("total_bytes") or news.get("total_bytes_estimate")
        tell(Underway(int(news.get("downloaded_bytes") or 0), int(total) if total else None))

    parameters = options(
        link,
        request.folder,
        max_bytes=request.limits.max_bytes,
        cookies=request.cookies,
        gate=request.gate,
        refuse=refuse,
        on_progress=on_progress,
        logger=log,
    )
    try:
        with yt_dlp.YoutubeDL(parameters) as downloader:
            found = downloader.extract_info(link.url, download=False, process=False, ie_key=link.extractor)
            section_s = _section_s(found)
            if section_s is not None:  # a part of another piece, which is fetched whole: cutting is not for here
                link = _piece_of(found["url"])
                found = downloader.extract_info(link.url, download=False, process=False, ie_key=link.extractor)
            if (shown := _shown_piece(found, link)) is not None:
                return shown
            _refuse(found, link, request.limits.max_duration_s)
            info = downloader.process_ie_result(found, download=True)
    except yt_dlp.utils.YoutubeDLError as error:
        give_up(str(error), link, cause=error)
    _refuse(info, link, request.limits.max_duration_s)
    file = _finished_file(request.folder)
    if file is None:  # yt-dlp leaves some downloads off without an error
        give_up(log.last or "nothing was downloaded", link)
    return Received(
        file_name=file.name,
        title=info.get("title") or None,
        duration_s=info.get("duration"),
        source_id=str(info.get("id") or link.source_id),
        url=link.url,
        section_s=section_s,
    )


def _section_s(info: Mapping[str, Any] | None) -> tuple[float, float] | None:
    """Return which part of another piece somebody has cut out, as YouTube's clips are; None where it is none."""
    if not info or info.get("_type") != "url_transparent":
        return None
    start_s, end_s = info.get("section_start"), info.get("section_end")
    return (float(start_s), float(end_s)) if start_s is not None and end_s is not None else None


def _shown_piece(info: Mapping[str, Any] | None, link: Link) -> Link | None:
    """Return the other piece, of a site that we know, which a page only shows; None where it shows none such."""
    if not info or info.get("_type") not in {"url", "url_transparent"}:
        return None
    try:
        shown = _piece_of(str(info.get("url")))
    except PipelineError:  # yt-dlp knows forms that nobody pastes; no other extractor than the loaded one takes them
        return None
    return None if shown.url == link.url else shown


def _piece_of(url: str) -> Link:
    """Read a link that a site's answer holds like one that was sent."""
    link = parse_link(url)
    if link.road != "extractor":
        raise PipelineError(ErrorCode.LINK_UNSUPPORTED, site=link.site)
    return link


def _import_yt_dlp() -> Any:
    """Import yt-dlp without what would go past the guard, and without plug-ins from anywhere."""
    # They bring their own sockets, or none that an audit hook sees.
    for bypass in ("curl_cffi", "websockets"):
        sys.modules[bypass] = None  # type: ignore[assignment]
    os.environ["YTDLP_NO_PLUGINS"] = "1"
    try:
        import yt_dlp
        from yt_dlp.globals import plugin_dirs
    except ImportError as error:
        raise PipelineError(ErrorCode.FETCH_FAILED, reason=f"yt-dlp cannot be imported: {error}") from error
    plugin_dirs.value = []
    return yt_dlp


def _install_providers(request: FetchRequest, guard: Guard, log: _Log) -> str | None:
    """Give yt-dlp our solver and the operator's token server, and return why not where there is no solver."""
    why_no_solver = provider.install(kept_in=request.players, new_into=request.folder)
    if why_no_solver is not None:
        log.warning(f"YouTube's challenge cannot be solved: {why_no_solver}")
    if request.token_server is not None:
        why_no_tokens = proof_tokens.install(TokenServer.parse(request.token_server), guard)
        if why_no_tokens is not None:
            log.warning(f"no proofs of origin: {why_no_tokens}")
    return why_no_solver


def _refuse(info: Mapping[str, Any] | None, link: Link, max_duration_s: float) -> None:
    """Refuse what is no single recording of bearable length, as far as it is known by now."""
    if not info:
        raise PipelineError(ErrorCode.LINK_UNSUPPORTED, site=link.site)
    if info.get("_type") in {"playlist", "multi_video"}:
        raise PipelineError(ErrorCode.LINK_IS_PLAYLIST, site=link.site)
    if info.get("is_live") or info.get("live_status") in _LIVE:
        raise PipelineError(ErrorCode.LINK_IS_LIVE, site=link.site)
    duration_s = info.get("duration")
    if duration_s and duration_s > max_duration_s:
        raise PipelineError(ErrorCode.TOO_LONG, limit_s=max_duration_s, duration_s=float(duration_s))


def _give_up(
    message: str,
    link: Link,
    *,
    guard: Guard,
    max_bytes: int,
    has_solver: bool,
    cause: BaseException | None = None,
) -> NoReturn:
    """Raise what an error text means, with the facts that its sentence needs."""
    if guard.refused_address:
        raise PipelineError(ErrorCode.LINK_PRIVATE_ADDRESS, host=link.host) from cause
    code = code_of(message, cause, site=link.site, has_solver=has_solver)
    if code is ErrorCode.FILE_TOO_LARGE:
        raise PipelineError(code, limit_bytes=max_bytes) from cause
    reason = message.removeprefix("ERROR: ")[:_REASON_LETTERS]
    raise PipelineError(code, site=link.site, host=link.host, reason=reason) from cause


def _finished_file(folder: Path) -> Path | None:
    """Return the one file that was written."""
    files = [path for path in _files(folder) if path.suffix not in _UNFINISHED]
    return files[0] if len(files) == 1 else None


def _files(folder: Path) -> Iterator[Path]:
    with contextlib.suppress(FileNotFoundError):
        yield from (path for path in folder.iterdir() if path.name.startswith("sound."))


class _Log:
    """Passes on what yt-dlp remarks (missing formats, tokens, what is deprecated), and keeps its last words."""

    def __init__(self, tell: Callable[[Remark], None]) -> None:
        self.last = ""
        self._tell = tell
        self._told = 0

    def debug(self, message: str) -> None:
        if "larger than max-filesize" in message:
            self.last = message

    def info(self, message: str) -> None:
        """Nothing that anybody needs."""

    def warning(self, message: str) -> None:
        self._told += 1
        if self._told <= _MOST_REMARKS:
            self._tell(Remark(message[:_REMARK_LETTERS]))

    def error(self, message: str) -> None:
        self.last = message
