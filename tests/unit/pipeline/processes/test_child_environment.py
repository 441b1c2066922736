"""What a child may know of its parent's environment."""

from __future__ import annotations

import os

import pytest

from pipeline.processes.deadline import Deadline
from pipeline.processes.environment import COMPUTING, child_environment

PARENT = {
    "PATH": "/bin",
    "LC_ALL": "C.UTF-8",
    "XDG_CACHE_HOME": "/cache",
    "GANTERPRET_TELEGRAM_TOKEN": "42:secret",
    "GANTERPRET_HOME": "/srv/bot",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "CUDA_VISIBLE_DEVICES": "0",
    "LD_PRELOAD": "/tmp/evil.so",
}


def test_only_what_is_on_the_list_is_passed() -> None:
    assert child_environment(inherited=PARENT) == {"PATH": "/bin", "LC_ALL": "C.UTF-8", "XDG_CACHE_HOME": "/cache"}


def test_a_caller_names_what_its_child_needs_besides() -> None:
    names = child_environment(("GANTERPRET_HOME", *COMPUTING), extra={"OMP_NUM_THREADS": "1"}, inherited=PARENT)
    assert {"GANTERPRET_HOME", "CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS"} < names.keys()


@pytest.mark.parametrize("how", [{"passed": ("GANTERPRET_*",)}, {"extra": {"discord_token": "secret"}}])
def test_a_token_is_refused_however_it_comes(how: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="not for children"):
        child_environment(**how, inherited=PARENT)  # type: ignore[arg-type]


def test_folders_of_packages_do_not_depend_on_the_working_folder() -> None:
    path = os.pathsep.join(["", ".", "lib", "/opt/lib"])
    assert child_environment(inherited={"PYTHONPATH": path}) == {"PYTHONPATH": "/opt/lib"}


def test_a_deadline_is_some_time_away_or_with_the_parent() -> None:
    assert 0 < Deadline.after(5).left_s() <= 5
    assert Deadline(0.0).left_s() == 0
    assert Deadline.with_parent().left_s() == float("inf")
    for wrong in (0, -1, float("nan")):
        with pytest.raises(ValueError, match="deadline"):
            Deadline.after(wrong)
