"""Where the sound of a request comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Row, select

from storage.database.tables import sources
from storage.database.transactions import Snapshot, Transaction

SourceKind = Literal["link", "file", "clip"]


@dataclass(frozen=True, slots=True)
class NewSource:
    """A sound as it was asked for.

    Attributes
    ----------
    kind : {"link", "file", "clip"}
        A link to fetch; a file in the media store; the sound of one of our clips.
    reference : str
        The link; the path in the media store; the clip's id.
    title : str or None
        If known; untrusted text.
    bytes, duration_s : int, float or None
        If known.
    """

    kind: SourceKind
    reference: str
    title: str | None = None
    bytes: int | None = None
    duration_s: float | None = None

    @classmethod
    def link(cls, link: str) -> NewSource:
        """Return a sound behind a link."""
        return cls("link", link)

    @classmethod
    def clip(cls, clip_id: int, title: str | None = None) -> NewSource:
        """Return the sound of a clip of ours."""
        return cls("clip", str(clip_id), title=title)


@dataclass(frozen=True, slots=True)
class Source:
    """A sound and what is known of it; see `NewSource`."""

    id: int
    kind: SourceKind
    reference: str
    title: str | None
    canonical_url: str | None
    extractor: str | None
    extractor_id: str | None
    bytes: int | None
    duration_s: float | None

    @property
    def clip_id(self) -> int | None:
        """The clip whose sound it is, for kind ``clip``."""
        return int(self.reference) if self.kind == "clip" else None


def add(tx: Transaction, source: NewSource) -> int:
    """Write a source down and return its id."""
    row = tx.connection.execute(
        sources.insert()
        .values(
            kind=source.kind,
            reference=source.reference,
            title=source.title,
            bytes=source.bytes,
            duration_s=source.duration_s,
            created_at_s=tx.now_s,
        )
        .returning(sources.c.id)
    ).one()
    return int(row.id)


def discard(tx: Transaction, source_id: int) -> None:
    """Take back a source that nothing refers to."""
    tx.connection.execute(sources.delete().where(sources.c.id == source_id))


def get(tx: Snapshot, source_id: int) -> Source:
    """Return the source with this id."""
    return _source(tx.connection.execute(select(sources).where(sources.c.id == source_id)).one())


def learn(
    tx: Transaction,
    source_id: int,
    *,
    title: str | None = None,
    canonical_url: str | None = None,
    extractor: str | None = None,
    extractor_id: str | None = None,
    duration_s: float | None = None,
) -> None:
    """Write down what fetching a source has told of it; None leaves what is there."""
    learnt = {
        "title": title,
        "canonical_url": canonical_url,
        "extractor": extractor,
        "extractor_id": extractor_id,
        "duration_s": duration_s,
    }
    known = {name: value for name, value in learnt.items() if value is not None}
    if known:
        tx.connection.execute(sources.update().where(sources.c.id == source_id).values(**known))


def _source(row: Row[Any]) -> Source:
    return Source(**{name: getattr(row, name) for name in Source.__slots__})
