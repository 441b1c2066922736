"""The render process: makes one clip after another and keeps its model warm in between.

Started by a worker (`bot.worker.render_process`). It lives exactly as long as its standard input is open, so it
can never outlive a worker that was killed.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import TextIO

from bot.settings import Settings
from bot.worker.render_protocol import RenderEvent, RenderTask
from pipeline.errors import ErrorCode, PipelineError
from pipeline.generators.registry import choose_model, open_generator
from pipeline.generators.warm_pool import WarmModels
from pipeline.render.render import render
from pipeline.render.values import Models, RenderJob, RenderLimits, Targets
from pipeline.render.watch import Progress, Watch


def main() -> None:
    """Serve tasks from standard input until it closes."""
    answers = _private_stdout()
    settings = Settings()

    def say(event: RenderEvent) -> None:
        answers.write(event.to_line() + "\n")
        answers.flush()

    def say_loading(done: int, total: int) -> None:
        say(RenderEvent("progress", progress=Progress("loading", done, total)))

    warm = WarmModels(
        partial(open_generator, cache_dir=settings.cache_dir, precision=settings.precision, progress=say_loading)
    )
    models = Models(choose=partial(choose_model, cache_dir=settings.cache_dir), open=warm.open)
    for line in _lines_until_closed(sys.stdin):
        serve_task(RenderTask.from_line(line), say, models)


def serve_task(task: RenderTask, say: Callable[[RenderEvent], None], models: Models) -> None:
    """Make one clip and say how it goes."""
    targets = Targets(
        task.folder / "clip.mp4",
        poster=task.folder / "poster.png",
        storyboard=task.folder / "storyboard.jpg",
        thumbnail=task.folder / "thumbnail.jpg",
    )
    limits = RenderLimits(max_duration_s=task.max_duration_s, max_bytes=task.max_bytes)
    watch = Watch(
        progress=lambda progress: say(RenderEvent("progress", progress=progress)),
        on_storyboard=lambda path, recipe: say(RenderEvent("storyboard", storyboard=path, recipe=recipe)),
    )
    try:
        clip = render(RenderJob(task.chosen_sound(), task.recipe, targets, limits, task.title), models, watch)
    except PipelineError as error:
        say(RenderEvent("failed", error=error))
    except MemoryError:
        say(RenderEvent("failed", error=PipelineError(ErrorCode.OUT_OF_MEMORY)))
    else:
        say(RenderEvent("done", clip=clip))


def _private_stdout() -> TextIO:
    """Keep standard output for answers alone: what a library prints goes to standard error instead."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def _lines_until_closed(stdin: TextIO) -> Iterator[str]:
    """Yield lines, and end the process at once, whatever it is doing, when the other side is gone."""
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def read() -> None:
        for line in stdin:
            lines.put(line)
        os._exit(0)

    threading.Thread(target=read, name="worker's voice", daemon=True).start()
    while True:
        yield lines.get()


if __name__ == "__main__":
    main()
