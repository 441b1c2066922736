"""Links of Reddit: posts with a film of their own, or with a link to another site that we know."""

from __future__ import annotations

import re

from pipeline.errors import ErrorCode
from pipeline.fetch.sites.site import Meant, Parts, Piece, ShortLink, Site

_POST = re.compile(r"/(?:(?:r|u|user)/[\w-]{1,50}/)?comments/([a-z0-9]{4,12})(?:/.*)?")
_SHARED = re.compile(r"/((?:r|u|user)/[\w-]{1,50}/s/[A-Za-z0-9]{4,20}|video/[a-z0-9]{8,20})/?", re.ASCII)
_LISTS = re.compile(r"/(?:r|u|user)/[\w-]{1,50}(?:/[a-z]*)?/?")


def read(parts: Parts) -> Meant:
    """Return the piece that a link of the site means, or the reason why it means none."""
    if parts.host in {"redd.it", "www.redd.it"}:
        short = re.fullmatch(r"/([a-z0-9]{4,12})/?", parts.path)
        return _post(short[1]) if short else ErrorCode.LINK_UNSUPPORTED
    if parts.host == "v.redd.it":
        film = re.fullmatch(r"/([a-z0-9]{8,20})(?:/.*)?", parts.path)
        return ShortLink(film[1], f"https://v.redd.it/{film[1]}") if film else ErrorCode.LINK_UNSUPPORTED
    if match := _POST.fullmatch(parts.path):
        return _post(match[1])
    if match := _SHARED.fullmatch(parts.path):
        return ShortLink(match[1], f"https://www.reddit.com/{match[1]}")
    return ErrorCode.LINK_IS_PLAYLIST if _LISTS.fullmatch(parts.path) else ErrorCode.LINK_UNSUPPORTED


def _post(post_id: str) -> Piece:
    return Piece(post_id, f"https://www.reddit.com/comments/{post_id}")


SITE = Site(
    "Reddit",
    "Reddit",
    "Reddit",
    re.compile(r"(?:(?:www|old|new|np|m|sh|amp|i)\.)?reddit\.com|(?:(?:www|v)\.)?redd\.it"),
    read,
)
