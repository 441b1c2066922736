"""One supervised child, with real processes: how it starts, talks and ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.processes.child import NOTHING, PIPE, Child, run
from pipeline.processes.deadline import Deadline
from pipeline.processes.guardian import LONGEST_LAST_WORDS
from pipeline.processes.python_module import ROOT, python_module_command
from tests.integration.pipeline.processes.programs import eventually, needs_proc, python, running_with

SOON = 30.0
SLEEPER = python("import time; time.sleep(600)")


def test_a_program_gets_its_input_and_its_output_is_returned() -> None:
    done = run(["/bin/cat"], deadline=Deadline.after(SOON), given=b"three words\n" * 200_000)
    assert done.exit.ok
    assert done.stdout == b"three words\n" * 200_000


def test_a_program_that_reads_nothing_is_not_waited_for() -> None:
    assert run(python("pass"), deadline=Deadline.after(SOON), given=b"x" * 5_000_000).exit.ok


def test_output_without_end_is_cut_off() -> None:
    done = run(python("while True: print('y' * 1000)"), deadline=Deadline.after(SOON), max_stdout_bytes=100_000)
    assert done.overflowed
    assert len(done.stdout) == 100_000
    assert done.exit.stopped


def test_an_exit_code_is_told_from_a_signal() -> None:
    failed = run(python("import sys; sys.exit(11)"), deadline=Deadline.after(SOON)).exit
    assert (failed.code, failed.signal, failed.was_killed) == (11, None, False)
    killed = run(python("import os; os.kill(os.getpid(), 11)"), deadline=Deadline.after(SOON)).exit
    assert (killed.code, killed.signal, killed.was_killed) == (None, signal.SIGSEGV, True)
    assert str(killed) == "SIGSEGV"


def test_a_fault_of_its_own_is_told_from_somebody_elses_signal() -> None:
    ways = {signal.SIGSEGV: True, signal.SIGXCPU: True, signal.SIGKILL: False, signal.SIGTERM: False}
    for number, own in ways.items():
        ended = run(python(f"import os; os.kill(os.getpid(), {int(number)})"), deadline=Deadline.after(SOON)).exit
        assert (ended.crashed, ended.interrupted) == (own, not own)
    late = run(SLEEPER, deadline=Deadline.after(0.1)).exit
    assert not late.crashed
    assert not late.interrupted


def test_a_deadline_ends_a_child_that_nobody_waits_for() -> None:
    with Child.start(SLEEPER, deadline=Deadline.after(0.2)) as child:
        assert eventually(lambda: not _is_alive(child.pid))
        ended = child.wait()
    assert ended.timed_out
    assert ended.was_killed
    assert not ended.stopped


def test_a_deadline_can_be_moved_while_a_child_serves() -> None:
    with Child.start(SLEEPER, deadline=Deadline.after(SOON)) as child:
        child.extend(Deadline.after(0.1))
        assert child.wait(SOON).timed_out


def test_there_is_no_child_without_a_deadline() -> None:
    with pytest.raises(TypeError):
        Child.start(SLEEPER)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="deadline"):
        Deadline.after(0)


def test_the_end_of_standard_error_is_kept_and_bounded() -> None:
    said = run(
        python("import sys; sys.stderr.write('noise ' * 100_000 + 'the last word'); sys.exit(3)"),
        deadline=Deadline.after(SOON),
    ).exit
    assert said.code == 3
    assert said.last_words.endswith("noise the last word")
    assert len(said.last_words) == LONGEST_LAST_WORDS


def test_standard_error_can_go_to_a_file(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as log:
        code = "import sys; sys.stderr.write('to the log')"
        with Child.start(python(code), deadline=Deadline.after(SOON), stderr=log) as child:
            assert child.wait(SOON).last_words == ""
    assert (tmp_path / "log").read_text() == "to the log"


def test_a_program_that_does_not_exist_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Child.start([tmp_path / "nothing"], deadline=Deadline.after(SOON))
    (tmp_path / "text").write_text("no program")
    with pytest.raises(PermissionError):
        Child.start([tmp_path / "text"], deadline=Deadline.after(SOON))
    with pytest.raises(FileNotFoundError):
        Child.start(SLEEPER, deadline=Deadline.after(SOON), folder=tmp_path / "no folder")


def test_a_child_that_listens_can_end_in_its_own_way() -> None:
    code = (
        "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(7)); "
        "print('ready', flush=True); time.sleep(600)"
    )
    with Child.start(python(code), deadline=Deadline.after(SOON), stdout=PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        ended = child.stop(grace_s=SOON)
    assert (ended.code, ended.stopped) == (7, True)


def test_a_child_that_does_not_listen_is_killed() -> None:
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(600)"
    with Child.start(python(code), deadline=Deadline.after(SOON), stdout=PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert child.stop(grace_s=0.05).signal == signal.SIGKILL


def test_killing_from_another_thread_ends_a_wait() -> None:
    with Child.start(SLEEPER, deadline=Deadline.after(SOON)) as child:
        assert child.poll() is None
        with ThreadPoolExecutor(1) as threads:
            waiting = threads.submit(child.wait)
            child.kill()
            ended = waiting.result(SOON)
    assert ended.stopped
    assert child.poll() == ended


def test_its_number_leads_its_group_and_a_broken_pipe_ends_it_as_in_a_shell() -> None:
    with Child.start(SLEEPER, deadline=Deadline.after(SOON)) as child:
        assert os.getpgid(child.pid) == child.pid
        assert os.getpgid(0) != child.pid
    # Python itself ignores SIGPIPE when it starts, so a shell is asked.
    piped = run(["/bin/sh", "-c", "kill -PIPE $$; echo survived"], deadline=Deadline.after(SOON))
    assert piped.exit.signal == signal.SIGPIPE


def test_passed_descriptors_arrive_and_no_others() -> None:
    read, write = os.pipe()
    secret, secret_end = os.pipe()
    os.set_inheritable(secret, True)
    code = """
import os, sys
os.write(int(sys.argv[1]), b"through")
listed = os.listdir("/dev/fd")
print([int(name) for name in listed if os.path.exists("/dev/fd/" + name)])  # the listing's own is closed again
"""
    child = Child.start(
        python(code, str(write)),
        deadline=Deadline.after(SOON),
        stdout=PIPE,
        pass_fds=[write],
        environment={"PATH": os.defpath},
    )
    os.close(write)
    with child:
        assert child.stdout is not None
        assert sorted(eval(child.stdout.read())) == [0, 1, 2, write]
        # The end of file comes because nobody, the guardian neither, holds the other end.
        assert os.read(read, 100) == b"through"
        assert os.read(read, 100) == b""
    for descriptor in (read, secret, secret_end):
        os.close(descriptor)


def test_the_environment_holds_what_was_given_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANTERPRET_TELEGRAM_TOKEN", "42:secret")
    monkeypatch.setenv("LC_TIME", "C")
    done = run(python("import os; print(dict(os.environ))"), deadline=Deadline.after(SOON))
    assert "secret" not in done.stdout.decode()
    assert eval(done.stdout)["LC_TIME"] == "C"


@needs_proc
def test_the_guardian_knows_no_more_than_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANTERPRET_TELEGRAM_TOKEN", "42:secret")
    with Child.start(SLEEPER, deadline=Deadline.after(SOON)) as child:
        guardian = int(Path(f"/proc/{child.pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
        assert b"secret" not in Path(f"/proc/{guardian}/environ").read_bytes()


def test_a_module_of_ours_is_found_and_the_working_folders_namesake_is_not(tmp_path: Path) -> None:
    for name in ("pipeline", "tests"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("print('an impostor')")
    shown = run(
        python_module_command("tests.integration.pipeline.processes.shows_itself", "an argument"),
        deadline=Deadline.after(SOON),
        folder=tmp_path,
        environment={"PATH": os.defpath},
    )
    assert shown.exit.ok, shown.exit.last_words
    arguments, file = eval(shown.stdout)
    assert arguments == ["an argument"]
    assert Path(file).is_relative_to(ROOT)


def test_children_leave_neither_descriptors_nor_threads_nor_zombies() -> None:
    run(["/bin/echo"], deadline=Deadline.after(SOON))  # whatever is opened once is open now
    before = (_descriptors(), threading.active_count())

    def once(number: int) -> bytes:
        return run(["/bin/echo", str(number)], deadline=Deadline.after(SOON)).stdout

    with ThreadPoolExecutor(50) as threads:
        assert sorted(threads.map(once, range(50)), key=int) == [b"%d\n" % number for number in range(50)]
    assert (_descriptors(), threading.active_count()) == before
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_a_failed_start_leaves_no_descriptors() -> None:
    with pytest.raises(FileNotFoundError):
        Child.start(["/nothing/here"], deadline=Deadline.after(SOON), stdin=PIPE, stdout=PIPE)
    before = _descriptors()
    for _ in range(3):
        with pytest.raises(FileNotFoundError):
            Child.start(["/nothing/here"], deadline=Deadline.after(SOON), stdin=PIPE, stdout=PIPE)
    assert _descriptors() == before


def test_a_child_that_is_forgotten_is_killed_and_complained_about() -> None:
    child = Child.start(SLEEPER, deadline=Deadline.after(SOON), stdin=NOTHING)
    pid = child.pid
    with pytest.warns(ResourceWarning, match="not closed"):
        child.__del__()
    assert not _is_alive(pid)


@needs_proc
def test_a_killed_guardian_takes_the_child_along() -> None:
    with Child.start(SLEEPER, deadline=Deadline.after(SOON)) as child:
        guardian = int(Path(f"/proc/{child.pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
        os.kill(guardian, signal.SIGKILL)
        assert child.wait(SOON).signal == signal.SIGKILL
        assert eventually(lambda: not _is_alive(child.pid))


def test_the_guardian_is_a_small_thing() -> None:
    """It imports no package, so that a start costs milliseconds."""
    code = "import sys; sys.path.append(sys.argv[1]); import pipeline.processes.guardian; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, str(ROOT)], capture_output=True, check=True, text=True
    ).stdout.split()
    assert not {"signal", "subprocess", "json", "typing", "re", "enum", "socket", "pathlib"} & set(loaded)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] == "Z")


def _descriptors() -> int:
    return len(list(Path("/dev/fd").iterdir()))


@needs_proc
def test_looking_for_processes_finds_them() -> None:
    with Child.start(SLEEPER, deadline=Deadline.after(SOON), environment={"MARK": "a-mark-3141"}) as child:
        assert child.pid in running_with("a-mark-3141")
    assert running_with("a-mark-3141") == []
