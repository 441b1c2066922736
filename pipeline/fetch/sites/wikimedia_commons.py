"""Links of Wikimedia Commons: pages of files, and the files themselves."""

from __future__ import annotations

import re
from urllib.parse import quote

from pipeline.errors import ErrorCode
from pipeline.fetch.sites.site import Meant, Parts, Piece, Site

_SOUNDS = r"[^/]{1,240}\.(?:ogg|oga|opus|mp3|flac|wav|webm|ogv|mpg|mpeg)"
_PAGE = re.compile(rf"/wiki/[^/:]{{1,30}}:({_SOUNDS})", re.IGNORECASE)  # "File:" in whatever language
_STORED = re.compile(
    rf"/wikipedia/commons/(?:transcoded/)?[0-9a-f]/[0-9a-f]{{2}}/({_SOUNDS})(?:/[^/]{{1,250}})?", re.IGNORECASE
)


def read(parts: Parts) -> Meant:
    """Return the piece that a link of the site means, or the reason why it means none."""
    form = _STORED if parts.host == "upload.wikimedia.org" else _PAGE
    match = form.fullmatch(parts.path)
    if match is None:
        return ErrorCode.LINK_UNSUPPORTED
    name = match[1].replace(" ", "_")
    return Piece(name, f"https://commons.wikimedia.org/wiki/File:{quote(name, safe='')}")


SITE = Site(
    "Wikimedia Commons",
    "Wikimedia",
    "wikimedia.org",
    re.compile(r"commons\.(?:m\.)?wikimedia\.org|upload\.wikimedia\.org"),
    read,
)
