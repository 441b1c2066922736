"""The drawing files, read and checked: curves, scenes, families, and what each category makes of its family."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from pipeline.generators.sketch.anatomy import SLOT_INDEX, Group

GEOMETRY_KEYS = {"pts", "shape", "at", "size", "turn", "about", "scale", "shift", "like", "mirror"}
_PART_KEYS = frozenset(GEOMETRY_KEYS | {"fill", "shade", "opacity", "round", "lit", "edge", "sway"})
_FAMILY_KEYS = frozenset({"about", "scene", "sway", "fit", "colours", "knobs", "options", "choose", "groups", "parts"})
_SCENE_KEYS = frozenset({"about", "colours", "palettes", "parts"})
_GROUP_KEYS = frozenset({"about", "scale", "shift", "turn"})

Part = dict[str, Any]
"""One part as its file says it: see docs/sketch.md for the keys."""
Parts = dict[str, Part | None]
"""By slot; None takes a part of the family away."""


@dataclass(frozen=True)
class Backdrop:
    """What lies behind: its parts, and the sets of colours it comes in."""

    name: str
    colours: Mapping[str, str]
    palettes: tuple[Mapping[str, str], ...]
    parts: Parts


@dataclass(frozen=True)
class Family:
    """A drawing that several categories share, with knobs to turn and options to choose."""

    name: str
    scene: str
    sway: float
    fit: float
    colours: Mapping[str, str]
    knobs: Mapping[str, float]
    options: Mapping[str, Mapping[str, Parts]]
    choose: Mapping[str, str]
    groups: Mapping[Group, Mapping[str, Any]]
    parts: Parts


@dataclass(frozen=True)
class Look:
    """One category: its family, and what it changes there."""

    index: int
    name: str
    family: str
    scene: str
    palette: int | None
    colours: Mapping[str, str]
    knobs: Mapping[str, float]
    choose: Mapping[str, str]
    parts: Parts = field(default_factory=dict)


class DrawingError(ValueError):
    """A drawing file says something that cannot be drawn."""


@cache
def outline_texts() -> Mapping[str, str]:
    """Named curves by name."""
    return dict(_read(_files() / "outlines.toml"))


@cache
def scenes() -> Mapping[str, Backdrop]:
    """Scenes by name."""
    return {name: _scene(name, table) for name, table in _read(_files() / "backdrops.toml").items()}


@cache
def families() -> Mapping[str, Family]:
    """Families by name, of all files in ``families/``."""
    found: dict[str, Family] = {}
    for file in _toml_files("families"):
        for name, table in _read(file).items():
            if name in found:
                raise DrawingError(f"{file.name}: {name} is there twice")
            found[name] = _family(name, table)
    return found


@cache
def looks() -> Mapping[int, Look]:
    """Categories by index, of all files in ``categories/``."""
    found: dict[int, Look] = {}
    for file in _toml_files("categories"):
        for key, table in _read(file).items():
            look = _look(key, table)
            if look.index in found:
                raise DrawingError(f"{file.name}: {look.index} is there twice")
            found[look.index] = look
    return found


def _files() -> Traversable:
    return resources.files("pipeline.generators.sketch")


def _toml_files(folder: str) -> list[Traversable]:
    files = (_files() / folder).iterdir()
    return sorted((file for file in files if file.name.endswith(".toml")), key=lambda file: file.name)


def _read(file: Traversable) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise DrawingError(f"{file.name}: {error}") from error


def _scene(name: str, table: dict[str, Any]) -> Backdrop:
    _only(table, _SCENE_KEYS, f"scene {name}")
    palettes = tuple(table.get("palettes", ({},)))
    return Backdrop(name, table.get("colours", {}), palettes, _parts(table["parts"], f"scene {name}"))


def _family(name: str, table: dict[str, Any]) -> Family:
    where = f"family {name}"
    _only(table, _FAMILY_KEYS, where)
    options = {
        option: {value: _parts(parts, f"{where}, {option}.{value}") for value, parts in values.items()}
        for option, values in table.get("options", {}).items()
    }
    choose = table.get("choose", {})
    for option, value in choose.items():
        if value not in options.get(option, {}):
            raise DrawingError(f"{where}: no option {option}.{value}")
    groups: dict[Group, Mapping[str, Any]] = {}
    for group, change in table.get("groups", {}).items():
        _only(change, _GROUP_KEYS, f"{where}, group {group}")
        groups[Group[group.upper()]] = change
    if table["scene"] not in scenes():
        raise DrawingError(f"{where}: no scene {table['scene']}")
    return Family(
        name=name,
        scene=table["scene"],
        sway=float(table.get("sway", 1.0)),
        fit=float(table.get("fit", 1.0)),
        colours=table.get("colours", {}),
        knobs=table.get("knobs", {}),
        options=options,
        choose=choose,
        groups=groups,
        parts=_parts(table["parts"], where),
    )


def _look(key: str, table: dict[str, Any]) -> Look:
    """Sort a category's line into colours, knobs and options by what its family calls them."""
    number, _, name = key.partition(" ")
    where = f"category {key}"
    family = families().get(table.get("family", ""))
    if family is None:
        raise DrawingError(f"{where}: no family {table.get('family')}")
    scene = table.get("scene", family.scene)
    if scene not in scenes():
        raise DrawingError(f"{where}: no scene {scene}")
    colours: dict[str, str] = {}
    knobs: dict[str, float] = {}
    choose: dict[str, str] = {}
    for trait, value in table.items():
        if trait in {"family", "scene", "palette", "parts"}:
            continue
        if trait in family.options:
            if value not in family.options[trait]:
                raise DrawingError(f"{where}: {family.name} has no {trait}.{value}")
            choose[trait] = value
        elif trait in family.knobs and isinstance(value, int | float):
            knobs[trait] = float(value)
        elif isinstance(value, str) and (trait in family.colours or trait in scenes()[scene].colours):
            colours[trait] = value
        else:
            raise DrawingError(f"{where}: {family.name} knows no {trait} = {value!r}")
    palette = table.get("palette")
    return Look(
        int(number), name, family.name, scene, palette, colours, knobs, choose, _parts(table.get("parts", {}), where)
    )


def _parts(table: Mapping[str, Part | bool], where: str) -> Parts:
    """Check the parts of a table; "eye*" stands for eye1 and its mirror image eye2."""
    parts: Parts = {}
    for name, part in table.items():
        pair = name.endswith("*")
        slots = (f"{name[:-1]}1", f"{name[:-1]}2") if pair else (name,)
        for position, slot in enumerate(slots):
            if slot not in SLOT_INDEX:
                raise DrawingError(f"{where}: no slot {slot}")
            if part is False:
                parts[slot] = None
            elif isinstance(part, dict):
                _only(part, _PART_KEYS, f"{where}, {slot}")
                parts[slot] = {**part, "mirror": position == 1} if pair else dict(part)
            else:
                raise DrawingError(f"{where}, {slot}: a table or false")
    return parts


def _only(table: Mapping[str, Any], keys: frozenset[str], where: str) -> None:
    if unknown := sorted(table.keys() - keys):
        raise DrawingError(f"{where}: unknown {', '.join(unknown)}")
