"""What the documentation points to is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests").rglob("*.md")])
WRITTEN_BY_TESTS = {"chats-discord.md", "chats-telegram.md", "chats-terminal.md"}
"""Conversations: what stands in them was said, and leads nowhere."""
TOP = "bot|pipeline|storage|tests|scripts|alembic|benchmarks|docs"
NOT_HERE = {"pipeline/generators/NAME.py", "bot/adapters/NAME/", "storage/migrations"}
"""What a recipe makes, and where a wheel has the migrations."""


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def named_in(page: Path) -> list[str]:
    return re.findall(rf"(?<![\w./-])((?:{TOP})/[\w./*-]*[\w/*])", re.sub(r"\]\([^)]*\)", "]", text_of(page)))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_its_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text_of(page))
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page.name not in WRITTEN_BY_TESTS],
    ids=lambda page: page.relative_to(ROOT).as_posix(),
)
def test_the_files_it_names_exist(page: Path) -> None:
    assert [path for path in named_in(page) if path not in NOT_HERE and not any(ROOT.glob(path.strip("/")))] == []


def test_hosted_checks_run_what_the_local_ones_run() -> None:
    steps = re.findall(r"^make \w+$", text_of(ROOT / ".ci" / "run"), re.MULTILINE)
    assert steps
    hosted = re.findall(r"run: (make \w+)$", text_of(ROOT / ".github" / "workflows" / "ci.yml"), re.MULTILINE)
    assert hosted == ["make install", *steps]


def test_every_target_of_the_makefile_says_what_it_does() -> None:
    makefile = text_of(ROOT / "Makefile")
    targets = re.findall(r"^([a-z]+):", makefile, re.MULTILINE)
    assert sorted(re.findall(r"^([a-z]+):.*## \w", makefile, re.MULTILINE)) == sorted(targets)
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony is not None
    assert sorted(phony[1].split()) == sorted(targets)
