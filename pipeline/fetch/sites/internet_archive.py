"""Links of the Internet Archive."""

from __future__ import annotations

import re
from urllib.parse import quote

from pipeline.errors import ErrorCode
from pipeline.fetch.sites.site import Meant, Parts, Piece, Site


def read(parts: Parts) -> Meant:
    """Return the piece that a link of the site means, or the reason why it means none."""
    match = re.fullmatch(r"/(?:details|embed|download)/([A-Za-z0-9][\w.-]{0,100})((?:/[^/]+)*)/?", parts.path, re.ASCII)
    if match is None:
        return ErrorCode.LINK_UNSUPPORTED
    # The file's own name may be anything that a file name can be; one item of several files is chosen by it.
    source_id = match[1] + match[2]
    return Piece(source_id, f"https://archive.org/details/{quote(source_id)}")


SITE = Site("Internet Archive", "ArchiveOrg", "archive.org", re.compile(r"(?:www\.)?archive\.org"), read)
