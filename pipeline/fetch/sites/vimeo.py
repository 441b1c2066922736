"""Links of Vimeo."""

from __future__ import annotations

import re

from pipeline.errors import ErrorCode
from pipeline.fetch.sites.site import Meant, Parts, Piece, Site

_VIDEO = re.compile(
    r"/(?:video/|videos/|channels/[\w-]+/|groups/[\w-]+/videos/|album/\d+/video/|showcase/\d+/video/)?"
    r"(\d{4,12})(?:/([0-9a-f]{6,20}))?/?"
)
_LISTS = re.compile(r"/(?:channels|groups|album|showcase|user\d+)(?:/.*)?")


def read(parts: Parts) -> Meant:
    """Return the piece that a link of the site means, or the reason why it means none."""
    if match := _VIDEO.fullmatch(parts.path):
        video_id, in_path = match.groups()
        in_query = parts.query.get("h", "")
        # Unlisted videos are opened by a hash beside the id.
        unlisted = in_path or (in_query if re.fullmatch(r"[0-9a-f]{6,20}", in_query) else None)
        return Piece(video_id, f"https://vimeo.com/{video_id}" + (f"/{unlisted}" if unlisted else ""))
    if parts.path.startswith("/event/"):
        return ErrorCode.LINK_IS_LIVE
    return ErrorCode.LINK_IS_PLAYLIST if _LISTS.fullmatch(parts.path) else ErrorCode.LINK_UNSUPPORTED


SITE = Site("Vimeo", "Vimeo", "vimeo", re.compile(r"(?:(?:www|player)\.)?vimeo\.com"), read)
