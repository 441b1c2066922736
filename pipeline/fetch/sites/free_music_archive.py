"""Links of the Free Music Archive, which yt-dlp does not know: a track's name is enough to ask for its sound."""

from __future__ import annotations

import re

from pipeline.errors import ErrorCode
from pipeline.fetch.sites.site import File, Meant, Parts, Site

_TRACK = re.compile(
    r"/(?:music/[\w.-]{1,100}/[\w.-]{1,100}|track)/([\w.-]{1,150})(?:/(?:stream|download))?/?", re.ASCII
)
_STORED = re.compile(r"/((?:storage-freemusicarchive-org/)?(?:tracks|music)/[\w./-]{1,200}\.mp3)", re.ASCII)
_LISTS = re.compile(r"/(?:music(?:/[^/]+){0,2}|genre/.*|curator/.*|search/.*)/?")


def read(parts: Parts) -> Meant:
    """Return the piece that a link of the site means, or the reason why it means none."""
    if parts.host == "files.freemusicarchive.org":
        match = _STORED.fullmatch(parts.path)
        if match is None or ".." in match[1]:
            return ErrorCode.LINK_UNSUPPORTED
        return File(match[1], f"https://files.freemusicarchive.org/{match[1]}")
    if match := _TRACK.fullmatch(parts.path):
        return File(match[1], f"https://freemusicarchive.org/track/{match[1]}/stream/")
    return ErrorCode.LINK_IS_PLAYLIST if _LISTS.fullmatch(parts.path) else ErrorCode.LINK_UNSUPPORTED


SITE = Site("Free Music Archive", "", "", re.compile(r"(?:(?:www|files)\.)?freemusicarchive\.org"), read)
