"""What is wrong with a file is said as what it is, whichever way the file is opened."""

from __future__ import annotations

import errno
import os
import resource
import socket
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.errors import ErrorCode, PipelineError
from pipeline.file_errors import error_of_reading, error_of_writing
from pipeline.media.media_type import media_type, media_type_of
from pipeline.media.mp4 import read_mp4
from pipeline.media.tags import read_recipe
from pipeline.recipe import Recipe

READERS: tuple[Callable[[Path], object], ...] = (media_type, read_mp4, read_recipe)


def code_of(read: Callable[[Path], object], path: Path) -> object:
    with pytest.raises(PipelineError) as caught:
        read(path)
    return caught.value.code


@pytest.fixture(params=READERS, ids=lambda read: str(read.__name__))
def read(request: pytest.FixtureRequest) -> Callable[[Path], object]:
    found: Callable[[Path], object] = request.param
    return found


def test_a_file_that_is_not_there_is_missing(read: Callable[[Path], object], tmp_path: Path) -> None:
    assert code_of(read, tmp_path / "none") is ErrorCode.FILE_MISSING
    (tmp_path / "file").write_bytes(b"x")
    assert code_of(read, tmp_path / "file" / "below") is ErrorCode.FILE_MISSING
    assert code_of(read, tmp_path / "zero\0byte") is ErrorCode.FILE_MISSING


def test_a_folder_a_pipe_a_socket_and_a_device_are_no_files(read: Callable[[Path], object], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        for path in (tmp_path, tmp_path / "pipe", tmp_path / "s", Path("/dev/zero")):
            assert code_of(read, path) is ErrorCode.NOT_A_FILE, path


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
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "a.mp4"], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ErrorCode.TOO_MANY_FILES


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
@example(b'{"ganterpret":1,"theme":"\\ud800"}')
def test_any_bytes_are_a_kind_and_a_recipe_or_a_clear_refusal(content: bytes) -> None:
    for read in (media_type_of, lambda data: Recipe.from_json(data.decode("utf-8", "replace"))):
        assert refusal_of(read, content) in REFUSALS
