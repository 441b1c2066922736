"""A JavaScript engine within limits: QuickJS as a library, which has no files, no network and no programs to give.

Whatever a script asks for, it gets the language and nothing else: no modules are loaded, no clock wakes it, no function
of ours can be called from it. Time, memory and stack are bounded here; the process around it has limits of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MEBIBYTE = 1 << 20


class EngineError(Exception):
    """A script did not end well: it threw, or it went beyond a limit."""


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """How much a script may use.

    Attributes
    ----------
    memory_bytes : int
        A player of 2.4 MB took 200 MB.
    processor_s : float
        The same took 5 s on one core of 2026.
    stack_bytes : int
        Less than half of a thread's 8 MB, since parsers recurse on our stack.
    """

    memory_bytes: int = 768 * MEBIBYTE
    processor_s: float = 60.0
    stack_bytes: int = 3 * MEBIBYTE


def is_installed() -> bool:
    """Tell whether the engine can be had."""
    try:
        import quickjs  # noqa: F401
    except ImportError:
        return False
    return True


def evaluate(scripts: tuple[str, ...], expression: str, text: str, limits: EngineLimits) -> str:
    """Run scripts in an engine of their own, and return what an expression is after them.

    Parameters
    ----------
    scripts : tuple of str
        Run one after the other.
    expression : str
        Has to be a text; ``input`` in it is `text`.
    text : str
        Data, never read as a script.
    limits : EngineLimits
        For all of it together.

    Raises
    ------
    EngineError
        With the engine's own word for what went wrong.
    """
    import quickjs

    context: Any = quickjs.Context()
    context.set_memory_limit(limits.memory_bytes)
    context.set_time_limit(limits.processor_s)
    context.set_max_stack_size(limits.stack_bytes)
    try:
        for script in scripts:
            context.eval(script)
        context.set("input", text)
        result = context.eval(expression)
    except quickjs.JSException as error:
        raise EngineError(_first_line(error)) from None
    if not isinstance(result, str):
        raise EngineError("the script's answer is no text")
    return result


def _first_line(error: Exception) -> str:
    """Return what happened without where: the places are in a foreign script."""
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
