"""Which parameters a Bot API method takes, and reading them from a request.

The table `bot_api.toml` is the part of Telegram's description of the Bot API that this double speaks: its list `speaks`
is kept by hand, the rest is made from it by

    python -m tests.doubles.telegram.grammar path/to/telegram-bot-api.json

and a test holds it against that description. A type is written as there: "Integer|String", "Array of MessageEntity"; a
name that ends in "!" is required.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.doubles.telegram.refusal import bad_request

TABLE = Path(__file__).with_name("bot_api.toml")


@dataclass(frozen=True)
class Field:
    """One parameter of a method or field of an object."""

    types: tuple[str, ...]
    required: bool


Fields = Mapping[str, Field]


@dataclass(frozen=True)
class Grammar:
    """Methods with their parameters and results; objects with their fields or their kinds."""

    parameters: Mapping[str, Fields]
    returns: Mapping[str, tuple[str, ...]]
    objects: Mapping[str, Fields]
    kinds: Mapping[str, tuple[str, ...]]

    def problem(self, types: Iterable[str], value: Any, where: str) -> str | None:
        """Say what keeps `value` from being any of `types`; None if it is one."""
        problems = [self._problem(kind, value, where) for kind in types]
        # Of several alternatives, tell of the one that came nearest.
        return None if None in problems else max((text for text in problems if text), key=len)

    def _problem(self, kind: str, value: Any, where: str) -> str | None:
        if kind.startswith("Array of "):
            if not isinstance(value, list):
                return f"{where}: not an array"
            inner = kind.removeprefix("Array of ")
            found = (self._problem(inner, item, f"{where}[{index}]") for index, item in enumerate(value))
            return next((text for text in found if text), None)
        if kind in _SCALARS:
            right = isinstance(value, _SCALARS[kind]) and (kind == "Boolean" or not isinstance(value, bool))
            return None if right else f"{where}: {value!r} is not {kind}"
        if kind in self.kinds:
            return self.problem(self.kinds[kind], value, where)
        if kind not in self.objects:
            return f"{where}: {kind} is not spoken by this double"
        if not isinstance(value, dict):
            return f"{where}: not a {kind}"
        fields = self.objects[kind]
        for name, field in fields.items():
            if name in value:
                text = self.problem(field.types, value[name], f"{where}.{name}")
                if text:
                    return text
            elif field.required:
                return f"{where}: {kind} lacks {name}"
        stranger = next((name for name in value if name not in fields), None)
        return f"{where}: {kind} has no field {stranger}" if stranger else None

    def read(self, method: str, raw: Mapping[str, Any], files: Iterable[str]) -> dict[str, Any]:
        """Turn the strings of a request into typed parameters; `files` names the uploaded parts.

        Stricter than the real server in one point: a parameter that the method does not have is refused, not ignored.
        """
        fields = self.parameters[method]
        uploaded = set(files)
        attached = {name for name in uploaded if name not in fields}  # reached as attach://name
        for name in raw:
            if name not in fields:
                raise bad_request(f"{method} has no parameter {name}")
        parameters = {name: _read(fields[name], name, value) for name, value in raw.items()}
        parameters.update({name: f"attach://{name}" for name in uploaded - attached})
        for name, field in fields.items():
            if field.required and parameters.get(name) in (None, ""):
                raise bad_request(f"{_missing(name)} is empty")
            if name in parameters and "InputFile" not in field.types:
                problem = self.problem(field.types, parameters[name], name)
                if problem:
                    raise bad_request(f"can't parse {problem}")
        return parameters


_SCALARS: Mapping[str, type | tuple[type, ...]] = {
    "Integer": int,
    "Float": (int, float),
    "String": str,
    "Boolean": bool,
    "True": bool,
}


def _missing(name: str) -> str:
    return {"text": "message text", "chat_id": "chat_id", "commands": "list of commands"}.get(name, name)


def _read(field: Field, name: str, value: Any) -> Any:
    """Forms carry everything as text: numbers, booleans and JSON objects alike."""
    if not isinstance(value, str):
        return value
    if "Boolean" in field.types:
        return value.lower() in ("true", "1", "yes")
    if "Integer" in field.types and value.lstrip("-").isdigit():
        return int(value)
    if "Float" in field.types:
        return float(value)
    if "String" in field.types:
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise bad_request(f"can't parse {name}: expected a JSON object") from None


def load_table(path: Path = TABLE) -> Grammar:
    """Read the part of the Bot API that the double speaks."""
    table = tomllib.loads(path.read_text())
    return Grammar(
        parameters={name: _fields(method["parameters"]) for name, method in table["methods"].items()},
        returns={name: tuple(method["returns"].split("|")) for name, method in table["methods"].items()},
        objects={name: _fields(fields) for name, fields in table["objects"].items()},
        kinds={name: tuple(kinds.split("|")) for name, kinds in table["kinds"].items()},
    )


def _fields(table: Mapping[str, str]) -> Fields:
    return {
        name.removesuffix("!"): Field(tuple(types.split("|")), required=name.endswith("!"))
        for name, types in table.items()
    }


def load_description(path: Path) -> Grammar:
    """Read the whole machine-readable Bot API."""
    api = json.loads(path.read_text())

    def fields(entry: Mapping[str, Any]) -> Fields:
        return {field["name"]: Field(tuple(field["types"]), field["required"]) for field in entry.get("fields", ())}

    types = api["types"]
    return Grammar(
        parameters={name: fields(method) for name, method in api["methods"].items()},
        returns={name: tuple(method["returns"]) for name, method in api["methods"].items()},
        objects={name: fields(entry) for name, entry in types.items() if "subtypes" not in entry},
        kinds={name: tuple(entry["subtypes"]) for name, entry in types.items() if "subtypes" in entry},
    )


def render_table(api: Grammar, speaks: str) -> str:
    """Write the text of `bot_api.toml`: the list `speaks` as it is, and what `api` says of all that is in it."""
    listed = tomllib.loads(speaks)["speaks"]
    lines = [speaks.rstrip(), "", "# --- made from the list; not to be edited ---"]
    for name in listed["methods"]:
        lines += ["", f"[methods.{name}]", f'returns = "{"|".join(api.returns[name])}"']
        lines += [f"[methods.{name}.parameters]", *_render_fields(api.parameters[name])]
    for name in listed["types"]:
        if name in api.objects:
            lines += ["", f"[objects.{name}]", *_render_fields(api.objects[name])]
    lines += ["", "[kinds]"]
    lines += [f'{name} = "{"|".join(api.kinds[name])}"' for name in listed["types"] if name in api.kinds]
    return "\n".join(lines) + "\n"


def read_list(table: str) -> str:
    """Cut the hand-kept list from the text of `bot_api.toml`."""
    return table.partition("# --- made from")[0]


def _render_fields(fields: Fields) -> list[str]:
    return [
        f'{chr(34) + name + "!" + chr(34) if field.required else name} = "{"|".join(field.types)}"'
        for name, field in fields.items()
    ]


if __name__ == "__main__":
    TABLE.write_text(render_table(load_description(Path(sys.argv[1])), read_list(TABLE.read_text())))
