"""``ganterpret demo``: one request in the terminal, by the road that every chat takes, from the words to the poster."""

from __future__ import annotations

import asyncio
import shlex
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.console import fail
from bot.cli.conversation import (
    Conversation,
    conversation,
    print_line,
    settings_beside,
    stop_when_told,
    worker_beside,
)
from bot.settings import Settings
from pipeline.file_errors import reading, writing
from pipeline.sample import sample_sound
from storage.requests import requests
from storage.requests.requests import Request
from storage.states import UNCHARGED, RequestState

LOOK_EVERY_S = 0.2


def command(
    theme: Annotated[str, typer.Option(help="What the pictures show.")] = "primates",
    sound: Annotated[Path | None, typer.Option(help="Your own sound instead of the sample.")] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder for clip and poster.")] = Path("out"),
    size: Annotated[int | None, typer.Option(metavar="128|256|512", help="Width and height in pixels.")] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Another seed, other pictures.")] = 0,
) -> None:
    """Ask for a clip as a chat does: dispatcher, database, a worker process of its own, outbox; then for its poster."""
    path = (sound or sample_sound()).resolve()
    with reading(path):
        pass  # what is wrong with it is said before a worker is started
    with writing(output):
        output.mkdir(parents=True, exist_ok=True)
    wished = {"theme": theme, "seed": seed, "size": size}
    words = " ".join(f"{name}:{_quoted(str(value))}" for name, value in wished.items() if value is not None)
    asyncio.run(_ask(settings_beside(output), output, f"/ganterpret {shlex.quote(str(path))} {words}"))


async def _ask(settings: Settings, output: Path, line: str) -> None:
    stopping = asyncio.Event()
    stop_when_told(stopping)
    with worker_beside(settings, stopping) as worker:
        async with conversation(settings, output, print_line) as talk:
            await _type(talk, line)
            end = await _end_of(talk, stopping)
            if end is RequestState.DELIVERED:
                await _type(talk, _number_of(talk, "poster"))
        if end is None and worker.poll() is None:
            raise KeyboardInterrupt
    if end is not RequestState.DELIVERED:
        raise typer.Exit(1)


async def _type(talk: Conversation, line: str) -> None:
    print_line(f"> {line}")
    await talk.service.hear(line)


async def _end_of(talk: Conversation, stopping: asyncio.Event) -> RequestState | None:
    """Wait until the clip has come, or it is said why it does not; None, and nothing goes on, where it is stopped."""
    while True:
        request = await asyncio.to_thread(_request, talk)
        if request is None:
            return RequestState.FAILED  # refused, which is said
        if request.state in UNCHARGED | {RequestState.RENDERED}:
            await talk.outbox.look()
            await talk.outbox.finish()
            request = await asyncio.to_thread(_request, talk)
            if request is not None and request.state is RequestState.RENDERED:
                fail("The clip is there, and cannot be put into the folder.")
                return RequestState.RENDERED
        if request is not None and request.ended_at_s is not None:
            return request.state
        if stopping.is_set():
            await asyncio.to_thread(_cancel, talk)
            return None
        await asyncio.sleep(LOOK_EVERY_S)


def _request(talk: Conversation) -> Request | None:
    """Return what became of the conversation's first line."""
    with talk.database.read() as tx:
        return requests.find(tx, "cli", f"{talk.service.chat.run}:1")


def _cancel(talk: Conversation) -> None:
    request = _request(talk)
    if request is not None:
        with talk.database.write() as tx:
            requests.cancel(tx, request.id)


def _number_of(talk: Conversation, verb: str) -> str:
    """Return the number to type for a button."""
    number = talk.service.chat.number(verb)
    assert number is not None
    return str(number)


def _quoted(words: str) -> str:
    """Put words in quotation marks where one would have to, to type them."""
    return words if words.isalnum() else '"' + words.replace('"', "'") + '"'
