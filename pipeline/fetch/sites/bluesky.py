"""Links of Bluesky: posts with a film."""

from __future__ import annotations

import re

from pipeline.errors import ErrorCode
from pipeline.fetch.sites.site import Meant, Parts, Piece, Site

_POST = re.compile(r"/profile/([A-Za-z0-9.-]{3,253}|did:[a-z]{1,10}:[A-Za-z0-9.:-]{3,200})/post/([a-z0-9]{6,20})/?")
_PROFILE = re.compile(r"/profile/[^/]+/?")


def read(parts: Parts) -> Meant:
    """Return the piece that a link of the site means, or the reason why it means none."""
    if match := _POST.fullmatch(parts.path):
        return Piece(f"{match[1]}/{match[2]}", f"https://bsky.app/profile/{match[1]}/post/{match[2]}")
    return ErrorCode.LINK_IS_PLAYLIST if _PROFILE.fullmatch(parts.path) else ErrorCode.LINK_UNSUPPORTED


SITE = Site("Bluesky", "Bluesky", "Bluesky", re.compile(r"(?:www\.)?bsky\.app"), read)
