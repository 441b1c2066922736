"""Walk one recipe, one command and one delivery through the code, and count the calls from file to file.

    python -m benchmarks.walks [--write-into docs/architecture.md] [--every-call]

Each walk is a real run, watched by the interpreter: a call counts where its file is another than its caller's, both of
this project. It goes *up* where the layers that the import contracts name have the callee above its caller, and *back*
where the callee's file is waiting for it already: there, the road takes a detour that imports do not show. Messages'
wording, which is a chapter of its own and the same for every chat, is left out of the count with `bot/screens`. The
chat is the suite's double; nothing is sent.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
from scipy.io import wavfile

from benchmarks.figures import write_into

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("bot", "pipeline", "storage")
THE_CHAT = "tests/doubles/fake_chat.py"
WORDING = "bot/screens/"


@dataclass(frozen=True, slots=True)
class Call:
    """One call from one file to another."""

    caller: str
    callee: str
    function: str
    back: bool = False


@dataclass(slots=True)
class Walk:
    """What a run passed through.

    Attributes
    ----------
    files : list of str
        In the order in which they were first entered.
    calls : list of Call
        Every call between two of them, in order.
    """

    files: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    def crossings(self) -> list[Call]:
        """Return the calls between files, a repeated one once."""
        return list(dict.fromkeys(self.calls))


@contextmanager
def watching(walk: Walk, begins_in: tuple[str, str]) -> Iterator[None]:
    """Note the calls of whatever runs in this thread, from the first entry into a function of a file on."""
    seen: dict[int, FrameType] = {}  # a coroutine that goes on is entered again: its frame is known already
    begun = False

    def note(frame: FrameType, event: str, _argument: object) -> None:
        nonlocal begun
        if event != "call" or (callee := _file_of(frame)) is None:
            return
        begun = begun or (callee, frame.f_code.co_name) == begins_in
        if not begun or seen.get(id(frame)) is frame:
            return
        seen[id(frame)] = frame
        if callee not in walk.files and not callee.startswith(WORDING):
            walk.files.append(callee)
        waiting = _waiting(frame)
        if waiting and waiting[0] != callee and not any(file.startswith(WORDING) for file in (callee, *waiting)):
            walk.calls.append(Call(waiting[0], callee, frame.f_code.co_qualname, back=callee in waiting))

    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(None)


def _waiting(frame: FrameType) -> list[str]:
    """Return the files that wait for a call, the nearest first."""
    files = []
    back = frame.f_back
    while back is not None:
        if (file := _file_of(back)) is not None:
            files.append(file)
        back = back.f_back
    return files


def _file_of(frame: FrameType) -> str | None:
    path = frame.f_code.co_filename
    if not path.startswith(str(ROOT)):
        return None
    name = path[len(str(ROOT)) + 1 :]
    return name if name.split("/", 1)[0] in PACKAGES or name == THE_CHAT else None


# --- what is above what -----------------------------------------------------------------------------------------------


class Layers:
    """The import contracts' layers, as heights."""

    def __init__(self, contracts: list[dict[str, Any]]) -> None:
        self._heights: dict[str, int] = {}
        for contract in contracts:
            if contract["type"] != "layers":
                continue
            for container in contract.get("containers", [""]):
                for height, layer in enumerate(reversed(contract["layers"])):
                    for module in layer.split(":"):
                        self._heights[".".join(filter(None, (container, module.strip())))] = height

    def is_up(self, call: Call) -> bool:
        """Say whether the callee lies in a layer above its caller's."""
        if THE_CHAT in (call.caller, call.callee):
            return False
        return self._height(call.callee) > self._height(call.caller)

    def _height(self, file: str) -> tuple[int, int]:
        package, *rest = file.removesuffix(".py").split("/")
        inside = self._heights.get(f"{package}.{rest[0]}", -1) if rest else -1
        return self._heights[package], inside


def layers() -> Layers:
    """Read them from the project's settings."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return Layers(settings["tool"]["importlinter"]["contracts"])


# --- the walks --------------------------------------------------------------------------------------------------------


def walk_recipe(folder: Path) -> Walk:
    """Render a recipe with a sound of two tones, as the render process does."""
    from pipeline.generators.registry import choose_model, open_generator
    from pipeline.media.decode import decode_sound
    from pipeline.recipe import Recipe
    from pipeline.render.render import render
    from pipeline.render.values import Models, RenderJob, Targets

    time_s = np.arange(4 * 22_050) / 22_050
    tone = np.sin(2 * np.pi * np.where(time_s < 2, 220, 330) * time_s)
    path = folder / "tones.wav"
    wavfile.write(path, 22_050, (tone * 20_000).astype(np.int16))
    recipe = Recipe(theme="primates", model="sketch", size_px=128, fps=12)
    models = Models(partial(choose_model, cache_dir=folder), partial(open_generator, cache_dir=folder))
    walk = Walk()
    with watching(walk, ("pipeline/render/render.py", "render")):
        render(
            RenderJob(decode_sound(path, folder), recipe, Targets(folder / "clip.mp4", folder / "poster.png")), models
        )
    return walk


def walk_command(folder: Path) -> Walk:
    """Let the dispatcher take ``/ganterpret LINK theme:primates``."""
    from tests.doubles.chat_world import SONG, World

    world = World(folder)
    walk = Walk()
    with watching(walk, ("bot/handlers/dispatcher.py", "answer")):
        world.command("ganterpret", f"{SONG} theme:primates")
    return walk


def walk_delivery(folder: Path) -> Walk:
    """Bring a finished clip into a chat where its status message stands."""
    from bot.delivery.async_database import AsyncDatabase
    from bot.delivery.deliver import Deliverer
    from bot.delivery.sender import MessageSender
    from storage.outbox import deliveries
    from tests.doubles.chat_world import SONG, World, at_once

    async def run() -> Walk:
        world = World(folder)
        world.command("ganterpret", f"{SONG} theme:primates")
        await world.settle()
        world.finish(world.begin())
        books = AsyncDatabase(world.database, at_once)
        sender = MessageSender(books, world.chat)
        deliverer = Deliverer(async_database=books, chat=world.chat, message_sender=sender, media=world.media)
        delivery = world.write(lambda tx: deliveries.claim(tx, "telegram", "walker"))
        assert delivery is not None
        walk = Walk()
        with watching(walk, ("bot/delivery/deliver.py", "deliver")):
            await deliverer.deliver(delivery)
        return walk

    return asyncio.run(run())


WALKS: dict[str, Callable[[Path], Walk]] = {
    "a recipe, from the sound to the clip": walk_recipe,
    "a command, from its words to the queue": walk_command,
    "a delivery, from the books to the chat": walk_delivery,
}


def table(walks: dict[str, Walk], heights: Layers) -> str:
    """Write the walks as a table, and the steps up below it."""
    lines = [
        "| walk | files passed | calls between files | different ones | of these up | back |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    climbs: list[str] = []
    for name, walk in walks.items():
        different = walk.crossings()
        up = [call for call in different if heights.is_up(call)]
        back = [call for call in different if call.back]
        counted = (len(walk.files), len(walk.calls), len(different), len(up), len(back))
        lines.append(f"| {name} | {' | '.join(map(str, counted))} |")
        climbs += [f"* {name}: `{call.caller}` calls `{call.function}` of `{call.callee}`" for call in {*up, *back}]
    return "\n".join([*lines, *(["", "Up or back:", "", *sorted(climbs)] if climbs else [])])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write-into", type=Path, metavar="FILE", help="put the table between its marks there")
    parser.add_argument("--every-call", action="store_true", help="print each call, too")
    arguments = parser.parse_args()
    walks = {}
    for name, run in WALKS.items():
        with tempfile.TemporaryDirectory(prefix="ganterpret-walk-") as folder:
            walks[name] = run(Path(folder))
    heights = layers()
    if arguments.every_call:
        for name, walk in walks.items():
            print(f"\n{name}")
            for call in walk.calls:
                mark = "↑" if heights.is_up(call) else "↶" if call.back else " "
                print(f"  {mark} {call.caller} → {call.callee}: {call.function}")
    print(table(walks, heights))
    if arguments.write_into is not None:
        write_into(arguments.write_into, "walks", table(walks, heights))


if __name__ == "__main__":
    main()
