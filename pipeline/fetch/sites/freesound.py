"""Links of Freesound."""

from __future__ import annotations

import re
from urllib.parse import quote

from pipeline.errors import ErrorCode
from pipeline.fetch.sites.site import Meant, Parts, Piece, Site


def read(parts: Parts) -> Meant:
    """Return the piece that a link of the site means, or the reason why it means none."""
    if match := re.fullmatch(r"/people/([\w.@+ -]{1,60})/sounds/(\d{1,12})/?", parts.path, re.ASCII):
        return Piece(match[2], f"https://freesound.org/people/{quote(match[1])}/sounds/{match[2]}")
    return ErrorCode.LINK_IS_PLAYLIST if "/packs/" in parts.path else ErrorCode.LINK_UNSUPPORTED


SITE = Site("Freesound", "Freesound", "Freesound", re.compile(r"(?:www\.)?freesound\.org"), read)
