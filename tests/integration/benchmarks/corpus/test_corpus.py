"""Odd files of every kind on the real road; `python -m benchmarks.corpus` takes hundreds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.corpus.__main__ import SHORT, cases

ROOT = Path(__file__).resolve().parents[4]


def test_the_corpus_is_large_and_its_names_are_unlike() -> None:
    names = [case.name for case in cases()]
    assert len(names) >= 300
    assert len(set(names)) == len(names)
    assert set(SHORT) <= set(names)


@pytest.mark.slow
def test_one_file_of_each_kind_is_heard_as_a_player_plays_it_and_costs_little(tmp_path: Path) -> None:
    # In a process of its own: what a child has taken is counted together with what its parent held when it began.
    command = [sys.executable, "-m", "benchmarks.corpus", "--short", "--without-clips", "--json", "outcomes.json"]
    environment = {"PATH": "", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=170
    )
    found = json.loads((tmp_path / "outcomes.json").read_text())
    assert {outcome["name"] for outcome in found} == set(SHORT)
    missed = [line for line in done.stdout.splitlines() if line.startswith("MISSED")]
    assert (missed, done.returncode) == ([], 0), done.stdout + done.stderr
