"""What an operator does not want fetched: whole sites, and single pieces on them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.errors import ErrorCode, PipelineError
from pipeline.fetch.link import Link, parse_link
from pipeline.fetch.sites.listed import SITES


@dataclass(frozen=True, slots=True)
class BlockList:
    """Sites by name, and pieces by site and id, so that a piece is known by whichever link.

    Attributes
    ----------
    sites : frozenset of str
        As people call them.
    pieces : frozenset of tuple of str
        Site and the piece's id.
    """

    sites: frozenset[str] = frozenset()
    pieces: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def parse(cls, entries: Iterable[str]) -> BlockList:
        """Read entries: the name of a site, without blanks and in whatever letters, or the link of a piece.

        Raises
        ------
        ValueError
            An entry is neither.
        """
        sites: set[str] = set()
        pieces: set[tuple[str, str]] = set()
        for entry in entries:
            if (site := _NAMES.get(_plain(entry))) is not None:
                sites.add(site)
                continue
            try:
                link = parse_link(entry)
            except PipelineError as error:
                known = ", ".join(sorted(_NAMES))
                raise ValueError(f"not a piece's link, nor one of {known}: {entry[:80]!r}") from error
            pieces.add((link.site, link.source_id))
        return cls(frozenset(sites), frozenset(pieces))

    def require(self, link: Link) -> None:
        """Refuse what is on the list.

        Raises
        ------
        PipelineError
            ``LINK_BLOCKED`` with ``site``.
        """
        if link.site in self.sites or (link.site, link.source_id) in self.pieces:
            raise PipelineError(ErrorCode.LINK_BLOCKED, site=link.site)


NOTHING = BlockList()
"""The list of whoever blocks nothing."""


def _plain(name: str) -> str:
    return "".join(name.split()).lower()


_NAMES = {_plain(site.name): site.name for site in SITES}
