from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.settings import Settings, renamed_settings


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "DATABASE_URL", "FETCH_ALLOW_HOSTS", "OWNERS", "TELEGRAM_TOKEN"):
        monkeypatch.delenv(f"GANTERPRET_{name}", raising=False)


def test_the_database_lies_at_home_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GANTERPRET_HOME", str(tmp_path))
    assert Settings().database == f"sqlite:///{tmp_path}/ganterpret.sqlite3"
    monkeypatch.setenv("GANTERPRET_DATABASE_URL", "sqlite:////elsewhere.db")
    assert Settings().database == "sqlite:////elsewhere.db"


def test_lists_are_written_with_commas_or_spaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANTERPRET_FETCH_ALLOW_HOSTS", "127.0.0.1:8080, media.example")
    monkeypatch.setenv("GANTERPRET_OWNERS", "discord:1 telegram:2")
    settings = Settings()
    assert settings.fetch_allow_hosts == ("127.0.0.1:8080", "media.example")
    assert settings.owners == {"discord:1", "telegram:2"}


def test_a_token_never_shows_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANTERPRET_TELEGRAM_TOKEN", "123:secret")
    assert "secret" not in repr(Settings())


def test_a_limit_of_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANTERPRET_MAX_DURATION_S", "0")
    with pytest.raises(ValidationError):
        Settings()


def test_an_allowed_host_is_a_host_and_not_a_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANTERPRET_FETCH_ALLOW_HOSTS", "http://media.example")
    with pytest.raises(ValidationError):
        Settings()


def test_settings_that_were_renamed_are_read_and_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert renamed_settings() == {}
    monkeypatch.setenv("GANTERPRET_USER_SECONDS_PER_DAY", "77")
    (tmp_path / ".env").write_text("GANTERPRET_CHAT_SECONDS_PER_DAY=88\n#GANTERPRET_USER_CLIPS_PER_DAY=9\n")
    assert (Settings().user_work_s_per_day, Settings().chat_work_s_per_day) == (77.0, 88.0)
    assert sorted(renamed_settings().values()) == ["GANTERPRET_CHAT_WORK_S_PER_DAY", "GANTERPRET_USER_WORK_S_PER_DAY"]
    monkeypatch.setenv("GANTERPRET_USER_WORK_S_PER_DAY", "99")
    assert Settings().user_work_s_per_day == 99.0, "the new name goes first"
    assert Settings(user_work_s_per_day=5).user_work_s_per_day == 5.0
