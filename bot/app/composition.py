"""The composition root: where settings become the things that everybody else is given."""

from __future__ import annotations

from pathlib import Path

from bot.app.home import open_home
from bot.settings import Settings
from bot.usecases.policy import Policy
from bot.worker.sound_source import SoundSource
from bot.worker.worker import Worker, WorkerLimits
from pipeline.fetch.block_list import BlockList
from pipeline.fetch.supervisor import FetchLimits
from pipeline.generator import SIZES_PX
from pipeline.generators.registry import AUTO, choose_model
from storage.clips.media import MediaStore
from storage.database import migrate
from storage.database.transactions import Database
from storage.engine.embedded import EmbeddedEngine
from storage.requests.prices import PriceTable, entry
from storage.requests.quotas import QuotaLimits


def open_database(settings: Settings) -> Database:
    """Open the database, bringing it up to date first."""
    open_home(settings)
    migrate.upgrade(settings.database)
    return Database(settings.database)


def open_media(settings: Settings) -> MediaStore:
    """Open the media store."""
    return MediaStore(settings.media_dir)


def quota_limits(settings: Settings) -> QuotaLimits:
    """Return what a person and a chat may ask for."""
    return QuotaLimits(
        user_clips_per_day=settings.user_clips_per_day,
        user_seconds_per_day=settings.user_work_s_per_day,
        chat_clips_per_day=settings.chat_clips_per_day,
        chat_seconds_per_day=settings.chat_work_s_per_day,
        open_requests_per_user=settings.open_requests_per_user,
    )


def policy_of(settings: Settings) -> Policy:
    """Return what may be asked for in a chat."""
    return Policy(
        owners=settings.owners,
        quotas=quota_limits(settings),
        max_duration_s=settings.max_duration_s,
        max_input_bytes=settings.max_input_bytes,
        allow_hosts=settings.fetch_allow_hosts,
        blocked=BlockList.parse(settings.fetch_block),
        model=settings.model,
        language=settings.language,
        relay_s=settings.relay_s,
        media_days=settings.media_days,
        prices=PriceTable(auto=_what_auto_means(settings)),
    )


def _what_auto_means(settings: Settings) -> dict[str, str]:
    """Return which model and size a request gets that names none, for its price."""
    wished: tuple[int | None, ...] = (None, *SIZES_PX)
    return {str(size or ""): entry(*choose_model(AUTO, size, settings.cache_dir)) for size in wished}


def fetch_limits(settings: Settings) -> FetchLimits:
    """Return how long and how much is fetched."""
    return FetchLimits(
        max_duration_s=settings.max_source_s, max_bytes=settings.max_input_bytes, timeout_s=settings.fetch_timeout_s
    )


def open_worker(settings: Settings, work_dir: Path) -> Worker:
    """Put a worker together.

    Parameters
    ----------
    work_dir : Path
        For what is not finished, on the same disk as the media.
    """
    database = open_database(settings)
    media = open_media(settings)
    return Worker(
        database=database,
        engine=EmbeddedEngine(database, lease_s=settings.worker_lease_s),
        media=media,
        sounds=SoundSource(
            database,
            media,
            fetch_limits(settings),
            allow_hosts=settings.fetch_allow_hosts,
            python=settings.fetch_python,
            players=settings.players_dir,
            cookies=settings.fetch_cookies,
            token_server=settings.fetch_token_server,
            proxy=settings.fetch_proxy.get_secret_value if settings.fetch_proxy else None,
            blocked=BlockList.parse(settings.fetch_block),
        ),
        work_dir=work_dir,
        limits=WorkerLimits(
            max_duration_s=settings.max_duration_s,
            max_bytes=None,
            timeout_s=settings.render_timeout_s,
            quotas=quota_limits(settings),
        ),
    )
