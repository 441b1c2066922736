"""``ganterpret chat``: the bot in the terminal, by the road that every chat takes; no token needed."""

from __future__ import annotations

import asyncio
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.console import err
from bot.cli.conversation import conversation, print_line, settings_beside, stop_when_told, worker_beside
from bot.settings import Settings

GREETING = "Type /ganterpret song.mp3 theme:primates, the number of a button, /help or /quit."


def command(
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder for clips and pictures.")] = Path("out"),
) -> None:
    """Talk to the bot here: commands and numbers of buttons in, messages and paths of clips out."""
    asyncio.run(_converse(settings_beside(output), output))


async def _converse(settings: Settings, output: Path) -> None:
    stopping = asyncio.Event()
    stop_when_told(stopping)
    with worker_beside(settings, stopping):
        await converse(settings, output, _typed_lines(), stopping)
        err.print("What is under way goes on in the next conversation with this folder.", markup=False)


async def converse(settings: Settings, output: Path, lines: asyncio.Queue[str | None], stopping: asyncio.Event) -> None:
    """Take lines to the bot and print what it says, until there are none or `stopping` is set."""
    async with conversation(settings, output, print_line) as talk:
        print_line(GREETING)
        await talk.service.run(lines, stopping)


def _typed_lines() -> asyncio.Queue[str | None]:
    """Read standard input in a thread that nobody waits for: a line that is never typed holds up no end."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | None] = asyncio.Queue()

    def read() -> None:
        with suppress(RuntimeError):  # the conversation is over, and its loop closed
            for line in sys.stdin:
                loop.call_soon_threadsafe(lines.put_nowait, line)
            loop.call_soon_threadsafe(lines.put_nowait, None)

    threading.Thread(target=read, name="typed lines", daemon=True).start()
    return lines
