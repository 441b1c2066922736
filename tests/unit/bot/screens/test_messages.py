"""Every failure has a sentence, in every language, and every sentence gets the facts that it needs."""

import ast
import string
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import pytest

from bot.chat.errors import BotCode
from bot.chat.grammar import CommandCode, CommandError
from bot.screens.messages import LANGUAGES, advise, duration, explain, keys, say, template
from pipeline.errors import ErrorCode, PipelineError
from storage.errors import RefusalCode

ROOT = Path(__file__).parents[4]
CODES: dict[str, type[StrEnum]] = {
    "error": ErrorCode,
    "command": CommandCode,
    "refusal": RefusalCode,
    "bot": BotCode,
}


def placeholders(key: str, language: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template(key, language)) if name}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("section", "codes"), CODES.items())
def test_every_code_has_a_sentence(section: str, codes: type[StrEnum], language: str) -> None:
    missing = {f"{section}.{code}" for code in codes} - keys(language)
    assert not missing


@pytest.mark.parametrize("section", CODES)
def test_no_sentence_belongs_to_a_code_that_is_gone(section: str) -> None:
    told = {key for key in keys("en") if key.startswith(f"{section}.")}
    assert told == {f"{section}.{code}" for code in CODES[section]}


def test_advice_is_about_codes_that_exist() -> None:
    assert {key.removeprefix("advice.") for key in keys("en") if key.startswith("advice.")} <= set(ErrorCode)


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_all_languages_say_the_same_things_from_the_same_facts(language: str) -> None:
    assert keys(language) == keys("en")
    for key in keys("en"):
        assert placeholders(key, language) == placeholders(key, "en"), key


def raised(path: Path) -> Iterator[tuple[str, set[str] | None, int]]:
    """Yield (catalogue key, names of the facts or None where they are passed on whole, line) for every error built."""
    sections = {codes.__name__: section for section, codes in CODES.items()}
    for node in ast.walk(ast.parse(path.read_text())):
        if not (isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Name)):
            continue
        if not node.func.id.endswith("Error"):
            continue
        code = node.args[0]
        if isinstance(code, ast.Attribute) and isinstance(code.value, ast.Name) and code.value.id in sections:
            facts = (
                None if any(word.arg is None for word in node.keywords) else {str(word.arg) for word in node.keywords}
            )
            yield f"{sections[code.value.id]}.{code.attr.lower()}", facts, node.lineno


def test_wherever_an_error_is_raised_its_sentence_finds_its_facts() -> None:
    hungry = []
    for folder in ("bot", "pipeline", "storage"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for key, facts, line in raised(path):
                needed = placeholders(key, "en")
                if (advice := key.replace("error.", "advice.", 1)) in keys("en"):
                    needed |= placeholders(advice, "en")
                if facts is not None and not needed <= facts:
                    hungry.append(f"{path.relative_to(ROOT)}:{line} {key} needs {needed}, gets {facts}")
    assert not hungry, "\n".join(hungry)


def test_an_error_explains_itself_in_the_reader_s_language() -> None:
    error = PipelineError(ErrorCode.TOO_LONG, limit_s=600.0)
    assert explain(error) == (
        "That sound is longer than 10 min, which is the most I take. Choose a part of it with start:1:30 duration:60."
    )
    assert explain(error, "de").startswith("Der Ton ist länger als 10 min")
    assert explain(error, "tlh") == explain(error, "en")
    assert advise(error) is None


def test_whoever_runs_the_machine_is_told_more_than_a_chat() -> None:
    error = PipelineError(ErrorCode.WEIGHTS_MISSING, model="biggan-deep-128", folder="/cache", file="model.bin")
    assert "/cache" not in explain(error)
    assert advise(error) == "Put model.bin into /cache, or draw with --model sketch."


def test_what_a_user_typed_is_shown_as_typed_and_never_formatted() -> None:
    error = CommandError(CommandCode.OPEN_QUOTE, text='"{limit_s} {0.__class__}')
    assert '"{limit_s} {0.__class__}' in explain(error)


def test_a_missing_fact_is_a_mistake_of_ours_not_a_silent_gap() -> None:
    with pytest.raises(KeyError):
        say("error.too_long")


@pytest.mark.parametrize(
    ("seconds", "spoken"),
    [
        (0.4, "0.4 s"),
        (2, "2 s"),
        (9.97, "10 s"),
        (45, "45 s"),
        (60, "1 min"),
        (200, "3 min 20 s"),
        (7200, "2 h"),
        (7325, "2 h 2 min"),
    ],
)
def test_durations_are_said_as_people_say_them(seconds: float, spoken: str) -> None:
    assert duration(seconds) == spoken
