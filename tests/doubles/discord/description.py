"""Holding what the Discord double says and hears against Discord's own descriptions of its API.

REST against the OpenAPI document (whose schemas are JSON Schema 2020-12), the gateway's events against a JSON Schema.
What does not fit is collected in `violations`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jsonschema import Draft7Validator, Draft202012Validator, ValidationError, validators
from jsonschema.protocols import Validator
from referencing import Registry
from referencing.jsonschema import DRAFT7, DRAFT202012


def _reference(validator: Any, reference: str, instance: Any, schema: Any) -> Any:
    """Follow a $ref; but take a number for a snowflake, which is described as text: Discord reads both."""
    if not (reference.endswith("/SnowflakeType") and isinstance(instance, int)):
        yield from Draft202012Validator.VALIDATORS["$ref"](validator, reference, instance, schema)


_RequestValidator = validators.extend(Draft202012Validator, {"$ref": _reference})
_OPENAPI, _GATEWAY = "urn:discord:openapi", "urn:discord:gateway"


class Description:
    """Discord's API as described by Discord.

    Attributes
    ----------
    violations : list of str
        What did not fit, in words.
    routes : set of str
        Routes that were checked, "GET /users/@me".
    events : set of str
        Gateway events that were checked.
    """

    def __init__(self, openapi: Path, gateway: Path) -> None:
        document, events = json.loads(openapi.read_text()), json.loads(gateway.read_text())
        self._paths: Mapping[str, Any] = document["paths"]
        self._registry: Registry[Any] = Registry().with_resources(
            [(_OPENAPI, DRAFT202012.create_resource(document)), (_GATEWAY, DRAFT7.create_resource(events))]
        )
        self._described_events: Mapping[str, Any] = events["definitions"]["Events"]["properties"]
        self._validators: dict[str, Validator] = {}
        self.violations: list[str] = []
        self.routes: set[str] = set()
        self.events: set[str] = set()

    def exchange(self, route: str, body: Any, is_form: bool, status: int, answer: Any) -> None:
        """Check a request that was accepted, and its answer; a refused request need not fit."""
        if status >= 400:
            return
        method, path = route.split()
        at = f"{_OPENAPI}#/paths/{_pointer(path)}/{method.lower()}"
        described = self._paths[path][method.lower()]
        self.routes.add(route)
        if "requestBody" in described and body != {}:
            # A form with files carries the same fields as JSON does, in its part payload_json.
            self._check(f"{at}/requestBody/content/application~1json/schema", body, f"{route} body")
        if str(status) not in described["responses"]:
            self.violations.append(f"{route}: status {status} is not described")
        elif "content" in described["responses"][str(status)]:
            self._check(f"{at}/responses/{status}/content/application~1json/schema", answer, f"{route} answer")

    def event(self, name: str, payload: Any) -> None:
        """Check an event of the gateway, if it is one of the described ones."""
        if name in self._described_events:
            self.events.add(name)
            self._check(f"{_GATEWAY}#/definitions/Events/properties/{name}", payload, name)

    def _check(self, reference: str, value: Any, what: str) -> None:
        if reference not in self._validators:
            kind = Draft7Validator if reference.startswith(_GATEWAY) else Draft202012Validator
            kind = _RequestValidator if "/requestBody/" in reference else kind
            self._validators[reference] = kind({"$ref": reference}, registry=self._registry)
        for error in self._validators[reference].iter_errors(value):
            self.violations.append(f"{what}: {_nearest(error)}")


def _pointer(path: str) -> str:
    return quote(path.replace("~", "~0").replace("/", "~1"), safe="~@")


def _nearest(error: ValidationError) -> str:
    """Tell of that alternative of a union that fits best: with the fewest mistakes, made the deepest."""
    while error.context:
        branches: dict[Any, list[ValidationError]] = {}
        for inner in error.context:
            branches.setdefault(inner.schema_path[0], []).append(inner)
        best = min(branches.values(), key=lambda errors: (len(errors), -max(len(e.path) for e in errors)))
        error = best[0]
    return f"{error.json_path}: {error.message[:300]}"
