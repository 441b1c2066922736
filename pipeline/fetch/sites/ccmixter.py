"""Links of ccMixter, which yt-dlp does not know: its own query interface says where an upload's file lies."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

from pipeline.errors import ErrorCode
from pipeline.fetch.sites.site import File, LookUp, Meant, Parts, Question, Site

_UPLOAD = re.compile(r"/files/([\w.-]{1,60})/(\d{1,9})/?", re.ASCII)
_FILE = re.compile(r"/content/([\w.-]{1,60})/([^/]{1,200}\.(?:mp3|ogg|flac|wav))", re.ASCII)
_LISTS = re.compile(r"/(?:people|playlist|files)(?:/.*)?")


def read(parts: Parts) -> Meant:
    """Return the piece that a link of the site means, or the reason why it means none."""
    if match := _UPLOAD.fullmatch(parts.path):
        return Question(match[2], f"https://ccmixter.org/files/{match[1]}/{match[2]}")
    if match := _FILE.fullmatch(parts.path):
        source_id = f"{match[1]}/{quote(match[2])}"
        return File(source_id, f"https://ccmixter.org/content/{source_id}")
    return ErrorCode.LINK_IS_PLAYLIST if _LISTS.fullmatch(parts.path) else ErrorCode.LINK_UNSUPPORTED


def _question(source_id: str) -> str:
    return f"https://ccmixter.org/api/query?f=json&ids={source_id}"


def _answer(body: bytes) -> str | None:
    """Return the address of the first file of the one upload that was asked about."""
    match json.loads(body):
        case [{"files": [{"download_url": str(url)}, *_]}, *_]:
            return url
        case _:
            return None


SITE = Site(
    "ccMixter", "", "", re.compile(r"(?:www\.)?ccmixter\.org"), read, look_up=LookUp(question=_question, answer=_answer)
)
