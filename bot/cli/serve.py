"""``ganterpret serve``: the bot."""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import Annotated

import typer

from bot.app.home import at_work, open_home
from bot.app.serve import NoTokenError, serve
from bot.chat.port import ChatError
from bot.cli.console import fail
from bot.cli.hidden_tokens import forget_tokens
from bot.settings import Settings, renamed_settings

log = logging.getLogger(__name__)


def command(
    worker: Annotated[
        bool, typer.Option(help="Also run a worker; without, start `ganterpret worker` yourself.")
    ] = True,
) -> None:
    """Run whichever chats have a token, and a worker, until told to stop."""
    logging.getLogger().setLevel(logging.INFO)
    try:
        asyncio.run(_until_stopped(worker))
    except* NoTokenError:
        fail(
            "There is no token: set GANTERPRET_DISCORD_TOKEN or GANTERPRET_TELEGRAM_TOKEN (README, “Running the bot”)."
        )
        raise typer.Exit(1) from None
    except* ChatError:
        # The service has said in the log which chat refuses the token, and what to do.
        raise typer.Exit(1) from None


async def _until_stopped(worker: bool) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    settings = Settings()
    forget_tokens()
    for old, new in renamed_settings().items():
        log.warning("%s is called %s now, and counts seconds of work", old, new)
    open_home(settings)
    with at_work(settings, "bot"):
        await serve(settings, stopping, with_worker=worker)
