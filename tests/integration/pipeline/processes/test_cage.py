"""The cage, with real processes: escapes that succeed outside and fail inside, and work that is as good inside."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

from benchmarks import escapes
from benchmarks.attempts import ATTEMPTS
from pipeline.media.ffmpeg import sound_environment
from pipeline.processes.cage.cage import LAYERS, LIMITS, Cage, python_reads
from pipeline.processes.child import PIPE, Child, run
from pipeline.processes.deadline import Deadline
from pipeline.processes.layers import layers
from tests.integration.pipeline.processes.programs import eventually, needs_proc, python

SOON = 60.0
MISSING = [layer.name for layer in layers() if not layer.holds]
needs_every_layer = pytest.mark.skipif(bool(MISSING), reason=f"layers that do not hold here: {', '.join(MISSING)}")
SAMPLE = Path(__file__).resolve().parents[4] / "pipeline" / "sample.m4a"
FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()


@pytest.fixture(scope="module")
def surroundings() -> Iterator[tuple[Path, dict[str, Any]]]:
    with escapes.place() as place:
        yield place


@needs_every_layer
@pytest.mark.parametrize("name", ATTEMPTS)
def test_an_escape_succeeds_outside_and_fails_inside(name: str, surroundings: tuple[Path, dict[str, Any]]) -> None:
    inside, targets = surroundings
    outside = escapes.attempt(name, inside, targets, None)
    if not escapes.escaped(outside):
        pytest.skip(f"fails on this machine even without a cage: {outside.stdout.decode()}")
    held = escapes.attempt(name, inside, targets, escapes.cage(inside))
    assert not escapes.escaped(held)
    # It was the attempt that failed, not its start: it says so, or a limit has ended it.
    assert b"Error" in held.stdout or held.exit.was_killed, held


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_that_is_missing_takes_no_other_along(layer: str, tmp_path: Path) -> None:
    """As on a kernel that does not have it."""
    cage = Cage(reads=python_reads(), writes=(tmp_path,), without=frozenset({layer}))
    done = run(python("print('at work')"), deadline=Deadline.after(SOON), cage=cage)
    assert done.stdout == b"at work\n", done.exit


def test_it_is_said_of_every_layer_whether_it_holds() -> None:
    assert [layer.name for layer in layers()] == list(LAYERS)
    for layer in layers():
        assert layer.holds == (not layer.why_not)
    assert next(layer for layer in layers() if layer.name == LIMITS).holds


def test_work_that_is_allowed_is_done(tmp_path: Path) -> None:
    (tmp_path / "input").write_text("sound")
    out = tmp_path / "out"
    out.mkdir()
    code = """
import os, pathlib, socket, sys, threading
text = pathlib.Path(sys.argv[1]).read_text()
thread = threading.Thread(target=lambda: pathlib.Path("made").write_text(text.upper()))
thread.start(); thread.join()
os.mkdir("folder"); os.rename("made", "folder/made"); os.truncate("folder/made", 3)
near, far = socket.socketpair(); near.send(b"x"); far.recv(1)
os.open("/dev/null", os.O_RDWR)
print(sorted(os.listdir()), dict(os.environ))
"""
    cage = Cage(reads=(*python_reads(), tmp_path / "input", tmp_path / "missing"), writes=(out,))
    command = [sys.executable, "-I", "-S", "-c", code, str(tmp_path / "input")]
    done = run(command, deadline=Deadline.after(SOON), folder=out, environment={"A": "B"}, cage=cage)
    assert done.exit.ok, done.exit.last_words
    assert done.stdout == b"['folder'] {'A': 'B', 'LC_CTYPE': 'C.UTF-8'}\n"
    assert (out / "folder" / "made").read_text() == "SOU"


def test_a_child_without_a_network_can_use_a_connection_that_it_was_handed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as gate:
        code = "import socket, sys; s = socket.socket(fileno=int(sys.argv[1])); s.sendall(s.recv(100).upper())"
        with Child.start(
            python(code, str(gate.fileno())),
            deadline=Deadline.after(SOON),
            pass_fds=[gate.fileno()],
            cage=Cage(reads=python_reads()),
        ) as child:
            far, _ = server.accept()
            with far:
                far.sendall(b"through a gate")
                assert far.recv(100) == b"THROUGH A GATE"
            assert child.wait(SOON).ok


def test_an_open_network_reaches_the_ports_that_were_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as open_one, socket.create_server(("127.0.0.1", 0)) as shut:
        port, other = open_one.getsockname()[1], shut.getsockname()[1]
        code = """
import socket, sys
for port in sys.argv[1:]:
    try:
        socket.create_connection(("127.0.0.1", int(port)), timeout=5).close()
        print("reached")
    except PermissionError:
        print("refused")
"""
        cage = Cage(reads=python_reads(), network="open", ports=(port,))
        done = run(python(code, str(port), str(other)), deadline=Deadline.after(SOON), cage=cage)
    expected = b"reached\nrefused\n" if "landlock" not in MISSING else b"reached\nreached\n"
    assert done.stdout == expected, done.exit


def test_a_cage_for_what_starts_programs_lets_it_start_those_that_are_named(tmp_path: Path) -> None:
    code = "import subprocess; print(subprocess.run(['/bin/echo', 'hello'], capture_output=True).stdout)"
    cage = Cage(reads=python_reads(), programs=(Path("/bin/echo"),), starts_programs=True)
    assert run(python(code), deadline=Deadline.after(SOON), cage=cage).stdout == b"b'hello\\n'\n"


@needs_proc
@needs_every_layer
def test_a_caged_child_dies_with_its_guardian(tmp_path: Path) -> None:
    """Changes of powers undo PR_SET_PDEATHSIG, so it has to be set after them."""
    code = "import time; print(1, flush=True); time.sleep(600)"
    cage = Cage(reads=python_reads())
    with Child.start(python(code), deadline=Deadline.after(SOON), stdout=PIPE, cage=cage) as child:
        assert child.stdout is not None
        child.stdout.readline()
        stat = Path(f"/proc/{child.pid}/stat")
        os.kill(int(stat.read_text().rsplit(")", 1)[1].split()[1]), signal.SIGKILL)
        assert child.wait(SOON).signal == signal.SIGKILL
        assert eventually(lambda: not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] == "Z")


def test_a_program_that_is_not_there_is_said_from_the_cage_too(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        run([tmp_path / "nothing"], deadline=Deadline.after(SOON), cage=Cage())
    with pytest.raises(FileNotFoundError):
        run(["/bin/echo"], deadline=Deadline.after(SOON), cage=Cage(writes=(tmp_path / "nothing",)))


def test_a_program_is_found_by_its_name(tmp_path: Path) -> None:
    done = run(["echo", "found"], deadline=Deadline.after(SOON), environment={"PATH": os.defpath}, cage=Cage())
    assert done.stdout == b"found\n"


@pytest.mark.parametrize("memory_mib", [256, 512])
def test_ffmpeg_decodes_the_same_in_the_cage(tmp_path: Path, memory_mib: int) -> None:
    command = [FFMPEG, "-hide_banner", "-nostdin", "-loglevel", "error", "-protocol_whitelist", "file,pipe"]
    command += ["-i", f"file:{SAMPLE}", "-f", "f64le", "pipe:1"]
    free = run(command, deadline=Deadline.after(SOON), max_stdout_bytes=1 << 30)
    cage = Cage(reads=(SAMPLE,), memory_bytes=memory_mib << 20)
    # As sounds are decoded: threads that each reserve address space of their own find none where it is rationed.
    held = run(
        command,
        deadline=Deadline.after(SOON),
        max_stdout_bytes=1 << 30,
        folder=tmp_path,
        cage=cage,
        environment=sound_environment(),
    )
    assert free.exit.ok
    assert held.exit.ok, held.exit.last_words
    assert held.stdout == free.stdout


def test_ffmpeg_encodes_the_same_in_the_cage(tmp_path: Path) -> None:
    made = []
    for name, cage in (("free", None), ("held", Cage(reads=(SAMPLE,), writes=(tmp_path,), memory_bytes=1 << 30))):
        command = [FFMPEG, "-hide_banner", "-nostdin", "-loglevel", "error", "-f", "lavfi"]
        command += ["-i", "testsrc=d=1:s=256x256", "-i", f"file:{SAMPLE}", "-t", "1", "-c:v", "libx264"]
        command += ["-threads", "4", "-c:a", "aac", "-fflags", "+bitexact", f"file:{tmp_path / name}.mp4"]
        done = run(command, deadline=Deadline.after(SOON), folder=tmp_path, cage=cage)
        assert done.exit.ok, done.exit.last_words
        made.append((tmp_path / f"{name}.mp4").read_bytes())
    assert made[0] == made[1]
