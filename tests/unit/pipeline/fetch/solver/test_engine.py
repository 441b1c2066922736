"""A script gets the language and nothing else, and no more of anything than it is given."""

from __future__ import annotations

import pytest

pytest.importorskip("quickjs", reason="quickjs-ng is not installed: pip install '.[links]'")

from pipeline.fetch.solver.engine import MEBIBYTE, EngineError, EngineLimits, evaluate

LIMITS = EngineLimits(memory_bytes=32 * MEBIBYTE, processor_s=0.3, stack_bytes=MEBIBYTE)


def run(expression: str, *scripts: str, text: str = "") -> str:
    return evaluate(scripts, expression, text, LIMITS)


def test_scripts_run_in_order_and_the_text_is_data() -> None:
    hostile = '"); throw new Error("no"); ("\u2028\\'
    assert run("f(input)", "var g = (x) => x + '!'", "var f = (x) => g(x)", text=hostile) == hostile + "!"


def test_every_run_has_an_engine_of_its_own() -> None:
    run("''", "globalThis.left = 'behind'")
    assert run("typeof left") == "undefined"


@pytest.mark.parametrize(
    "expression",
    ["while (true) {}", "for (var a = [];;) a.push(new Array(1000).fill('x'))", "(function f() { return f() + 1 })()",
     "'x'.repeat(1 << 28)", "throw 'x'", "not.there", "(", "1", "null", "({})",
     "/(a+)+$/.test('a'.repeat(60) + 'b') + ''"],
)  # fmt: skip
def test_what_does_not_end_well_is_an_error(expression: str) -> None:
    with pytest.raises(EngineError):
        run(expression)


@pytest.mark.parametrize(
    "name",
    ["std", "os", "require", "process", "Deno", "fetch", "XMLHttpRequest", "print", "console", "setTimeout", "Worker"],
)
def test_nothing_leads_out(name: str) -> None:
    assert run(f"typeof {name}") == "undefined"


def test_no_module_can_be_loaded() -> None:
    said = "import('os').then((m) => { globalThis.got = 'a module' }, (e) => { globalThis.got = 'nothing' })"
    assert run("globalThis.got ?? 'nothing'", said) == "nothing"
