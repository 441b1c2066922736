"""Links of YouTube."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urljoin

from pipeline.errors import ErrorCode
from pipeline.fetch.sites.site import Meant, Onward, Parts, Piece, Reason, Site

_ID = re.compile(r"([A-Za-z0-9_-]{11})(?![A-Za-z0-9_-])")
# Words of eleven letters that stand where an id could, and are none.
_PAGES: Mapping[str, Reason] = {
    "videoseries": ErrorCode.LINK_IS_PLAYLIST,
    "live_stream": ErrorCode.LINK_IS_LIVE,
}
_LISTS = re.compile(r"/(?:playlist|channel|c|user|browse|feed|hashtag|show|podcast|@[^/]+)(?:/.*)?")
_OTHERS = re.compile(
    r"/(?:clip|attribution_link|post|results|search|redirect|about|source|oembed|sharing|gaming)?(?:/.*)?"
)


def read(parts: Parts) -> Meant:
    """Return the piece that a link of the site means, or the reason why it means none."""
    if onward := _inner(parts):
        return Onward(onward)
    if clip := re.fullmatch(r"/clip/([A-Za-z0-9_-]{10,60})/?", parts.path):
        return Piece(clip[1], f"https://www.youtube.com/clip/{clip[1]}", "YoutubeClip")
    if parts.host.endswith("youtu.be"):
        found = re.match(r"/([^/?&#]+)", parts.path)
        candidate = found[1] if found else ""
    elif found := re.match(r"/(?:shorts|live|embed|v|e|vi|watch)/([^/?&#]+)", parts.path):
        candidate = found[1]
    elif parts.path.rstrip("/") in {"/watch", "/watch_popup", "", "/embed"}:
        candidate = parts.query.get("v") or parts.query.get("vi") or ""
        if inner := re.search(r"[?&!]v=([^&]+)", parts.fragment):
            candidate = inner[1]
        if not candidate and "list" in parts.query:
            return ErrorCode.LINK_IS_PLAYLIST
        if not candidate and parts.path.rstrip("/") in {"", "/embed"}:
            return ErrorCode.LINK_UNSUPPORTED
    elif _LISTS.fullmatch(parts.path):
        return ErrorCode.LINK_IS_PLAYLIST
    elif _OTHERS.fullmatch(parts.path):
        return ErrorCode.LINK_UNSUPPORTED
    else:
        return ErrorCode.LINK_IS_PLAYLIST if re.fullmatch(r"/[\w.-]+/?", parts.path) else ErrorCode.LINK_UNSUPPORTED
    if candidate in _PAGES:
        return _PAGES[candidate]
    match = _ID.match(candidate)
    if match is None:
        return ErrorCode.LINK_INVALID
    return Piece(match[1], f"https://www.youtube.com/watch?v={match[1]}")


def _inner(parts: Parts) -> str | None:
    """Return the link that a page of the site's only leads on to."""
    page = parts.path.rstrip("/")
    if parts.host == "consent.youtube.com":
        return parts.query.get("continue")
    if page == "/redirect":
        return parts.query.get("q")
    if page == "/attribution_link" and "u" in parts.query:
        return urljoin("https://www.youtube.com/", parts.query["u"])
    return None


SITE = Site(
    "YouTube",
    "Youtube",
    "youtube",
    re.compile(r"(?:(?:www|m|music|consent)\.)?youtube\.com|(?:www\.)?youtube-nocookie\.com|(?:www\.)?youtu\.be"),
    read,
    {"YoutubeClip": "youtube:clip"},
)
