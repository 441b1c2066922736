"""Links of Vocaroo."""

from __future__ import annotations

import re

from pipeline.errors import ErrorCode
from pipeline.fetch.sites.site import Meant, Parts, Piece, Site


def read(parts: Parts) -> Meant:
    """Return the piece that a link of the site means, or the reason why it means none."""
    if match := re.fullmatch(r"/(?:embed/)?([A-Za-z0-9]{8,16})/?", parts.path):
        return Piece(match[1], f"https://vocaroo.com/{match[1]}")
    return ErrorCode.LINK_UNSUPPORTED


SITE = Site("Vocaroo", "Vocaroo", "Vocaroo", re.compile(r"(?:www\.)?(?:vocaroo\.com|voca\.ro)"), read)
