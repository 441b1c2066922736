"""Links of SoundCloud."""

from __future__ import annotations

import re
from urllib.parse import unquote

from pipeline.errors import ErrorCode
from pipeline.fetch.sites.site import Meant, Parts, Piece, ShortLink, Site

_SHORT_HOSTS = frozenset({"on.soundcloud.com", "soundcloud.app.goo.gl"})
_TRACK = re.compile(r"/([\w-]+)/([\w-]+)(?:/(s-[\w-]+))?/?")
_LISTS = re.compile(r"/[\w-]+(?:/(?:tracks|albums|reposts|likes|popular-tracks|sets(?:/.*)?))?/?")
_PAGES = re.compile(r"/(?:discover|stations|search|you|charts|upload|pages|settings|stream)(?:/.*)?")
_TRACK_ID = re.compile(r"https?://api(?:-v2)?\.soundcloud\.com/tracks/(?:soundcloud:tracks:)?(\d{1,20})\b.*")


def read(parts: Parts) -> Meant:
    """Return the piece that a link of the site means, or the reason why it means none."""
    if parts.host == "w.soundcloud.com":
        target = unquote(parts.query.get("url", ""))
        if track := _TRACK_ID.fullmatch(target):
            return Piece(track[1], f"https://api.soundcloud.com/tracks/{track[1]}")
        return ErrorCode.LINK_IS_PLAYLIST if "/playlists/" in target else ErrorCode.LINK_UNSUPPORTED
    if parts.host == "api.soundcloud.com":
        track = _TRACK_ID.fullmatch(f"https://api.soundcloud.com{parts.path}")
        return Piece(track[1], f"https://api.soundcloud.com/tracks/{track[1]}") if track else ErrorCode.LINK_UNSUPPORTED
    if parts.host in _SHORT_HOSTS:  # what the app shares
        short = re.fullmatch(r"/([A-Za-z0-9_-]{4,40})/?", parts.path)
        return ShortLink(short[1], f"https://{parts.host}/{short[1]}") if short else ErrorCode.LINK_UNSUPPORTED
    if not parts.path.isascii() or _PAGES.fullmatch(parts.path):
        return ErrorCode.LINK_UNSUPPORTED
    if _LISTS.fullmatch(parts.path):
        return ErrorCode.LINK_IS_PLAYLIST
    match = _TRACK.fullmatch(parts.path)
    if match is None:
        return ErrorCode.LINK_UNSUPPORTED
    user, track_name, token = match.groups()
    secret = token or parts.query.get("secret_token", "")
    source_id = f"{user}/{track_name}" + (f"/{secret}" if re.fullmatch(r"s-[\w-]{1,40}", secret) else "")
    return Piece(source_id, f"https://soundcloud.com/{source_id}")


SITE = Site(
    "SoundCloud",
    "Soundcloud",
    "soundcloud",
    re.compile(r"(?:(?:www|m|w|on|api)\.)?soundcloud\.com|soundcloud\.app\.goo\.gl"),
    read,
)
