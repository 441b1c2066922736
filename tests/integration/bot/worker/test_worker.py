"""What becomes of a request in a worker's hands, whatever happens while it is there."""

import shutil
import threading
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.worker.render_process import RenderProcessDied
from bot.worker.render_protocol import RenderEvent, RenderTask
from bot.worker.sound_source import LocalSound, SoundSource
from bot.worker.worker import Worker, WorkerLimits
from pipeline.errors import ErrorCode, PipelineError
from pipeline.fetch.supervisor import FetchInterrupted, FetchLimits
from pipeline.recipe import Recipe, Scene
from pipeline.render.values import RenderedClip
from pipeline.render.watch import Progress
from storage.clips import clips
from storage.clips.media import MediaStore
from storage.database import migrate
from storage.database.transactions import Database
from storage.engine.embedded import EmbeddedEngine
from storage.errors import RefusalCode
from storage.outbox import deliveries
from storage.people import chats, people
from storage.requests import quotas, requests
from storage.requests.quotas import UNLIMITED
from storage.requests.requests import NewRequest, Request
from storage.requests.sources import NewSource
from storage.states import RequestState

SCENES = (Scene(365, 1), Scene(366, 2))
Behaviour = Callable[[RenderTask, Callable[[RenderEvent], None], Callable[[], bool]], RenderedClip]


class Renderer:
    """Stands in for a render process: keeps its promises, draws nothing."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour

    def render(
        self, task: RenderTask, *, on_event: Callable[[RenderEvent], None], should_stop: Callable[[], bool]
    ) -> RenderedClip:
        return self.behaviour(task, on_event, should_stop)

    def stop(self) -> None:
        """Nothing runs."""


def draw(task: RenderTask, on_event: Callable[[RenderEvent], None], _should_stop: Callable[[], bool]) -> RenderedClip:
    path = task.folder / "clip.mp4"
    path.write_bytes(b"film")
    storyboard = task.folder / "storyboard.jpg"
    storyboard.write_bytes(b"picture")
    on_event(RenderEvent("storyboard", storyboard=storyboard, recipe=task.recipe.with_changes(scenes=SCENES)))
    on_event(RenderEvent("progress", progress=Progress("rendering", 12, 24)))
    recipe = task.recipe.with_changes(scenes=SCENES, model="sketch", size_px=128)
    return RenderedClip(path, recipe, 1.0, size_px=128, fps=24, frame_count=24, bytes=4, storyboard=storyboard)


def until_stopped(
    task: RenderTask, on_event: Callable[[RenderEvent], None], should_stop: Callable[[], bool]
) -> RenderedClip:
    deadline_s = time.monotonic() + 30
    while time.monotonic() < deadline_s:
        if should_stop():
            raise PipelineError(ErrorCode.CANCELLED)
        time.sleep(0.02)
    raise AssertionError("nobody stopped it")


class WorkerWorld:
    """A database, a media store and a worker, and what a chat would do to them."""

    def __init__(self, folder: Path, empty_database: Path) -> None:
        self.folder = folder
        path = shutil.copyfile(empty_database, folder / "test.sqlite3")
        self.database = Database(f"sqlite:///{path}")
        self.media = MediaStore(folder / "media")
        self.behaviour: Behaviour = draw
        self.timeout_s = 60.0

    def ask(self, seconds: float = 1.0, **recipe: object) -> int:
        sound = self.folder / "sound.wav"
        with wave.open(str(sound), "wb") as file:
            file.setparams((1, 2, 44_100, 0, "NONE", ""))
            file.writeframes(b"\0\0" * int(44_100 * seconds))
        stored = self.media.keep_sound(sound)
        with self.database.write() as tx:
            intake = NewRequest(
                platform="telegram",
                event_id=str(time.monotonic_ns()),
                person_id=people.get_or_create(tx, "telegram", "1", "Ada").id,
                chat_id=chats.get_or_create(tx, "telegram", "-7").id,
                source=NewSource("file", stored, title="A song"),
                recipe=Recipe(theme="primates").with_changes(**recipe),
                estimated_s=60.0,
                language="en",
            )
            return requests.submit(tx, intake, UNLIMITED).request.id

    def look(self, request_id: int) -> Request:
        with self.database.read() as tx:
            return requests.get(tx, request_id)

    def wait_for(self, request_id: int, *states: RequestState) -> Request:
        deadline_s = time.monotonic() + 30
        while (request := self.look(request_id)).state not in states:
            assert time.monotonic() < deadline_s, f"it is still {request.state}"
            time.sleep(0.02)
        return request

    def seconds_charged(self, person_id: int) -> float:
        with self.database.read() as tx:
            return quotas.spent_by_user(tx, person_id).seconds

    @contextmanager
    def working(self) -> Iterator[Worker]:
        engine = EmbeddedEngine(self.database, poll_s=0.02, retry_s=0.05)
        worker = Worker(
            database=self.database,
            engine=engine,
            media=self.media,
            sounds=SoundSource(self.database, self.media, FetchLimits()),
            work_dir=self.folder / "work",
            limits=WorkerLimits(600.0, None, self.timeout_s, UNLIMITED),
            new_renderer=lambda: Renderer(lambda *call: self.behaviour(*call)),  # type: ignore[return-value, arg-type]
            retry_after_s=0.01,
        )
        thread = threading.Thread(target=worker.run)
        thread.start()
        try:
            yield worker
        finally:
            worker.drain()
            thread.join()
            assert list((self.folder / "work").glob("*")) == []


@pytest.fixture(scope="module")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("database") / "empty.sqlite3"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def world(tmp_path: Path, empty_database: Path) -> Iterator[WorkerWorld]:
    world = WorkerWorld(tmp_path, empty_database)
    yield world
    world.database.close()


def test_a_request_becomes_a_clip_that_waits_for_its_delivery(world: WorkerWorld) -> None:
    request_id = world.ask()
    with world.working():
        request = world.wait_for(request_id, RequestState.RENDERED)
    assert request.clip_id is not None
    with world.database.write() as tx:
        clip = clips.get(tx, request.clip_id)
        delivery = deliveries.claim(tx, "telegram", "test")
    assert world.media.path(clip.video).read_bytes() == b"film"
    assert clip.sound is not None
    assert world.media.path(clip.sound).stat().st_size > 44_100
    assert clip.recipe.scenes == SCENES
    assert delivery is not None
    assert (delivery.kind, delivery.clip_id) == ("clip", clip.id)


def test_the_storyboard_is_there_before_the_clip(world: WorkerWorld) -> None:
    def draw_slowly(
        task: RenderTask, on_event: Callable[[RenderEvent], None], should_stop: Callable[[], bool]
    ) -> RenderedClip:
        draw(task, on_event, should_stop)
        return until_stopped(task, on_event, should_stop)

    world.behaviour = draw_slowly
    request_id = world.ask()
    with world.working():
        world.wait_for(request_id, RequestState.RENDERING)
        while (request := world.look(request_id)).storyboard is None:
            time.sleep(0.02)
        assert request.chosen is not None
        assert request.chosen.scenes == SCENES
        assert world.media.path(request.storyboard).read_bytes() == b"picture"


def test_the_real_length_is_charged_once_it_is_known(world: WorkerWorld) -> None:
    request_id = world.ask(seconds=2.0)
    assert world.seconds_charged(world.look(request_id).person_id) == 60.0
    with world.working():
        request = world.wait_for(request_id, RequestState.RENDERED)
    assert world.seconds_charged(request.person_id) == pytest.approx(2.0, abs=0.05)


def test_how_long_drawing_took_is_written_down_for_tomorrow_s_prices(world: WorkerWorld) -> None:
    def draw_a_while(
        task: RenderTask, on_event: Callable[[RenderEvent], None], should_stop: Callable[[], bool]
    ) -> RenderedClip:
        time.sleep(0.05)  # listening, say
        on_event(RenderEvent("progress", progress=Progress("rendering", 0, 10)))
        time.sleep(0.2)
        return draw(task, on_event, should_stop)

    world.behaviour = draw_a_while
    request_id = world.ask()
    with world.working():
        world.wait_for(request_id, RequestState.RENDERED)
    with world.database.read() as tx:
        drawn_in_s = tx.connection.exec_driver_sql("SELECT drawn_in_s FROM clips").scalar_one()
    assert drawn_in_s >= 0.2


def test_a_refusal_is_told_and_refunded(world: WorkerWorld) -> None:
    def refuse(*_: object) -> RenderedClip:
        raise PipelineError(ErrorCode.START_AFTER_END, start_s=9.0, duration_s=1.0)

    world.behaviour = refuse
    request_id = world.ask()
    with world.working():
        request = world.wait_for(request_id, RequestState.FAILED)
    assert request.error is not None
    assert request.error.code is ErrorCode.START_AFTER_END
    assert world.seconds_charged(request.person_id) == 0


def test_a_mistake_of_ours_is_not_shown_as_a_stack_trace(world: WorkerWorld) -> None:
    def break_down(*_: object) -> RenderedClip:
        raise ZeroDivisionError

    world.behaviour = break_down
    request_id = world.ask()
    with world.working():
        request = world.wait_for(request_id, RequestState.FAILED)
    assert request.error is not None
    assert request.error.code is RefusalCode.BROKE


def test_a_dead_render_process_is_tried_again(world: WorkerWorld) -> None:
    deaths = iter([True, False])

    def die_once(*call: object) -> RenderedClip:
        if next(deaths):
            raise RenderProcessDied
        return draw(*call)  # type: ignore[arg-type]

    world.behaviour = die_once
    request_id = world.ask()
    with world.working():
        request = world.wait_for(request_id, RequestState.RENDERED)
    assert request.starts == 2


def test_a_fetch_that_somebody_killed_is_tried_again(world: WorkerWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    bring = SoundSource.bring
    deaths = iter([True, False])

    def die_once(self: SoundSource, *call: Any, **more: Any) -> LocalSound:
        if next(deaths):
            raise FetchInterrupted(ErrorCode.FETCH_FAILED, host="example.org", reason="SIGKILL")
        return bring(self, *call, **more)

    monkeypatch.setattr(SoundSource, "bring", die_once)
    request_id = world.ask()
    with world.working():
        request = world.wait_for(request_id, RequestState.RENDERED)
    assert request.starts == 2


def test_a_request_that_kills_every_render_process_is_given_up_and_refunded(world: WorkerWorld) -> None:
    def die(*_: object) -> RenderedClip:
        raise RenderProcessDied

    world.behaviour = die
    request_id = world.ask()
    with world.working():
        request = world.wait_for(request_id, RequestState.DEAD)
    assert request.starts == requests.MAX_STARTS
    assert world.seconds_charged(request.person_id) == 0


def test_a_cancelled_request_stops_soon(world: WorkerWorld) -> None:
    world.behaviour = until_stopped
    request_id = world.ask()
    with world.working():
        request = world.wait_for(request_id, RequestState.RENDERING)
        with world.database.write() as tx:
            assert requests.cancel(tx, request_id)
        world.behaviour = draw
        later = world.ask()
        world.wait_for(later, RequestState.RENDERED)  # the only slot is free again
    assert world.look(request_id).state is RequestState.CANCELLED
    assert request.clip_id is None


def test_a_drain_hands_the_request_back_uncharged(world: WorkerWorld) -> None:
    world.behaviour = until_stopped
    request_id = world.ask()
    with world.working():
        world.wait_for(request_id, RequestState.RENDERING)
    request = world.look(request_id)
    assert request.state is RequestState.QUEUED
    assert request.starts == 0
    world.behaviour = draw
    with world.working():
        world.wait_for(request_id, RequestState.RENDERED)


def test_a_render_that_takes_too_long_is_given_up(world: WorkerWorld) -> None:
    world.behaviour, world.timeout_s = until_stopped, 0.2
    request_id = world.ask()
    with world.working():
        request = world.wait_for(request_id, RequestState.FAILED)
    assert request.error is not None
    assert request.error.code is ErrorCode.RENDER_TIMEOUT


def test_a_sound_that_is_gone_is_said_so(world: WorkerWorld) -> None:
    request_id = world.ask()
    for sound in world.folder.glob("media/sounds/*/*"):
        sound.unlink()
    with world.working():
        request = world.wait_for(request_id, RequestState.FAILED)
    assert request.error is not None
    assert request.error.code is ErrorCode.FILE_MISSING
