"""What is wrong with a file is said as what it is, whichever way the file is opened."""

from __future__ import annotations

import errno
import json
import os
import resource
import socket
import struct
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.errors import ErrorCode, PipelineError
from pipeline.file_errors import error_of_reading, error_of_writing, writing
from pipeline.given_points import MAX_GIVEN_POINTS
from pipeline.media.media_type import media_type, media_type_of
from pipeline.media.mp4 import read_mp4
from pipeline.media.tags import read_recipe
from pipeline.recipe import MAX_CHOSEN_SCENES, Recipe, Scene
from pipeline.unknown_fields import MOST_LETTERS

READERS: tuple[Callable[[Path], object], ...] = (media_type, read_mp4, read_recipe)


def code_of(read: Callable[[Path], object], path: Path) -> object:
    with pytest.raises(PipelineError) as caught:
        read(path)
    return caught.value.code


def said_by(program: str, path: Path) -> str:
    """What a process of its own prints when it is given the path."""
    root = Path(__file__).resolve().parents[3]
    command = [sys.executable, "-c", program, path]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(params=READERS, ids=lambda read: str(read.__name__))
def read(request: pytest.FixtureRequest) -> Callable[[Path], object]:
    found: Callable[[Path], object] = request.param
    return found


def test_a_file_that_is_not_there_is_missing(read: Callable[[Path], object], tmp_path: Path) -> None:
    assert code_of(read, tmp_path / "none") is ErrorCode.FILE_MISSING
    (tmp_path / "file").write_bytes(b"x")
    assert code_of(read, tmp_path / "file" / "below") is ErrorCode.FILE_MISSING
    assert code_of(read, tmp_path / "zero\0byte") is ErrorCode.FILE_MISSING
    assert code_of(read, tmp_path / "half a pair \ud800") is ErrorCode.FILE_MISSING


def test_a_folder_a_pipe_a_socket_and_a_device_are_no_files(read: Callable[[Path], object], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        for path in (tmp_path, tmp_path / "pipe", tmp_path / "s", Path("/dev/zero")):
            assert code_of(read, path) is ErrorCode.NOT_A_FILE, path


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="there is no /proc here")
def test_whatever_is_refused_is_closed_again(read: Callable[[Path], object], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/zero"), tmp_path / "none"):
        code_of(read, path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_file_of_somebody_else_is_forbidden(tmp_path: Path) -> None:
    hidden = tmp_path / "a.mp4"
    hidden.write_bytes(b"x")
    hidden.chmod(0)
    # Nothing is forbidden to root, so it turns into nobody once everything is loaded.
    program = (
        "import os, sys; from pathlib import Path; from pipeline.media.mp4 import read_mp4;"
        "from pipeline.errors import PipelineError\n"
        "if os.geteuid() == 0: os.setuid(65534)\n"
        "try: read_mp4(Path(sys.argv[1]))\nexcept PipelineError as error: print(error.code)"
    )
    assert said_by(program, hidden) == ErrorCode.FILE_FORBIDDEN


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's full device")
def test_what_cannot_be_written_is_told_from_a_full_disk(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "full").symlink_to("/dev/full")
    expected = {
        tmp_path / "full": ErrorCode.DISK_FULL,
        tmp_path: ErrorCode.OUTPUT_NOT_WRITABLE,
        tmp_path / "file" / "below": ErrorCode.OUTPUT_NOT_WRITABLE,
        tmp_path / ("n" * 300): ErrorCode.NAME_TOO_LONG,
    }
    for path, code in expected.items():
        with pytest.raises(PipelineError) as caught, writing(path):
            path.write_bytes(b"x")
        assert caught.value.code is code, path


def test_a_name_that_is_too_long_is_called_that(read: Callable[[Path], object], tmp_path: Path) -> None:
    assert code_of(read, tmp_path / ("n" * 300)) is ErrorCode.NAME_TOO_LONG


def test_a_ring_of_links_cannot_be_read(read: Callable[[Path], object], tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert code_of(read, tmp_path / "a") is ErrorCode.READ_FAILED


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="there is no /proc here")
def test_an_error_of_the_disk_is_no_missing_file(read: Callable[[Path], object]) -> None:
    # Its first page is never mapped, and reading it is an input/output error.
    assert code_of(read, Path("/proc/self/mem")) is ErrorCode.READ_FAILED


def test_too_many_open_files_are_our_own_trouble(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x")
    program = (
        "import resource, sys; from pathlib import Path; from pipeline.media.mp4 import read_mp4;"
        "from pipeline.errors import PipelineError;"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, (3, {resource.getrlimit(resource.RLIMIT_NOFILE)[1]}))\n"
        "try: read_mp4(Path(sys.argv[1]))\nexcept PipelineError as error: print(error.code)"
    )
    assert said_by(program, tmp_path / "a.mp4") == ErrorCode.TOO_MANY_FILES


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_every_error_of_the_system_has_a_code_and_only_one_that_says_so_is_missing(number: int) -> None:
    error = OSError(number, os.strerror(number))
    read, written = error_of_reading(error, Path("a")), error_of_writing(error, Path("a"))
    assert (read.code is ErrorCode.FILE_MISSING) == (number in (errno.ENOENT, errno.ENOTDIR))
    assert (written.code is ErrorCode.DISK_FULL) == (number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
    assert read.facts["reason"] == written.facts["reason"] == os.strerror(number)


# --- bytes of any kind ------------------------------------------------------------------------------------------------


def box(kind: bytes, body: bytes = b"", size: int | None = None) -> bytes:
    return struct.pack(">I4s", len(body) + 8 if size is None else size, kind) + body


def long_box(kind: bytes, size: int) -> bytes:
    return struct.pack(">I4sQ", 1, kind, size)


BRAND = box(b"ftyp", b"isom\0\0\0\0")
LENGTHS = st.one_of(st.integers(0, 40), st.sampled_from([2**31, 2**32 - 1]))
LONG = st.one_of(st.integers(0, 40), st.sampled_from([2**62, 2**63 - 1, 2**63, 2**63 + 16, 2**64 - 1]))
BOXES = st.one_of(
    st.builds(box, st.sampled_from([b"ftyp", b"moov", b"mdat", b"free"]), st.binary(max_size=30), LENGTHS),
    st.builds(long_box, st.sampled_from([b"ftyp", b"moov", b"mdat"]), LONG),
    st.binary(max_size=24),
)


@given(st.lists(BOXES, max_size=5).map(b"".join), st.booleans())
@example(b"\0\0\0\1ftypisom\0\0\0\0mp41", False)  # its brand is read as a length of 2**62 and more
@example(b"\0\0\0\0ftyp", False)
@example(long_box(b"mdat", 2**64 - 1), True)
@example(long_box(b"mdat", 2**63 + 16), True)
@example(long_box(b"moov", 2**64 - 1) + b"\0" * 64, True)
def test_damaged_films_are_no_media_and_carry_no_recipe(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, branded: bool
) -> None:
    path = tmp_path_factory.mktemp("damaged") / "a.mp4"
    path.write_bytes((BRAND if branded else b"") + body)
    assert code_of(read_mp4, path) is ErrorCode.NOT_MEDIA
    assert code_of(read_recipe, path) in (ErrorCode.NO_RECIPE, ErrorCode.BAD_RECIPE)


MOVIE_HEADER = box(b"mvhd", bytes(12) + struct.pack(">II", 1000, 2000) + bytes(80))


def film(*boxes: bytes, comment: bytes | None = None) -> bytes:
    """A film without pictures: two seconds long, with other boxes in its index, and a comment."""
    texts = b""
    if comment is not None:
        item = box(b"\xa9cmt", box(b"data", bytes(8) + comment))
        texts = box(b"udta", box(b"meta", bytes(4) + box(b"ilst", item)))
    return BRAND + box(b"moov", MOVIE_HEADER + b"".join(boxes) + texts)


def video_track(table: bytes) -> bytes:
    """A track of pictures whose samples are counted by this table."""
    about = box(b"hdlr", bytes(8) + b"vide") + box(b"mdhd", bytes(12) + struct.pack(">II", 1000, 2000))
    return box(b"trak", box(b"tkhd", bytes(80)) + box(b"mdia", about + box(b"minf", box(b"stbl", table))))


def test_what_a_small_film_says_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(film(video_track(box(b"stts", struct.pack(">IIII", 0, 1, 48, 1))), comment=b"holiday"))
    read = read_mp4(path)
    assert (read.duration_s, read.frame_count, read.fps, read.tags) == (2.0, 48, 24.0, {"comment": "holiday"})


@pytest.mark.parametrize("runs", [2, 2**32 - 1])
def test_more_samples_than_can_be_counted_are_no_film(tmp_path: Path, runs: int) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(film(video_track(box(b"stts", struct.pack(">II", 0, runs) + b"\xff" * 16))))
    assert code_of(read_mp4, path) is ErrorCode.NOT_MEDIA


def test_an_index_of_empty_boxes_is_given_up_early(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(film(*[box(b"free")] * 1000, comment=b"holiday"))
    assert read_mp4(path).tags == {}, "what lies behind hundreds of boxes is not looked for"


def test_a_text_as_long_as_a_book_is_cut_and_no_recipe(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(film(comment=b'{"ganterpret":1,"theme":[' + b"[]," * 2**20 + b"[]]}"))
    assert len(read_mp4(path).tags["comment"]) == 2**20
    assert code_of(read_recipe, path) is ErrorCode.BAD_RECIPE


def test_the_longest_recipe_of_ours_is_short_enough(tmp_path: Path) -> None:
    longest = Recipe(
        theme="x" * 2000,
        scenes=(Scene(999, 2**32 - 1),) * MAX_CHOSEN_SCENES,
        points_s=tuple(1234.123456789012 + 0.1 * number for number in range(MAX_GIVEN_POINTS)),
        unknown_fields=(("colour", f'"{"x" * (MOST_LETTERS - 8)}"'),),
    )
    (tmp_path / "a.mp4").write_bytes(film(comment=longest.to_json().encode()))
    (tmp_path / "a.json").write_text(longest.to_json(), encoding="utf-8")
    assert read_recipe(tmp_path / "a.mp4") == read_recipe(tmp_path / "a.json") == longest


@given(st.binary(max_size=400), st.booleans())
@example(video_track(box(b"stts", b"")), False)
@example(video_track(box(b"stts", bytes(4) + b"\xff" * 4)), False)
@example(box(b"trak", box(b"mdia", box(b"hdlr", bytes(8) + b"vide"))), True)
@example(box(b"udta", box(b"meta", b"")), True)
@example(box(b"mvhd", b"\1"), True)  # of the longer kind, and too short for it
@example(box(b"mvhd", bytes(20)), True)  # no clock
def test_an_index_of_any_bytes_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, inside: bytes, first: bool
) -> None:
    path = tmp_path_factory.mktemp("index") / "a.mp4"
    path.write_bytes(BRAND + box(b"moov", inside + MOVIE_HEADER if first else MOVIE_HEADER + inside))
    for read in READERS:
        with suppress(PipelineError):
            read(path)


# --- recipes of any kind ----------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**400), 10**400) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(sorted(json.loads(Recipe().to_json())))


@given(st.dictionaries(FIELDS, JSON, max_size=4), st.sampled_from([1, 2, 3]))
@example({"threshold": 10**400}, 1)
@example({"start_s": -(10**400)}, 2)
@example({"theme": "\ud800"}, 1)
@example({"model": "\udfff"}, 1)
@example({"size_px": 128.0}, 1)
@example({"size_px": True}, 1)
def test_a_recipe_with_any_values_is_refused_or_can_be_written_again(values: dict[str, object], version: int) -> None:
    with suppress(PipelineError):
        recipe = Recipe.from_json(json.dumps({"ganterpret": version} | values))
        assert Recipe.from_json(recipe.to_json().encode("utf-8").decode("utf-8")) == recipe
        assert recipe.size_px is None or type(recipe.size_px) is int


@pytest.mark.parametrize("depth", [100, 900, 985, 1000, 100_000])
@pytest.mark.parametrize("field", ["size_px", "theme", "scenes", "unknown"])
def test_a_recipe_as_deep_as_a_well_is_refused(field: str, depth: int) -> None:
    for opened, closed in (("[", "]"), ('{"a":', "}")):
        with pytest.raises(PipelineError):
            Recipe.from_json(f'{{"ganterpret":1,"{field}":{opened * depth}1{closed * depth}}}')


REFUSALS = (None, ErrorCode.NOT_MEDIA, ErrorCode.PLAYLIST, ErrorCode.FILE_EMPTY, ErrorCode.BAD_RECIPE)


def refusal_of(read: Callable[[bytes], object], content: bytes) -> object:
    try:
        read(content)
    except PipelineError as error:
        return error.code
    return None


@given(st.binary(max_size=200))
@example(b"{" * 5000)
@example(b'{"ganterpret":1,"seed":' + b"9" * 5000 + b"}")
def test_any_bytes_are_a_kind_and_a_recipe_or_a_clear_refusal(content: bytes) -> None:
    for read in (media_type_of, lambda data: Recipe.from_json(data.decode("utf-8", "replace"))):
        assert refusal_of(read, content) in REFUSALS
