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


SECTIONS = {
    "home": "where things lie",
    "discord_token": "the chats",
    "max_duration_s": "what a request may ask for",
    "user_clips_per_day": "how much of it, in a rolling day",
    "model": "how it is made",
    "language": "how it speaks",
}
"""Which setting begins which part of docs/settings.md and .env.example."""


class Settings(BaseSettings):
    """What an operator may choose.

    Durations are in seconds, sizes in bytes unless the name says otherwise. Meanings, examples and defaults are what
    docs/settings.md and .env.example are written from (`scripts/make_settings_page.py`).
    """

    model_config = SettingsConfigDict(env_prefix="GANTERPRET_", env_file=".env", extra="ignore", populate_by_name=True)

    # where things lie
    home: Path = Field(
        default_factory=lambda: _user_folder("XDG_DATA_HOME", ".local/share"),
        description="Database, clips and work in progress. $XDG_DATA_HOME/ganterpret, if that is set. "
        "Write a whole path.",
        examples=["/srv/ganterpret"],
        json_schema_extra={"written": "~/.local/share/ganterpret"},
    )
    cache_dir: Path = Field(
        default_factory=lambda: _user_folder("XDG_CACHE_HOME", ".cache"),
        description="BigGAN's weights and what is compiled once a machine. $XDG_CACHE_HOME/ganterpret, if that is set. "
        "Write a whole path.",
        examples=["/var/cache/ganterpret"],
        json_schema_extra={"written": "~/.cache/ganterpret"},
    )
    database_url: str = Field(
        default="",
        description="SQLAlchemy's URL of a SQLite database; empty: ganterpret.sqlite3 in GANTERPRET_HOME.",
        examples=["sqlite:////srv/ganterpret/books.sqlite3"],
    )

    # the chats
    discord_token: SecretStr | None = Field(
        default=None, description="From Discord's developer portal.", examples=["MTA….….…"]
    )
    discord_api_url: str | None = Field(
        default=None,
        description="A proxy for Discord's REST API, with its version.",
        examples=["http://127.0.0.1:3000/api/v10"],
    )
    discord_gateway_url: str | None = Field(
        default=None, description="A proxy for Discord's gateway.", examples=["ws://127.0.0.1:3001"]
    )
    telegram_token: SecretStr | None = Field(default=None, description="From @BotFather.", examples=["123456789:AA…"])
    telegram_api_url: str | None = Field(
        default=None,
        description="A Bot API server of your own, without /bot<token>.",
        examples=["http://127.0.0.1:8081"],
    )
    telegram_file_url: str | None = Field(
        default=None, description="Where that server's files are fetched.", examples=["http://127.0.0.1:8081/file"]
    )
    telegram_local_server: bool = Field(
        default=False,
        description="That server runs with --local and shares its disk with the bot: files of any size in, "
        "up to 2 GB out.",
        examples=["true"],
    )
    owners: Annotated[frozenset[str], NoDecode] = Field(
        default=frozenset(), description="Who may see /stats.", examples=["discord:123 telegram:456"]
    )

    # what a request may ask for
    max_duration_s: float = Field(default=600.0, gt=0, description="The longest clip.", examples=["300"])
    max_source_s: float = Field(
        default=7200.0,
        gt=0,
        description="The longest sound behind a link; a clip may show a part of it.",
        examples=["3600"],
    )
    max_input_bytes: int = Field(
        default=200_000_000, gt=0, description="The largest file that a sound may come in.", examples=["50000000"]
    )
    relay_s: float = Field(
        default=300.0, gt=0, description="How long people have to pick the scenes of a relay.", examples=["600"]
    )
    fetch_allow_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Hosts whose files may be fetched directly, besides the known sites (docs/fetching.md).",
        examples=["media.example, 127.0.0.1:8080"],
    )
    fetch_block: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="What is not fetched: sites by name, without blanks, and pieces by their links.",
        examples=["soundcloud"],
    )
    fetch_timeout_s: float = Field(default=300.0, gt=0, description="How long a fetch may take.", examples=["600"])
    fetch_python: Path | None = Field(
        default=None,
        description="The Python of an environment whose yt-dlp is used instead of ours, "
        "so that it can be updated alone.",
        examples=["/srv/yt-dlp/bin/python"],
    )
    fetch_cookies: Path | None = Field(
        default=None,
        description="Cookies in Netscape's format, mode 600; a site is asked with its own where it refuses "
        "without them.",
        examples=["/srv/ganterpret/cookies.txt"],
    )
    fetch_token_server: str | None = Field(
        default=None,
        description="A server of proofs of origin for YouTube (bgutil-ytdlp-pot-provider's protocol).",
        examples=["http://127.0.0.1:4416"],
    )
    fetch_proxy: SecretStr | None = Field(
        default=None,
        description="A proxy that all fetches go through, by SOCKS 5 or HTTP.",
        examples=["socks5://user:password@host:1080", "http://host:3128"],
    )

    # how much of it, in a rolling day
    user_clips_per_day: int = Field(
        default=20, ge=0, description="How many clips a person may ask for.", examples=["5"]
    )
    user_work_s_per_day: float = Field(
        default=3600.0,
        ge=0,
        validation_alias=_renamed("user_work_s", "user_seconds"),
        description="How much work a person may cause: fetching, listening, and drawing every frame at its size, "
        "as long as that takes here.",
        examples=["900"],
    )
    chat_clips_per_day: int = Field(
        default=100, ge=0, description="How many clips all of a server or group may ask for.", examples=["30"]
    )
    chat_work_s_per_day: float = Field(
        default=4 * 3600.0,
        ge=0,
        validation_alias=_renamed("chat_work_s", "chat_seconds"),
        description="How much work all of a server or group may cause.",
        examples=["7200"],
    )
    open_requests_per_user: int = Field(
        default=2, ge=1, description="How many requests a person may have under way at once.", examples=["1"]
    )

    # how it is made
    model: str = Field(
        default="auto",
        description="auto (BigGAN if its weights are there, else sketch), sketch, biggan-deep-128, -256, -512, "
        "or a folder with a model.",
        examples=["biggan-deep-256"],
    )
    precision: str = Field(
        default="auto",
        description="BigGAN's arithmetic: auto, float32, bfloat16 or float16.",
        examples=["float32"],
    )
    worker_slots: int = Field(default=1, ge=1, description="How many clips a worker makes at once.", examples=["2"])
    worker_lease_s: float = Field(
        default=30.0,
        gt=0,
        description="After this time without a sign of life, a worker's jobs are taken over.",
        examples=["60"],
    )
    render_timeout_s: float = Field(
        default=6 * 3600.0, gt=0, description="A render that takes longer is given up.", examples=["3600"]
    )
    media_max_bytes: int = Field(
        default=20_000_000_000,
        gt=0,
        description="How much media is kept; the oldest goes first, what is not delivered yet stays.",
        examples=["5000000000"],
    )
    media_days: float = Field(default=30.0, gt=0, description="For how many days media is kept.", examples=["7"])

    # how it speaks
    language: str = Field(
        default="en", description="What is spoken where nobody chose another language: en or de.", examples=["de"]
    )

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
