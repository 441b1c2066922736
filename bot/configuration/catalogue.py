"""Every setting described: what `docs/settings.md`, `.env.example` and ``ganterpret settings`` say of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from bot.settings import SECTIONS, Settings

PREFIX = "GANTERPRET_"


@dataclass(frozen=True)
class Setting:
    """One setting, in words that an operator can write into a ``.env`` file."""

    name: str
    """The attribute of `Settings`."""
    section: str
    kind: str
    """What a value is, with its unit and its bound."""
    default: str
    """What is written for it, empty if there is none."""
    meaning: str
    examples: tuple[str, ...]
    secret: bool

    @property
    def variable(self) -> str:
        """The environment's name of it."""
        return PREFIX + self.name.upper()


def all_settings() -> tuple[Setting, ...]:
    """Return every setting, in the order of the code."""
    found: list[Setting] = []
    section = ""
    for name, field in Settings.model_fields.items():
        section = SECTIONS.get(name, section)
        kind = _plain_type(field.annotation)
        found.append(
            Setting(
                name=name,
                section=section,
                kind=_kind(name, kind, field),
                default=_default(field),
                meaning=field.description or "",
                examples=tuple(map(str, field.examples or ())),
                secret=kind is SecretStr,
            )
        )
    return tuple(found)


def written(value: object) -> str:
    """Return a value as a ``.env`` file has it; a secret stays what it is: masked.

    Parameters
    ----------
    value : object
        An attribute of `Settings`.
    """
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float() if value.is_integer():
            return str(int(value))
        case tuple():
            return " ".join(map(str, value))
        case frozenset():
            return " ".join(sorted(map(str, value)))
    return str(value)


def _default(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    if isinstance(extra, dict) and "written" in extra:
        return str(extra["written"])  # depends on whose machine it is
    return written(field.get_default(call_default_factory=True))


def _plain_type(annotation: Any) -> Any:
    """Return a type without the None that it may also be."""
    if get_origin(annotation) in (Union, UnionType):
        return next(kind for kind in get_args(annotation) if kind is not NoneType)
    return annotation


def _kind(name: str, kind: Any, field: FieldInfo) -> str:
    if get_origin(kind) in (tuple, frozenset):
        return "list"
    plain = {bool: "true or false", str: "text", SecretStr: "secret text", Path: "path"}.get(kind)
    if plain is not None:
        return plain
    return " ".join([_unit(name, kind), *_bounds(field)])


def _unit(name: str, kind: Any) -> str:
    for ending, unit in {"_s": "seconds", "_s_per_day": "seconds", "_bytes": "bytes", "_days": "days"}.items():
        if name.endswith(ending):
            return unit
    return "whole number" if kind is int else "number"


def _bounds(field: FieldInfo) -> list[str]:
    words = {"gt": "above", "ge": "from"}
    return [
        f"{words[sign]} {getattr(bound, sign)}" for bound in field.metadata for sign in words if hasattr(bound, sign)
    ]
