"""Links of Audiomack, which shows tracks of SoundCloud's as well: those are read like SoundCloud's links."""

from __future__ import annotations

import re

from pipeline.errors import ErrorCode
from pipeline.fetch.sites.site import Meant, Parts, Piece, Site

_SONG = re.compile(r"/(?:song/([\w-]{1,100})|([\w-]{1,100})/song)/([\w-]{1,200})/?", re.ASCII)
_LISTS = re.compile(r"/(?:[\w-]+/)?(?:album|playlist)/.*|/[\w-]{1,100}/?", re.ASCII)


def read(parts: Parts) -> Meant:
    """Return the piece that a link of the site means, or the reason why it means none."""
    if match := _SONG.fullmatch(parts.path):
        artist = match[1] or match[2]
        return Piece(f"{artist}/{match[3]}", f"https://audiomack.com/{artist}/song/{match[3]}")
    return ErrorCode.LINK_IS_PLAYLIST if _LISTS.fullmatch(parts.path) else ErrorCode.LINK_UNSUPPORTED


SITE = Site("Audiomack", "Audiomack", "audiomack", re.compile(r"(?:www\.)?audiomack\.com"), read)
