"""Drawing processes that answer badly, or not at all: the request ends with an error, and the next one is served."""

from __future__ import annotations

import os
import signal
import sys

import numpy as np
import pytest

from pipeline.generators.sketch import generator as drawing
from pipeline.generators.sketch.generator import SketchGenerator
from pipeline.generators.sketch.sheet import one_hot

FRAMES = 8
LATENTS = np.zeros((FRAMES, 128), dtype=np.float32)
CLASSES = one_hot([365] * FRAMES)

BAD = {
    "ends": "pass",
    "ends with words": "raise SystemExit('no ink')",
    "half a header": "out.write(b'DRA')",
    "half a frame": "out.write(b'DRAW' + (128 * 128 * 3 * 4).to_bytes(8, 'little') + b'x' * 1000)",
    "other words": "out.write(b'warning: something is deprecated\\n' * 9); out.flush(); time.sleep(600)",
    "another size": "out.write(b'DRAW' + (3).to_bytes(8, 'little') + b'abc'); out.flush(); time.sleep(600)",
    "killed": "os.kill(os.getpid(), 9)",
}


def draw(generator: SketchGenerator) -> np.ndarray:
    return generator.generate(LATENTS, CLASSES, 0.2)


@pytest.mark.parametrize("how", BAD)
def test_a_bad_answer_is_an_error(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = f"import os, sys, time; out = sys.stdout.buffer; sys.stdin.buffer.read(16); {BAD[how]}"
    with monkeypatch.context() as patch:
        patch.setattr(drawing, "python_module_command", lambda *_: [sys.executable, "-c", program])
        with SketchGenerator(128, workers=2) as generator:
            with pytest.raises(RuntimeError, match="no ink" if "words" in how and "ends" in how else "has ended"):
                draw(generator)
            patch.undo()
            assert draw(generator).shape == (FRAMES, 128, 128, 3)


def test_a_process_that_never_answers_meets_its_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "_START_S", 0.3)
    monkeypatch.setattr(drawing, "_MOST_S_A_FRAME", 0.0)
    program = "import time; time.sleep(600)"
    monkeypatch.setattr(drawing, "python_module_command", lambda *_: [sys.executable, "-c", program])
    with SketchGenerator(128, workers=2) as generator, pytest.raises(RuntimeError, match="deadline"):
        draw(generator)


def test_after_a_death_the_next_request_is_served() -> None:
    with SketchGenerator(128, workers=2) as generator:
        before = draw(generator)
        os.kill(generator._workers[0].pid, signal.SIGKILL)
        with pytest.raises(RuntimeError, match="has ended"):
            draw(generator)
        assert np.array_equal(draw(generator), before)
