"""An operator's cookies: of one site at a time, out of a file that nobody else can read.

The file is Netscape's, as browsers' extensions export it. A fetch gets a copy with nothing but the cookies of the site
that it asks, in a folder that is gone afterwards. Neither names nor values are ever part of an error or a log.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from pipeline.errors import ErrorCode

TRY_WITH_COOKIES = frozenset(
    {ErrorCode.LINK_AGE_RESTRICTED, ErrorCode.LINK_NEEDS_SIGN_IN, ErrorCode.LINK_PAID, ErrorCode.LINK_TURNED_AWAY}
)
"""What cookies may help against: everything is tried without them first, for an account that fetches may be closed."""

_LARGEST_BYTES = 1_000_000
_HEADER = "# Netscape HTTP Cookie File\n"
_FIELDS = 7
_HTTP_ONLY = "#HttpOnly_"

# Where the cookies of a site's account lie, where that is another domain than its pieces'.
_DOMAINS = {
    "YouTube": ("youtube.com", "google.com"),
    "SoundCloud": ("soundcloud.com",),
    "Vimeo": ("vimeo.com",),
    "Twitch": ("twitch.tv",),
    "Reddit": ("reddit.com",),
    "Mixcloud": ("mixcloud.com",),
    "Bandcamp": ("bandcamp.com",),
    "Internet Archive": ("archive.org",),
}


class CookiesError(ValueError):
    """The file cannot be used; the message says why, and nothing of its contents."""


def read_cookies(path: Path) -> str:
    """Read an operator's file.

    Raises
    ------
    CookiesError
        It is missing, not a regular file, too large, no such file, or others may read it.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        raise CookiesError(f"{path}: {error.strerror}") from None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise CookiesError(f"{path}: not a regular file")
    with os.fdopen(descriptor, "rb") as file:
        if status.st_mode & 0o077:
            raise CookiesError(f"{path}: others may read it; chmod 600 {path}")
        if status.st_size > _LARGEST_BYTES:
            raise CookiesError(f"{path}: too large for cookies")
        contents = file.read(_LARGEST_BYTES)
    try:
        text = contents.decode("utf-8")
    except UnicodeDecodeError:
        raise CookiesError(f"{path}: not a text") from None
    if not any(_domain(line) for line in text.splitlines()):
        raise CookiesError(f"{path}: holds no cookies in Netscape's format")
    return text


def of_site(text: str, site: str) -> str | None:
    """Return a file with the cookies of one site; None where there are none."""
    domains = _DOMAINS.get(site, ())
    kept = [line for line in text.splitlines() if (domain := _domain(line)) and _is_within(domain, domains)]
    return _HEADER + "\n".join(kept) + "\n" if kept else None


def write_for_fetch(text: str, folder: Path) -> Path:
    """Put cookies where a fetch may read them, and nobody else."""
    path = folder / "cookies.txt"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def _domain(line: str) -> str | None:
    """Return the domain of a line that holds a cookie."""
    if line.startswith("#") and not line.startswith(_HTTP_ONLY):
        return None
    fields = line.removeprefix(_HTTP_ONLY).split("\t")
    return fields[0].lstrip(".").lower() or None if len(fields) == _FIELDS else None


def _is_within(domain: str, domains: tuple[str, ...]) -> bool:
    return any(domain == each or domain.endswith(f".{each}") for each in domains)
