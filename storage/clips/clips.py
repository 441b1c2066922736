"""Finished clips, and who descends from whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, literal, select, update

from pipeline.recipe import Recipe
from storage.database.tables import clips, users
from storage.database.transactions import Snapshot, Transaction
from storage.errors import RefusalCode, StorageError


@dataclass(frozen=True, slots=True)
class NewClip:
    """A clip as an attempt hands it in.

    Attributes
    ----------
    recipe : Recipe
        With its scenes chosen.
    duration_s : float
    size_px, fps, frame_count, bytes : int
    drawn_in_s : float or None
        How long drawing and encoding took, for tomorrow's prices.
    video, sound, poster, storyboard, thumbnail : str, str or None
        Paths in the media store.
    """

    recipe: Recipe
    duration_s: float
    size_px: int
    fps: int
    frame_count: int
    bytes: int
    video: str
    sound: str | None = None
    poster: str | None = None
    storyboard: str | None = None
    thumbnail: str | None = None
    drawn_in_s: float | None = None


@dataclass(frozen=True, slots=True)
class Clip:
    """A finished clip.

    Attributes
    ----------
    id : int
        Its request's, too.
    parent_clip_id, source_id : int or None
        None once that is deleted.
    maker_id, maker_name : int or None, str or None
        Who asked for it (our id); None if they are forgotten.
    chat_id : int
        Where it was made.
    title : str or None
        Title of its sound; untrusted text.
    media_removed : bool
        Its files are no longer kept; the recipe still is.
    deleted : bool
        Its maker or an admin deleted it.
    """

    id: int
    parent_clip_id: int | None
    source_id: int | None
    maker_id: int | None
    maker_name: str | None
    chat_id: int
    title: str | None
    recipe: Recipe
    duration_s: float
    size_px: int
    fps: int
    frame_count: int
    bytes: int
    video: str
    sound: str | None
    poster: str | None
    storyboard: str | None
    thumbnail: str | None
    created_at_s: float
    media_removed: bool
    deleted: bool


@dataclass(frozen=True, slots=True)
class FamilyMember:
    """A clip in a family tree, and how many remixes it is away from the eldest."""

    clip: Clip
    generation: int


def add(
    tx: Transaction,
    clip: NewClip,
    *,
    request_id: int,
    parent_clip_id: int | None,
    user_id: int,
    chat_id: int,
    source_id: int,
    title: str | None,
) -> Clip:
    """Write a clip down; `requests.finish_render` does it together with all that belongs to it."""
    tx.connection.execute(
        clips.insert().values(
            id=request_id,
            parent_clip_id=parent_clip_id,
            user_id=user_id,
            chat_id=chat_id,
            source_id=source_id,
            title=title,
            recipe=clip.recipe.to_json(),
            duration_s=clip.duration_s,
            size_px=clip.size_px,
            fps=clip.fps,
            frame_count=clip.frame_count,
            drawn_in_s=clip.drawn_in_s,
            bytes=clip.bytes,
            video=clip.video,
            sound=clip.sound,
            poster=clip.poster,
            storyboard=clip.storyboard,
            thumbnail=clip.thumbnail,
            created_at_s=tx.now_s,
        )
    )
    return get(tx, request_id)


def get(tx: Snapshot, clip_id: int) -> Clip:
    """Return a clip that was not deleted.

    Raises
    ------
    StorageError
        ``NOT_FOUND``
    """
    for clip in _select(tx, clips.c.id == clip_id, clips.c.deleted_at_s.is_(None)):
        return clip
    raise StorageError(RefusalCode.NOT_FOUND, id=clip_id)


def made_by(tx: Snapshot, person_id: int, limit: int = 20) -> tuple[Clip, ...]:
    """Return a person's latest clips, newest first."""
    return _select(tx, clips.c.user_id == person_id, clips.c.deleted_at_s.is_(None), newest=limit)


def family(tx: Snapshot, clip_id: int) -> tuple[FamilyMember, ...]:
    """Return all clips that descend from this clip's eldest ancestor, parents before their children.

    Deleted ones stay in the tree, so that it does not fall apart.
    """
    up = select(clips.c.id, clips.c.parent_clip_id).where(clips.c.id == clip_id).cte("up", recursive=True)
    up = up.union(select(clips.c.id, clips.c.parent_clip_id).where(clips.c.id == up.c.parent_clip_id))
    eldest = select(up.c.id.label("id"), literal(0).label("generation")).where(up.c.parent_clip_id.is_(None))
    down = eldest.cte("down", recursive=True)
    down = down.union(select(clips.c.id, down.c.generation + 1).where(clips.c.parent_clip_id == down.c.id))
    generations = {row.id: row.generation for row in tx.connection.execute(select(down))}
    members = [FamilyMember(clip, generations[clip.id]) for clip in _select(tx, clips.c.id.in_(generations))]
    return tuple(sorted(members, key=lambda member: (member.generation, member.clip.id)))


def delete(tx: Transaction, clip_id: int) -> bool:
    """Mark a clip as deleted; the media store's sweep removes its files. False if there is none."""
    statement = (
        update(clips)
        .where(clips.c.id == clip_id, clips.c.deleted_at_s.is_(None))
        .values(deleted_at_s=tx.now_s, media_removed_at_s=tx.now_s)
        .returning(clips.c.id)
    )
    return tx.connection.execute(statement).first() is not None


def _select(tx: Snapshot, *where: ColumnElement[bool], newest: int | None = None) -> tuple[Clip, ...]:
    query = select(clips, users.c.name.label("maker_name")).outerjoin(users, users.c.id == clips.c.user_id)
    query = query.where(*where).order_by(clips.c.id if newest is None else clips.c.id.desc()).limit(newest)
    return tuple(_clip(row) for row in tx.connection.execute(query))


_AS_THEY_ARE: Sequence[str] = [name for name in Clip.__slots__ if name in clips.c and name not in ("recipe",)]


def _clip(row: Row[Any]) -> Clip:
    values = {name: getattr(row, name) for name in _AS_THEY_ARE}
    return Clip(
        **values
        | {
            "maker_id": row.user_id,
            "maker_name": row.maker_name,
            "recipe": Recipe.from_json(row.recipe),
            "media_removed": row.media_removed_at_s is not None,
            "deleted": row.deleted_at_s is not None,
        }
    )
