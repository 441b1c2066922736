"""Arithmetic in the drawing files: ``"60 - 8*leg"`` with the knobs of a family."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache

_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def evaluate(value: float | str, knobs: Mapping[str, float]) -> float:
    """Value of a number, or of a sum, difference, product or quotient of numbers and knobs.

    Raises
    ------
    ValueError
        For anything else, and for a knob that is not there.
    """
    if isinstance(value, str):
        return _walk(_parse(value), knobs)
    return float(value)


@lru_cache(maxsize=4096)
def _parse(text: str) -> ast.expr:
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"not arithmetic: {text!r}") from error


def _walk(node: ast.expr, knobs: Mapping[str, float]) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name) if name in knobs:
            return knobs[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_walk(operand, knobs)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _BINARY[type(op)](_walk(left, knobs), _walk(right, knobs))
    raise ValueError(f"not arithmetic with the knobs {sorted(knobs)}: {ast.unparse(node)}")
