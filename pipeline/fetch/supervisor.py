"""Bring the sound behind a link here: a process of its own does it, and this one keeps watch.

The process can be killed at any moment, with all that it started, and its yt-dlp can be newer than ours. It is given
an empty folder, a clean environment, one request and a deadline; here the folder's size and the asker's change of mind
are looked at several times a second. What it hands back is checked before anybody sees it.
"""

from __future__ import annotations

import logging
import os
import selectors
import shutil
import signal
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.errors import ErrorCode, PipelineError
from pipeline.fetch.block_list import NOTHING, BlockList
from pipeline.fetch.cookies import TRY_WITH_COOKIES, CookiesError, of_site, read_cookies, write_for_fetch
from pipeline.fetch.gate import Gate, Proxy
from pipeline.fetch.guard import MEMORY_BYTES, OPEN_FILES, OVERHEAD_BYTES
from pipeline.fetch.hosts import AllowedHost
from pipeline.fetch.link import DIRECT, Link, parse_link
from pipeline.fetch.proof_tokens import TokenServer
from pipeline.fetch.protocol import FetchLimits, FetchRequest, Received, Remark, Underway, answer_from_line
from pipeline.fetch.solver.players import take_over
from pipeline.file_errors import writing
from pipeline.processes.cage.cage import Cage, python_reads
from pipeline.processes.child import PIPE, Child
from pipeline.processes.deadline import Deadline
from pipeline.processes.exit import Exit
from pipeline.processes.python_module import ROOT
from pipeline.sound import clean_title

__all__ = ["FetchInterrupted", "FetchLimits", "FetchedSound", "fetch"]

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 0.1
_GRACE_S = 0.5  # between a process's last word and its end
_LONGEST_ANSWER_BYTES = 1_000_000
_LONGEST_REMARK = 500
_SLACK_BYTES = 2**23
"""More than the limit may lie in the folder for a moment: a fragment, before it is appended to the rest."""

_SUFFIXES = frozenset(
    {".aac", ".aif", ".aiff", ".flac", ".m4a", ".mka", ".mkv", ".mov", ".mp3", ".mp4"}
    | {".oga", ".ogg", ".opus", ".wav", ".weba", ".webm"}
)
# Where certificates are, should the operator keep them elsewhere; everything else stays behind.
_KEPT_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
# Exactly these files of ours, and exactly that interpreter's yt-dlp: neither another installation of this project that
# the interpreter may have, nor a yt-dlp that lies beside our files, has a say.
_BOOT = """
import importlib.util, sys
init = sys.argv[1] + "/pipeline/__init__.py"
spec = importlib.util.spec_from_file_location("pipeline", init, submodule_search_locations=[sys.argv[1] + "/pipeline"])
sys.modules["pipeline"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sys.modules["pipeline"])
from pipeline.fetch.child import main
main()
"""
_ENDED_BY_CLOCK = frozenset({signal.SIGALRM, signal.SIGXCPU})


class FetchInterrupted(PipelineError):
    """Somebody killed the fetch process: nothing is known of the link, and the same fetch may well succeed."""


@dataclass(frozen=True, slots=True)
class FetchedSound:
    """A sound that was fetched.

    Attributes
    ----------
    path : Path
        The file; what is in it is not known yet (`pipeline.media.probe` looks).
    title : str or None
        Title of the piece, on one line, without control characters; still foreign text.
    canonical_url : str
        Where it came from, built anew.
    duration_s : float or None
        As the site says, where it says so.
    extractor : str
        yt-dlp's name of the site, or `pipeline.fetch.link.DIRECT`.
    source_id : str
        Identifies the piece within the site.
    section_s : tuple of float or None
        Begin and end of the part that the link means, where it means a part: the file holds all of it.
    """

    path: Path
    title: str | None
    canonical_url: str
    duration_s: float | None
    extractor: str
    source_id: str
    section_s: tuple[float, float] | None = None


def _never() -> bool:
    return False


def _ignore(_done_bytes: int, _total_bytes: int | None) -> None:
    pass


def fetch(
    link: Link | str,
    into: Path,
    *,
    limits: FetchLimits,
    allow_hosts: Iterable[str] = (),
    cancelled: Callable[[], bool] = _never,
    progress: Callable[[int, int | None], None] = _ignore,
    python: Path | None = None,
    players: Path | None = None,
    cookies: Path | None = None,
    token_server: str | None = None,
    proxy: str | None = None,
    blocked: BlockList | None = None,
) -> FetchedSound:
    """Fetch the sound behind a link.

    Parameters
    ----------
    link : Link or str
        A text is read by `pipeline.fetch.link.parse_link` first.
    into : Path
        An existing folder, which afterwards holds one more file, or is as it was.
    limits : FetchLimits
        How long, how much, how slowly.
    allow_hosts : iterable of str
        Hosts whose files may be downloaded directly: "media.example", "127.0.0.1:8080".
    cancelled : callable
        Asked about ten times a second; once it says True, the process is killed.
    progress : callable
        Told (bytes so far, bytes in all or None).
    python : Path, optional
        Interpreter of the environment whose yt-dlp is used; None means this one.
    players : Path, optional
        Folder where players of YouTube are kept that were worked through; None keeps none.
    cookies : Path, optional
        An operator's cookies (`pipeline.fetch.cookies`), tried where a site refuses without them.
    token_server : str, optional
        An operator's server of proofs of origin (`pipeline.fetch.proof_tokens`).
    proxy : str, optional
        An operator's proxy (`pipeline.fetch.gate.Proxy`), through which all of the fetch goes.
    blocked : BlockList, optional
        What is not fetched, and not handed over either where a short link or a page has led there.

    Raises
    ------
    PipelineError
        Any code about links, ``TOO_LONG``, ``FILE_TOO_LARGE``, ``FILE_EMPTY``, ``FETCH_TIMEOUT``, ``FETCH_FAILED`` with
        ``reason``, ``DISK_FULL``, ``OUTPUT_NOT_WRITABLE`` or ``CANCELLED``; docs/fetching.md lists them.
    FetchInterrupted
        A ``FETCH_FAILED`` that is nobody's refusal: the process was killed from outside.
    """
    allowed = tuple(allow_hosts)
    wanted = parse_link(link, allowed) if isinstance(link, str) else link
    interpreter = python or Path(sys.executable)
    unwanted = blocked or NOTHING
    unwanted.require(wanted)
    with ExitStack() as stack:
        gate = None if proxy is None else stack.enter_context(Gate(Proxy.parse(proxy), allowed))
        attempt = _Attempt(
            link=wanted,
            into=into,
            limits=limits,
            allow_hosts=allowed,
            cancelled=cancelled,
            progress=progress,
            python=interpreter,
            players=players,
            token_server=token_server,
            gate=gate,
            blocked=unwanted,
        )
        try:
            return attempt.make()
        except PipelineError as error:
            if error.code not in TRY_WITH_COOKIES or (own := _cookies_for(error, wanted, cookies)) is None:
                raise
        return attempt.make(own)


def _cookies_for(error: PipelineError, link: Link, cookies: Path | None) -> str | None:
    """Return the cookies of the site that has refused, where an operator has given any that can be used."""
    if cookies is None:
        return None
    try:
        return of_site(read_cookies(cookies), str(error.facts.get("site", link.site)))
    except CookiesError as unusable:
        log.warning("cookies are not used: %s", unusable)
        return None


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What one process is to do; see `fetch`."""

    link: Link
    into: Path
    limits: FetchLimits
    allow_hosts: tuple[str, ...]
    cancelled: Callable[[], bool]
    progress: Callable[[int, int | None], None]
    python: Path
    players: Path | None
    token_server: str | None
    gate: Gate | None
    blocked: BlockList

    def make(self, cookies: str | None = None) -> FetchedSound:
        """Fetch in a process of its own."""
        with _private_folder(self.into) as folder:
            request = self._request(folder, cookies)
            try:
                with _child(request, self.python, folder / "home") as child:
                    received = _await(child, request, self.cancelled, self.progress)
            except PipelineError as error:
                if self.gate is not None and self.gate.refused is not None:
                    raise PipelineError(ErrorCode.LINK_PRIVATE_ADDRESS, host=self.link.host) from error
                raise
            finally:
                if self.players is not None:
                    take_over(request.folder, self.players)
            made = _checked_file(request, received)
            came_from = _checked_link(request, received)
            self.blocked.require(came_from)
            with writing(self.into):
                path = self.into / f"{folder.name.strip('.')}{made.suffix if made.suffix in _SUFFIXES else '.sound'}"
                made.replace(path)
        return FetchedSound(
            path=path,
            title=clean_title(received.title),
            canonical_url=came_from.url,
            duration_s=received.duration_s,
            extractor=came_from.extractor or DIRECT,
            source_id=received.source_id[:200],
            section_s=received.section_s,
        )

    def _request(self, folder: Path, cookies: str | None) -> FetchRequest:
        """Lay out the process's folders, with the site's cookies where it gets any."""
        download = folder / "download"
        with writing(self.into):
            download.mkdir()
            (folder / "home").mkdir()
            own = None if cookies is None else write_for_fetch(cookies, download.resolve())
        return FetchRequest(
            link=self.link,
            folder=download.resolve(),
            limits=self.limits,
            allow_hosts=self.allow_hosts,
            players=self.players,
            cookies=own,
            token_server=self.token_server,
            gate=None if self.gate is None else self.gate.url,
        )


def command(python: Path) -> list[str]:
    """Return the command that starts the fetch process.

    ``-I`` keeps the interpreter from environment variables, the current folder and the user's own packages, ``-B``
    from writing compiled files.
    """
    return [str(python), "-I", "-B", "-c", _BOOT, str(ROOT)]


def environment(home: Path, inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the fetch process's environment: no secrets, no proxies, no way to other programs.

    Parameters
    ----------
    home : Path
        An empty folder, the home and temporary folder of the process.
    inherited : mapping
        This process's environment, of which next to nothing is passed on.
    """
    return {
        "HOME": str(home),
        "TMPDIR": str(home),
        "XDG_CONFIG_HOME": str(home),
        "XDG_CACHE_HOME": str(home),
        "PATH": os.devnull,
        "LANG": "C.UTF-8",
        "YTDLP_NO_PLUGINS": "1",
        **{name: inherited[name] for name in _KEPT_VARIABLES if name in inherited},
    }


@contextmanager
def _private_folder(into: Path) -> Iterator[Path]:
    """Give a folder on the same disk as the result, gone afterwards whatever happens."""
    with writing(into):
        folder = Path(tempfile.mkdtemp(prefix=".fetch-", dir=into))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _child(request: FetchRequest, python: Path, home: Path) -> Child:
    """Start the fetch process and hand it its request."""
    try:
        child = Child.start(
            command(python),
            deadline=Deadline.after(request.limits.timeout_s),
            stdin=PIPE,
            stdout=PIPE,
            folder=request.folder,
            environment=environment(home, os.environ),
            cage=_cage(request, python),
        )
    except OSError as error:
        reason = f"{python}: {os.strerror(error.errno) if error.errno else error.strerror}"
        raise PipelineError(ErrorCode.FETCH_FAILED, host=request.link.host, reason=reason) from error
    assert child.stdin is not None
    try:
        with suppress(BrokenPipeError):  # It ended already; the silence on its output says so, too.
            child.stdin.write(request.to_line().encode() + b"\n")
            child.stdin.flush()
    except BaseException:
        child.close()
        raise
    return child


def _cage(request: FetchRequest, python: Path) -> Cage:
    """Return what the fetch process may do: read itself, write into its folder, connect to the ports that it needs."""
    interpreter = python.absolute()
    own = {interpreter.parent.parent, interpreter.resolve().parent.parent}
    certificates = (Path(os.environ[name]) for name in _KEPT_VARIABLES if os.environ.get(name))
    players = () if request.players is None else (request.players,)
    return Cage(
        reads=(*python_reads(), *sorted(own), *certificates, *players),
        writes=(request.folder.parent,),
        network="open",
        ports=_ports(request),
        memory_bytes=MEMORY_BYTES,
        processor_s=request.limits.timeout_s + 5.0,
        file_bytes=request.limits.max_bytes + OVERHEAD_BYTES,
        open_files=OPEN_FILES,
    )


def _ports(request: FetchRequest) -> tuple[int, ...]:
    """Return the ports that a fetch may connect to; with a gate, the gate's alone."""
    servers = [TokenServer.parse(request.token_server).host.port] if request.token_server else []
    if request.gate is not None:
        return tuple(filter(None, (urlsplit(request.gate).port, *servers)))
    allowed = (AllowedHost.parse(entry).port for entry in request.allow_hosts)
    return tuple(sorted({80, 443, request.link.port, *filter(None, (*allowed, *servers))}))


def _await(
    child: Child,
    request: FetchRequest,
    cancelled: Callable[[], bool],
    progress: Callable[[int, int | None], None],
) -> Received:
    """Keep watch until the process has its answer."""
    for line in _lines(child):
        if cancelled():
            raise PipelineError(ErrorCode.CANCELLED)
        if _size_bytes(request.folder.parent) > request.limits.max_bytes + _SLACK_BYTES:
            raise PipelineError(ErrorCode.FILE_TOO_LARGE, limit_bytes=request.limits.max_bytes)
        if line is None:
            continue
        try:
            answer = answer_from_line(line)
        except ValueError as error:
            raise _broken(request, "an answer that is none") from error
        match answer:
            case Underway(done_bytes, total_bytes):
                progress(done_bytes, total_bytes)
            case Remark(text):
                log.warning("fetching from %s: %s", request.link.site, _one_line(text))
            case PipelineError():
                raise answer
            case Received():
                return answer
    try:
        ended = child.wait(_GRACE_S)
    except TimeoutError:
        raise _broken(request, "the fetch process fell silent") from None
    raise _end_without_answer(request, ended)


def _one_line(text: str) -> str:
    """Return foreign text as a line of a log: short, and without anything that would be more than a letter."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:_LONGEST_REMARK]


def _end_without_answer(request: FetchRequest, ended: Exit) -> PipelineError:
    """Return what to say of a process that is over and has answered nothing."""
    if ended.timed_out or ended.signal in _ENDED_BY_CLOCK:
        return _timeout(request)
    # Its last words may have foreign text and addresses in them: they go to the log, never to the asker.
    log.warning("a fetch process has ended without an answer (%s): %s", ended, ended.last_words.strip()[-2000:])
    if ended.interrupted:
        reason = f"the fetch process was killed by somebody ({ended})"
        return FetchInterrupted(ErrorCode.FETCH_FAILED, host=request.link.host, reason=reason)
    return _broken(request, f"the fetch process ended with {ended}")


def _lines(child: Child) -> Iterator[str | None]:
    """Yield the lines that a process writes, and None several times a second while it writes none."""
    assert child.stdout is not None
    descriptor = child.stdout.fileno()
    rest = b""
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while len(rest) <= _LONGEST_ANSWER_BYTES:
            if not selector.select(_LOOK_EVERY_S):
                yield None
                continue
            block = os.read(descriptor, 65_536)
            if not block:
                return
            *lines, rest = (rest + block).split(b"\n")
            yield from (line.decode("utf-8", "replace") for line in lines)


def _size_bytes(folder: Path) -> int:
    """Return what lies in a folder and below; files that vanish meanwhile count as nothing."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += (Path(parent) / name).lstat().st_size
    return total


def _checked_file(request: FetchRequest, received: Received) -> Path:
    """Return the file that the process speaks of, if it is one, lies where it should, and is neither empty nor huge."""
    if Path(received.file_name).name != received.file_name:
        raise _broken(request, "a file outside its folder")
    path = request.folder / received.file_name
    try:
        status = path.lstat()
    except OSError as error:
        raise _broken(request, "no file") from error
    if not stat.S_ISREG(status.st_mode):
        raise _broken(request, "something that is not a file")
    if status.st_size == 0:
        raise PipelineError(ErrorCode.FILE_EMPTY)
    if status.st_size > request.limits.max_bytes:
        raise PipelineError(ErrorCode.FILE_TOO_LARGE, limit_bytes=request.limits.max_bytes)
    return path


def _checked_link(request: FetchRequest, received: Received) -> Link:
    """Return the link that the process says it has fetched, if it is one that it may have fetched."""
    try:
        link = parse_link(received.url, request.allow_hosts)
    except PipelineError as error:
        raise _broken(request, "a link that is none") from error
    if link.url != received.url:
        raise _broken(request, "a link that is not built anew")
    return link


def _timeout(request: FetchRequest) -> PipelineError:
    return PipelineError(ErrorCode.FETCH_TIMEOUT, limit_s=request.limits.timeout_s, host=request.link.host)


def _broken(request: FetchRequest, reason: str) -> PipelineError:
    return PipelineError(ErrorCode.FETCH_FAILED, host=request.link.host, reason=reason)
