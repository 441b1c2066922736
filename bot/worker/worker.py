"""The worker: takes released requests one after another and makes a clip of each.

It never renders itself. It begins an attempt (and with it a fence that shuts out all attempts before), brings the
sound, lets a render process draw, and hands the clip in together with its delivery. Whatever it was doing when it was
killed, another attempt does again, and only one of them can hand in.
"""

from __future__ import annotations

import logging
import math
import queue
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.worker.render_process import RenderProcess, RenderProcessDied
from bot.worker.render_protocol import RenderEvent, RenderTask
from bot.worker.sound_source import LocalSound, SoundSource
from pipeline.errors import CodedError, ErrorCode, PipelineError
from pipeline.fetch.supervisor import FetchInterrupted
from pipeline.media.decode import decode_sound
from pipeline.media.sound_file import Sound
from pipeline.recipe import Recipe
from pipeline.render.values import RenderedClip
from storage.clips.clips import NewClip
from storage.clips.media import MediaStore
from storage.database.transactions import Database
from storage.engine.port import Control, Engine
from storage.errors import RefusalCode, StorageError
from storage.requests import release, requests
from storage.requests.quotas import QuotaLimits
from storage.requests.requests import Request

log = logging.getLogger(__name__)

RELEASE_EVERY_S = 0.5
RECONCILE_EVERY_S = 30.0
RETRY_AFTER_S = 10.0
"""Before a request whose render process died is tried again: memory may have been short."""
WRITE_PROGRESS_EVERY_S = 0.5
LOOK_EVERY_S = 1.0
"""How soon a cancel is noticed by a render that says nothing; the engine's hint is sooner."""


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """What one clip may take.

    Attributes
    ----------
    max_duration_s, max_bytes : float, int or None
        The longest and the largest clip that is made; no bound on its size where None.
    timeout_s : float
        How long an attempt may take, by the wall clock; a render that takes longer is given up.
    quotas : QuotaLimits
        Charged once the clip's real length is known.
    """

    max_duration_s: float
    max_bytes: int | None
    timeout_s: float
    quotas: QuotaLimits


class Worker:
    """Makes clips until it is drained.

    Parameters
    ----------
    database, engine, media
        Where requests are, who says which is next, and where files go.
    sounds : SoundSource
        Brings the sound of a request.
    work_dir : Path
        For what is not finished; on the media store's disk.
    limits : WorkerLimits
    new_renderer : callable
        Makes a render process; a slot keeps one for itself.
    retry_after_s : float
        Before a request whose render process died is tried again.
    """

    def __init__(
        self,
        *,
        database: Database,
        engine: Engine,
        media: MediaStore,
        sounds: SoundSource,
        work_dir: Path,
        limits: WorkerLimits,
        new_renderer: Callable[[], RenderProcess] = RenderProcess,
        retry_after_s: float = RETRY_AFTER_S,
    ) -> None:
        self._database = database
        self._engine = engine
        self._media = media
        self._sounds = sounds
        self._work_dir = work_dir
        self._limits = limits
        self._new_renderer = new_renderer
        self._retry_after_s = retry_after_s
        self._renderers: queue.LifoQueue[RenderProcess] = queue.LifoQueue()
        self._stopped = threading.Event()

    def run(self, slots: int = 1) -> None:
        """Work until `drain` is called, in as many threads as there are slots."""
        for _ in range(slots):
            self._renderers.put(self._new_renderer())
        releaser = threading.Thread(target=self._release, name="release")
        releaser.start()
        try:
            self._engine.serve(self.handle, slots)
        finally:
            self._stopped.set()
            releaser.join()
            while not self._renderers.empty():
                self._renderers.get().stop()

    def drain(self) -> None:
        """Take nothing new and hand back what is under way, uncharged; safe in a signal handler."""
        self._stopped.set()
        self._engine.drain()

    def handle(self, job_id: int, ticket: int, control: Control) -> None:
        """Make one attempt at a request."""
        with self._database.write() as tx:
            request = requests.begin(tx, job_id, ticket)
        if request is None:
            return
        attempt = _Attempt(self._database, request, control, self._limits.timeout_s)
        try:
            with _folder(self._work_dir, request) as folder:
                self._make(attempt, folder)
        except FetchInterrupted as error:
            log.warning("the fetch of request %d was interrupted: %s", request.id, error.facts["reason"])
            attempt.retry(self._retry_after_s)
        except PipelineError as error:
            if error.code is ErrorCode.CANCELLED and control.draining():
                attempt.hand_back()
            elif error.code is not ErrorCode.CANCELLED:
                attempt.fail(error)
        except CodedError as error:
            attempt.fail(error)
        except RenderProcessDied as death:
            log.warning("the render process of request %d died: %s", request.id, death)
            attempt.retry(self._retry_after_s)
        except Exception:
            log.exception("request %d broke", request.id)
            attempt.fail(StorageError(RefusalCode.BROKE))

    def _make(self, attempt: _Attempt, folder: Path) -> None:
        request = attempt.request
        attempt.report("fetching", 0, 0)
        local = self._sounds.bring(request.source, folder, cancelled=attempt.should_stop)
        # The chat's own limits, as they were when it asked.
        max_duration_s = min(self._limits.max_duration_s, request.max_duration_s or math.inf)
        recipe = local.part(request.recipe)
        sound = decode_sound(
            local.path,
            folder,
            start_s=recipe.start_s,
            duration_s=recipe.duration_s,
            limit_s=max_duration_s,
            cancelled=attempt.should_stop,
        )
        try:
            clip = self._render(attempt, local, sound, recipe, folder, max_duration_s)
        finally:
            sound.path.unlink(missing_ok=True)
        self._hand_in(attempt, clip, local.path, attempt.drawing_s())

    def _render(
        self, attempt: _Attempt, local: LocalSound, sound: Sound, recipe: Recipe, folder: Path, max_duration_s: float
    ) -> RenderedClip:
        request = attempt.request
        with self._database.write() as tx:
            self._sounds.remember(tx, request.source, local, sound.info)
            requests.start_rendering(tx, request.id, request.fence)
            bytes_in = local.path.stat().st_size
            requests.settle(tx, request.id, request.fence, sound.length_s, self._limits.quotas, bytes_in)
        task = RenderTask(
            sound=sound.path,
            info=sound.info,
            recipe=recipe,
            folder=folder,
            title=local.heading(sound.info),
            max_duration_s=max_duration_s,
            max_bytes=min((most for most in (self._limits.max_bytes, request.max_bytes) if most), default=None),
            timeout_s=attempt.left_s(),
        )
        renderer = self._renderers.get()
        try:
            return renderer.render(
                task, on_event=lambda event: self._hear(attempt, event), should_stop=attempt.should_stop
            )
        finally:
            self._renderers.put(renderer)

    def _hear(self, attempt: _Attempt, event: RenderEvent) -> None:
        if event.progress is not None:
            attempt.report(event.progress.stage, event.progress.done, event.progress.total)
        if event.storyboard is not None and event.recipe is not None:
            request = attempt.request
            kept = self._media.keep_storyboard(event.storyboard, request.id, request.fence)
            with self._database.write() as tx:
                requests.show_storyboard(tx, request.id, request.fence, kept, event.recipe)

    def _hand_in(self, attempt: _Attempt, clip: RenderedClip, sound: Path, drawn_in_s: float | None) -> None:
        """Move the files into the media store, then write clip and delivery in one transaction."""
        request = attempt.request
        if not clip.flashes.are_safe:
            log.warning("the clip of request %d flashes more than WCAG 2.3.1 allows: %s", request.id, clip.flashes)
        if sound.parent != clip.path.parent:
            # A remix starts from the sound, so every clip keeps its own.
            sound = Path(shutil.copyfile(sound, clip.path.with_name(f"sound{sound.suffix}")))
        kept = self._media.keep_clip(clip.path.parent, request.id, request.fence)
        new = NewClip(
            recipe=clip.recipe,
            duration_s=clip.duration_s,
            size_px=clip.size_px,
            fps=clip.fps,
            frame_count=clip.frame_count,
            bytes=clip.bytes,
            drawn_in_s=drawn_in_s,
            video=f"{kept}/{clip.path.name}",
            sound=f"{kept}/{sound.name}",
            **{name: f"{kept}/{path.name}" for name, path in _pictures(clip) if path is not None},
        )
        with self._database.write() as tx:
            made = requests.finish_render(tx, request.id, request.fence, new)
        if made is None:
            log.info("request %d was finished or cancelled meanwhile", request.id)

    def _release(self) -> None:
        """Hand the engine what is next, and what it has forgotten."""
        reconciled_at_s = -RECONCILE_EVERY_S
        while not self._stopped.wait(RELEASE_EVERY_S):
            try:
                with self._database.write() as tx:
                    release.release(tx, self._engine)
                    if time.monotonic() - reconciled_at_s >= RECONCILE_EVERY_S:
                        release.reconcile(tx, self._engine)
                        reconciled_at_s = time.monotonic()
            except Exception:
                log.exception("could not release")


@dataclass(slots=True)
class _Attempt:
    """One attempt at a request: its writes, and whether it should go on."""

    database: Database
    request: Request
    control: Control
    timeout_s: float
    wanted: bool = True
    begun_s: float = field(default_factory=time.monotonic)
    reported_s: float = -WRITE_PROGRESS_EVERY_S
    looked_s: float = field(default_factory=time.monotonic)
    stage: str = ""
    drawing_begun_s: float | None = None

    def drawing_s(self) -> float | None:
        """Return how long it has been since the first frame was begun; None if none was."""
        return None if self.drawing_begun_s is None else time.monotonic() - self.drawing_begun_s

    def left_s(self) -> float:
        """Return how long the attempt may go on; some time in any case, as `should_stop` has the last word."""
        return max(1.0, self.begun_s + self.timeout_s - time.monotonic())

    def should_stop(self) -> bool:
        if time.monotonic() - self.begun_s > self.timeout_s:
            raise PipelineError(ErrorCode.RENDER_TIMEOUT, limit_s=self.timeout_s)
        now_s = time.monotonic()
        if self.wanted and (self.control.cancelled() or now_s - self.looked_s >= LOOK_EVERY_S):
            self.looked_s = now_s
            with self.database.read() as tx:
                self.wanted = requests.is_current(tx, self.request.id, self.request.fence)
        return not self.wanted or self.control.draining()

    def report(self, stage: str, done: int, total: int) -> None:
        """Write progress down, a few times a second at the most."""
        now_s = time.monotonic()
        if stage == "rendering" and self.drawing_begun_s is None:
            self.drawing_begun_s = now_s
        if stage == self.stage and now_s - self.reported_s < WRITE_PROGRESS_EVERY_S:
            return
        self.stage, self.reported_s = stage, now_s
        with self.database.write() as tx:
            self.wanted = requests.progress(tx, self.request.id, self.request.fence, stage, done, total)

    def fail(self, error: CodedError) -> None:
        with self.database.write() as tx:
            requests.fail(tx, self.request.id, self.request.fence, error)

    def retry(self, after_s: float) -> None:
        with self.database.write() as tx:
            requests.retry(tx, self.request.id, self.request.fence, after_s=after_s)

    def hand_back(self) -> None:
        with self.database.write() as tx:
            requests.hand_back(tx, self.request.id, self.request.fence)


def _pictures(clip: RenderedClip) -> tuple[tuple[str, Path | None], ...]:
    return ("poster", clip.poster), ("storyboard", clip.storyboard), ("thumbnail", clip.thumbnail)


@contextmanager
def _folder(work_dir: Path, request: Request) -> Iterator[Path]:
    """Make a folder that is gone afterwards, whatever happened, and sweep what killed attempts have left."""
    for left_behind in work_dir.glob(f"{request.id}-*"):
        shutil.rmtree(left_behind, ignore_errors=True)
    path = work_dir / f"{request.id}-{request.fence}"
    path.mkdir(parents=True)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
