"""The media store: a folder at a time, never half of one, and nothing that is needed is swept away."""

import errno
import os
import re
import time
from pathlib import Path

import pytest

from storage.clips import clips
from storage.clips.media import GRACE_S, MediaStore, Retention, sweep
from storage.database.transactions import Database
from storage.engine.embedded import EmbeddedEngine
from storage.outbox import deliveries
from storage.requests import relays, release, requests
from storage.requests.sources import NewSource
from tests.doubles.books import HandClock, call, make, submit

ROOMY = Retention(max_bytes=10**9, max_age_s=1e9)
DAY_S = 86_400.0


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "media")


def made_by_worker(tmp_path: Path, name: str = "work", content: bytes = b"film") -> Path:
    folder = tmp_path / name
    folder.mkdir()
    (folder / "clip.mp4").write_bytes(content)
    (folder / "sound.wav").write_bytes(b"sound")
    return folder


def keep(store: MediaStore, folder: Path, job_id: int, fence: int) -> None:
    """Keep a clip where `tests.doubles.books.clip_of` says that it lies."""
    kept = store.keep_clip(folder, job_id, fence)
    store.path(kept).rename(store.path(f"clips/{job_id}-{fence}"))


def test_what_an_attempt_made_is_moved_in_whole(store: MediaStore, tmp_path: Path) -> None:
    folder = made_by_worker(tmp_path)
    kept = store.keep_clip(folder, job_id=17, fence=2)
    assert re.fullmatch(r"clips/17-2-[0-9a-f]{8}", kept)
    assert not folder.exists()
    assert store.path(f"{kept}/clip.mp4").read_bytes() == b"film"


def test_a_late_attempt_has_a_place_of_its_own(store: MediaStore, tmp_path: Path) -> None:
    store.keep_clip(made_by_worker(tmp_path, "late", b"late"), 17, 1)
    winners = store.keep_clip(made_by_worker(tmp_path, "winner", b"winner"), 17, 1)
    assert store.path(f"{winners}/clip.mp4").read_bytes() == b"winner"


def test_between_disks_a_clip_is_copied_beside_its_place_first(
    store: MediaStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = made_by_worker(tmp_path)
    rename = Path.rename

    def on_another_disk(self: Path, target: Path) -> Path:
        if self == folder:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", on_another_disk)
    kept = store.keep_clip(folder, 17, 2)
    assert not folder.exists()
    assert store.path(f"{kept}/clip.mp4").read_bytes() == b"film"
    assert list((store.root / "clips").iterdir()) == [store.path(kept)]


def test_a_sound_is_copied_and_the_original_left_alone(store: MediaStore, tmp_path: Path) -> None:
    sound = tmp_path / "My Song.WAV"
    sound.write_bytes(b"sound")
    kept = store.keep_sound(sound)
    assert kept.endswith("/sound.wav")
    assert store.path(kept).read_bytes() == sound.read_bytes() == b"sound"
    assert store.keep_sound(sound) != kept


@pytest.mark.parametrize("path", ["/etc/passwd", "../outside", "clips/../../outside"])
def test_no_path_leads_out_of_the_store(store: MediaStore, path: str) -> None:
    with pytest.raises(ValueError, match="not in the media store"):
        store.path(path)


@pytest.fixture
def now(clock: HandClock) -> HandClock:
    """Files have real times, so the clock starts at the real time, too."""
    clock.now_s = time.time()
    return clock


def test_a_clip_is_kept_until_it_is_delivered(
    database: Database, engine: EmbeddedEngine, store: MediaStore, tmp_path: Path, now: HandClock
) -> None:
    with database.write() as tx:
        clip = make(tx, engine, "e1")
    keep(store, made_by_worker(tmp_path), clip.id, 1)
    now.advance(365 * DAY_S)
    nothing_stays = Retention(max_bytes=0, max_age_s=DAY_S)
    assert sweep(database, store, nothing_stays) == 0
    with database.write() as tx:
        delivery = deliveries.claim(tx, "telegram", "bot")
        assert delivery is not None
        deliveries.sent(tx, delivery.id, delivery.fence)
    assert sweep(database, store, nothing_stays) == len(b"film") + len(b"sound")
    assert not store.path(clip.video).exists()
    with database.read() as tx:
        assert clips.get(tx, clip.id).media_removed
    assert sweep(database, store, nothing_stays) == 0


def test_a_deleted_clip_and_a_loser_s_leftovers_are_swept_after_an_hour(
    database: Database, engine: EmbeddedEngine, store: MediaStore, tmp_path: Path, now: HandClock
) -> None:
    with database.write() as tx:
        kept, deleted = make(tx, engine, "e1"), make(tx, engine, "e2")
        clips.delete(tx, deleted.id)
    for job_id, fence in ((kept.id, 1), (kept.id, 2), (deleted.id, 1)):
        keep(store, made_by_worker(tmp_path), job_id, fence)
    assert sweep(database, store, ROOMY) == 0
    now.advance(GRACE_S + 60)
    sweep(database, store, ROOMY)
    assert [folder.path for folder in store.folders()] == [f"clips/{kept.id}-1"]


def test_sounds_stay_while_a_request_or_a_relay_needs_them(
    database: Database, store: MediaStore, tmp_path: Path, now: HandClock
) -> None:
    song = tmp_path / "song.wav"
    song.write_bytes(b"sound")
    asked, gathered, unused = (store.keep_sound(song) for _ in range(3))
    with database.write() as tx:
        submit(tx, "e1", source=NewSource("file", asked))
        relay = call(tx, source=NewSource("file", gathered))
    now.advance(DAY_S)
    sweep(database, store, ROOMY)
    assert (store.path(asked).exists(), store.path(gathered).exists()) == (True, True)
    assert not store.path(unused).exists()
    with database.write() as tx:
        relays.end(tx, relay.id)
    sweep(database, store, ROOMY)
    assert not store.path(gathered).exists()


def test_the_sound_of_a_clip_that_is_being_remixed_stays(
    database: Database, engine: EmbeddedEngine, store: MediaStore, tmp_path: Path, now: HandClock
) -> None:
    with database.write() as tx:
        parent = make(tx, engine, "e1")
        delivery = deliveries.claim(tx, "telegram", "bot")
        assert delivery is not None
        deliveries.sent(tx, delivery.id, delivery.fence)
        submit(tx, "e2", source=NewSource.clip(parent.id))
    keep(store, made_by_worker(tmp_path), parent.id, 1)
    now.advance(365 * DAY_S)
    assert sweep(database, store, Retention(max_bytes=0, max_age_s=DAY_S)) == 0


def test_a_storyboard_stays_while_its_clip_is_being_made(
    database: Database, engine: EmbeddedEngine, store: MediaStore, tmp_path: Path, now: HandClock
) -> None:
    picture = tmp_path / "storyboard.png"
    picture.write_bytes(b"picture")
    with database.write() as tx:
        request = submit(tx, "e1")
        release.release(tx, engine, window=1)
        assert requests.begin(tx, request.id, 1)
        kept = store.keep_storyboard(picture, request.id, 1)
        assert requests.show_storyboard(tx, request.id, 1, kept, request.recipe)
    now.advance(DAY_S)
    sweep(database, store, ROOMY)
    assert store.path(kept).read_bytes() == b"picture"
    with database.write() as tx:
        requests.cancel(tx, request.id)
    sweep(database, store, ROOMY)
    assert not store.path(kept).exists()


def test_what_a_crash_left_in_the_making_is_swept(
    database: Database, store: MediaStore, tmp_path: Path, now: HandClock
) -> None:
    half = store.root / "making" / "abc"
    half.mkdir(parents=True)
    (half / "sound.wav").write_bytes(b"so")
    now.advance(GRACE_S + 60)
    assert sweep(database, store, ROOMY) == 2
    assert not half.exists()
