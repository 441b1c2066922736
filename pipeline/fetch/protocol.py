"""What a fetch and its child process say to each other: one JSON value a line, both ways.

The child's end is read with suspicion: it has talked to strangers.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from pipeline.errors import ErrorCode, PipelineError
from pipeline.fetch.link import Link


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """How much of a foreign sound is taken.

    Attributes
    ----------
    max_duration_s : float
        The longest sound, where the site says its length beforehand.
    max_bytes : int
        The largest file.
    timeout_s : float
        How long the whole fetch may take, by the wall clock.
    """

    max_duration_s: float = 600.0
    max_bytes: int = 200_000_000
    timeout_s: float = 300.0


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """One thing to fetch into an empty folder.

    Attributes
    ----------
    players : Path or None
        Where players of YouTube are kept that were worked through before (`pipeline.fetch.solver.players`).
    cookies : Path or None
        The site's cookies, in the folder.
    token_server : str or None
        Where proofs of origin for YouTube come from (`pipeline.fetch.proof_tokens`).
    gate : str or None
        The one way out, where there is a gate (`pipeline.fetch.gate`).
    """

    link: Link
    folder: Path
    limits: FetchLimits
    allow_hosts: tuple[str, ...]
    players: Path | None = None
    cookies: Path | None = None
    token_server: str | None = None
    gate: str | None = None

    def to_line(self) -> str:
        """Write it as one line."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_line(cls, line: str) -> Self:
        """Read what `to_line` wrote."""
        values = json.loads(line)
        return cls(
            link=Link(**values["link"]),
            folder=Path(values["folder"]),
            limits=FetchLimits(**values["limits"]),
            allow_hosts=tuple(values["allow_hosts"]),
            players=_path(values["players"]),
            cookies=_path(values["cookies"]),
            token_server=values["token_server"],
            gate=values["gate"],
        )


@dataclass(frozen=True, slots=True)
class Received:
    """The child's answer when all went well.

    Attributes
    ----------
    file_name : str
        In the request's folder.
    title : str or None
        As the site gives it.
    duration_s : float or None
        As the site gives it.
    source_id : str
        As the site gives it.
    url : str
        What was fetched in the end, built anew: a short link's target.
    section_s : tuple of float or None
        Begin and end of the part that was meant, where the link means a part.
    """

    file_name: str
    title: str | None
    duration_s: float | None
    source_id: str
    url: str
    section_s: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Underway:
    """The child's news in between: bytes that have come, and bytes in all where that is known."""

    done_bytes: int
    total_bytes: int | None


@dataclass(frozen=True, slots=True)
class Remark:
    """The child's word for the operator's log: foreign text in it, on one line."""

    text: str


Answer = Received | Underway | Remark | PipelineError


def answer_to_line(answer: Answer) -> str:
    """Write an answer as one line."""
    match answer:
        case PipelineError():
            return json.dumps({"failed": {"code": answer.code, "facts": answer.facts}})
        case Received():
            return json.dumps({"received": asdict(answer)})
        case Underway():
            return json.dumps({"underway": asdict(answer)})
        case Remark():
            return json.dumps({"remark": answer.text})


def answer_from_line(line: str) -> Answer:
    """Read what `answer_to_line` wrote.

    Raises
    ------
    ValueError
        It is something else.
    """
    try:
        values = json.loads(line)
        if "failed" in values:
            facts = {name: _fact(value) for name, value in values["failed"]["facts"].items()}
            return PipelineError(ErrorCode(values["failed"]["code"]), **facts)
        if "underway" in values:
            total = values["underway"]["total_bytes"]
            return Underway(int(values["underway"]["done_bytes"]), None if total is None else int(total))
        if "remark" in values:
            return Remark(str(values["remark"]))
        received = values["received"]
        return Received(
            file_name=str(received["file_name"]),
            title=None if received["title"] is None else str(received["title"]),
            duration_s=None if received["duration_s"] is None else float(received["duration_s"]),
            source_id=str(received["source_id"]),
            url=str(received["url"]),
            section_s=_section(received["section_s"]),
        )
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise ValueError("not an answer of the fetch process") from error


def _path(value: str | None) -> Path | None:
    return None if value is None else Path(value)


def _section(value: Any) -> tuple[float, float] | None:
    if value is None:
        return None
    start_s, end_s = map(float, value)
    if not 0 <= start_s < end_s < math.inf:
        raise ValueError("not a section")
    return start_s, end_s


def _fact(value: Any) -> str | int | float | tuple[str, ...]:
    if isinstance(value, list):
        return tuple(map(str, value))
    return value if isinstance(value, int | float) else str(value)
