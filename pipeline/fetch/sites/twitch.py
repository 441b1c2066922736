"""Links of Twitch: clips and past broadcasts."""

from __future__ import annotations

import re

from pipeline.errors import ErrorCode
from pipeline.fetch.sites.site import Meant, Parts, Piece, Site

_CLIP = re.compile(r"[A-Za-z0-9_-]{4,100}")
_IN_PATH = re.compile(r"/(?:\w{1,30}/)?clip/([A-Za-z0-9_-]{4,100})/?")
_BROADCAST = re.compile(r"/(?:\w{1,30}/)?(?:v|video|videos)/v?(\d{4,15})/?")
_CHANNEL = re.compile(r"/\w{1,30}/?")


def read(parts: Parts) -> Meant:
    """Return the piece that a link of the site means, or the reason why it means none."""
    clip = parts.query.get("clip", "") if parts.path == "/embed" else parts.path.strip("/")
    if match := _CLIP.fullmatch(clip) if parts.host == "clips.twitch.tv" else _IN_PATH.fullmatch(parts.path):
        name = match[match.re.groups]
        return Piece(name, f"https://clips.twitch.tv/{name}")
    if parts.host == "clips.twitch.tv":
        return ErrorCode.LINK_UNSUPPORTED
    if match := _BROADCAST.fullmatch(parts.path):
        return Piece(match[1], f"https://www.twitch.tv/videos/{match[1]}", "TwitchVod")
    return ErrorCode.LINK_IS_LIVE if _CHANNEL.fullmatch(parts.path) else ErrorCode.LINK_UNSUPPORTED


SITE = Site(
    "Twitch",
    "TwitchClips",
    "twitch:clips",
    re.compile(r"(?:(?:www|m|go|clips)\.)?twitch\.tv"),
    read,
    {"TwitchVod": "twitch:vod"},
)
