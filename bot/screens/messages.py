"""Every sentence that a user can read, in every language that we speak.

The sentences lie in ``catalogue/<language>.toml``; every file there is a language that we speak (docs/languages.md). A
key that a language lacks is said in English. Placeholders are facts by name, with a format that knows how people
write: ``{limit_s:duration}``, ``{size:bytes}``, ``{names:list}``, ``{count:n:clip|clips}``.

A sentence may be another in one chat: where the language that is asked for ends in ``-x-discord`` (`voice`), a sentence
under ``[discord.…]`` goes before the one that is for all.
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, cast

from bot.screens.plurals import PLURALS
from pipeline.errors import CodedError

DEFAULT_LANGUAGE = "en"
_PLACE = "-x-"


def _spoken() -> tuple[str, ...]:
    """Return the tags of all languages that have a file, English first."""
    folder = resources.files("bot.screens") / "catalogue"
    tags = sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml"))
    return (DEFAULT_LANGUAGE, *(tag for tag in tags if tag != DEFAULT_LANGUAGE))


LANGUAGES = _spoken()


def voice(language: str, platform: str) -> str:
    """Return the language as it is spoken in one chat: ``de-x-discord``."""
    return f"{language.partition(_PLACE)[0]}{_PLACE}{platform}"


def say(key: str, language: str = DEFAULT_LANGUAGE, /, **facts: object) -> str:
    """Return the sentence of a key, e.g. ``say("waiting.queued", "de", position=3)``.

    Raises
    ------
    KeyError
        No language has the key, or a fact is missing.
    """
    tag, _, place = language.partition(_PLACE)
    for spoken in (tag if tag in LANGUAGES else DEFAULT_LANGUAGE, DEFAULT_LANGUAGE):
        sentences = _sentences(spoken)
        if template := sentences.get(f"{place}.{key}") or sentences.get(key):
            return _Formatter(spoken).vformat(template, (), facts)
    raise KeyError(key)


def explain(error: CodedError, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the sentence for a refusal or failure of any layer."""
    return say(error_key(error), language, **error.facts)


def advise(error: CodedError, language: str = DEFAULT_LANGUAGE) -> str | None:
    """Return what whoever runs the machine can do about an error; paths are named, so it is not for a chat."""
    key = f"advice.{error.code}"
    return say(key, language, **error.facts) if key in _sentences(DEFAULT_LANGUAGE) else None


def error_key(error: CodedError) -> str:
    """Return the catalogue's key of an error: its layer and its code."""
    return f"{_section(type(error.code).__name__)}.{error.code}"


def keys(language: str) -> frozenset[str]:
    """Return every key that a language has."""
    return frozenset(_sentences(language))


def template(key: str, language: str) -> str:
    """Return a sentence with its placeholders still in it."""
    return _sentences(language)[key]


def _section(enum_name: str) -> str:
    """``ErrorCode`` → ``error``, ``CommandCode`` → ``command``, ``RefusalCode`` → ``refusal``."""
    return enum_name.removesuffix("Code").lower()


@cache
def _sentences(language: str) -> Mapping[str, str]:
    return {key: text.strip() for key, text in _raw(language).items() if not key.startswith("language.")}


@cache
def _raw(language: str) -> Mapping[str, str]:
    text = (resources.files("bot.screens") / "catalogue" / f"{language}.toml").read_text(encoding="utf-8")
    return dict(_flat(tomllib.loads(text)))


def _flat(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for key, value in table.items():
        if isinstance(value, dict):
            pairs += _flat(value, f"{prefix}{key}.")
        else:
            pairs.append((f"{prefix}{key}", cast(str, value)))
    return pairs


_COUNTED = "n:"


class _Formatter(string.Formatter):
    """Formats facts as a language writes them."""

    def __init__(self, language: str) -> None:
        self._language = language

    def get_field(self, field_name: str, _args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, str]:
        # Only plain names: a catalogue has no business reaching into attributes.
        return kwargs[field_name], field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        match format_spec:
            case "duration":
                return duration(float(value), self._language)
            case "bytes":
                return _decimal(f"{float(value) / 1_000_000:.4g} MB", self._language)
            case "list":
                return ", ".join(map(str, value))
            case "or":
                return _either([str(word) for word in value], self._language)
            case counted if counted.startswith(_COUNTED):
                return counting(value, counted.removeprefix(_COUNTED).split("|"), self._language)
            case "":
                return _decimal(f"{value:g}", self._language) if isinstance(value, float) else str(value)
            case _:
                return str(super().format_field(value, format_spec))


def counting(count: object, forms: Sequence[str], language: str = DEFAULT_LANGUAGE) -> str:
    """Write a number with what is counted: "1 clip", "5 clips"; what is no number ("∞") takes the last form."""
    if not isinstance(count, int | float):
        return f"{count} {forms[-1]}"
    form = forms[min(PLURALS[_way(language, "plural")](count), len(forms) - 1)]
    return f"{_decimal(f'{count:g}' if isinstance(count, float) else str(count), language)} {form}"


def duration(seconds: float, language: str = DEFAULT_LANGUAGE) -> str:
    """Write a duration as people say it: ``0.4 s``, ``45 s``, ``3 min 20 s``, ``2 h``.

    Two units at the most; fractions only below ten seconds.
    """
    if seconds < 9.95:
        return _decimal(f"{seconds:.1f}".removesuffix(".0") + " s", language)
    whole = round(seconds)
    units = ((whole // 3600, "h"), (whole // 60 % 60, "min"), (whole % 60, "s"))
    spoken = [f"{count} {unit}" for count, unit in units if count]
    return " ".join(spoken[:2])


def _decimal(number: str, language: str) -> str:
    return number.replace(".", _way(language, "decimal"))


def _either(words: Sequence[str], language: str) -> str:
    return _way(language, "or").join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _way(language: str, name: str) -> str:
    """Return how a language writes something; as English does, where its file does not say."""
    tag = language.partition(_PLACE)[0]
    key = f"language.{name}"
    own = _raw(tag) if tag in LANGUAGES else {}
    return own.get(key) or _raw(DEFAULT_LANGUAGE)[key]
