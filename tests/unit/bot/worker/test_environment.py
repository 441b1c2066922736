"""What a worker is told: the settings that it needs, and no token."""

from __future__ import annotations

import pytest

from bot.settings import Settings
from bot.worker.environment import WORKER_SETTINGS, render_environment, worker_environment

NOT_FOR_WORKERS = {
    *("discord_token", "discord_api_url", "discord_gateway_url"),
    *("telegram_token", "telegram_api_url", "telegram_file_url", "telegram_local_server"),
    *("owners", "relay_s", "language", "media_max_bytes", "media_days"),
}


def test_each_setting_is_either_for_workers_or_not() -> None:
    assert WORKER_SETTINGS.isdisjoint(NOT_FOR_WORKERS)
    assert set(Settings.model_fields) == WORKER_SETTINGS | NOT_FOR_WORKERS


@pytest.fixture
def everything_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(f"GANTERPRET_{name.upper()}", f"the {name}")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


@pytest.mark.usefixtures("everything_set")
def test_a_worker_is_told_its_settings_and_nothing_of_the_chats() -> None:
    known = worker_environment({"GANTERPRET_HOME": "/elsewhere"})
    told = {name.removeprefix("GANTERPRET_").lower() for name in known if name.startswith("GANTERPRET_")}
    assert told == WORKER_SETTINGS
    assert known["GANTERPRET_HOME"] == "/elsewhere"
    assert "AWS_SECRET_ACCESS_KEY" not in known


@pytest.mark.usefixtures("everything_set")
def test_a_render_process_is_told_where_its_weights_are_and_how_exact_it_is() -> None:
    told = {name for name in render_environment() if name.startswith("GANTERPRET_")}
    assert told == {"GANTERPRET_CACHE_DIR", "GANTERPRET_PRECISION"}


def test_small_letters_are_as_good(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ganterpret_worker_slots", "3")
    assert worker_environment()["ganterpret_worker_slots"] == "3"
