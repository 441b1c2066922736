"""What the fetch process may not do, whatever the libraries in it are talked into.

Set once, before any of them is imported. The operating system limits sizes and times; an audit hook (PEP 578) sees
every connection at the moment it is made, with the address that the name was resolved to, so that no redirect, no
second look-up of a name and no page's contents leads into a private network. It is no sandbox for hostile Python code,
of which there is none here; it keeps honest code from being used as a bridge.
"""

from __future__ import annotations

import math
import os
import resource
import signal
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pipeline.fetch.hosts import AllowedHost, address_of, canonical_host, is_allowed, is_forbidden, is_public
from pipeline.fetch.protocol import FetchLimits

_WEB_PORTS = frozenset({80, 443})
_STARTS_A_PROGRAM = frozenset(
    {"subprocess.Popen", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "pty.spawn"}
)
_OTHER_TRAFFIC = frozenset({"socket.bind", "socket.sendto", "socket.sendmsg"})
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
MEMORY_BYTES = 4 * 2**30
OPEN_FILES = 256
OVERHEAD_BYTES = 2**24
"""Room for what is written besides the sound: a site's page, a fragment before it is appended."""


class Refused(PermissionError):
    """The guard does not let this happen."""


class Guard:
    """Watches what the process does.

    Parameters
    ----------
    folder : Path
        The one place that may be written to.
    allow_hosts : iterable of AllowedHost
        Connected to wherever they lie; an address literal among them at once, a name once it was `pin`-ned.
    only_pinned : bool
        Nothing else is connected to: there is a gate that judges, and it alone leads out.

    Attributes
    ----------
    refused_address : str or None
        The last private address that something tried to connect to.
    """

    def __init__(self, folder: Path, allow_hosts: Iterable[AllowedHost], *, only_pinned: bool = False) -> None:
        self.refused_address: str | None = None
        self._folder = folder.resolve()
        self._allow_hosts = tuple(allow_hosts)
        self._only_pinned = only_pinned
        self._pinned: set[tuple[str, int]] = set()

    def install(self) -> None:
        """Watch from now on, until the process ends: an audit hook cannot be taken off."""
        sys.addaudithook(self._on_event)

    def pin(self, address: str, port: int) -> None:
        """Let an allowed host's name be connected to at the address that it was resolved to."""
        self._pinned.add((canonical_host(address), port))

    def check_address(self, host: str, port: int) -> None:
        """Refuse an address that the process may not connect to.

        Raises
        ------
        Refused
            It is private and on no allow-list; or it is no address.
        """
        try:
            canonical = canonical_host(host.partition("%")[0])
        except ValueError:
            canonical = ""
        address = address_of(canonical)
        if address is None:  # A name would be looked up again behind our back.
            raise Refused("connections are made to addresses only")
        pinned = (canonical, port) in self._pinned
        if self._only_pinned and not pinned:
            raise Refused("there is one way out, and this is another")
        trusted = pinned or is_allowed(canonical, port, self._allow_hosts)
        if is_forbidden(address) or not (trusted or is_public(address)):
            self.refused_address = canonical
            raise Refused(f"{canonical} is not on the public internet")
        if not trusted and port not in _WEB_PORTS:
            raise Refused(f"port {port} is not one of the web")

    def _on_event(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect":
            target = arguments[1]
            if not (isinstance(target, tuple) and len(target) >= 2 and isinstance(target[0], str)):
                raise Refused("connections are made over the internet protocol only")
            self.check_address(target[0], int(target[1]))
        elif event == "open":
            self._check_open(*arguments)
        elif event in _STARTS_A_PROGRAM or event in _OTHER_TRAFFIC:
            raise Refused(f"{event} is not for a fetch")

    def _check_open(self, path: object, _mode: object, flags: object) -> None:
        writes = isinstance(flags, int) and flags & _WRITES
        if not writes or not isinstance(path, str | bytes) or path == os.devnull:
            return
        real = Path(os.path.realpath(os.fsdecode(path)))
        if not real.is_relative_to(self._folder):
            raise Refused("files are written in the fetch's own folder only")


def limit_resources(limits: FetchLimits) -> None:
    """Let the operating system end what gets out of hand, should the parent not be there to do it."""
    seconds = math.ceil(limits.timeout_s) + 5
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, limits.max_bytes + OVERHEAD_BYTES)
    _limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    _limit(resource.RLIMIT_CPU, seconds)
    _limit(resource.RLIMIT_AS, MEMORY_BYTES)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(seconds)


def _limit(what: int, amount: int) -> None:
    _, hard = resource.getrlimit(what)
    value = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
    resource.setrlimit(what, (value, value))
