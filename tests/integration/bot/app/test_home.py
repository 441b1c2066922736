"""Everything of a person lies in one folder that nobody else can look into, and what is not finished goes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.app.composition import open_database, open_media
from bot.app.doctor import Health, examine
from bot.app.home import at_work, open_home
from bot.settings import Settings
from pipeline.errors import ErrorCode, PipelineError


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def modes(home: Path) -> dict[str, int]:
    """Permissions of the home and of everything in it."""
    return {str(path.relative_to(home)): path.lstat().st_mode & 0o777 for path in (home, *home.rglob("*"))}


def test_a_new_home_is_shut_with_all_that_comes_into_it(settings: Settings, tmp_path: Path) -> None:
    sound = tmp_path / "song.wav"
    sound.write_bytes(b"RIFF")
    open_database(settings).close()
    kept = open_media(settings).keep_sound(sound)
    found = modes(settings.home)
    assert found.pop(f"media/{kept}") == 0o600
    assert found.pop("ganterpret.sqlite3") == 0o600
    assert all(mode in (0o700, 0o600) for mode in found.values()), found


def test_an_older_home_is_tightened_and_only_what_is_ours(settings: Settings) -> None:
    stranger = settings.home / "notes"
    clip = settings.home / "media" / "clips" / "1-1" / "clip.mp4"
    for folder in (clip.parent, stranger):
        folder.mkdir(parents=True)
    for file in (clip, stranger / "note.txt", settings.home / "ganterpret.sqlite3", settings.home / "worker.log"):
        file.touch()
    outside = settings.home.parent / "outside.mp4"
    outside.touch()
    (clip.parent / "link.mp4").symlink_to(outside)
    assert {finding.part: finding.health for finding in examine(settings)}["home"] is Health.LIMITED
    open_home(settings)
    found = modes(settings.home)
    assert found["."] == found["media"] == found["media/clips/1-1"] == 0o700
    assert found["media/clips/1-1/clip.mp4"] == found["ganterpret.sqlite3"] == found["worker.log"] == 0o600
    assert (found["notes"], found["notes/note.txt"], outside.stat().st_mode & 0o777) == (0o755, 0o644, 0o644)
    assert {finding.part: finding.health for finding in examine(settings)}["home"] is Health.GOOD


def test_temporary_files_of_a_process_and_its_children_lie_at_home_and_go_with_it(settings: Settings) -> None:
    before = tempfile.gettempdir()
    with at_work(settings, "worker") as folder:
        with tempfile.NamedTemporaryFile(delete=False) as file:
            assert Path(file.name).is_relative_to(folder)
        child = [sys.executable, "-c", "import tempfile; print(tempfile.gettempdir())"]
        assert Path(subprocess.check_output(child, text=True).strip()).is_relative_to(folder)
    assert tempfile.gettempdir() == before
    assert list(settings.work_dir.iterdir()) == []


def test_what_a_killed_worker_has_left_is_swept_when_another_begins(settings: Settings) -> None:
    killed = f"""
import os, tempfile
from pathlib import Path
from bot.app.home import at_work, open_home
from bot.settings import Settings
settings = Settings(home=Path({str(settings.home)!r}))
open_home(settings)
with at_work(settings, "worker") as folder:
    (folder / "12-1").mkdir()
    (folder / "12-1" / "sound.wav").touch()
    tempfile.NamedTemporaryFile(delete=False).write(b"somebody's sound")
    os.kill(os.getpid(), 9)
"""
    assert subprocess.run([sys.executable, "-c", killed]).returncode == -9
    assert len([path for path in settings.work_dir.rglob("*") if path.is_file()]) == 2
    with at_work(settings, "worker") as folder:
        assert list(settings.work_dir.iterdir()) == [folder]
        with at_work(settings, "bot"):
            assert len(list(settings.work_dir.iterdir())) == 2, "who lives is left alone"


def test_a_home_that_cannot_be_made_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PipelineError) as refusal:
        open_home(Settings(home=tmp_path / "file" / "home"))
    assert refusal.value.code is ErrorCode.OUTPUT_NOT_WRITABLE
