"""``ganterpret demo``: one request, all the way: quota, queue, worker, clip, reply."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from bot.app.composition import open_database, open_media, quota_limits
from bot.app.worker_process import STOPS_WITHIN_S, start_worker
from bot.cli.console import err, fail, out, progress_bar
from bot.screens.messages import advise, duration, explain
from bot.settings import Settings
from pipeline.file_errors import reading, writing
from pipeline.processes.child import Child
from pipeline.recipe import Recipe
from pipeline.sample import sample_sound
from pipeline.themes.categories import category_name
from storage.clips import clips
from storage.clips.clips import Clip
from storage.clips.media import MediaStore
from storage.database.transactions import Database
from storage.outbox import deliveries
from storage.outbox.posted_messages import Role
from storage.people import chats, people
from storage.requests import requests
from storage.requests.requests import NewRequest, Request
from storage.requests.sources import NewSource
from storage.states import UNCHARGED, RequestState

LOOK_EVERY_S = 0.2


def command(
    theme: Annotated[str, typer.Option(help="What the pictures show.")] = "primates",
    sound: Annotated[Path | None, typer.Option(help="Your own sound instead of the sample.")] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder for clip and poster.")] = Path("out"),
    size: Annotated[int | None, typer.Option(metavar="128|256|512", help="Width and height in pixels.")] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Another seed, other pictures.")] = 0,
) -> None:
    """Make a clip the way a chat request does, with a database, a queue and a worker process of its own."""
    settings = Settings(home=output / ".state", user_clips_per_day=1000, user_seconds_per_day=1e6)
    database = open_database(settings)
    media = open_media(settings)
    path = sound or sample_sound()
    with reading(path):
        pass  # what is wrong with it is said before a worker is started
    recipe = Recipe(theme=theme, seed=seed, model=settings.model, size_px=size)
    request = _ask(database, media, settings, path, recipe)
    err.print(f"Request {request.id}: {path.name}, theme {theme}", markup=False)
    log_path = settings.home / "worker.log"
    try:
        with _worker(settings, log_path) as worker:
            done = _wait(database, request.id, worker)
    except (KeyboardInterrupt, WorkerDied) as end:
        with database.write() as tx:
            requests.cancel(tx, request.id)
        if isinstance(end, KeyboardInterrupt):
            raise
        fail(f"The worker has died ({end}), so there is no clip.", _last_words(log_path))
        raise typer.Exit(1) from None
    if done.state in UNCHARGED:
        assert done.error is not None
        fail(explain(done.error, settings.language), advise(done.error, settings.language))
        raise typer.Exit(1)
    _reply(database, media, done, output)


def _ask(database: Database, media: MediaStore, settings: Settings, path: Path, recipe: Recipe) -> Request:
    event_id = f"demo-{secrets.token_hex(8)}"
    stored = media.keep_sound(path)
    with database.write() as tx:
        person = people.get_or_create(tx, "cli", "me")
        chat = chats.get_or_create(tx, "cli", "terminal")
        intake = NewRequest(
            platform="cli",
            event_id=event_id,
            person_id=person.id,
            chat_id=chat.id,
            source=NewSource("file", stored),
            recipe=recipe,
            estimated_s=0.0,
            language=settings.language,
        )
        return requests.submit(tx, intake, quota_limits(settings)).request


class WorkerDied(Exception):
    """The demo's worker is gone, and nobody makes the clip; says how it ended."""


@contextmanager
def _worker(settings: Settings, log_path: Path) -> Iterator[Child]:
    """Run a worker, the same program that serves chats, as a process of its own."""
    told = {"GANTERPRET_HOME": str(settings.home.resolve()), "GANTERPRET_MODEL": settings.model}
    with log_path.open("wb") as log, start_worker(log, told) as worker:
        yield worker
        worker.stop(STOPS_WITHIN_S)


def _wait(database: Database, request_id: int, worker: Child) -> Request:
    """Watch the database, as the bot does, until there is a clip or a reason."""
    ended = UNCHARGED | {RequestState.RENDERED}
    with progress_bar() as show:
        while True:
            died = worker.poll()  # before the look: it may have finished the clip and then died
            with database.read() as tx:
                request = requests.get(tx, request_id)
            if request.state in ended:
                return request
            if died is not None:
                raise WorkerDied(str(died))
            show(request.stage or "queued", request.done, request.total)
            time.sleep(LOOK_EVERY_S)


def _last_words(log_path: Path) -> str:
    lines = log_path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    said = f"Its last words: {lines[-1][:500]} " if lines else ""
    return f"{said}All of them are in {log_path}."


def _reply(database: Database, media: MediaStore, request: Request, output: Path) -> None:
    """Deliver the clip: into a folder, as the command line is the chat."""
    with writing(output):
        output.mkdir(parents=True, exist_ok=True)
    with database.write() as tx:
        delivery = deliveries.claim(tx, "cli", owner=f"demo-{os.getpid()}")
        assert delivery is not None
        assert delivery.clip_id is not None
        clip = clips.get(tx, delivery.clip_id)
    files = {"clip": clip.video, "poster": clip.poster, "storyboard": clip.storyboard}
    shown = {}
    for role, reference in files.items():
        if reference is not None:
            source = media.path(reference)
            shown[role] = (
                output / f"{_file_name(clip)}-{request.id}{'' if role == 'clip' else f'-{role}'}{source.suffix}"
            )
            shutil.copyfile(source, shown[role])
    with database.write() as tx:
        deliveries.posted(tx, delivery.id, delivery.fence, Role.CLIP, str(shown["clip"].resolve()))
        deliveries.sent(tx, delivery.id, delivery.fence)
    _show(clip, shown)


def _show(clip: Clip, files: dict[str, Path]) -> None:
    recipe = clip.recipe
    names = " › ".join(category_name(scene.category) for scene in recipe.scenes)
    err.print(f"{duration(clip.duration_s)} at {clip.size_px} px, drawn by {recipe.model}", markup=False)
    err.print(names, markup=False)
    for role, path in files.items():
        out.print(f"{role + ':':<12}{path.resolve()}", markup=False)


def _file_name(clip: Clip) -> str:
    """Words of the theme that any file system takes."""
    words = "".join(mark if mark.isalnum() else " " for mark in clip.recipe.theme).split()
    return "-".join(words)[:60] or "clip"
