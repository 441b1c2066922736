"""Links of Mixcloud."""

from __future__ import annotations

import re
from urllib.parse import quote

from pipeline.errors import ErrorCode
from pipeline.fetch.sites.site import Meant, Parts, Piece, Site

_SHOW = re.compile(r"/([^/]{1,100})/([^/]{1,200})/?")
_PAGES = re.compile(r"/(?:discover|categories|genres|live|search|upload|settings|select|pro|about|widget)(?:/.*)?")
_LISTS = re.compile(r"/[^/]{1,100}(?:/(?:stream|uploads|favorites|listens|followers|following|playlists(?:/.*)?))?/?")


def read(parts: Parts) -> Meant:
    """Return the piece that a link of the site means, or the reason why it means none."""
    if parts.path in {"", "/"} or _PAGES.fullmatch(parts.path):
        return ErrorCode.LINK_UNSUPPORTED
    if _LISTS.fullmatch(parts.path):
        return ErrorCode.LINK_IS_PLAYLIST
    match = _SHOW.fullmatch(parts.path)
    if match is None:
        return ErrorCode.LINK_UNSUPPORTED
    source_id = f"{quote(match[1], safe='')}/{quote(match[2], safe='')}"
    return Piece(source_id, f"https://www.mixcloud.com/{source_id}/")


SITE = Site("Mixcloud", "Mixcloud", "mixcloud", re.compile(r"(?:(?:www|m|beta)\.)?mixcloud\.com"), read)
