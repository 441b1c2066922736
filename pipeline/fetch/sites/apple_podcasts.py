"""Links of Apple Podcasts, which say where an episode's own file lies."""

from __future__ import annotations

import re

from pipeline.errors import ErrorCode
from pipeline.fetch.sites.site import Meant, Parts, Piece, Site

_SHOW = re.compile(r"/(?:([a-z]{2})/)?podcast/(?:[^/]{1,200}/)?id(\d{1,15})/?")


def read(parts: Parts) -> Meant:
    """Return the piece that a link of the site means, or the reason why it means none."""
    match = _SHOW.fullmatch(parts.path)
    if match is None:
        return ErrorCode.LINK_UNSUPPORTED
    episode = parts.query.get("i", "")
    if not re.fullmatch(r"\d{1,20}", episode):
        return ErrorCode.LINK_IS_PLAYLIST
    country = match[1] or "us"
    return Piece(episode, f"https://podcasts.apple.com/{country}/podcast/id{match[2]}?i={episode}")


SITE = Site("Apple Podcasts", "ApplePodcasts", "apple:podcasts", re.compile(r"podcasts\.apple\.com"), read)
