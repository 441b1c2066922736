"""A render process is one that may be killed, may die, and is kept warm otherwise."""

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.worker import render_process
from bot.worker.environment import render_environment
from bot.worker.render_process import COMMAND, RenderProcess, RenderProcessDied
from bot.worker.render_protocol import RenderEvent, RenderTask
from pipeline.errors import ErrorCode, PipelineError
from pipeline.media.probe import SoundInfo
from pipeline.recipe import Recipe, Scene

INFO = SoundInfo("wav", "pcm_s16le", 1.0, 1, 44_100, has_video=False, title=None)


def child(how: str, *more: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "tests.integration.bot.worker.render_children", how, *more)


@pytest.fixture
def task(tmp_path: Path) -> RenderTask:
    recipe = Recipe(theme="primates", scenes=(Scene(365, 1), Scene(366, 2)))
    return RenderTask(tmp_path / "sound.wav", INFO, recipe, tmp_path, "Ünïcode “title”", 600.0, None, 60.0)


@pytest.fixture
def heard() -> list[RenderEvent]:
    return []


@pytest.fixture
def process(request: pytest.FixtureRequest) -> Iterator[RenderProcess]:
    with RenderProcess(child(request.param)) as process:
        yield process


def test_a_task_and_its_answers_survive_their_lines(task: RenderTask) -> None:
    assert RenderTask.from_line(task.to_line()) == task
    error = PipelineError(ErrorCode.UNKNOWN_THEME, query="x", suggestions=("a", "b"))
    told = RenderEvent.from_line(RenderEvent("failed", error=error).to_line() + "\n").error
    assert told is not None
    assert (told.code, told.facts) == (error.code, error.facts)


@pytest.mark.parametrize("process", ["well"], indirect=True)
def test_it_tells_how_it_goes_and_makes_a_clip(
    process: RenderProcess, task: RenderTask, heard: list[RenderEvent]
) -> None:
    clip = process.render(task, on_event=heard.append, should_stop=lambda: False)
    assert clip.recipe == task.recipe
    assert clip.path.exists()
    assert [event.kind for event in heard] == ["progress", "storyboard"]


@pytest.mark.parametrize("process", ["well"], indirect=True)
def test_it_is_kept_for_the_next_task(process: RenderProcess, task: RenderTask) -> None:
    process.render(task, on_event=lambda _: None, should_stop=lambda: False)
    first = process.pid
    process.render(task, on_event=lambda _: None, should_stop=lambda: False)
    assert process.pid == first


@pytest.mark.parametrize("process", ["refuse"], indirect=True)
def test_a_refusal_comes_through_with_its_facts(process: RenderProcess, task: RenderTask) -> None:
    with pytest.raises(PipelineError) as refusal:
        process.render(task, on_event=lambda _: None, should_stop=lambda: False)
    assert refusal.value.facts == {"limit_s": 600.0}


@pytest.mark.parametrize("process", ["die"], indirect=True)
def test_a_death_is_noticed(process: RenderProcess, task: RenderTask) -> None:
    with pytest.raises(RenderProcessDied):
        process.render(task, on_event=lambda _: None, should_stop=lambda: False)


def test_after_a_death_there_is_a_new_one(task: RenderTask, tmp_path: Path) -> None:
    with RenderProcess(child("die-once", str(tmp_path / "mark"))) as process:
        with pytest.raises(RenderProcessDied):
            process.render(task, on_event=lambda _: None, should_stop=lambda: False)
        assert process.render(task, on_event=lambda _: None, should_stop=lambda: False).frame_count == 24


@pytest.mark.parametrize("process", ["hang"], indirect=True)
def test_stopping_kills_it_at_once(process: RenderProcess, task: RenderTask, heard: list[RenderEvent]) -> None:
    with pytest.raises(PipelineError) as refusal:
        process.render(task, on_event=heard.append, should_stop=lambda: bool(heard))
    assert refusal.value.code is ErrorCode.CANCELLED
    assert process.pid is None


@pytest.mark.parametrize("process", ["hang"], indirect=True)
def test_whatever_the_watcher_raises_ends_it_too(process: RenderProcess, task: RenderTask) -> None:
    def too_late() -> bool:
        raise PipelineError(ErrorCode.RENDER_TIMEOUT, limit_s=1.0)

    with pytest.raises(PipelineError):
        process.render(task, on_event=lambda _: None, should_stop=too_late)
    assert process.pid is None


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"Segmentation fault (core dumped)\n", "Segmentation fault"),
        (b"\xff\xfe\n", "its answer is none"),
        (b"\n", "its answer is none"),
        (b"[]\n", "its answer is none"),
        (b"null\n", "its answer is none"),
        (b"[" * 100_000 + b"\n", "its answer is none"),
        (b'{"kind": "bored"}\n', "bored"),
        (b'{"kind": "done"}\n', "its answer is none"),
        (b'{"kind": "done", "clip": {"path": "clip.mp4"}}\n', "its answer is none"),
        (b'{"kind": "failed"}\n', "its answer is none"),
        (b'{"kind": "failed", "error": {"code": "no_such", "facts": {}}}\n', "its answer is none"),
        (b'{"kind": "progress", "progress": {"stage": "rendering", "done": "x", "total": 1}}\n', "its answer is none"),
        (b'{"kind": "progress", "progress": {"stage": "sleeping", "done": 0, "total": 1}}\n', "sleeping"),
        (b'{"kind": "storyboard"}\n', "its answer is none"),
        (b"x" * 2_000_000, "its answer has no end"),
    ],
    ids=lambda value: repr(value[:30]),
)
def test_a_foreign_line_ends_the_attempt_at_once(task: RenderTask, tmp_path: Path, line: bytes, reason: str) -> None:
    words = tmp_path / "words"
    words.write_bytes(line)
    with RenderProcess(child("say", str(words))) as process:  # which lives on, and says nothing more
        with pytest.raises(RenderProcessDied, match=reason):
            process.render(task, on_event=lambda _: None, should_stop=lambda: False)
        assert process.pid is None


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("half", r"code 0, in the middle of a line: .*\"kind"),
        ("nothing", "code 0$"),
        ("code", "code 3$"),
        ("die", "SIGKILL$"),
        ("close", "closed its output"),
        ("outside", "outside its folder"),
    ],
)
def test_an_end_without_an_answer_has_its_reason(task: RenderTask, how: str, reason: str) -> None:
    with RenderProcess(child(how)) as process, pytest.raises(RenderProcessDied, match=reason):
        process.render(task, on_event=lambda _: None, should_stop=lambda: False)


def test_what_it_said_last_is_in_the_log(task: RenderTask, caplog: pytest.LogCaptureFixture) -> None:
    with RenderProcess(child("moan")) as process, pytest.raises(RenderProcessDied):
        process.render(task, on_event=lambda _: None, should_stop=lambda: False)
    assert "the render process's last words: out of luck" in caplog.messages


def test_a_task_has_a_deadline_that_needs_nobody(task: RenderTask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render_process, "_LATE_S", 0.0)
    with RenderProcess(child("hang")) as process, pytest.raises(PipelineError) as refusal:
        process.render(replace(task, timeout_s=0.5), on_event=lambda _: None, should_stop=lambda: False)
    assert refusal.value.code is ErrorCode.RENDER_TIMEOUT


@pytest.mark.parametrize("process", ["well"], indirect=True)
def test_a_deadline_is_its_tasks_and_not_its_own(process: RenderProcess, task: RenderTask) -> None:
    process.render(replace(task, timeout_s=5.0), on_event=lambda _: None, should_stop=lambda: False)
    first = process.pid
    process.render(replace(task, timeout_s=60.0), on_event=lambda _: None, should_stop=lambda: False)
    assert process.pid == first


def test_what_it_says_between_tasks_is_not_taken_for_an_answer(task: RenderTask, tmp_path: Path) -> None:
    with RenderProcess(child("chatty", str(tmp_path / "said"))) as process:
        process.render(task, on_event=lambda _: None, should_stop=lambda: False)
        first = process.pid
        deadline_s = time.monotonic() + 20
        while not (tmp_path / "said").exists():
            assert time.monotonic() < deadline_s
            time.sleep(0.01)
        process.render(task, on_event=lambda _: None, should_stop=lambda: False)
        assert process.pid != first


def test_it_knows_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANTERPRET_TELEGRAM_TOKEN", "42:secret")
    monkeypatch.setenv("GANTERPRET_PRECISION", "exact")
    known = render_environment()
    assert "42:secret" not in known.values()
    assert known["GANTERPRET_PRECISION"] == "exact"


def test_it_does_not_outlive_a_worker_that_is_gone() -> None:
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.close()  # what the system does for a worker that was killed
        assert process.wait(timeout=60) == 0
