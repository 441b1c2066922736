"""Players that were worked through once: what the scripts make of a player, kept so that solving takes a moment.

Working a player of 2.4 MB through takes seconds, solving with what came of it a third of one. YouTube changes its
player every few days. The fetch process reads what it was given and leaves what is new in its folder; the parent, which
alone writes to the cache, takes it from there. Either side reads with suspicion: a file says which player it is of and
what its contents add up to, and whatever does not fit is not there. It is a script all the same, and run in the engine.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

MOST_KEPT = 8
_LARGEST_BYTES = 24_000_000
_NAME = re.compile(r"player-[0-9a-f]{32}\.js")
_HEADER_BYTES = 65  # a SHA-256 in hexadecimal, and the end of its line


@dataclass(frozen=True, slots=True)
class PlayerKey:
    """Which player it is, by which scripts.

    Attributes
    ----------
    player_url : str
        YouTube's address of it; its path holds the player's id.
    scripts_version : str
        Version of ``yt-dlp-ejs``.
    """

    player_url: str
    scripts_version: str

    @property
    def file_name(self) -> str:
        """The name under which it is kept."""
        text = f"{urlsplit(self.player_url).path}\n{self.scripts_version}"
        return f"player-{hashlib.sha256(text.encode()).hexdigest()[:32]}.js"


def read_player(folder: Path | None, key: PlayerKey) -> str | None:
    """Return what is kept of a player; None where there is nothing, or nothing that fits."""
    if folder is None:
        return None
    try:
        contents = _checked(folder / key.file_name)
    except (OSError, ValueError):
        return None
    return contents[_HEADER_BYTES:].decode()


def write_player(folder: Path, key: PlayerKey, script: str) -> None:
    """Leave a player in a folder, whole or not at all."""
    body = script.encode()
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".player-", delete=False) as file:
        file.write(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
    Path(file.name).replace(folder / key.file_name)


def take_over(left_in: Path, into: Path) -> None:
    """Move what a fetch has left into the cache, and let the oldest go."""
    for path in left_in.glob("player-*.js"):
        with suppress(OSError, ValueError):
            if _NAME.fullmatch(path.name):
                contents = _checked(path)
                into.mkdir(parents=True, exist_ok=True, mode=0o700)
                with tempfile.NamedTemporaryFile(dir=into, prefix=".player-", delete=False) as file:
                    file.write(contents)
                Path(file.name).replace(into / path.name)
    with suppress(OSError):
        _forget_oldest(into)


def _forget_oldest(folder: Path) -> None:
    by_age = sorted(folder.glob("player-*.js"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in by_age[MOST_KEPT:]:
        path.unlink(missing_ok=True)


def _checked(path: Path) -> bytes:
    """Read a file that is a regular one, of bearable size, and adds up.

    Raises
    ------
    OSError, ValueError
        It is not.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        contents = file.read(_LARGEST_BYTES + 1)
    if len(contents) > _LARGEST_BYTES:
        raise ValueError("too large for a player")
    header, body = contents[:_HEADER_BYTES], contents[_HEADER_BYTES:]
    if header != hashlib.sha256(body).hexdigest().encode() + b"\n":
        raise ValueError("not what was written")
    body.decode()
    return contents
