"""The import contracts bite: each forbidden import that is put into a copy of the tree is objected to."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

PACKAGES = "bot > storage > pipeline"
BOT = "inside bot"
STORAGE = "inside storage"
PIPELINE = "inside pipeline"
CIRCLES = "no circles anywhere"
NO_DATABASE = "the pipeline knows no database, no chat, no settings object"
SQL = "SQLAlchemy lives in storage and nowhere else"
MEANING = "what is said and meant reaches neither SQL, torch, chats nor processes"
CHAT_PROCESS = "the chat process never loads torch"
ADAPTERS = "the chat adapters do not know each other"
WORKER = "the worker knows no chat"
LIBRARY = "a chat library stays in its adapter"
CHAT_SIDE = "the chat side starts no process and draws nothing"
TORCH = "torch lives in generators.biggan only"
METHOD = "the method and the generators neither fetch nor decode"

INJECTED = [
    # packages
    ("storage/errors.py", "import bot.settings", PACKAGES),
    ("pipeline/errors.py", "import storage.errors", PACKAGES),
    ("pipeline/sound.py", "import bot.chat.actions", PACKAGES),
    # chapters of the bot
    ("bot/settings.py", "import bot.chat.port", BOT),
    ("bot/chat/markup.py", "import bot.screens.pieces", BOT),
    ("bot/screens/status.py", "import bot.usecases.policy", BOT),
    ("bot/usecases/access.py", "import bot.handlers.context", BOT),
    ("bot/handlers/info.py", "import bot.delivery.outbox", BOT),
    ("bot/handlers/info.py", "import bot.adapters.dispatching", BOT),
    ("bot/delivery/eta.py", "import bot.app.composition", BOT),
    ("bot/app/doctor.py", "import bot.cli.console", BOT),
    ("bot/stray.py", "", BOT),
    # chapters of storage
    ("storage/database/leases.py", "import storage.people.people", STORAGE),
    ("storage/people/chats.py", "import storage.clips.clips", STORAGE),
    ("storage/clips/media.py", "import storage.requests.quotas", STORAGE),
    ("storage/outbox/deliveries.py", "import storage.requests.requests", STORAGE),
    ("storage/requests/relays.py", "import storage.upkeep.forget", STORAGE),
    ("storage/states.py", "import storage.database.tables", STORAGE),
    ("storage/stray.py", "", STORAGE),
    # chapters of the pipeline
    ("pipeline/generator.py", "import pipeline.recipe", PIPELINE),
    ("pipeline/recipe.py", "import pipeline.themes.themes", PIPELINE),
    ("pipeline/media/decode.py", "import pipeline.analysis.spectrogram", PIPELINE),
    ("pipeline/themes/scenes.py", "import pipeline.artwork.poster", PIPELINE),
    ("pipeline/artwork/palette.py", "import pipeline.render", PIPELINE),
    ("pipeline/analysis/latent_path.py", "import pipeline.motion.drive", PIPELINE),
    ("pipeline/motion/crop.py", "import pipeline.artwork.palette", PIPELINE),
    ("pipeline/processes/child.py", "import pipeline.recipe", PIPELINE),
    ("pipeline/stray.py", "", PIPELINE),
    # circles between neighbours that layers would let pass
    ("pipeline/fetch/hosts.py", "import pipeline.fetch.link", CIRCLES),
    ("pipeline/analysis/spectrogram.py", "import pipeline.analysis.analyze", CIRCLES),
    ("storage/people/people.py", "import storage.people.chats", CIRCLES),
    ("bot/worker/sound_source.py", "import bot.worker.worker", CIRCLES),
    # libraries
    ("pipeline/recipe.py", "import sqlalchemy", NO_DATABASE),
    ("pipeline/render/render.py", "import telegram", NO_DATABASE),
    ("pipeline/render/render.py", "import pydantic_settings", NO_DATABASE),
    ("bot/handlers/info.py", "import sqlalchemy", SQL),
    ("bot/app/serve.py", "import alembic.command", SQL),
    ("bot/usecases/submit.py", "import subprocess", MEANING),
    ("bot/screens/status.py", "import discord", MEANING),
    ("bot/chat/grammar.py", "import torch", MEANING),
    ("bot/handlers/info.py", "import pipeline.generators.biggan.generator", CHAT_PROCESS),
    ("bot/adapters/telegram/reading.py", "import bot.adapters.discord.reading", ADAPTERS),
    ("bot/adapters/discord/reading.py", "import bot.adapters.telegram.reading", ADAPTERS),
    ("bot/adapters/terminal/reading.py", "import bot.adapters.telegram.reading", ADAPTERS),
    ("bot/handlers/relay.py", "import bot.handlers.remix", "handlers do not know each other"),
    ("bot/usecases/orders.py", "import pipeline.media.probe", "whoever talks to people decodes nothing"),
    ("bot/worker/worker.py", "import bot.chat.port", WORKER),
    ("bot/worker/render_child.py", "import bot.delivery.outbox", WORKER),
    ("bot/delivery/sender.py", "import telegram", LIBRARY),
    ("bot/cli/serve.py", "import discord", LIBRARY),
    ("storage/people/people.py", "import discord", LIBRARY),
    ("bot/adapters/telegram/files.py", "import subprocess", CHAT_SIDE),
    ("bot/handlers/new_clip.py", "import pipeline.render", CHAT_SIDE),
    ("bot/adapters/discord/client.py", "import bot.worker.worker", CHAT_SIDE),
    ("pipeline/generators/sketch/draw.py", "import torch", TORCH),
    ("pipeline/artwork/poster.py", "import pytorch_pretrained_biggan", TORCH),
    ("bot/worker/render_child.py", "import torch", TORCH),
    ("pipeline/analysis/analyze.py", "import pipeline.media.video", METHOD),
    ("pipeline/motion/drive.py", "import pipeline.media.video", METHOD),
    ("pipeline/themes/themes.py", "import pipeline.fetch.supervisor", METHOD),
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("tree")
    for package in ("bot", "storage", "pipeline"):
        shutil.copytree(
            ROOT / package, copy / package, ignore=lambda _, names: [n for n in names if n == "__pycache__"]
        )
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


def broken_contracts(tree: Path) -> set[str]:
    program = (
        "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command; lint_imports_command()"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tree, capture_output=True, text=True, timeout=120)
    assert "Contracts:" in done.stdout, done.stdout + done.stderr
    broken = set(re.findall(r"^(.+?) BROKEN", done.stdout, re.MULTILINE))
    assert bool(broken) == bool(done.returncode)
    return broken


@contextmanager
def injected(tree: Path, file: str, line: str) -> Iterator[None]:
    path = tree / file
    before = path.read_text(encoding="utf-8") if path.exists() else None
    path.write_text(f"{before or ''}\n{line}\n", encoding="utf-8")
    try:
        yield
    finally:
        if before is None:
            path.unlink()
        else:
            path.write_text(before, encoding="utf-8")


def test_the_tree_as_it_is_keeps_every_contract(tree: Path) -> None:
    assert broken_contracts(tree) == set()


@pytest.mark.parametrize(("file", "line", "contract"), INJECTED, ids=lambda value: str(value))
def test_a_forbidden_import_is_objected_to(tree: Path, file: str, line: str, contract: str) -> None:
    with injected(tree, file, line):
        assert contract in broken_contracts(tree)


def test_every_contract_has_an_import_that_breaks_it() -> None:
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    names = set(re.findall(r'\[\[tool\.importlinter\.contracts\]\]\nname = "(.+)"', pyproject))
    assert names == {contract for _, _, contract in INJECTED}
