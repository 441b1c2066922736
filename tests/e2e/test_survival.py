"""A worker is killed in the middle of a render; the next one finishes the request, once."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.app.composition import open_database, open_media, quota_limits
from bot.settings import Settings
from pipeline.recipe import Recipe
from storage.clips import clips
from storage.database.transactions import Database
from storage.outbox import deliveries
from storage.people import chats, people
from storage.requests import quotas, requests
from storage.requests.requests import NewRequest, Request
from storage.requests.sources import NewSource
from storage.states import RequestState

Start = Callable[..., "subprocess.Popen[str]"]
LEASE_S = "2"


@contextmanager
def working(start: Start) -> Iterator["subprocess.Popen[str]"]:
    process = start("worker", GANTERPRET_WORKER_LEASE_S=LEASE_S)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=60)


def wait_until(database: Database, request_id: int, holds: Callable[[Request], bool]) -> Request:
    deadline_s = time.monotonic() + 90
    while True:
        with database.read() as tx:
            request = requests.get(tx, request_id)
        if holds(request):
            return request
        assert time.monotonic() < deadline_s, f"it is still {request.state}, {request.stage} {request.done}"
        time.sleep(0.05)


def children_of(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for child processes in Linux's /proc")
def test_a_killed_worker_s_request_is_finished_once_by_the_next(
    start: Start, sounds: Path, environment: dict[str, str]
) -> None:
    settings = Settings()
    database, media = open_database(settings), open_media(settings)
    with database.write() as tx:
        person = people.get_or_create(tx, "telegram", "1", "Ada")
        intake = NewRequest(
            platform="telegram",
            event_id="1",
            person_id=person.id,
            chat_id=chats.get_or_create(tx, "telegram", "-7").id,
            source=NewSource("file", media.keep_sound(sounds / "song.wav")),
            recipe=Recipe(theme="primates", size_px=256, fps=60),
            estimated_s=2.0,
            language="en",
        )
        request_id = requests.submit(tx, intake, quota_limits(settings)).request.id

    first = start("worker", GANTERPRET_WORKER_LEASE_S=LEASE_S)
    wait_until(database, request_id, lambda request: request.stage == "rendering" and request.done > 0)
    renderers = children_of(first.pid)
    assert renderers
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()

    with working(start):
        request = wait_until(database, request_id, lambda request: request.state is RequestState.RENDERED)
        for renderer in renderers:
            assert not Path(f"/proc/{renderer}").exists(), "the first render process went on by itself"

    assert request.starts == 2
    with database.write() as tx:
        made = clips.made_by(tx, person.id)
        assert len(made) == 1
        assert quotas.spent_by_user(tx, person.id).clips == 1
        delivery = deliveries.claim(tx, "telegram", "test")
        assert delivery is not None
        assert deliveries.claim(tx, "telegram", "test") is None
    assert media.path(made[0].video).stat().st_size == made[0].bytes
    assert list(settings.work_dir.iterdir()) == []
    database.close()


def test_the_demo_takes_a_request_all_the_way(start: Start, sounds: Path, tmp_path: Path) -> None:
    process = start("demo", "--sound", sounds / "song.wav", "-o", tmp_path / "out", "--size", "128")
    shown, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    files = [line.strip().split(": ", 1) for line in shown.splitlines() if line.startswith(("  clip: ", "  picture: "))]
    kinds = [(kind, Path(path).suffix) for kind, path in files]
    # The storyboard stands there as long as it is drawn; a quick machine shows none.
    assert [kind for kind in kinds if kind != ("picture", ".jpg")] == [("clip", ".mp4"), ("picture", ".png")]
    for _, path in files:
        assert Path(path).stat().st_size > 1000
    shutil.rmtree(tmp_path / "out")
