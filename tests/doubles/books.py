"""A database with its tables, a clock that is set by hand, and requests to put into it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from pipeline.recipe import Recipe, Scene
from storage.clips.clips import Clip, NewClip
from storage.database import migrate
from storage.database.transactions import Clock, Database, Transaction
from storage.engine.embedded import EmbeddedEngine
from storage.people import chats, people
from storage.requests import relays, release, requests
from storage.requests.quotas import UNLIMITED, QuotaLimits
from storage.requests.relays import NewRelay, Relay
from storage.requests.requests import NewRequest, Request
from storage.requests.sources import NewSource


class HandClock:
    """Time that stands still until it is told to go on."""

    def __init__(self, now_s: float = 1_000_000.0) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s

    def advance(self, seconds: float) -> None:
        self.now_s += seconds


@cache
def _migrated() -> Path:
    """Migrate once for all tests of a process; copying is faster."""
    path = Path(mkdtemp()) / "migrated.sqlite3"
    migrate.upgrade(f"sqlite:///{path}")
    return path


def new_database(folder: Path, clock: Clock) -> Database:
    path = folder / "books.sqlite3"
    shutil.copyfile(_migrated(), path)
    return Database(f"sqlite:///{path}", clock)


def submit(
    tx: Transaction,
    event: str,
    *,
    who: str = "ada",
    where: str = "music",
    limits: QuotaLimits = UNLIMITED,
    seconds: float = 10.0,
    **more: Any,
) -> Request:
    """Hand in a request as the chat "telegram" would."""
    person = people.get_or_create(tx, "telegram", who, name=who.title())
    chat = chats.get_or_create(tx, "telegram", where)
    intake: dict[str, Any] = {
        "platform": "telegram",
        "event_id": event,
        "person_id": person.id,
        "chat_id": chat.id,
        "source": NewSource.link("https://example.org/song"),
        "recipe": Recipe(theme="primates"),
        "estimated_s": seconds,
        "language": "en",
        "message": f"asks-{event}",
    }
    return requests.submit(tx, NewRequest(**intake | more), limits).request


class Undone(Exception):
    """Ends a transaction that shall not happen."""


@contextmanager
def undone(database: Database) -> Iterator[Transaction]:
    """A transaction that does everything and then fails, as if the process had died before its commit."""
    with suppress(Undone), database.write() as tx:
        yield tx
        raise Undone


def clip_of(job_id: int, fence: int, **more: Any) -> NewClip:
    folder = f"clips/{job_id}-{fence}"
    values: dict[str, Any] = {
        "recipe": Recipe(theme="primates"),
        "duration_s": 9.5,
        "size_px": 128,
        "fps": 24,
        "frame_count": 228,
        "bytes": 1000,
        "video": f"{folder}/clip.mp4",
        "sound": f"{folder}/sound.wav",
    }
    return NewClip(**values | more)


def make(tx: Transaction, engine: EmbeddedEngine, event: str, parent: Clip | None = None, who: str = "ada") -> Clip:
    """Let a request go all the way to its clip."""
    source = NewSource.link("https://example.org/song") if parent is None else NewSource.clip(parent.id)
    request = submit(tx, event, who=who, parent_clip_id=parent.id if parent else None, source=source)
    release.release(tx, engine, window=10)
    begun = requests.begin(tx, request.id, 1)
    assert begun is not None
    assert requests.start_rendering(tx, request.id, begun.fence)
    recipe = Recipe(theme="primates", scenes=(Scene(367, request.id), Scene(380, 2)))
    clip = requests.finish_render(tx, request.id, begun.fence, clip_of(request.id, begun.fence, recipe=recipe))
    assert clip is not None
    return clip


def call(tx: Transaction, event: str = "relay-1", **more: Any) -> Relay:
    """Call for a relay of three scenes, to be picked in ten minutes."""
    ada, music = people.get_or_create(tx, "telegram", "ada", name="Ada"), chats.get_or_create(tx, "telegram", "music")
    values: dict[str, Any] = {
        "event_id": event, "person_id": ada.id, "chat_id": music.id, "source": NewSource.link("https://example.org"),
        "recipe": Recipe(scene_count=3), "estimated_s": 20.0, "language": "en", "scenes": 3, "lasts_s": 600.0,
    }  # fmt: skip
    return relays.call(tx, NewRelay(**values | more))


def pick(tx: Transaction, relay: Relay, who: str, category: int) -> Relay:
    return relays.pick(tx, relay.id, people.get_or_create(tx, "telegram", who, name=who.title()).id, category)
