"""Clips, posters and sounds as files.

What an attempt has made is one folder with a name of its own, and gets its place by one rename: a late attempt cannot
overwrite the winner's, and half a clip is never in its place. The files are there before the row that names them is
committed, and are gone only after the row says so.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath

from sqlalchemy import select, update

from storage.database.tables import clips, deliveries, relays, requests, sources
from storage.database.transactions import Database, Snapshot
from storage.states import OPEN, DeliveryState, RelayState

GRACE_S = 3600.0
"""How long a folder that no row names is left alone: its row may be about to be committed."""


class MediaStore:
    """A folder of media files, addressed by paths relative to it.

    Parameters
    ----------
    root : Path
        Made where it is missing; on the same disk as the workers' folders, files get here by renaming alone.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def keep_clip(self, folder: Path, job_id: int, fence: int) -> str:
        """Take over a folder with all that an attempt has made, and return its path in the store."""
        kept = f"clips/{_name(job_id, fence)}"
        _move(folder, self.root / kept)
        return kept

    def keep_sound(self, sound: Path) -> str:
        """Copy somebody's sound, and return its path in the store."""
        return self._keep_copy(sound, f"sounds/{secrets.token_hex(8)}", f"sound{sound.suffix.lower()}")

    def keep_storyboard(self, storyboard: Path, job_id: int, fence: int) -> str:
        """Copy what an attempt can show before its clip is made, and return its path in the store."""
        return self._keep_copy(storyboard, f"storyboards/{_name(job_id, fence)}", storyboard.name)

    def path(self, kept: str) -> Path:
        """Return where a file of the store lies.

        Raises
        ------
        ValueError
            The path leads out of the store.
        """
        parts = PurePosixPath(kept)
        if parts.is_absolute() or ".." in parts.parts:
            raise ValueError(f"not in the media store: {kept}")
        return self.root / parts

    def folders(self) -> list[Folder]:
        """Return every folder of the store, with its size and age; also what a crash left in the making."""
        found = []
        for path in self.root.glob("*/*"):
            try:
                files = [entry.stat() for entry in path.rglob("*") if entry.is_file()]
                modified_at_s = path.stat().st_mtime
            except FileNotFoundError:
                continue  # another sweep was faster
            kept = path.relative_to(self.root).as_posix()
            found.append(Folder(kept, sum(file.st_size for file in files), modified_at_s))
        return found

    def remove(self, kept: str) -> None:
        """Delete a folder of the store; one that is gone already is fine."""
        shutil.rmtree(self.path(kept), ignore_errors=True)

    def _keep_copy(self, file: Path, folder: str, name: str) -> str:
        making = self.root / "making" / secrets.token_hex(8)
        making.mkdir(parents=True)
        shutil.copyfile(file, making / name)
        _move(making, self.root / folder)
        return f"{folder}/{name}"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of the store: its path in it, its size, and when its last file came."""

    path: str
    bytes: int
    modified_at_s: float


class Standing(StrEnum):
    """Why a folder is there."""

    NEEDED = "needed"
    """For a clip that is not delivered yet, or as the sound of a request that is not done."""
    KEPT = "kept"
    """To show or remix again."""
    STRAY = "stray"
    """No row names it: deleted, forgotten, or made by an attempt that lost."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How much is kept for how long."""

    max_bytes: int
    max_age_s: float


def choose_victims(standings: Iterable[tuple[Folder, Standing]], now_s: float, retention: Retention) -> list[Folder]:
    """Return the folders to delete: strays, what is too old, and then the oldest until the rest fits.

    Nothing that is needed is ever among them, not even over the limit.
    """
    victims: list[Folder] = []
    kept: list[Folder] = []
    total_bytes = 0
    for folder, standing in sorted(standings, key=lambda pair: pair[0].modified_at_s):
        age_s = now_s - folder.modified_at_s
        if age_s > {Standing.STRAY: GRACE_S, Standing.KEPT: retention.max_age_s}.get(standing, float("inf")):
            victims.append(folder)
            continue
        total_bytes += folder.bytes
        if standing is Standing.KEPT:
            kept.append(folder)
    for folder in kept:
        if total_bytes <= retention.max_bytes:
            break
        victims.append(folder)
        total_bytes -= folder.bytes
    return victims


def sweep(database: Database, store: MediaStore, retention: Retention) -> int:
    """Delete what need not be kept, and return how many bytes that freed."""
    folders = store.folders()
    with database.write() as tx:
        # Marked first: after a crash in between, the files are strays, and nobody was promised them.
        standing = _standings(tx)
        victims = choose_victims(
            [(folder, standing.get(folder.path, Standing.STRAY)) for folder in folders], tx.now_s, retention
        )
        for folder in victims:
            of_clip = clips.c.video.startswith(folder.path + "/", autoescape=True)
            tx.connection.execute(update(clips).where(of_clip).values(media_removed_at_s=tx.now_s))
    for folder in victims:
        store.remove(folder.path)
    return sum(folder.bytes for folder in victims)


def folders_of(tx: Snapshot, person_id: int) -> set[str]:
    """Return every folder with something of a person's: their clips, storyboards, and the sounds that they sent."""
    mine = requests.c.user_id == person_id
    asked = select(sources.c.reference).join(requests, requests.c.source_id == sources.c.id).where(mine)
    called = select(sources.c.reference).join(relays, relays.c.source_id == sources.c.id)
    files = (
        select(clips.c.video).where(clips.c.user_id == person_id),
        select(requests.c.storyboard).where(mine, requests.c.storyboard.is_not(None)),
        asked.where(sources.c.kind == "file"),
        called.where(sources.c.kind == "file", relays.c.user_id == person_id),
    )
    return {_folder(file) for query in files for file in tx.connection.execute(query).scalars()}


def named_folders(tx: Snapshot) -> set[str]:
    """Return every folder that a row names."""
    return set(_standings(tx))


def _standings(tx: Snapshot) -> dict[str, Standing]:
    """Return the standing of every folder that a row names."""
    undelivered = select(deliveries.c.clip_id).where(
        deliveries.c.state.in_((DeliveryState.PENDING, DeliveryState.SENDING))
    )
    to_be_made = requests.c.state.in_(sorted(OPEN))
    parents = select(requests.c.parent_clip_id).where(to_be_made)
    heard = select(sources.c.kind, sources.c.reference).join(requests, requests.c.source_id == sources.c.id)
    gathered = select(sources.c.kind, sources.c.reference).join(relays, relays.c.source_id == sources.c.id)
    gathering = relays.c.state.in_((RelayState.GATHERING, RelayState.FULL))
    sounds = tx.connection.execute(heard.where(to_be_made).union(gathered.where(gathering))).all()
    needed_clips = {
        *tx.connection.execute(undelivered).scalars(),
        *tx.connection.execute(parents).scalars(),
        *(int(sound.reference) for sound in sounds if sound.kind == "clip"),
    }
    kept = select(clips.c.id, clips.c.video).where(clips.c.media_removed_at_s.is_(None))
    standings = {
        _folder(row.video): Standing.NEEDED if row.id in needed_clips else Standing.KEPT
        for row in tx.connection.execute(kept)
    }
    storyboards = select(requests.c.storyboard).where(to_be_made, requests.c.storyboard.is_not(None))
    needed_files = {
        *(sound.reference for sound in sounds if sound.kind == "file"),
        *tx.connection.execute(storyboards).scalars(),
    }
    return standings | {_folder(file): Standing.NEEDED for file in needed_files}


def _name(job_id: int, fence: int) -> str:
    """Name an attempt's folder; where numbers come again, as after a restored backup, the name does not."""
    return f"{job_id}-{fence}-{secrets.token_hex(4)}"


def _folder(file: str) -> str:
    return PurePosixPath(file).parent.as_posix()


def _move(folder: Path, place: Path) -> None:
    """Put a folder in its place at once, its files safely on the disk before."""
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        _flush(folder)
        folder.rename(place)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        near = place.with_name(f".{place.name}-{secrets.token_hex(4)}")
        shutil.copytree(folder, near)
        _flush(near)
        near.rename(place)
        shutil.rmtree(folder)
    _flush_entry(place.parent)


def _flush(folder: Path) -> None:
    for path in (*folder.rglob("*"), folder):
        _flush_entry(path)


def _flush_entry(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
