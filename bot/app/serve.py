"""``ganterpret serve``: the chats that have a token, and a worker beside them, until told to stop.

Wires the chats: each platform gets its service (what people say → the dispatcher) and its outbox (what is owed →
the chat). A token is held under a lease, so that of two bots with one token the second waits, and takes over when the
first is gone.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Protocol

from bot.app.composition import open_database, open_media, policy_of
from bot.app.keep_worker import keep_worker, stopped_within
from bot.app.redaction import redact_logs
from bot.chat.port import ChatPort
from bot.delivery.budget import LIMITS, UNLIMITED
from bot.delivery.budgeted_chat import BudgetedChat
from bot.delivery.deliver import new_owner
from bot.delivery.gate import Gate
from bot.delivery.outbox import Outbox
from bot.handlers.dispatcher import Dispatcher
from bot.settings import Settings
from storage.clips import media as media_store
from storage.clips.media import MediaStore, Retention
from storage.database import leases
from storage.database.transactions import Database
from storage.engine.embedded import EmbeddedEngine
from storage.people import conversations
from storage.upkeep import forget

log = logging.getLogger(__name__)

TOKEN_LEASE_S = 30.0
SWEEP_EVERY_S = 3600.0


class Service(Protocol):
    """One chat platform, connected."""

    @property
    def chat(self) -> ChatPort:
        """What the outbox posts through."""
        ...

    async def run(self, stopping: asyncio.Event) -> None:
        """Serve until told to stop."""
        ...

    async def close(self) -> None:
        """Hang up, once nobody posts any more."""
        ...


class NoTokenError(Exception):
    """No chat has a token, so there is nothing to serve."""


async def serve(settings: Settings, stopping: asyncio.Event, *, with_worker: bool) -> None:
    """Serve until `stopping` is set.

    Raises
    ------
    NoTokenError
        Neither chat has a token.
    """
    doors = _doors(settings)
    if not doors:
        raise NoTokenError
    redact_logs(token for token, _ in doors)
    database = await asyncio.to_thread(open_database, settings)
    media = open_media(settings)
    async with asyncio.TaskGroup() as tasks:
        for token, door in doors:
            tasks.create_task(_serve_chat(database, media, settings, token, door, stopping))
        tasks.create_task(_sweep(database, media, settings, stopping))
        if with_worker:
            tasks.create_task(keep_worker(stopping))
    database.close()


Door = Callable[[Dispatcher], Service]


def _doors(settings: Settings) -> list[tuple[str, Door]]:
    """Return how each chat that has a token is connected; chat libraries are loaded only where they are needed."""
    doors: list[tuple[str, Door]] = []
    if settings.telegram_token is not None:
        token = settings.telegram_token.get_secret_value()
        doors.append((token, lambda dispatcher: _telegram(settings, token, dispatcher)))
    if settings.discord_token is not None:
        secret = settings.discord_token.get_secret_value()
        doors.append((secret, lambda dispatcher: _discord(settings, secret, dispatcher)))
    return doors


def _telegram(settings: Settings, token: str, dispatcher: Dispatcher) -> Service:
    from bot.adapters.telegram.service import TelegramService

    return TelegramService(
        token=token,
        dispatcher=dispatcher,
        api_url=settings.telegram_api_url,
        file_url=settings.telegram_file_url,
        local_server=settings.telegram_local_server,
    )


def _discord(settings: Settings, token: str, dispatcher: Dispatcher) -> Service:
    from bot.adapters.discord.service import DiscordService

    return DiscordService(
        token=token, dispatcher=dispatcher, api_url=settings.discord_api_url, gateway_url=settings.discord_gateway_url
    )


async def _serve_chat(
    database: Database, media: MediaStore, settings: Settings, token: str, door: Door, stopping: asyncio.Event
) -> None:
    """Serve one chat while its token is ours."""
    policy = policy_of(settings)
    # The dispatcher wakes the outbox, which posts through the service, which asks the dispatcher: a name closes it.
    dispatcher = Dispatcher(
        database, media, policy, wake=lambda: outbox.wake(), cancel_hint=EmbeddedEngine(database).cancel
    )
    async with AsyncExitStack() as stack:
        if not await stack.enter_async_context(_held(database, token, stopping)):
            return
        service = door(dispatcher)
        stack.push_async_callback(service.close)
        chat = BudgetedChat(service.chat, Gate(LIMITS.get(service.chat.platform, UNLIMITED)))
        outbox = Outbox(database=database, chat=chat, media=media, policy=policy)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(service.run(stopping))
            tasks.create_task(outbox.run(stopping))


@asynccontextmanager
async def _held(database: Database, token: str, stopping: asyncio.Event) -> AsyncIterator[bool]:
    """Hold a token's lease; waits while another bot holds it, and yields False if stopped meanwhile."""
    name = f"bot:{hashlib.sha256(token.encode()).hexdigest()[:16]}"
    owner = new_owner()

    def acquire() -> bool:
        with database.write() as tx:
            return leases.acquire(tx, name, owner, TOKEN_LEASE_S)

    def release() -> None:
        with database.write() as tx:
            leases.release(tx, name, owner)

    waited = False
    while not await asyncio.to_thread(acquire):
        if not waited:
            log.warning("another bot is running with this token; waiting for it to stop")
            waited = True
        if await stopped_within(stopping, 1.0):
            yield False
            return

    async def renew() -> None:
        while True:
            await asyncio.sleep(TOKEN_LEASE_S / 3)
            if not await asyncio.to_thread(acquire):
                # We were frozen for longer than a lease, and another bot has taken over: leave the chats to it.
                log.error("another bot has taken over this token; stopping")
                stopping.set()

    renewing = asyncio.create_task(renew())
    try:
        yield True
    finally:
        renewing.cancel()
        with suppress(asyncio.CancelledError):
            await renewing
        await asyncio.to_thread(release)


async def _sweep(database: Database, media: MediaStore, settings: Settings, stopping: asyncio.Event) -> None:
    """Delete what need not be kept, now and then."""
    retention = Retention(max_bytes=settings.media_max_bytes, max_age_s=settings.media_days * 86_400)
    while True:
        try:
            await asyncio.to_thread(_sweep_once, database, media, retention)
        except Exception:
            log.exception("could not sweep")
        if await stopped_within(stopping, SWEEP_EVERY_S):
            return


def _sweep_once(database: Database, media: MediaStore, retention: Retention) -> None:
    freed_bytes = media_store.sweep(database, media, retention)
    with database.write() as tx:
        gone = forget.sweep(tx)
        conversations.sweep(tx)
    if gone:
        database.shed_log()
    if freed_bytes:
        log.info("freed %.1f MB of media", freed_bytes / 1e6)
