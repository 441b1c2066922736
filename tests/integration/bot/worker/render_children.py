"""Render processes that behave in a known way: ``python -m tests.integration.bot.worker.render_children <how>``."""

import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

from bot.worker.render_protocol import RenderEvent, RenderTask
from pipeline.errors import ErrorCode, PipelineError
from pipeline.render.values import RenderedClip
from pipeline.render.watch import Progress


def clip_of(task: RenderTask) -> RenderedClip:
    path = task.folder / "clip.mp4"
    path.write_bytes(b"not really a film")
    return RenderedClip(
        path, task.recipe, duration_s=1.0, size_px=128, fps=24, frame_count=24, bytes=path.stat().st_size
    )


def main(how: str) -> None:
    def say(event: RenderEvent) -> None:
        print(event.to_line(), flush=True)

    for line in sys.stdin:
        task = RenderTask.from_line(line)
        say(RenderEvent("progress", progress=Progress("rendering", 1, 24)))
        match how:
            case "well":
                storyboard = task.folder / "storyboard.jpg"
                storyboard.write_bytes(b"not really a picture")
                say(RenderEvent("storyboard", storyboard=storyboard, recipe=task.recipe))
                say(RenderEvent("done", clip=clip_of(task)))
            case "refuse":
                say(RenderEvent("failed", error=PipelineError(ErrorCode.TOO_LONG, limit_s=600.0)))
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)
            case "say":
                sys.stdout.buffer.write(Path(sys.argv[2]).read_bytes())
                sys.stdout.buffer.flush()
                time.sleep(600)
            case "half":
                print(RenderEvent("done", clip=clip_of(task)).to_line()[:40], end="", flush=True)
                os._exit(0)
            case "nothing":
                os._exit(0)
            case "code":
                os._exit(3)
            case "close":
                os.close(1)
                time.sleep(600)
            case "moan":
                print("out of luck", file=sys.stderr, flush=True)
                os._exit(1)
            case "outside":
                say(RenderEvent("done", clip=replace(clip_of(task), path=Path("/etc/passwd"))))
            case "chatty":
                say(RenderEvent("done", clip=clip_of(task)))
                say(RenderEvent("failed", error=PipelineError(ErrorCode.TOO_LONG, limit_s=600.0)))
                Path(sys.argv[2]).touch()
            case "hang":
                time.sleep(600)
            case "die-once":
                mark = Path(sys.argv[2])
                if not mark.exists():
                    mark.touch()
                    os._exit(3)
                say(RenderEvent("done", clip=clip_of(task)))


if __name__ == "__main__":
    main(sys.argv[1])
