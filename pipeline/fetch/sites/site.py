"""What a site is: the hosts that belong to it, and how its links are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pipeline.errors import ErrorCode


@dataclass(frozen=True, slots=True)
class Site:
    """A site whose pieces are fetched with yt-dlp.

    Attributes
    ----------
    name : str
        As people write it.
    extractor : str
        yt-dlp's key of the one extractor that is used: the class's name without "IE"; empty where yt-dlp is not.
    extractor_name : str
        The same extractor's IE_NAME, by which ``allowed_extractors`` knows it.
    hosts : re.Pattern
        Canonical hosts that belong to it.
    read : callable
        Split URL → address built anew and the piece's id, where else to look, or the reason why there is none.
    more_extractors : mapping
        Further extractors of the site, key to IE_NAME, that `Piece.extractor` may name.
    look_up : LookUp or None
        How a `Question` is asked, where the site knows better than its link where a file lies.
    """

    name: str
    extractor: str
    extractor_name: str
    hosts: re.Pattern[str]
    read: Callable[[Parts], Meant]
    more_extractors: Mapping[str, str] = field(default_factory=dict)
    look_up: LookUp | None = None


@dataclass(frozen=True, slots=True)
class LookUp:
    """How a site is asked where a piece's file lies: an address to ask, and how its answer is read (None: no file)."""

    question: Callable[[str], str]
    answer: Callable[[bytes], str | None]


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece on a site: its id, and its address built from nothing else; its extractor, if not the site's first."""

    source_id: str
    url: str
    extractor: str = ""


@dataclass(frozen=True, slots=True)
class ShortLink:
    """A link that says nothing by itself: where it leads is asked of its server, hop by hop."""

    source_id: str
    url: str


@dataclass(frozen=True, slots=True)
class File:
    """A file that is downloaded as it is."""

    source_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Question:
    """A page of a piece whose file the site has to be asked for (`Site.look_up`)."""

    source_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Onward:
    """A link within the link, to be read like one that was sent."""

    url: str


Reason = Literal[
    ErrorCode.LINK_INVALID,
    ErrorCode.LINK_IS_PLAYLIST,
    ErrorCode.LINK_IS_LIVE,
    ErrorCode.LINK_UNSUPPORTED,
    ErrorCode.LINK_STREAMING_ONLY,
]

Meant = Piece | ShortLink | File | Question | Onward | Reason


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a URL that a site's rules look at."""

    host: str
    path: str
    query: Mapping[str, str]
    fragment: str
