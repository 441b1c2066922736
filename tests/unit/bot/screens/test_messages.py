"""Every failure has a sentence, in every language, and every sentence gets the facts that it needs."""

import ast
import re
import string
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from bot.chat.errors import BotCode
from bot.chat.grammar import CommandCode, CommandError
from bot.screens import messages
from bot.screens.messages import LANGUAGES, advise, counting, duration, explain, keys, say, template
from bot.screens.plurals import PLURALS
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


NOUNS = re.compile(r"\{[a-z_]+:n:[^|}]+\|([^|}]+)\}")
NUMBERS = {"position", "waiting", "open", "used", "limit", "starts", "count", "least", "scenes", "clips", "clips_limit"}
NUMBERS |= {"days", "people", "chats", "clips_today", "number", "low", "high"}


def facts_of(key: str, language: str, number: int) -> dict[str, Any]:
    """Make up facts for a sentence, every number the same."""
    facts: dict[str, Any] = {}
    for _, name, how, _ in string.Formatter().parse(template(key, language)):
        if not name:
            continue
        if name in NUMBERS or (how or "").startswith(("n:", "duration", "bytes")):
            facts[name] = number
        else:
            facts[name] = [name] if how in {"list", "or"} else name
    return facts


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("number", [0, 1, 2, 5])
def test_every_sentence_can_be_said_of_any_number(language: str, number: int) -> None:
    plurals = {noun for key in keys(language) for noun in NOUNS.findall(template(key, language))}
    assert {"clips", "scenes"} <= plurals or language != "en"
    for key in keys(language):
        said = say(key, language, **facts_of(key, language, number))
        assert "{" not in said
        for noun in plurals if number == 1 else ():
            assert not re.search(rf"(?<![\w.,])1 {re.escape(noun)}(?!\w)", said), said


def test_no_number_stands_before_a_noun_that_does_not_follow_it() -> None:
    for language in LANGUAGES:
        nouns = {noun for key in keys(language) for noun in NOUNS.findall(template(key, language))}
        for key in keys(language):
            for noun in nouns:
                assert not re.search(rf"\{{[a-z_]+\}} {re.escape(noun)}(?!\w)", template(key, language)), key


@pytest.mark.parametrize(("count", "said"), [(0, "0 clips"), (1, "1 clip"), (2, "2 clips"), (1.5, "1.5 clips")])
def test_things_are_counted(count: float, said: str) -> None:
    assert counting(count, ["clip", "clips"]) == said
    assert counting("∞", ["clip", "clips"]) == "∞ clips"
    assert counting(1.5, ["Clip", "Clips"], "de") == "1,5 Clips"


@pytest.mark.parametrize(
    ("rule", "places"),
    [
        ("one_other", [1, 0, 1, 1, 1, 1]),
        ("up_to_one", [0, 0, 1, 1, 1, 1]),
        ("always_the_same", [0, 0, 0, 0, 0, 0]),
        ("one_few_many", [2, 0, 1, 2, 2, 0]),
        ("one_few_other", [2, 0, 1, 2, 2, 2]),
        ("polish", [2, 0, 1, 2, 2, 2]),
    ],
)
def test_every_rule_of_plurals_knows_its_numbers(rule: str, places: list[int]) -> None:
    assert [PLURALS[rule](count) for count in (0, 1, 2, 5, 11, 21)] == places
    assert set(PLURALS) == {"one_other", "up_to_one", "always_the_same", "one_few_many", "one_few_other", "polish"}


def test_a_language_that_is_not_complete_is_spoken_as_far_as_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    french = {"note.cancelled": "Annulé.", "language.plural": "up_to_one", "offer.scenes": "{count:n:scène|scènes}"}
    of_files = messages._raw
    monkeypatch.setattr(messages, "LANGUAGES", (*LANGUAGES, "fr"))
    monkeypatch.setattr(messages, "_raw", lambda language: french if language == "fr" else of_files(language))
    messages._sentences.cache_clear()
    try:
        assert say("note.cancelled", "fr") == "Annulé."
        assert say("offer.scenes", "fr", count=0) == "0 scène"
        assert say("note.accepted", "fr") == say("note.accepted")
        assert say("error.too_long", "fr", limit_s=1.5) == say("error.too_long", limit_s=1.5)
    finally:
        messages._sentences.cache_clear()


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
    assert advise(PipelineError(ErrorCode.NO_SOUND)) is None


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
