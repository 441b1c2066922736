"""What is killed: commands of ours as people run them, each with the files that it may leave."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from PIL import Image

from pipeline.errors import PipelineError
from pipeline.held_folders import sweep
from pipeline.media.tags import read_recipe
from pipeline.sample import sample_sound
from storage.clips import media
from storage.clips.media import GRACE_S, MediaStore, Retention
from storage.database.transactions import Database

_SMALL = ("--model", "sketch", "--size", "128", "--fps", "10", "--duration", "4")
_SERVED_PARTS, _PART_EVERY_S = 40, 0.02


@dataclass(frozen=True, slots=True)
class Road:
    """A command, run over and over.

    Attributes
    ----------
    command : callable
        From a folder of its own to the words.
    whole : callable
        Tells of a file in that folder whether it may stay: something whole that was asked for.
    sweep : callable
        What the next command, or the bot's hourly sweep, does there.
    environment : mapping of str to str
        What it is told.
    """

    command: Callable[[Path], list[str]]
    whole: Callable[[Path], bool]
    sweep: Callable[[Path], object]
    environment: Mapping[str, str] = field(default_factory=dict)


_STAND_IN = """
import os, subprocess, sys, time
from pathlib import Path
from pipeline.processes.child import PIPE, run, Child
from pipeline.processes.cage.cage import Cage, python_reads
from pipeline.processes.deadline import Deadline

leaf = "import os, subprocess, sys, time; " \\
    "subprocess.Popen([sys.executable, '-I', '-S', '-c', 'import time; time.sleep(600)'], start_new_session=True); " \\
    "sys.stdin.read()"
worker = f'''
import sys
from pipeline.processes.child import PIPE, Child
from pipeline.processes.deadline import Deadline
with Child.start([sys.executable, "-I", "-S", "-c", {leaf!r}], deadline=Deadline.after(60), stdin=PIPE) as child:
    sys.stdin.read()
'''
with (
    Child.start([sys.executable, "-c", worker], deadline=Deadline.after(60), stdin=PIPE,
                environment=os.environ, folder=Path.cwd()) as child,
    Child.start([sys.executable, "-I", "-S", "-c", "import sys; sys.stdin.read()"], deadline=Deadline.after(60),
                stdin=PIPE, cage=Cage(reads=python_reads())) as caged,
):
    time.sleep(0.5)
"""


@contextmanager
def open_roads() -> Iterator[dict[str, Road]]:
    """Give every road by its name; a loopback server stands for the web meanwhile."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _SlowSound)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    host = f"127.0.0.1:{server.server_port}"
    try:
        yield {
            "render": Road(
                lambda folder: _ours("render", str(sample_sound()), "-o", str(folder / "clip.mp4"), *_SMALL),
                _is_clip,
                sweep,
            ),
            "fetch": Road(
                lambda folder: _ours("render", f"http://{host}/a.m4a", "-o", str(folder / "clip.mp4"), *_SMALL),
                _is_clip,
                sweep,
                {"GANTERPRET_FETCH_ALLOW_HOSTS": host},
            ),
            "sketch": Road(
                lambda folder: _ours("sketch", "dogs", "--sheet", "-o", str(folder / "sheet.png")), _is_picture, sweep
            ),
            "demo": Road(
                lambda folder: _ours("demo", "-o", str(folder / "out"), "--size", "128"), _is_of_the_demo, _sweep_demo
            ),
            "stand-in": Road(lambda _folder: [sys.executable, "-c", _STAND_IN], lambda _path: False, sweep),
        }
    finally:
        server.shutdown()
        server.server_close()


def _ours(*words: str) -> list[str]:
    return [sys.executable, "-m", "bot.cli", *words]


def _is_clip(path: Path) -> bool:
    with suppress(PipelineError):
        return path.name == "clip.mp4" and path.parent.name != "tmp" and read_recipe(path).scenes != ()
    return False


def _is_picture(path: Path) -> bool:
    with suppress(OSError, SyntaxError), Image.open(path) as picture:
        picture.load()
        return path.name == "sheet.png"
    return False


def _is_of_the_demo(path: Path) -> bool:
    """Whole clips and pictures, the books, the log, and what the books name."""
    parts = path.parts
    if ".state" not in parts:
        if path.suffix == ".mp4":
            with suppress(PipelineError):
                return read_recipe(path).scenes != ()
            return False
        with suppress(OSError, SyntaxError), Image.open(path) as picture:
            picture.load()
            return True
        return False
    return "media" in parts or path.name == "worker.log" or path.name.startswith("ganterpret.sqlite3")


def _sweep_demo(folder: Path) -> None:
    """Do what the next worker does when it begins, and a bot every hour: files that no row names go."""
    for place in (folder / "out", folder / "out" / ".state" / "work"):
        sweep(place)
    books = folder / "out" / ".state" / "ganterpret.sqlite3"
    if not books.exists():
        return
    database = Database(f"sqlite:///{books}", clock=lambda: time.time() + 2 * GRACE_S)
    try:
        with suppress(Exception):  # killed before its tables were there
            media.sweep(database, MediaStore(folder / "out" / ".state" / "media"), Retention(10**12, 10**9))
    finally:
        database.close()


class _SlowSound(BaseHTTPRequestHandler):
    """Serves the sample sound in parts, so that a fetch takes a while."""

    def do_GET(self) -> None:
        sound = sample_sound().read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", "audio/mp4")
        self.send_header("Content-Length", str(len(sound)))
        self.end_headers()
        part = len(sound) // _SERVED_PARTS + 1
        with suppress(OSError):
            for start in range(0, len(sound), part):
                self.wfile.write(sound[start : start + part])
                time.sleep(_PART_EVERY_S)

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "audio/mp4")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def environment_of(road: Road, folder: Path) -> dict[str, str]:
    """Return what a road is told: temporary files and its home lie in its folder."""
    places = {"TMPDIR": str(folder / "tmp"), "GANTERPRET_HOME": str(folder / "home")}
    return os.environ | places | {"GANTERPRET_MODEL": "sketch"} | dict(road.environment)
