"""The example of a `.env` file and the page of settings have every setting, with its default."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from bot.settings import Settings
from scripts.make_settings_page import documents, main

EXAMPLE = Path(__file__).resolve().parents[3] / ".env.example"
PLACES = {"home", "cache_dir"}
"""Their defaults depend on whose machine it is."""


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("GANTERPRET_", "XDG_"))]:
        monkeypatch.delenv(name)


def lines() -> dict[str, str]:
    return dict(re.findall(r"^#GANTERPRET_(\w+)=(.*)$", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE))


def test_it_has_every_setting_once_and_no_other() -> None:
    named = re.findall(r"^#?GANTERPRET_(\w+)=", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(named) == sorted(name.upper() for name in Settings.model_fields)


def test_as_it_is_it_changes_nothing() -> None:
    assert Settings(_env_file=EXAMPLE) == Settings(_env_file=None)


def test_each_line_says_the_default(tmp_path: Path) -> None:
    spoken = {name: value for name, value in lines().items() if value and name.lower() not in PLACES}
    (tmp_path / ".env").write_text("".join(f"GANTERPRET_{name}={value}\n" for name, value in spoken.items()))
    assert Settings(_env_file=tmp_path / ".env") == Settings(_env_file=None)


def test_a_line_without_a_value_has_none() -> None:
    defaults = Settings(_env_file=None)
    for name, value in lines().items():
        assert bool(value) == (getattr(defaults, name.lower()) not in (None, "", (), frozenset())), name


def test_the_places_are_those_of_a_machine_that_says_nothing() -> None:
    defaults = Settings(_env_file=None)
    assert {name: Path(lines()[name.upper()]).expanduser() for name in PLACES} == {
        name: getattr(defaults, name) for name in PLACES
    }


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_it_is_what_the_code_says(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == documents()[path]


def test_a_check_tells_what_is_out_of_date_and_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "docs").mkdir()
    monkeypatch.setattr("scripts.make_settings_page.ROOT", tmp_path)
    assert main(["--check"]) == 1
    assert list(tmp_path.rglob("*.*")) == []
    assert main([]) == 0
    assert main(["--check"]) == 0
    assert ".env.example: is not what the code says" in capsys.readouterr().out
