"""The drawing generator: one request spread over processes, because ThorVG draws on one thread."""

from __future__ import annotations

import contextlib
import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import BinaryIO, Self, cast

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ErrorCode, PipelineError
from pipeline.generator import LATENT_DIM, NUM_CLASSES, SIZES_PX
from pipeline.generators.sketch.draw import Painter
from pipeline.generators.sketch.messages import DrawRequest, read_frames, write_request
from pipeline.processes.child import PIPE, Child
from pipeline.processes.deadline import Deadline
from pipeline.processes.environment import child_environment
from pipeline.processes.python_module import python_module_command

_DRAWN_HERE = 4  # frames that are drawn sooner than a process has started
_MOST_WORKERS = 8
_PATIENCE_S = 5.0
_START_S = 60.0
_MOST_S_A_FRAME = 10.0  # a frame takes a hundredth of a second; a machine may be very busy
_FRAMES_PER_WORKER = 16


class SketchGenerator:
    """An `ImageGenerator` that draws; see `pipeline.generators.sketch.open_sketch`.

    Parameters
    ----------
    size_px : int
    workers : int, optional
    """

    name = "sketch"
    latent_dim = LATENT_DIM
    num_classes = NUM_CLASSES

    def __init__(self, size_px: int, workers: int | None = None) -> None:
        if size_px not in SIZES_PX:
            raise PipelineError(ErrorCode.UNKNOWN_SIZE, size=str(size_px), sizes=tuple(map(str, SIZES_PX)))
        self.size_px = size_px
        self._worker_count = _available_cores() if workers is None else max(1, workers)
        self._painter: Painter | None = None
        self._workers: list[Child] = []
        self._threads: ThreadPoolExecutor | None = None

    @property
    def batch_size(self) -> int:
        """How many pictures keep every process busy."""
        return _FRAMES_PER_WORKER * self._worker_count

    def generate(
        self, latents: NDArray[np.float32], class_vectors: NDArray[np.float32], truncation: float
    ) -> NDArray[np.uint8]:
        """Draw one picture per row; see `ImageGenerator.generate`."""
        return self._draw(DrawRequest(latents, class_vectors, truncation))

    def generate_posed(
        self,
        latents: NDArray[np.float32],
        class_vectors: NDArray[np.float32],
        truncation: float,
        poses: NDArray[np.float32],
    ) -> NDArray[np.uint8]:
        """Draw one picture per row, each in its pose; see `PosingGenerator.generate_posed`."""
        return self._draw(DrawRequest(latents, class_vectors, truncation, poses))

    def _draw(self, request: DrawRequest) -> NDArray[np.uint8]:
        latents = request.latents
        if len(latents) <= _DRAWN_HERE or self._worker_count == 1:
            self._painter = self._painter or Painter(self.size_px)
            return self._painter.paint(latents, request.class_vectors, request.truncation, request.poses)
        out = np.empty((len(latents), self.size_px, self.size_px, 3), dtype=np.uint8)
        workers, threads = self._started()
        bounds = np.linspace(0, len(latents), len(workers) + 1).astype(int)
        shares = [slice(start, stop) for start, stop in itertools.pairwise(bounds) if stop > start]
        try:
            answers = [
                threads.submit(_ask, worker, request.part(rows), out[rows])
                for worker, rows in zip(workers, shares, strict=False)
            ]
            for answer in answers:
                answer.result()
        except BaseException:
            # Half an answer may be left in a pipe; the next request starts with fresh processes.
            self._stop(kill=True)
            raise
        return out

    def close(self) -> None:
        """End the processes and give back memory."""
        self._stop(kill=False)
        if self._painter is not None:
            self._painter.close()
            self._painter = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        self._stop(kill=True)

    def _started(self) -> tuple[list[Child], ThreadPoolExecutor]:
        if not self._workers:
            for _ in range(self._worker_count):
                self._workers.append(_start_worker(self.size_px))
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self._worker_count, thread_name_prefix="sketch")
        return self._workers, self._threads

    def _stop(self, *, kill: bool) -> None:
        workers, self._workers = getattr(self, "_workers", []), []
        for worker in workers:
            if kill:
                worker.kill()
        threads, self._threads = getattr(self, "_threads", None), None
        if threads is not None:
            threads.shutdown(wait=True, cancel_futures=True)
        for worker in workers:
            _end(worker)


def _ask(worker: Child, request: DrawRequest, out: NDArray[np.uint8]) -> None:
    worker.extend(Deadline.after(_START_S + _MOST_S_A_FRAME * len(out)))
    try:
        write_request(cast(BinaryIO, worker.stdin), request)
        read_frames(cast(BinaryIO, worker.stdout), out)
    except (EOFError, BrokenPipeError) as error:
        worker.kill()
        ended = worker.wait()
        last_words = ended.last_words.strip()[-500:]
        raise RuntimeError(f"a drawing process has ended in the middle of its work ({ended}) {last_words}") from error
    # Until there is more to draw, it may wait as long as whoever it draws for.
    worker.extend(Deadline.with_parent())


def _start_worker(size_px: int) -> Child:
    # A plain child, not `multiprocessing`: that would import the parent's __main__ again, whatever it is.
    return Child.start(
        python_module_command("pipeline.generators.sketch.worker", str(size_px)),
        deadline=Deadline.after(_START_S),
        stdin=PIPE,
        stdout=PIPE,
        # One thread of linear algebra each: the processes are the parallelism.
        environment=child_environment(extra={"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}),
    )


def _end(worker: Child) -> None:
    """Close a worker's input, which it takes as the end, and wait for it."""
    assert worker.stdin is not None
    with contextlib.suppress(OSError):
        worker.stdin.close()
    with contextlib.suppress(TimeoutError):
        worker.wait(_PATIENCE_S)
    worker.close()


def _available_cores() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, _MOST_WORKERS)
