"""Which link is this: a piece on one of the sites that we know, or a file on a host that the operator allows.

Nothing of a link is passed on as it came. What a site needs (an id, a name) is read out of it and the address is built
anew, so that tracking parameters, playlists, look-alike hosts and other surprises stay behind.

Pure: nothing here opens a connection. Where a name leads is checked when it is connected to (`pipeline.fetch.guard`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NoReturn
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlsplit, urlunsplit

from pipeline.errors import ErrorCode, PipelineError
from pipeline.fetch.hosts import AllowedHost, canonical_host, is_allowed, is_private_name
from pipeline.fetch.sites.listed import SITES, UNNAMED
from pipeline.fetch.sites.site import File, Onward, Parts, Piece, Question, ShortLink, Site

DIRECT = "direct"
"""The `site` of a link to a file on an allowed host."""

Road = Literal["extractor", "file", "redirect", "question"]

_LONGEST_LINK = 2048
_LONGEST_START_S = 86_400.0
_DEEPEST = 4  # links within links
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?!\d{1,5}(?:[/?#]|$))")
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\\]")
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Link:
    """A link that may be fetched, built anew from the one that was given.

    Attributes
    ----------
    url : str
        What is fetched, and what a reader is shown as the source.
    host : str
        Its host, canonical.
    port : int
        Its port.
    site : str
        "YouTube", "SoundCloud", …; `DIRECT` for a file on an allowed host.
    extractor : str
        Key of the yt-dlp extractor that may open it; empty for a file.
    source_id : str
        Identifies the piece within the site.
    start_s : float or None
        Where the link wants playing to begin, in seconds.
    road : {"extractor", "file", "redirect", "question"}
        How it is fetched: with yt-dlp, as it is, by asking where it leads, or by asking the site where its file lies.
    """

    url: str
    host: str
    port: int
    site: str
    extractor: str
    source_id: str
    start_s: float | None = None
    road: Road = "extractor"


def parse_link(text: str, allow_hosts: Iterable[str] = ()) -> Link:
    """Find out which link a text is.

    Parameters
    ----------
    text : str
        As a person typed or pasted it, with or without scheme, perhaps in ``<…>``.
    allow_hosts : iterable of str
        Hosts ("media.example") or single ports of them ("127.0.0.1:8080") whose files may be downloaded directly.

    Raises
    ------
    PipelineError
        ``LINK_INVALID``; ``LINK_NOT_ALLOWED`` with ``host`` and ``allowed``; ``LINK_PRIVATE_ADDRESS`` with ``host``;
        ``LINK_IS_PLAYLIST``, ``LINK_IS_LIVE``, ``LINK_UNSUPPORTED`` or ``LINK_STREAMING_ONLY`` with ``site``.
    ValueError
        An entry of `allow_hosts` is none.
    """
    allowed = tuple(AllowedHost.parse(entry) for entry in allow_hosts)
    for _ in range(_DEEPEST):
        link = _read(text, allowed)
        if isinstance(link, Link):
            return link
        text = link.url
    raise PipelineError(ErrorCode.LINK_INVALID)


def _read(text: str, allowed: tuple[AllowedHost, ...]) -> Link | Onward:
    split = _split(text)
    host = _host(split)
    port = split.port or _DEFAULT_PORTS[split.scheme]
    if is_allowed(host, port, allowed):
        return _direct(split, host, port)
    if is_private_name(host):
        raise PipelineError(ErrorCode.LINK_PRIVATE_ADDRESS, host=host)
    site = next((site for site in (*SITES, *UNNAMED) if site.hosts.fullmatch(host)), None)
    if site is None or port not in _DEFAULT_PORTS.values():
        named = host if site is None else f"{host}:{port}"
        raise PipelineError(ErrorCode.LINK_NOT_ALLOWED, host=named, allowed=known_places(allowed))
    return _meant(site, Parts(host, unquote(split.path), _first_values(split.query), split.fragment))


def _meant(site: Site, parts: Parts) -> Link | Onward:
    """Ask a site's own rules which piece is meant."""
    match site.read(parts):
        case Onward() as onward:
            return onward
        case Piece(source_id, url, extractor):
            return _link(site, source_id, url, "extractor", extractor or site.extractor, _start_s(parts))
        case File(source_id, url):
            return _link(site, source_id, url, "file")
        case ShortLink(source_id, url):
            return _link(site, source_id, url, "redirect")
        case Question(source_id, url):
            return _link(site, source_id, url, "question")
        case reason:
            raise PipelineError(reason, site=site.name)


def _link(site: Site, source_id: str, url: str, road: Road, extractor: str = "", start_s: float | None = None) -> Link:
    host = urlsplit(url).hostname
    assert host is not None
    return Link(url, host, 443, site.name, extractor, source_id, start_s, road)


def known_places(allowed: Iterable[AllowedHost] = ()) -> tuple[str, ...]:
    """Return what may be fetched from, as people call it."""
    return (*(site.name for site in SITES), *map(str, allowed))


def looks_like_link(text: str) -> bool:
    """Tell whether a text is meant as a link rather than as the name of a file, be it a good link or not."""
    link = text.strip().removeprefix("<")
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://|//|www\.", link):
        return True
    host = re.match(r"[^/?#:\s]+", link)
    return host is not None and is_known_host(host[0].lower())


def is_known_host(host: str) -> bool:
    """Tell whether a host, in lower case, belongs to a site that we know."""
    return any(site.hosts.fullmatch(host) for site in (*SITES, *UNNAMED))


def _split(text: str) -> SplitResult:
    """Split a text that may be a link into its parts, adding the scheme that people leave out."""
    link = text.strip()
    if link.startswith("<") and link.endswith(">"):  # how a chat writes a link without a preview
        link = link[1:-1].strip()
    # Browsers read a backslash as a slash and skip control characters; whoever sends such a link means mischief.
    if not link or len(link) > _LONGEST_LINK or _UNSAFE.search(link):
        _invalid()
    if link.startswith("//"):
        link = f"https:{link}"
    elif not _SCHEME.match(link):
        if not re.match(r"[^/?#]*[.:]", link):  # a word, not a host
            _invalid()
        link = f"https://{link}"
    try:
        split = urlsplit(link)
        split.port  # noqa: B018 - a port that is none shows itself only here
    except ValueError:
        _invalid()
    if split.scheme not in _DEFAULT_PORTS or not split.netloc or split.port == 0:
        _invalid()
    if "@" in split.netloc:
        # https://youtube.com@evil.example leads to evil.example: no honest link needs this.
        _invalid()
    return split


def _host(split: SplitResult) -> str:
    host = split.netloc.rpartition(":")[0] if re.search(r":\d*$", split.netloc) else split.netloc
    try:
        return canonical_host(host)
    except ValueError:
        _invalid()


def _direct(split: SplitResult, host: str, port: int) -> Link:
    """Build the link to a file on an allowed host anew, without its fragment."""
    bracketed = f"[{host}]" if ":" in host else host
    netloc = bracketed if port == _DEFAULT_PORTS[split.scheme] else f"{bracketed}:{port}"
    # Already quoted parts stay as they are; letters beyond ASCII get quoted.
    path = quote(split.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = quote(split.query, safe="/%:@!$&'()*+,;=~-._?[]")
    url = urlunsplit((split.scheme, netloc, path, query, ""))
    return Link(url, host, port, DIRECT, "", f"{netloc}{path}", road="file")


def _first_values(query: str) -> dict[str, str]:
    try:
        return {name: values[0] for name, values in parse_qs(query, max_num_fields=100).items()}
    except ValueError:
        _invalid()


def _invalid() -> NoReturn:
    raise PipelineError(ErrorCode.LINK_INVALID)


_CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):(\d{1,2})")
_UNITS = re.compile(r"(?:(\d{1,2})h)?(?:(\d{1,4})m)?(?:(\d{1,5}(?:\.\d{1,3})?)s?)?")


def _start_s(parts: Parts) -> float | None:
    """Read ``t=90``, ``t=1m30s``, ``start=90`` or ``#t=1:30``; None where the link begins at the beginning."""
    fragment = re.fullmatch(r"t=([^&,]+).*", parts.fragment)
    text = next((parts.query[name] for name in ("t", "start", "time_continue") if name in parts.query), None)
    text = text or (fragment[1] if fragment else "")
    match = _CLOCK.fullmatch(text) or _UNITS.fullmatch(text.lower())
    if match is None:
        return None
    hours, minutes, seconds = (float(part or 0) for part in match.groups())
    start_s = hours * 3600 + minutes * 60 + seconds
    return start_s if 0 < start_s <= _LONGEST_START_S else None
