"""Services that hand their music out to their own players alone, protected: there is nothing to fetch."""

from __future__ import annotations

import re

from pipeline.errors import ErrorCode
from pipeline.fetch.sites.site import Meant, Parts, Site


def read(_parts: Parts) -> Meant:
    """Return why there is no piece, whatever the link means."""
    return ErrorCode.LINK_STREAMING_ONLY


def _service(name: str, hosts: str) -> Site:
    return Site(name, "", "", re.compile(hosts), read)


SERVICES: tuple[Site, ...] = (
    _service("Spotify", r"(?:[a-z]+\.)?spotify\.com|spotify\.link|spotify\.app\.link|spoti\.fi"),
    _service("Apple Music", r"(?:(?:geo|embed|beta)\.)?music\.apple\.com|(?:geo\.)?itunes\.apple\.com"),
    _service("Deezer", r"(?:(?:www|widget|link)\.)?deezer\.com|(?:deezer|dzr)\.page\.link"),
    _service("Tidal", r"(?:(?:www|listen|embed|desktop)\.)?tidal\.com"),
    _service("Amazon Music", r"music\.amazon\.(?:com|de|fr|it|es|in|ca|co\.uk|co\.jp|com\.au|com\.br|com\.mx)"),
    _service("Qobuz", r"(?:(?:www|open|play)\.)?qobuz\.com"),
)
