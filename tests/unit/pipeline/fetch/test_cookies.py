"""Cookies are one site's alone, and nobody else's to read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.fetch.cookies import CookiesError, of_site, read_cookies, write_for_fetch

SECRET = "a-secret-value"


def line(domain: str, name: str = "session") -> str:
    return f"{domain}\tTRUE\t/\tTRUE\t2147483647\t{name}\t{SECRET}"


TEXT = "\n".join(
    [
        "# Netscape HTTP Cookie File",
        "# a remark",
        "",
        line(".youtube.com"),
        f"#HttpOnly_{line('.google.com', 'SID')}",
        line("accounts.google.com", "A"),
        line("notyoutube.com"),
        line("youtube.com.evil.example"),
        line(".vimeo.com"),
        "vimeo.com\ttoo\tfew",
    ]
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "cookies.txt"
    path.write_text(TEXT)
    path.chmod(0o600)
    return path


def test_a_site_gets_its_own_and_no_others(file: Path) -> None:
    youtube = of_site(read_cookies(file), "YouTube")
    assert youtube is not None
    assert youtube.splitlines() == [
        "# Netscape HTTP Cookie File",
        line(".youtube.com"),
        f"#HttpOnly_{line('.google.com', 'SID')}",
        line("accounts.google.com", "A"),
    ]
    assert of_site(TEXT, "Vimeo") == f"# Netscape HTTP Cookie File\n{line('.vimeo.com')}\n"
    assert of_site(TEXT, "Vocaroo") is None
    assert of_site(TEXT, "direct") is None


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o602])
def test_a_file_that_others_may_read_is_refused(file: Path, mode: int) -> None:
    file.chmod(mode)
    with pytest.raises(CookiesError, match="chmod 600"):
        read_cookies(file)


@pytest.mark.parametrize("contents", [b"", b"nothing", b"\xff\xfe\t\t\t\t\t\t", b"#" * 1_000_001, b"a\tb\tc"])
def test_what_is_no_cookies_is_refused_without_showing_it(file: Path, contents: bytes) -> None:
    file.write_bytes(contents)
    with pytest.raises(CookiesError) as refusal:
        read_cookies(file)
    assert len(str(refusal.value)) < len(str(file)) + 60


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    for path in (pipe, tmp_path, tmp_path / "missing"):
        with pytest.raises(CookiesError, match=str(path)):
            read_cookies(path)


def test_the_copy_is_private_and_never_over_another_file(tmp_path: Path) -> None:
    path = write_for_fetch("x", tmp_path)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        write_for_fetch("x", tmp_path)
