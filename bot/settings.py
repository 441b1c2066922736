"""Every setting, from the environment (``GANTERPRET_…``) or a ``.env`` file, with its default and its reason."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from pipeline.fetch.block_list import BlockList
from pipeline.fetch.gate import Proxy
from pipeline.fetch.hosts import AllowedHost
from pipeline.fetch.proof_tokens import TokenServer


def _user_folder(variable: str, fallback: str) -> Path:
    """Return the XDG base directory named by a variable (freedesktop.org, XDG Base Directory Specification)."""
    return Path(os.environ.get(variable) or Path.home() / fallback) / "ganterpret"


RENAMED = {
    "GANTERPRET_USER_SECONDS_PER_DAY": "GANTERPRET_USER_WORK_S_PER_DAY",
    "GANTERPRET_CHAT_SECONDS_PER_DAY": "GANTERPRET_CHAT_WORK_S_PER_DAY",
}
"""Settings that count something else than they did: seconds of work, not of clip. They are read all the same."""


def renamed_settings(env_file: Path = Path(".env")) -> dict[str, str]:
    """Return the settings that somebody still calls by their former names, and how they are called now."""
    lines = env_file.read_text(encoding="utf-8", errors="replace").splitlines() if env_file.is_file() else []
    used = {line.partition("=")[0].strip().upper() for line in lines} | {name.upper() for name in os.environ}
    return {old: new for old, new in RENAMED.items() if old in used}


def _renamed(new: str, old: str) -> AliasChoices:
    return AliasChoices(*(f"ganterpret_{name}_per_day" for name in (new, old)))


class Settings(BaseSettings):
    """What an operator may choose.

    Durations are in seconds, sizes in bytes unless the name says otherwise.
    """

    model_config = SettingsConfigDict(env_prefix="GANTERPRET_", env_file=".env", extra="ignore", populate_by_name=True)

    # where things lie
    home: Path = Field(default_factory=lambda: _user_folder("XDG_DATA_HOME", ".local/share"))
    cache_dir: Path = Field(default_factory=lambda: _user_folder("XDG_CACHE_HOME", ".cache"))
    database_url: str = ""

    # the chats
    discord_token: SecretStr | None = None
    discord_api_url: str | None = None
    discord_gateway_url: str | None = None
    telegram_token: SecretStr | None = None
    telegram_api_url: str | None = None
    telegram_file_url: str | None = None
    telegram_local_server: bool = False  # that server runs with --local and shares its disk with us
    owners: Annotated[frozenset[str], NoDecode] = frozenset()

    # what a request may ask for
    max_duration_s: float = Field(default=600.0, gt=0)
    max_source_s: float = Field(default=7200.0, gt=0)  # a clip may show a part of something longer
    max_input_bytes: int = Field(default=200_000_000, gt=0)
    relay_s: float = Field(default=300.0, gt=0)  # how long people have to pick the scenes of a relay
    fetch_allow_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    fetch_block: Annotated[tuple[str, ...], NoDecode] = ()  # sites by name, pieces by link
    fetch_timeout_s: float = Field(default=300.0, gt=0)
    fetch_python: Path | None = None
    fetch_cookies: Path | None = None  # tried where a site refuses without them
    fetch_token_server: str | None = None  # proofs of origin for YouTube
    fetch_proxy: SecretStr | None = None  # all that is fetched goes through it

    # how much of it
    user_clips_per_day: int = Field(default=20, ge=0)
    user_work_s_per_day: float = Field(default=3600.0, ge=0, validation_alias=_renamed("user_work_s", "user_seconds"))
    chat_clips_per_day: int = Field(default=100, ge=0)
    chat_work_s_per_day: float = Field(
        default=4 * 3600.0, ge=0, validation_alias=_renamed("chat_work_s", "chat_seconds")
    )
    open_requests_per_user: int = Field(default=2, ge=1)

    # how it is made
    model: str = "auto"
    precision: str = "auto"
    worker_slots: int = Field(default=1, ge=1)
    worker_lease_s: float = Field(default=30.0, gt=0)  # a dead worker's jobs are taken over after it
    render_timeout_s: float = Field(default=6 * 3600.0, gt=0)
    media_max_bytes: int = Field(default=20_000_000_000, gt=0)
    media_days: float = Field(default=30.0, gt=0)

    language: str = "en"

    @field_validator("owners", mode="before")
    @classmethod
    def _split_owners(cls, value: object) -> object:
        return frozenset(_words(value)) if isinstance(value, str) else value

    @field_validator("fetch_allow_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: object) -> object:
        hosts = tuple(_words(value)) if isinstance(value, str) else value
        for host in hosts if isinstance(hosts, tuple) else ():
            AllowedHost.parse(host)
        return hosts

    @field_validator("fetch_block", mode="before")
    @classmethod
    def _split_block(cls, value: object) -> object:
        entries = tuple(_words(value)) if isinstance(value, str) else value
        BlockList.parse(entries if isinstance(entries, tuple) else ())
        return entries

    @field_validator("fetch_token_server")
    @classmethod
    def _is_token_server(cls, value: str | None) -> str | None:
        return None if not value else TokenServer.parse(value).url

    @field_validator("fetch_proxy")
    @classmethod
    def _is_proxy(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        Proxy.parse(value.get_secret_value())
        return value

    @cached_property
    def database(self) -> str:
        """SQLAlchemy's URL of the database: the one given, or a SQLite file at home."""
        return self.database_url or f"sqlite:///{self.home / 'ganterpret.sqlite3'}"

    @cached_property
    def media_dir(self) -> Path:
        """Where sounds, clips and posters are kept."""
        return self.home / "media"

    @cached_property
    def players_dir(self) -> Path:
        """Where players of YouTube are kept that were worked through; anybody may delete it."""
        return self.cache_dir / "players"

    @cached_property
    def work_dir(self) -> Path:
        """Where a worker keeps what it has not finished; on the same disk as the media, so that files move at once."""
        return self.home / "work"


def _words(value: str) -> list[str]:
    return [word for word in value.replace(",", " ").split() if word]
