"""Which link is this: a piece on one of the sites that we know, or a file on a host that the operator allows.

Nothing of a link is passed on as it came. What a site needs (an id, a name) is read out of it and the address is built
anew, so that tracking parameters, playlists, look-alike hosts and other surprises stay behind.

Pure: nothing here opens a connection. Where a name leads is checked when it is connected to (`pipeline.fetch.guard`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NoReturn
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlsplit, urlunsplit

from pipeline.errors import ErrorCode, PipelineError
from pipeline.fetch.hosts import AllowedHost, canonical_host, is_allowed, is_private_name

DIRECT = "direct"
"""The `site` of a link to a file on an allowed host."""

_LONGEST_LINK = 2048
_LONGEST_START_S = 86_400.0
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
    """

    url: str
    host: str
    port: int
    site: str
    extractor: str
    source_id: str
    start_s: float | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """A site whose pieces are fetched with yt-dlp.

    Attributes
    ----------
    name : str
        As people write it.
    extractor : str
        yt-dlp's key of the one extractor that is used: the class's name without "IE".
    extractor_name : str
        The same extractor's IE_NAME, by which ``allowed_extractors`` knows it.
    hosts : re.Pattern
        Canonical hosts that belong to it.
    read : callable
        Split URL → address built anew and the piece's id, or the reason why there is none.
    """

    name: str
    extractor: str
    extractor_name: str
    hosts: re.Pattern[str]
    read: Callable[[_Parts], Piece | Reason]


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece on a site: its id, and its address built from nothing else."""

    source_id: str
    url: str


Reason = Literal[ErrorCode.LINK_INVALID, ErrorCode.LINK_IS_PLAYLIST, ErrorCode.LINK_IS_LIVE, ErrorCode.LINK_UNSUPPORTED]


@dataclass(frozen=True, slots=True)
class _Parts:
    """The parts of a URL that a site's rules look at."""

    host: str
    path: str
    query: Mapping[str, str]
    fragment: str


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
        ``LINK_IS_PLAYLIST``, ``LINK_IS_LIVE`` or ``LINK_UNSUPPORTED`` with ``site``.
    ValueError
        An entry of `allow_hosts` is none.
    """
    allowed = tuple(AllowedHost.parse(entry) for entry in allow_hosts)
    split = _split(text)
    host = _host(split)
    port = split.port or _DEFAULT_PORTS[split.scheme]
    if is_allowed(host, port, allowed):
        return _direct(split, host, port)
    if is_private_name(host):
        raise PipelineError(ErrorCode.LINK_PRIVATE_ADDRESS, host=host)
    site = next((site for site in SITES if site.hosts.fullmatch(host)), None)
    if site is None or port not in _DEFAULT_PORTS.values():
        named = host if site is None else f"{host}:{port}"
        raise PipelineError(ErrorCode.LINK_NOT_ALLOWED, host=named, allowed=known_places(allowed))
    parts = _Parts(host, unquote(split.path), _first_values(split.query), split.fragment)
    found = site.read(parts)
    if not isinstance(found, Piece):
        raise PipelineError(found, site=site.name)
    built = urlsplit(found.url)
    assert built.hostname is not None
    start_s = _start_s(parts)
    return Link(found.url, built.hostname, 443, site.name, site.extractor, found.source_id, start_s)


def known_places(allowed: Iterable[AllowedHost] = ()) -> tuple[str, ...]:
    """Return what may be fetched from, as people call it."""
    return (*(site.name for site in SITES), *map(str, allowed))


def looks_like_link(text: str) -> bool:
    """Tell whether a text is meant as a link rather than as the name of a file, be it a good link or not."""
    link = text.strip().removeprefix("<")
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://|//|www\.", link):
        return True
    host = re.match(r"[^/?#:\s]+", link)
    return host is not None and any(site.hosts.fullmatch(host[0].lower()) for site in SITES)


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
    return Link(url, host, port, DIRECT, "", f"{netloc}{path}")


def _first_values(query: str) -> dict[str, str]:
    try:
        return {name: values[0] for name, values in parse_qs(query, max_num_fields=100).items()}
    except ValueError:
        _invalid()


def _invalid() -> NoReturn:
    raise PipelineError(ErrorCode.LINK_INVALID)


_CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):(\d{1,2})")
_UNITS = re.compile(r"(?:(\d{1,2})h)?(?:(\d{1,4})m)?(?:(\d{1,5}(?:\.\d{1,3})?)s?)?")


def _start_s(parts: _Parts) -> float | None:
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


# What follows is one function to a site: the parts of a URL in, the piece or the reason out.

_YOUTUBE_ID = re.compile(r"([A-Za-z0-9_-]{11})(?![A-Za-z0-9_-])")
# Words of eleven letters that stand where an id could, and are none.
_YOUTUBE_PAGES: Mapping[str, Reason] = {
    "videoseries": ErrorCode.LINK_IS_PLAYLIST,
    "live_stream": ErrorCode.LINK_IS_LIVE,
}
_YOUTUBE_LISTS = re.compile(r"/(?:playlist|channel|c|user|browse|feed|hashtag|show|podcast|@[^/]+)(?:/.*)?")
_YOUTUBE_OTHERS = re.compile(r"/(?:clip|post|results|search|redirect|about|source|oembed|sharing|gaming)?(?:/.*)?")


def _youtube(parts: _Parts) -> Piece | Reason:
    if parts.host.endswith("youtu.be"):
        found = re.match(r"/([^/?&#]+)", parts.path)
        candidate = found[1] if found else ""
    elif found := re.match(r"/(?:shorts|live|embed|v|e|vi|watch)/([^/?&#]+)", parts.path):
        candidate = found[1]
    elif parts.path.rstrip("/") in {"/watch", "/watch_popup", "/attribution_link", "", "/embed"}:
        candidate = parts.query.get("v") or parts.query.get("vi") or ""
        if inner := re.search(r"[?&]v=([^&]+)", parts.query.get("u", "")):
            candidate = inner[1]
        if inner := re.search(r"[?&!]v=([^&]+)", parts.fragment):
            candidate = inner[1]
        if not candidate and "list" in parts.query:
            return ErrorCode.LINK_IS_PLAYLIST
        if not candidate and parts.path.rstrip("/") in {"", "/embed"}:
            return ErrorCode.LINK_UNSUPPORTED
    elif _YOUTUBE_LISTS.fullmatch(parts.path):
        return ErrorCode.LINK_IS_PLAYLIST
    elif _YOUTUBE_OTHERS.fullmatch(parts.path):
        return ErrorCode.LINK_UNSUPPORTED
    else:
        return ErrorCode.LINK_IS_PLAYLIST if re.fullmatch(r"/[\w.-]+/?", parts.path) else ErrorCode.LINK_UNSUPPORTED
    if candidate in _YOUTUBE_PAGES:
        return _YOUTUBE_PAGES[candidate]
    match = _YOUTUBE_ID.match(candidate)
    if match is None:
        return ErrorCode.LINK_INVALID
    return Piece(match[1], f"https://www.youtube.com/watch?v={match[1]}")


_SOUNDCLOUD_TRACK = re.compile(r"/([\w-]+)/([\w-]+)(?:/(s-[\w-]+))?/?")
_SOUNDCLOUD_LISTS = re.compile(r"/[\w-]+(?:/(?:tracks|albums|reposts|likes|popular-tracks|sets(?:/.*)?))?/?")
_SOUNDCLOUD_PAGES = re.compile(r"/(?:discover|stations|search|you|charts|upload|pages|settings|stream)(?:/.*)?")
_SOUNDCLOUD_TRACK_ID = re.compile(r"https?://api(?:-v2)?\.soundcloud\.com/tracks/(?:soundcloud:tracks:)?(\d{1,20})\b.*")


def _soundcloud(parts: _Parts) -> Piece | Reason:
    if parts.host == "w.soundcloud.com":
        target = unquote(parts.query.get("url", ""))
        if track := _SOUNDCLOUD_TRACK_ID.fullmatch(target):
            return Piece(track[1], f"https://api.soundcloud.com/tracks/{track[1]}")
        return ErrorCode.LINK_IS_PLAYLIST if "/playlists/" in target else ErrorCode.LINK_UNSUPPORTED
    if parts.host == "api.soundcloud.com":
        track = _SOUNDCLOUD_TRACK_ID.fullmatch(f"https://api.soundcloud.com{parts.path}")
        return Piece(track[1], f"https://api.soundcloud.com/tracks/{track[1]}") if track else ErrorCode.LINK_UNSUPPORTED
    if parts.host == "on.soundcloud.com":  # a shortened link says nothing by itself
        return ErrorCode.LINK_UNSUPPORTED
    if not parts.path.isascii() or _SOUNDCLOUD_PAGES.fullmatch(parts.path):
        return ErrorCode.LINK_UNSUPPORTED
    if _SOUNDCLOUD_LISTS.fullmatch(parts.path):
        return ErrorCode.LINK_IS_PLAYLIST
    match = _SOUNDCLOUD_TRACK.fullmatch(parts.path)
    if match is None:
        return ErrorCode.LINK_UNSUPPORTED
    user, track_name, token = match.groups()
    secret = token or parts.query.get("secret_token", "")
    source_id = f"{user}/{track_name}" + (f"/{secret}" if re.fullmatch(r"s-[\w-]{1,40}", secret) else "")
    return Piece(source_id, f"https://soundcloud.com/{source_id}")


def _bandcamp(parts: _Parts) -> Piece | Reason:
    artist = parts.host.removesuffix("bandcamp.com").rstrip(".")
    if artist in {"", "www", "daily"}:
        return ErrorCode.LINK_UNSUPPORTED
    if match := re.fullmatch(r"/track/([a-z0-9-]{1,200})/?", parts.path, re.IGNORECASE):
        return Piece(f"{artist}/{match[1]}", f"https://{artist}.bandcamp.com/track/{match[1]}")
    if re.fullmatch(r"/?|/music/?|/album/.*", parts.path):
        return ErrorCode.LINK_IS_PLAYLIST
    return ErrorCode.LINK_UNSUPPORTED


_VIMEO_VIDEO = re.compile(
    r"/(?:video/|videos/|channels/[\w-]+/|groups/[\w-]+/videos/|album/\d+/video/|showcase/\d+/video/)?"
    r"(\d{4,12})(?:/([0-9a-f]{6,20}))?/?"
)
_VIMEO_LISTS = re.compile(r"/(?:channels|groups|album|showcase|user\d+)(?:/.*)?")


def _vimeo(parts: _Parts) -> Piece | Reason:
    if match := _VIMEO_VIDEO.fullmatch(parts.path):
        video_id, in_path = match.groups()
        in_query = parts.query.get("h", "")
        # Unlisted videos are opened by a hash beside the id.
        unlisted = in_path or (in_query if re.fullmatch(r"[0-9a-f]{6,20}", in_query) else None)
        return Piece(video_id, f"https://vimeo.com/{video_id}" + (f"/{unlisted}" if unlisted else ""))
    if parts.path.startswith("/event/"):
        return ErrorCode.LINK_IS_LIVE
    return ErrorCode.LINK_IS_PLAYLIST if _VIMEO_LISTS.fullmatch(parts.path) else ErrorCode.LINK_UNSUPPORTED


def _freesound(parts: _Parts) -> Piece | Reason:
    if match := re.fullmatch(r"/people/([\w.@+ -]{1,60})/sounds/(\d{1,12})/?", parts.path, re.ASCII):
        return Piece(match[2], f"https://freesound.org/people/{quote(match[1])}/sounds/{match[2]}")
    return ErrorCode.LINK_IS_PLAYLIST if "/packs/" in parts.path else ErrorCode.LINK_UNSUPPORTED


def _vocaroo(parts: _Parts) -> Piece | Reason:
    if match := re.fullmatch(r"/(?:embed/)?([A-Za-z0-9]{8,16})/?", parts.path):
        return Piece(match[1], f"https://vocaroo.com/{match[1]}")
    return ErrorCode.LINK_UNSUPPORTED


def _internet_archive(parts: _Parts) -> Piece | Reason:
    match = re.fullmatch(r"/(?:details|embed|download)/([A-Za-z0-9][\w.-]{0,100})((?:/[^/]+)*)/?", parts.path, re.ASCII)
    if match is None:
        return ErrorCode.LINK_UNSUPPORTED
    # The file's own name may be anything that a file name can be; one item of several files is chosen by it.
    source_id = match[1] + match[2]
    return Piece(source_id, f"https://archive.org/details/{quote(source_id)}")


SITES: tuple[Site, ...] = (
    Site(
        "YouTube",
        "Youtube",
        "youtube",
        re.compile(r"(?:(?:www|m|music)\.)?youtube\.com|(?:www\.)?youtube-nocookie\.com|(?:www\.)?youtu\.be"),
        _youtube,
    ),
    Site(
        "SoundCloud", "Soundcloud", "soundcloud", re.compile(r"(?:(?:www|m|w|on|api)\.)?soundcloud\.com"), _soundcloud
    ),
    Site("Bandcamp", "Bandcamp", "Bandcamp", re.compile(r"(?:[a-z0-9-]+\.)?bandcamp\.com"), _bandcamp),
    Site("Vimeo", "Vimeo", "vimeo", re.compile(r"(?:(?:www|player)\.)?vimeo\.com"), _vimeo),
    Site("Freesound", "Freesound", "Freesound", re.compile(r"(?:www\.)?freesound\.org"), _freesound),
    Site("Vocaroo", "Vocaroo", "Vocaroo", re.compile(r"(?:www\.)?(?:vocaroo\.com|voca\.ro)"), _vocaroo),
    Site(
        "Internet Archive",
        "ArchiveOrg",
        "archive.org",
        re.compile(r"(?:www\.)?archive\.org"),
        _internet_archive,
    ),
)
"""Where sound is the point, and yt-dlp needs neither an account nor a browser. Order is the order in sentences."""
