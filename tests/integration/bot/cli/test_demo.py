"""The demo with a worker that is no help."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO

import pytest
import typer

from bot.cli import conversation, demo
from pipeline.processes.child import Child
from pipeline.processes.deadline import Deadline


@pytest.mark.parametrize(
    ("program", "how"), [("import sys; sys.exit('out of luck')", "code 1"), ("import os; os.abort()", "SIGABRT")]
)
def test_a_worker_that_dies_ends_the_demo_with_a_sentence(
    program: str, how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def start(log_file: IO[bytes], _: object) -> Child:
        return Child.start([sys.executable, "-c", program], deadline=Deadline.after(60), stderr=log_file)

    monkeypatch.setattr(conversation, "start_worker", start)
    with pytest.raises(typer.Exit) as end:
        demo.command(theme="primates", sound=None, output=tmp_path / "out", size=128, seed=0)
    said = " ".join(capsys.readouterr().err.split())
    assert end.value.exit_code == 1
    assert f"The worker has died ({how})" in said
    assert how != "code 1" or "out of luck" in said
