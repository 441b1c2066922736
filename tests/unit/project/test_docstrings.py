"""Docstrings are sentences with a subject."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = ("bot", "pipeline", "storage", "benchmarks", "scripts", "tests")


def texts() -> Iterator[tuple[str, str]]:
    """Docstrings and the texts under constants, with where they stand."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                match node:
                    case ast.Expr(value=ast.Constant(value=str(text))):
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", text


def begins_without_a_subject(text: str) -> bool:
    entries = re.findall(r"^[^\n]+ : [^\n]+\n[ ]+(\w+)", text, re.MULTILINE)
    return "Of" in [text.split(maxsplit=1)[0] if text.strip() else "", *entries]


def test_a_text_without_a_subject_is_seen() -> None:
    assert begins_without_a_subject("Of a clip.")
    assert begins_without_a_subject("A.\n\n    Attributes\n    ----------\n    title : str\n        Of the chat.\n    ")
    assert not begins_without_a_subject("A clip.\n\n    title : str\n        Title of the chat.\n    ")


def test_no_entry_begins_with_a_bare_of() -> None:
    assert [where for where, text in texts() if begins_without_a_subject(text)] == []
