"""What a killed process has left goes as soon as somebody works there again, and nothing else does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.atomic_files import whole, workspace
from pipeline.errors import ErrorCode, PipelineError
from pipeline.held_folders import SUFFIX, HeldFolder, sweep

HOLDER = """
import sys, time
from pathlib import Path
from pipeline.held_folders import HeldFolder
with HeldFolder(Path(sys.argv[1]), "clip.mp4") as folder:
    (folder.path / "half.mp4").write_bytes(b"half")
    print(folder.path.name, flush=True)
    time.sleep(600)
"""


def holder(place: Path) -> tuple[subprocess.Popen[str], Path]:
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(place)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, place / process.stdout.readline().strip()


def test_it_is_held_while_its_owner_lives_even_frozen_and_swept_once_that_is_killed(tmp_path: Path) -> None:
    process, folder = holder(tmp_path)
    with process:
        try:
            assert sweep(tmp_path) == 0
            process.send_signal(signal.SIGSTOP)
            assert sweep(tmp_path) == 0
            assert (folder / "half.mp4").exists()
        finally:
            process.kill()
    assert folder.exists(), "nobody has tidied up"
    assert sweep(tmp_path) == 1
    assert list(tmp_path.iterdir()) == []


def test_the_next_output_beside_it_takes_the_remains_away(tmp_path: Path) -> None:
    process, folder = holder(tmp_path)
    with process:
        process.kill()
    with workspace(tmp_path / "other.mp4") as mine:
        assert not folder.exists()
        assert mine.exists()
        assert sweep(tmp_path) == 0, "mine is mine"
    assert list(tmp_path.iterdir()) == []


def test_what_others_call_alike_is_left_alone(tmp_path: Path) -> None:
    treasure = tmp_path / "treasure"
    treasure.mkdir()
    (treasure / "gold").touch()
    (tmp_path / f".link.0123456789ab{SUFFIX}").symlink_to(treasure)
    (tmp_path / f".file.0123456789ab{SUFFIX}").touch()
    (tmp_path / ".clip.mp4.oz4wqq68.partial").mkdir()
    (tmp_path / f"clip.0123456789ab{SUFFIX}").mkdir()
    before = sorted(tmp_path.rglob("*"))
    assert sweep(tmp_path) == 0
    assert sweep(tmp_path / "missing") == 0
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_that_was_moved_away_is_its_new_owner_s(tmp_path: Path) -> None:
    with HeldFolder(tmp_path, "12-1") as folder:
        (folder.path / "clip.mp4").write_bytes(b"film")
        folder.path.rename(tmp_path / "kept")
    assert (tmp_path / "kept" / "clip.mp4").read_bytes() == b"film"


def test_nobody_s_lock_is_inherited_by_a_child(tmp_path: Path) -> None:
    owner = """
import subprocess, sys
from pathlib import Path
from pipeline.held_folders import HeldFolder
folder = HeldFolder(Path(sys.argv[1]), "x")
child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=0, stdout=subprocess.DEVNULL)
print(child.pid, flush=True)
__import__("os").kill(__import__("os").getpid(), 9)
"""
    read, write = os.pipe()
    try:
        done = subprocess.run([sys.executable, "-c", owner, str(tmp_path)], stdin=read, stdout=subprocess.PIPE)
        assert done.returncode == -signal.SIGKILL
        os.kill(int(done.stdout), 0)  # the child lives
        assert sweep(tmp_path) == 1
    finally:
        os.close(read)
        os.close(write)


def test_a_name_of_any_length_and_kind_will_do(tmp_path: Path) -> None:
    for name in ("x" * 255, "ä" * 120, "a\nb", ".hidden"):
        with HeldFolder(tmp_path, name) as folder:
            assert folder.path.stat().st_mode & 0o777 == 0o700
            assert folder.path.parent == tmp_path


def test_a_file_is_whole_or_as_it_was(tmp_path: Path) -> None:
    out = tmp_path / "picture.png"
    out.write_bytes(b"old")
    with pytest.raises(UnicodeEncodeError), whole(out) as place:
        place.write_text("half of it \ud800", encoding="utf-8")
    assert out.read_bytes() == b"old"
    with whole(out) as place:
        place.write_bytes(b"new")
    assert out.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [out]


def test_a_place_that_cannot_be_written_to_is_told_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(PipelineError) as refusal, whole(tmp_path / "missing" / "a.png"):
        pytest.fail("no work is done")
    assert refusal.value.code is ErrorCode.OUTPUT_NOT_WRITABLE
