"""A process that is told to end does, even where Python swallows what the signal raises."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
# The signal comes while a finalizer runs, in which no exception gets through.
PROGRAM = """
import os, signal, sys, time
from bot.cli.ending import end_when_terminated
end_when_terminated()

class Dying:
    def __del__(self):
        os.kill(os.getpid(), signal.{name})
        time.sleep(0.05)

Dying()
time.sleep(20)
print("it goes on")
"""


@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGINT", -signal.SIGINT)])
def test_a_signal_that_is_swallowed_is_given_again(name: str, code: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("{name}", name)], cwd=ROOT, capture_output=True, text=True, timeout=15
    )
    assert (done.returncode, done.stdout) == (code, "")


def test_any_other_exception_that_nobody_can_catch_is_told_as_ever() -> None:
    program = (
        "from bot.cli.ending import end_when_terminated\nend_when_terminated()\n"
        "class Broken:\n    def __del__(self): raise ValueError('told')\nBroken()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert "ValueError: told" in done.stderr
