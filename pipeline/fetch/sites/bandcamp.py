"""Links of Bandcamp."""

from __future__ import annotations

import re

from pipeline.errors import ErrorCode
from pipeline.fetch.sites.site import Meant, Parts, Piece, Site


def read(parts: Parts) -> Meant:
    """Return the piece that a link of the site means, or the reason why it means none."""
    artist = parts.host.removesuffix("bandcamp.com").rstrip(".")
    if artist in {"", "www", "daily"}:
        return ErrorCode.LINK_UNSUPPORTED
    if match := re.fullmatch(r"/track/([a-z0-9-]{1,200})/?", parts.path, re.IGNORECASE):
        return Piece(f"{artist}/{match[1]}", f"https://{artist}.bandcamp.com/track/{match[1]}")
    if re.fullmatch(r"/?|/music/?|/album/.*", parts.path):
        return ErrorCode.LINK_IS_PLAYLIST
    return ErrorCode.LINK_UNSUPPORTED


SITE = Site("Bandcamp", "Bandcamp", "Bandcamp", re.compile(r"(?:[a-z0-9-]+\.)?bandcamp\.com"), read)
