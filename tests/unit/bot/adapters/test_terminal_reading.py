"""What a typed line says, and which of its words are files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.terminal.reading import file_bytes, read
from bot.chat.events import Attachment, Command, TextMessage
from pipeline.errors import ErrorCode, PipelineError


def there(_: Path) -> int:
    return 7


def missing(_: Path) -> None:
    return None


@pytest.mark.parametrize(
    ("line", "words", "file"),
    [
        ("/ganterpret song.mp3 theme:primates", "theme:primates", "song.mp3"),
        ("/ganterpret theme:primates ./odd", "theme:primates", "odd"),
        ("/ganterpret '/music/my song.ogg' red fox", "red fox", "/music/my song.ogg"),
        (r"/ganterpret /music/my\ song.ogg", "", "/music/my song.ogg"),
        ('/ganterpret theme:"red fox" song.WAV', 'theme:"red fox"', "song.WAV"),
        ("/ganterpret song.caf theme:birds", "theme:birds", "song.caf"),
    ],
)
def test_a_path_is_sent_along_and_the_other_words_stay(line: str, words: str, file: str) -> None:
    path = Path(file)
    expected = Command("ganterpret", words, attachments=(Attachment(str(path), path.name, bytes=7),), message="m")
    assert read(line, "m", there) == expected


@pytest.mark.parametrize(
    "words",
    [
        "primates",
        "https://example.org/song.mp3",
        "theme:song.mp3",
        "musician's hat",
        "moon > rocket",
        "#1 seed:new",
        'theme:"a /b"',
    ],
)
def test_themes_options_and_links_are_no_paths(words: str) -> None:
    assert read(f"/ganterpret {words}", "m", missing) == Command("ganterpret", words, message="m")


@given(st.text().filter(lambda line: not line.startswith("/")))
def test_whatever_is_typed_is_read_where_every_path_is_there(line: str) -> None:
    said = read(line, "m", there)
    assert said == TextMessage(line, "m") or (isinstance(said, TextMessage) and said.attachments)


def test_a_path_alone_is_a_file_sent_along() -> None:
    song = Attachment("/music/song.mp3", "song.mp3", bytes=7)
    assert read("/music/song.mp3 nur Affen", "m", there) == TextMessage("nur Affen", "m", attachments=(song,))


def test_a_path_to_nothing_is_said_so_with_its_name() -> None:
    with pytest.raises(PipelineError) as refusal:
        read("/ganterpret song.mp3", "m", missing)
    assert refusal.value.code is ErrorCode.FILE_MISSING
    assert refusal.value.facts["path"] == "song.mp3"


def test_folders_devices_and_impossible_names_are_no_files(tmp_path: Path) -> None:
    (tmp_path / "song.mp3").write_bytes(b"four")
    assert file_bytes(tmp_path / "song.mp3") == 4
    assert file_bytes(tmp_path) is None
    assert file_bytes(Path("/dev/null")) is None
    assert file_bytes(Path("a" * 5000)) is None
    assert file_bytes(Path("a\0b")) is None
