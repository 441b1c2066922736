"""Draw the tables that decide what becomes of requests, deliveries and relays, as docs/states.md.

    python -m scripts.draw_tables [--check]

The diagrams come from `storage.states`, the lists of steps from `bot.delivery.next_step`, by asking them everything
that can be the case: nothing is drawn by hand.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from enum import StrEnum
from itertools import chain, combinations, product
from pathlib import Path
from typing import Final

from bot.chat.port import ChatCode, ChatError
from bot.delivery.next_step import A_LONG_WAIT_S, MOST_ATTEMPTS, TABLES, Case, Row, after
from bot.delivery.steps import Announce, AskLimit, Edit, End, Facts, Find, Outcome, Post, Shrink, Step, Try
from storage.outbox.deliveries import Delivery, DeliveryKind
from storage.outbox.posted_messages import PostedMessage, Role
from storage.states import DELIVERY_TRANSITIONS, RELAY_TRANSITIONS, REQUEST_TRANSITIONS, DeliveryState, RequestState

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "states.md"
NOW_S: Final = 1_000_000.0
NONCE_LASTS_S: Final = 60.0
SIZE_BYTES: Final = 9_000_000
_STANDING: Final[Mapping[DeliveryKind, tuple[Role, ...]]] = {
    "status": (Role.STATUS,),
    "notice": (Role.STATUS, Role.NOTICE),
    "clip": (Role.STATUS, Role.CLIP, Role.NOTICE),
    "show": (Role.STATUS, Role.CLIP),
}
_DOUBTS: Final[Mapping[DeliveryKind, tuple[Role, ...]]] = {
    "status": (Role.STATUS,),
    "notice": (Role.STATUS, Role.NOTICE),
    "clip": (Role.STATUS, Role.NOTICE),
    "show": (Role.STATUS,),
}


def beginnings() -> Iterator[Case]:
    """Yield everything that the books can say of a delivery when it is claimed."""
    for kind in TABLES:
        states = [RequestState.RENDERING, RequestState.CANCELLED, RequestState.FAILED]
        doubts = [(None, None), *product(_DOUBTS[kind], (NOW_S - 1, NOW_S - 2 * NONCE_LASTS_S))]
        roles = _STANDING[kind]
        standing = chain.from_iterable(combinations(roles, count) for count in range(len(roles) + 1))
        attempts = (1, 3, MOST_ATTEMPTS)
        for state, (doubt, since_s), stand, tries, kept in product(
            states if kind in ("status", "notice") else [RequestState.DELIVERING],
            doubts,
            standing,
            attempts,
            (False, True) if kind in ("clip", "show") else (False,),
        ):
            if doubt in stand:
                continue  # what is known to be there is in no doubt
            asked_at_s = None if kind == "show" else NOW_S - A_LONG_WAIT_S
            facts = Facts(state, frozenset(stand), SIZE_BYTES, kept, NONCE_LASTS_S, asked_at_s)
            yield Case(_delivery(kind, tries, doubt, since_s, stand), facts, NOW_S)


def outcomes(step: Try) -> Iterator[Outcome]:
    """Yield everything that can come of a step."""
    match step:
        case AskLimit():
            yield from (Outcome(limit_bytes=SIZE_BYTES * 2), Outcome(limit_bytes=SIZE_BYTES // 2))
        case Find():
            yield from (Outcome(), Outcome(ChatError(ChatCode.GONE)), Outcome(ChatError(ChatCode.UNREACHABLE)))
            return
        case Shrink(max_bytes):
            yield from (Outcome(limit_bytes=max_bytes), Outcome(ChatError(ChatCode.TOO_LARGE), max_bytes))
            return
        case _:
            yield Outcome()
    for code in ChatCode:
        # An edit in doubt is repeated; a limit is no file.
        never = {Edit: {ChatCode.UNCERTAIN}, AskLimit: {ChatCode.UNCERTAIN, ChatCode.TOO_LARGE}}
        if code not in never.get(type(step), set()):
            yield Outcome(ChatError(code, new_chat="moved"))


def decisions() -> Iterator[tuple[Case, Row, Step]]:
    """Yield every decision that the tables can come to, each with what was the case."""
    waiting = list(beginnings())
    while waiting:
        case = waiting.pop()
        row = next(row for row in TABLES[case.delivery.kind] if row.applies(case))
        step = row.then(case)
        yield case, row, step
        if not isinstance(step, End):
            waiting += [Case(case.delivery, after(case.facts, step, outcome), NOW_S) for outcome in outcomes(step)]


def _delivery(
    kind: DeliveryKind, attempts: int, doubt: Role | None, since_s: float | None, stand: tuple[Role, ...]
) -> Delivery:
    return Delivery(
        id=1,
        kind=kind,
        platform="telegram",
        request_id=None if kind == "show" else 1,
        clip_id=1 if kind in ("clip", "show") else None,
        chat_id=1,
        chat="chat",
        channel=None,
        reply_to=None,
        language="en",
        state=DeliveryState.SENDING,
        fence=1,
        attempts=attempts,
        in_doubt=doubt,
        in_doubt_since_s=since_s,
        posted={role: PostedMessage("chat", None, str(role), role, 1, None, None) for role in stand},
    )


# --- the page ---------------------------------------------------------------------------------------------------------


def page() -> str:
    """Return docs/states.md."""
    parts = [
        "# What becomes of a request, a delivery and a relay",
        "Drawn by `python -m scripts.draw_tables` from the tables themselves; a test compares.",
        "## A request",
        _diagram(REQUEST_TRANSITIONS),
        "## A delivery",
        _diagram(DELIVERY_TRANSITIONS),
        "A claim of it goes on by tables (`bot/delivery/next_step.py`): the first line that applies decides, its step\n"
        "is done, and the table is asked again with what came of it, until a line ends the claim. After a crash the\n"
        "same tables are asked with what the books know.",
        *chain.from_iterable((f"### {title}", _steps(kind)) for kind, title in _TITLES.items()),
        "## A relay",
        _diagram(RELAY_TRANSITIONS),
    ]
    return "\n\n".join(parts) + "\n"


_TITLES: Final[Mapping[DeliveryKind, str]] = {
    "status": "The message that shows how a request gets on",
    "notice": "Why there is no clip",
    "clip": "A clip, also one that is shown again",
}


def _diagram(transitions: Mapping[StrEnum, frozenset[StrEnum]]) -> str:
    first = next(iter(transitions))
    lines = [f"    [*] --> {first}"]
    for state, targets in transitions.items():
        ordered = sorted(targets, key=list(transitions).index)
        lines += [f"    {state} --> {target}" for target in ordered] or [f"    {state} --> [*]"]
    return "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```"])


def _steps(kind: DeliveryKind) -> str:
    found: dict[str, list[Step]] = {row.name: [] for row in TABLES[kind]}
    for case, row, step in decisions():
        if case.delivery.kind == kind:
            found[row.name].append(step)
    return "\n".join(
        ["| if | then |", "| --- | --- |", *(f"| {name} | {_then(steps)} |" for name, steps in found.items())]
    )


def _then(steps: list[Step]) -> str:
    """Describe what a line comes to; of several endings it is what the chat said that decides."""
    endings = sorted({str(step.ending) for step in steps if isinstance(step, End)})
    if not endings:
        return _tried(steps[0])
    refund = any(isinstance(step, End) and step.refund for step in steps)
    return f"end it: {' or '.join(endings)}{', and give back what the clip cost' if refund else ''}"


def _tried(step: Step) -> str:
    match step:
        case Post(role, words):
            return f"post the {role}: *{words}*"
        case Find(role):
            return f"look for the {role}"
        case Edit(words, smaller):
            return f"edit the status: *{words}*{', encoded once more' if smaller else ''}"
        case Announce():
            return "let the asker know"
        case AskLimit():
            return "ask how large a file may be"
        case Shrink():
            return "encode it once more"
    raise AssertionError(step)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only say whether the page is up to date")
    drawn = page()
    if parser.parse_args().check:
        return 0 if PAGE.read_text(encoding="utf-8") == drawn else 1
    PAGE.write_text(drawn, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
