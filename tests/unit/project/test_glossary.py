"""The glossary names what is there."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
GLOSSARY = ROOT / "docs" / "glossary.md"

LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")
ROW = re.compile(r"^\| (?P<words>[^|]+) \| (?P<meaning>[^|]+) \| (?P<where>[^|]+) \|$", re.MULTILINE)

HOUSE_WORDS = (
    "Dispatcher",
    "Context",
    "Services",
    "Actor",
    "Policy",
    "AsyncDatabase",
    "Deliverer",
    "MessageSender",
    "StatusUpdate",
    "StatusUpdates",
    "RateEstimate",
    "DeliveryContents",
    "ClipOrder",
    "NewRequest",
    "RecipeOptions",
    "Recipe",
    "Scene",
    "Backdrop",
    "Clip",
    "RenderedClip",
    "NewClip",
    "ChatPort",
    "Chat",
    "QueuedRequest",
    "OpenRequest",
    "EditMessage",
    "TextMessage",
    "ButtonPress",
    "Origin",
    "Destination",
    "Responder",
    "Traits",
)


def rows() -> list[re.Match[str]]:
    return [row for row in ROW.finditer(GLOSSARY.read_text(encoding="utf-8")) if row["words"] != "word"]


def links() -> list[tuple[str, str]]:
    return [(link[1], link[2]) for row in rows() for link in LINK.finditer(row["where"])]


def defined_in(path: Path) -> set[str]:
    """The names that a module defines on its top level."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return {node.name for node in body if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize(("text", "target"), links())
def test_what_a_word_names_is_where_the_glossary_says(text: str, target: str) -> None:
    path = (GLOSSARY.parent / target).resolve()
    assert path.is_file(), f"{target} is not there"
    for name in re.findall(r"`(\w+)`", text):
        assert name in defined_in(path), f"{name} is not defined in {target}"


def test_a_word_has_one_meaning() -> None:
    words = Counter(word.strip() for row in rows() for word in row["words"].split(","))
    assert [word for word, count in words.items() if count > 1] == []


def test_every_row_says_where() -> None:
    assert [row["words"] for row in rows() if not LINK.search(row["where"])] == []


def test_the_words_of_the_house_are_all_explained() -> None:
    named = {name for text, _ in links() for name in re.findall(r"`(\w+)`", text)}
    assert [word for word in HOUSE_WORDS if word not in named] == []
