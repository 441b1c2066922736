"""What is kept of players is read only where it is what was written, and there is never much of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.fetch.solver.players import MOST_KEPT, PlayerKey, read_player, take_over, write_player

KEY = PlayerKey("https://www.youtube.com/s/player/0123abcd/base.js", "0.8.0")


def left_behind(folder: Path) -> Path:
    left = folder / "download"
    left.mkdir()
    return left


def test_what_a_fetch_leaves_is_there_for_the_next(tmp_path: Path) -> None:
    left, kept = left_behind(tmp_path), tmp_path / "cache" / "players"
    write_player(left, KEY, "solve('é')")
    (left / "sound.m4a").write_bytes(b"x")
    take_over(left, kept)
    assert read_player(kept, KEY) == "solve('é')"
    assert [path.name for path in kept.iterdir()] == [KEY.file_name]


@pytest.mark.parametrize(
    "other",
    [PlayerKey("https://www.youtube.com/s/player/ffff0000/base.js", "0.8.0"), PlayerKey(KEY.player_url, "0.9.0")],
)
def test_another_player_or_other_scripts_are_something_else(tmp_path: Path, other: PlayerKey) -> None:
    write_player(tmp_path, KEY, "x")
    assert read_player(tmp_path, other) is None


def test_the_same_player_is_known_wherever_it_is_served(tmp_path: Path) -> None:
    write_player(tmp_path, KEY, "x")
    assert read_player(tmp_path, PlayerKey("https://m.youtube.com/s/player/0123abcd/base.js?x=1", "0.8.0")) == "x"


@given(st.binary(max_size=200))
def test_what_was_changed_or_never_written_is_not_there(
    tmp_path_factory: pytest.TempPathFactory, contents: bytes
) -> None:
    folder = tmp_path_factory.mktemp("players")
    (folder / KEY.file_name).write_bytes(contents)
    assert read_player(folder, KEY) is None
    into = folder / "into"
    take_over(folder, into)
    assert not into.exists()


def test_a_part_of_what_was_written_is_not_there(tmp_path: Path) -> None:
    write_player(tmp_path, KEY, "solve()")
    path = tmp_path / KEY.file_name
    path.write_bytes(path.read_bytes()[:-1])
    assert read_player(tmp_path, KEY) is None


def test_links_pipes_and_strange_names_are_left_where_they_are(tmp_path: Path) -> None:
    left, kept = left_behind(tmp_path), tmp_path / "kept"
    write_player(tmp_path, KEY, "x")
    (left / KEY.file_name).symlink_to(tmp_path / KEY.file_name)
    os.mkfifo(left / f"player-{'0' * 32}.js")
    (left / "player-../evil.js").parent.mkdir()
    write_player(left / "player-..", KEY, "x")
    take_over(left, kept)
    assert not kept.exists()


def test_the_oldest_go(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    for number in range(MOST_KEPT + 3):
        left = tmp_path / str(number)
        left.mkdir()
        key = PlayerKey(f"https://www.youtube.com/s/player/{number}/base.js", "0.8.0")
        write_player(left, key, str(number))
        take_over(left, kept)
        os.utime(kept / key.file_name, (number, number))
    assert len(list(kept.iterdir())) == MOST_KEPT
    assert (
        read_player(kept, PlayerKey(f"https://www.youtube.com/s/player/{MOST_KEPT + 2}/base.js", "0.8.0")) is not None
    )


def test_without_a_folder_nothing_is_kept() -> None:
    assert read_player(None, KEY) is None
