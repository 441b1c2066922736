"""Every setting says what it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.configuration.catalogue import Setting, all_settings, written
from bot.settings import SECTIONS, Settings

EVERY = {setting.name: setting for setting in all_settings()}


@pytest.mark.parametrize("setting", EVERY.values(), ids=lambda setting: setting.name)
def test_each_setting_has_a_meaning_an_example_and_a_section(setting: Setting) -> None:
    assert setting.meaning.endswith(".")
    assert setting.examples
    assert setting.section


def test_they_are_all_settings_in_their_order() -> None:
    assert list(EVERY) == list(Settings.model_fields)
    assert [name for name in EVERY if name in SECTIONS] == list(SECTIONS)


@pytest.mark.parametrize("name", [name for name, setting in EVERY.items() if not setting.secret])
def test_each_example_is_taken(name: str, tmp_path: Path) -> None:
    for example in EVERY[name].examples:
        (tmp_path / ".env").write_text(f"{EVERY[name].variable}={example}\n", encoding="utf-8")
        assert getattr(Settings(_env_file=tmp_path / ".env"), name) != getattr(Settings(_env_file=None), name)


def test_types_are_words_with_units_and_bounds() -> None:
    assert EVERY["max_duration_s"].kind == "seconds above 0"
    assert EVERY["user_work_s_per_day"].kind == "seconds from 0"
    assert EVERY["max_input_bytes"].kind == "bytes above 0"
    assert EVERY["open_requests_per_user"].kind == "whole number from 1"
    assert EVERY["media_days"].kind == "days above 0"
    assert EVERY["telegram_local_server"].kind == "true or false"
    assert EVERY["owners"].kind == EVERY["fetch_block"].kind == "list"
    assert EVERY["fetch_cookies"].kind == "path"


def test_what_must_not_be_seen_is_secret() -> None:
    assert {name for name, setting in EVERY.items() if setting.secret} == {
        "discord_token",
        "telegram_token",
        "fetch_proxy",
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (600.0, "600"),
        (0.5, "0.5"),
        (7, "7"),
        (("a", "b"), "a b"),
        (frozenset({"b", "a"}), "a b"),
        (Path("/srv"), "/srv"),
        (SecretStr("abc"), "**********"),
    ],
)
def test_values_are_written_as_a_file_has_them(value: object, text: str) -> None:
    assert written(value) == text
