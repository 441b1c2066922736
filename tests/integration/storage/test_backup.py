"""A backup holds whatever its books name, whatever is written meanwhile, and is a home again elsewhere."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from storage.clips import clips
from storage.clips.media import MediaStore
from storage.database.transactions import Database, sqlite_file
from storage.engine.embedded import EmbeddedEngine
from storage.errors import RefusalCode, StorageError
from storage.requests import release, requests
from storage.requests.requests import Request
from storage.upkeep.backup import BOOKS, MEDIA, back_up, restore
from tests.doubles.books import HandClock, clip_of, new_database, submit


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def make_clip(database: Database, media: MediaStore, work: Path, who: str) -> Request:
    """Let somebody ask for a clip, and a worker make it, files first."""
    with database.write() as tx:
        submit(tx, f"event of {who}", who=who)
        [job] = release.release(tx, EmbeddedEngine(database), window=10**6)
        begun = requests.begin(tx, job, requests.get(tx, job).ticket)
    assert begun is not None
    folder = work / str(begun.id)
    folder.mkdir(parents=True)
    (folder / "clip.mp4").write_bytes(f"clip {begun.id}".encode())
    kept = media.keep_clip(folder, begun.id, begun.fence)
    with database.write() as tx:
        requests.start_rendering(tx, begun.id, begun.fence)
        assert requests.finish_render(
            tx, begun.id, begun.fence, clip_of(begun.id, begun.fence, video=f"{kept}/clip.mp4")
        )
    return begun


def all_files_are_there(database: Database, media: MediaStore) -> int:
    with database.read() as tx:
        ids = tx.connection.exec_driver_sql("SELECT id FROM clips").scalars().all()
        for clip_id in ids:
            assert media.path(clips.get(tx, clip_id).video).read_bytes() == f"clip {clip_id}".encode()
    return len(ids)


def test_what_is_made_while_a_backup_is_made_is_in_it_or_not_and_never_by_half(home: Path, tmp_path: Path) -> None:
    database, media = new_database(home, HandClock()), MediaStore(home / "media")
    books = sqlite_file(database.url)
    for number in range(3):
        make_clip(database, media, tmp_path / "work", f"before {number}")
    stop = threading.Event()

    def go_on() -> None:
        for number in range(200):
            if stop.is_set():
                return
            make_clip(database, media, tmp_path / "work", f"meanwhile {number}")

    writer = threading.Thread(target=go_on)
    writer.start()
    try:
        for number in range(3):
            back_up(books, media.root, tmp_path / f"backup-{number}")
    finally:
        stop.set()
        writer.join()
    database.close()
    counts = []
    for number in range(3):
        place = tmp_path / f"restored-{number}"
        restore(tmp_path / f"backup-{number}", place / BOOKS, place / MEDIA)
        restored = Database(f"sqlite:///{place / BOOKS}")
        counts.append(all_files_are_there(restored, MediaStore(place / MEDIA)))
        restored.close()
    assert counts == sorted(counts)
    assert counts[0] >= 3


def test_numbers_that_come_again_meet_no_old_folders(home: Path, tmp_path: Path) -> None:
    """Somebody puts old books back and leaves the newer media where they are."""
    database, media = new_database(home, HandClock()), MediaStore(home / "media")
    books = sqlite_file(database.url)
    make_clip(database, media, tmp_path / "work", "ada")
    back_up(books, media.root, tmp_path / "backup")
    later = make_clip(database, media, tmp_path / "work", "bo")
    database.close()
    for path in home.glob(f"{books.name}*"):
        path.unlink()
    (tmp_path / "backup" / BOOKS).rename(books)
    restored = Database(database.url)
    again = make_clip(restored, media, tmp_path / "again", "cy")
    assert (again.id, again.fence) == (later.id, later.fence)
    assert all_files_are_there(restored, media) == 2
    restored.close()


def test_nothing_is_written_over(home: Path, tmp_path: Path) -> None:
    database, media = new_database(home, HandClock()), MediaStore(home / "media")
    books = sqlite_file(database.url)
    make_clip(database, media, tmp_path / "work", "ada")
    database.close()
    back_up(books, media.root, tmp_path / "backup")
    for attempt in (
        lambda: back_up(books, media.root, tmp_path / "backup"),
        lambda: restore(tmp_path / "backup", books, media.root),
    ):
        with pytest.raises(StorageError) as refusal:
            attempt()
        assert refusal.value.code is RefusalCode.IN_THE_WAY


def test_what_is_no_backup_is_called_so(tmp_path: Path) -> None:
    with pytest.raises(StorageError) as refusal:
        restore(tmp_path, tmp_path / "home" / BOOKS, tmp_path / "home" / MEDIA)
    assert refusal.value.code is RefusalCode.NO_BACKUP
    assert not (tmp_path / "home").exists()
    with pytest.raises(StorageError) as refusal:
        back_up(tmp_path / "none.sqlite3", tmp_path, tmp_path / "backup")
    assert refusal.value.code is RefusalCode.NO_BOOKS


def test_a_backup_that_fails_leaves_nothing(home: Path, tmp_path: Path) -> None:
    (home / BOOKS).write_bytes(b"no database at all, but a file")
    with pytest.raises(Exception, match="not a database"):
        back_up(home / BOOKS, home / MEDIA, tmp_path / "backup")
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
