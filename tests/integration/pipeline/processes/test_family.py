"""A child dies with its parent, whatever killed that, and so does all that it started."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pipeline.processes.child import PIPE, Child
from pipeline.processes.deadline import Deadline
from tests.integration.pipeline.processes.programs import eventually, needs_proc, python, running_with

pytestmark = needs_proc

SOON = 30.0

GRANDPARENT = """
import os, subprocess, sys, time
mark = {"MARK": sys.argv[1]}
sleep = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(600)"]
subprocess.Popen(sleep, env=mark)                                            # in the child's group
subprocess.Popen(sleep, env=mark, process_group=0)                           # in a group of its own
subprocess.Popen(sleep, env=mark, start_new_session=True)                    # in a session of its own
if os.fork() == 0:                                                           # a daemon, whose parent is gone
    os.setsid()
    if os.fork() == 0:
        os.execve(sys.executable, sleep, mark)
    os._exit(0)
os.wait()
print("ready", flush=True)
time.sleep(600)
"""
FAMILY = 5  # the child and the four that it starts

PARENT = """
import sys, threading, time
from pipeline.processes.child import PIPE, Child
from pipeline.processes.deadline import Deadline

child = Child.start(sys.argv[2:], deadline=Deadline.with_parent(), stdout=PIPE, environment={"MARK": sys.argv[1]})
child.stdout.readline()
print("ready", flush=True)
time.sleep(600)
"""


@pytest.fixture
def mark() -> str:
    return f"family-{secrets.token_hex(8)}"


def test_whatever_a_child_started_is_killed_with_it(mark: str) -> None:
    with Child.start(
        python(GRANDPARENT, mark), deadline=Deadline.after(SOON), stdout=PIPE, environment={"MARK": mark}
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert len(running_with(mark)) == FAMILY
    assert running_with(mark) == []


def test_whatever_a_child_leaves_behind_is_killed_when_it_ends_by_itself(mark: str) -> None:
    code = GRANDPARENT.replace("time.sleep(600)\n", "sys.exit(5)\n")
    with Child.start(python(code, mark), deadline=Deadline.after(SOON), environment={"MARK": mark}) as child:
        assert child.wait(SOON).code == 5
        assert running_with(mark) == []


def test_a_deadline_reaches_everybody(mark: str) -> None:
    with Child.start(
        python(GRANDPARENT, mark), deadline=Deadline.after(SOON), stdout=PIPE, environment={"MARK": mark}
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        child.extend(Deadline.after(0.01))
        assert child.wait(SOON).timed_out
        assert running_with(mark) == []


@pytest.mark.parametrize("cause", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_a_killed_parent_leaves_nobody(mark: str, cause: signal.Signals) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, mark, *python(GRANDPARENT, mark)], stdout=subprocess.PIPE)
    with parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        # The parent and the guardian carry the mark as arguments or not at all; what counts is that all go.
        assert len(running_with(mark)) >= FAMILY
        parent.send_signal(cause)
        parent.wait(SOON)
        assert eventually(lambda: running_with(mark) == [])


def test_a_parents_own_fork_does_not_keep_the_child_alive(mark: str) -> None:
    """A forked copy of the parent holds a copy of every socket; the child must die with the parent all the same."""
    forked = PARENT.replace('print("ready"', 'import os\nif os.fork() == 0:\n    time.sleep(600)\nprint("ready"')
    parent = subprocess.Popen([sys.executable, "-c", forked, mark, *python(GRANDPARENT, mark)], stdout=subprocess.PIPE)
    with parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        parent.kill()
        parent.wait(SOON)
        assert eventually(lambda: len(running_with(mark)) == 1)
        for copy in running_with(mark):
            os.kill(copy, signal.SIGKILL)


def test_the_end_of_the_thread_that_started_a_child_is_not_the_end_of_the_child() -> None:
    children: list[Child] = []
    code = "import sys; print('ready', flush=True); print(sys.stdin.read(), flush=True)"
    thread = threading.Thread(
        target=lambda: children.append(
            Child.start(python(code), deadline=Deadline.after(SOON), stdin=PIPE, stdout=PIPE)
        )
    )
    thread.start()
    thread.join()
    with children[0] as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        child.stdin.write(b"still here")
        child.stdin.close()
        assert child.stdout.readline() == b"still here\n"
        assert child.wait(SOON).ok


def test_a_parent_killed_at_any_moment_of_a_start_leaves_nobody(mark: str) -> None:
    starts = f"""
import sys
from pipeline.processes.child import Child
from pipeline.processes.deadline import Deadline
sleep = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(600)"]
print("ready", flush=True)
while True:
    Child.start(sleep, deadline=Deadline.with_parent(), environment={{"MARK": {mark!r}}}).close()
"""
    for moment in range(12):
        parent = subprocess.Popen([sys.executable, "-c", starts], stdout=subprocess.PIPE)
        with parent:
            assert parent.stdout is not None
            parent.stdout.readline()
            threading.Event().wait(0.002 * moment)
            parent.kill()
            parent.wait(SOON)
            assert eventually(lambda: running_with(mark) == [])


def test_a_frozen_parent_does_not_hold_up_a_deadline(mark: str) -> None:
    code = PARENT.replace("Deadline.with_parent()", "Deadline.after(1.0)")
    parent = subprocess.Popen([sys.executable, "-c", code, mark, *python(GRANDPARENT, mark)], stdout=subprocess.PIPE)
    with parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        parent.send_signal(signal.SIGSTOP)
        try:
            assert eventually(lambda: running_with(mark) == [parent.pid])
        finally:
            parent.kill()


def test_a_group_that_forks_and_forks_is_killed_whole(mark: str) -> None:
    code = """
import os, time
for _ in range(6):
    os.fork()
print("x", end="", flush=True)
time.sleep(600)
"""
    with Child.start(python(code), deadline=Deadline.after(SOON), stdout=PIPE, environment={"MARK": mark}) as child:
        assert child.stdout is not None
        assert child.stdout.read(64) == b"x" * 64
        assert len(running_with(mark)) == 64
    assert running_with(mark) == []


def test_a_child_works_in_the_folder_that_it_was_given(tmp_path: Path) -> None:
    with Child.start(
        python("import os; print(os.getcwd())"), deadline=Deadline.after(SOON), stdout=PIPE, folder=tmp_path
    ) as child:
        assert child.stdout is not None
        assert child.stdout.read().decode().strip() == str(tmp_path.resolve())
