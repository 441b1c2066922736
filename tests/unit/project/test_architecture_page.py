"""The page on the architecture is true: every folder and every process is on it, and nothing else."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PACKAGES = ("bot", "pipeline", "storage")
WHOLE = (*PACKAGES, "alembic", "benchmarks", "scripts", "docs")
SPAWNING = {
    *(f"subprocess.{name}" for name in ("Popen", "run", "call", "check_call", "check_output")),
    *(f"asyncio.{name}" for name in ("create_subprocess_exec", "create_subprocess_shell")),
}


def section(title: str) -> str:
    return re.split(r"^## ", PAGE.partition(f"## {title}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def rows(title: str) -> list[list[str]]:
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def folders_below(top: Path) -> Iterator[Path]:
    """Folders with a file in them, or with such a folder."""
    for folder, inner, files in os.walk(top):
        inner[:] = [name for name in inner if name != "__pycache__" and not name.startswith(".")]
        if files:
            path = Path(folder)
            yield from (path, *(parent for parent in path.parents if parent.is_relative_to(top)))


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def module_name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__main__")


def started_modules() -> set[str]:
    """Modules that something starts with ``-m``, and those that are made to be started."""
    found = set()
    for path, tree in sources():
        if path.name == "__main__.py" or any(is_main_guard(node) for node in tree.body):
            found.add(module_name(path))
        for node in ast.walk(tree):
            if isinstance(node, ast.List | ast.Tuple):
                found |= after_dash_m(node.elts)
            elif isinstance(node, ast.Call):
                found |= after_dash_m(node.args) | module_of_ours(node)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                # a program of a line, behind ``-c``
                found |= set(re.findall(r"^import sys; .*from ([\w.]+) import main;", node.value))
    return found


def is_main_guard(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'"


def after_dash_m(nodes: list[ast.expr]) -> set[str]:
    values = [node.value if isinstance(node, ast.Constant) else None for node in nodes]
    return {after for before, after in pairwise(values) if before == "-m" and isinstance(after, str)}


def module_of_ours(call: ast.Call) -> set[str]:
    match call:
        case ast.Call(func=ast.Name(id="python_module_command"), args=[ast.Constant(value=str(module)), *_]):
            return {module}
    return set()


def spawning_files() -> set[str]:
    """Files that start programs or processes."""
    return {
        path.as_posix()
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in SPAWNING
    }


def test_every_folder_has_a_line_and_every_line_a_folder() -> None:
    there = {path for top in WHOLE for path in folders_below(ROOT / top)}
    there |= {ROOT / "tests"} | {path for path in folders_below(ROOT / "tests") if path.parent == ROOT / "tests"}
    named = [row[0].strip("`") for row in rows("The folders")]
    assert len(named) == len(set(named))
    assert set(named) == {f"{path.relative_to(ROOT).as_posix()}/" for path in there}


@pytest.mark.parametrize("kind", ["unit", "integration"])
def test_tests_mirror_the_packages(kind: str) -> None:
    for package in PACKAGES:
        for folder in folders_below(ROOT / "tests" / kind / package):
            mirrored = ROOT / folder.relative_to(ROOT / "tests" / kind)
            assert mirrored.is_dir(), f"{folder.relative_to(ROOT)} mirrors no folder"


def test_every_process_has_a_line_and_every_line_a_module() -> None:
    named = {row[1].strip("`") for row in rows("The processes")}
    assert named == started_modules()


def test_one_file_starts_processes() -> None:
    assert spawning_files() == {"pipeline/processes/child.py"}
    assert {path for path in spawning_files() if f"`{path}`" not in section("The processes")} == set()


def test_the_page_names_only_files_that_exist() -> None:
    named = re.findall(r"`((?:bot|pipeline|storage|tests|scripts|alembic|benchmarks)/[\w./]*)`", PAGE)
    assert [path for path in named if not (ROOT / path).exists()] == []
