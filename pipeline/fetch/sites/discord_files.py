"""Links of files that were sent in Discord, which last about a day."""

from __future__ import annotations

import re
from urllib.parse import quote

from pipeline.errors import ErrorCode
from pipeline.fetch.sites.site import File, Meant, Parts, Site

_FILE = re.compile(r"/((?:ephemeral-)?attachments)/(\d{1,20})/(\d{1,20})/([^/]{1,260})")
# When it expires, when it was issued (both seconds since 1970, hexadecimal), and the signature over it all.
_SIGNED = (("ex", r"[0-9a-f]{1,12}"), ("is", r"[0-9a-f]{1,12}"), ("hm", r"[0-9a-f]{1,128}"))


def read(parts: Parts) -> Meant:
    """Return the file that a link means, or the reason why it means none."""
    match = _FILE.fullmatch(parts.path)
    if match is None:
        return ErrorCode.LINK_UNSUPPORTED
    source_id = f"{match[1]}/{match[2]}/{match[3]}/{quote(match[4])}"
    signature = [(name, parts.query.get(name, "")) for name, _ in _SIGNED]
    signed = all(re.fullmatch(form, parts.query.get(name, "")) for name, form in _SIGNED)
    query = "?" + "&".join(f"{name}={value}" for name, value in signature) if signed else ""
    return File(source_id, f"https://cdn.discordapp.com/{source_id}{query}")


def expires_at(query: str) -> float | None:
    """Return when a link stops working, in seconds since 1970; None where its query does not say."""
    match = re.search(r"(?:^|&)ex=([0-9a-f]{1,12})(?:&|$)", query)
    return float(int(match[1], 16)) if match else None


SITE = Site("Discord", "", "", re.compile(r"(?:cdn|media)\.discordapp\.(?:com|net)"), read)
