"""The next step of a delivery, from what is known: three tables, one for each kind, and a fourth for refusals. Pure.

Of a table the first row that applies decides. Whoever takes a delivery over after a crash reads the same tables with
what the books know, so nothing needs to be remembered but the books.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.chat.port import ChatCode, ChatError
from bot.delivery.steps import (
    Announce,
    AskLimit,
    Edit,
    End,
    Ending,
    Facts,
    Find,
    Outcome,
    Post,
    Shrink,
    Step,
    Try,
    Words,
)
from storage.outbox.deliveries import Delivery, DeliveryKind
from storage.outbox.posted_messages import Role
from storage.states import OPEN, RequestState

MOST_ATTEMPTS = 12
"""After these, with growing pauses between them over an hour long, a chat counts as out of reach."""
A_LONG_WAIT_S = 30.0
"""Whoever has waited longer looks elsewhere by now, and is told."""
MOST_MOVES_AT_ONCE = 2
"""A chat that has moved is followed at once so often; one that goes on saying so is asked ever more rarely."""
LONGEST_PAUSE_S = 900.0
EVERY_CHAT_TAKES_BYTES = 8_000_000
"""For a chat that refuses a file and does not say what it would take: no chat's limit is lower."""
OUT_OF_REACH: Final = frozenset({ChatCode.GONE, ChatCode.FORBIDDEN, ChatCode.REFUSED})
"""Trying again would not help; somewhere else might."""
_PASSES: Final = frozenset({ChatCode.BUSY, ChatCode.MOVED, ChatCode.UNREACHABLE})
"""Trying again later helps."""

_NOT_THERE: Final = frozenset({ChatCode.GONE, ChatCode.FORBIDDEN})
"""A message that is gone, or as good as gone, since it is not for us to change."""

_INTO_CLIP: Final = Edit(Words.CLIP)
_INTO_SMALLER: Final = Edit(Words.CLIP, smaller=True)
_SENT: Final = End(Ending.SENT)


def next_step(delivery: Delivery, facts: Facts, now_s: float) -> Step:
    """Return what to do now.

    Parameters
    ----------
    delivery : Delivery
        As it was claimed.
    facts : Facts
        What is known by now.
    now_s : float
        Seconds since the epoch.
    """
    case = Case(delivery, facts, now_s)
    return next(row for row in TABLES[delivery.kind] if row.applies(case)).then(case)


def after(facts: Facts, step: Try, outcome: Outcome) -> Facts:
    """Return what is known once a step was tried."""
    told_bytes = facts.limit_bytes if outcome.limit_bytes is None else outcome.limit_bytes
    return replace(facts, limit_bytes=told_bytes, tried=(*facts.tried, (step, outcome)))


def put_off(delivery: Delivery, code: str, error: ChatError | None = None) -> End:
    """Return what a refusal comes to: later, elsewhere, or the end.

    Parameters
    ----------
    code : str
        Why; anything that is not a chat's code may pass.
    error : ChatError or None
        The chat's words.
    """
    growing_s = min(LONGEST_PAUSE_S, 2.0**delivery.attempts)
    match code:
        case ChatCode.BUSY if error is not None:
            return End(Ending.LATER, after_s=error.retry_after_s, leave_in_peace_s=error.retry_after_s)
        case ChatCode.MOVED if error is not None and delivery.attempts < MOST_ATTEMPTS:
            after_s = 0.0 if delivery.attempts <= MOST_MOVES_AT_ONCE else growing_s
            return End(Ending.MOVED, new_chat=str(error.facts["new_chat"]), after_s=after_s)
        case ChatCode.UNCERTAIN if delivery.attempts < MOST_ATTEMPTS:
            return End(Ending.DOUBT, after_s=growing_s)
        case _ if (error is None or code == ChatCode.UNREACHABLE) and delivery.attempts < MOST_ATTEMPTS:
            return End(Ending.LATER, after_s=growing_s)
    return _give_up(delivery, code)


def bytes_to_fit(size_bytes: int, told_bytes: int | None) -> int:
    """Return how large a file may be that takes the place of one that was refused.

    Parameters
    ----------
    size_bytes : int
        Size of the clip that was refused.
    told_bytes : int or None
        What the chat says it takes; it may be wrong.
    """
    if told_bytes is not None and told_bytes < size_bytes:
        return told_bytes
    return min(EVERY_CHAT_TAKES_BYTES, size_bytes * 6 // 10)


def _give_up(delivery: Delivery, reason: str, *, refund: bool = False) -> End:
    """Hold a clip until somebody asks for it; drop anything else."""
    return End(Ending.HELD if delivery.kind == "clip" else Ending.DROPPED, reason, refund=refund)


@dataclass(frozen=True, slots=True)
class Case:
    """What the rows of the tables ask about."""

    delivery: Delivery
    facts: Facts
    now_s: float

    def stands(self, role: Role) -> bool:
        """Our message is in the chat, as far as we know."""
        stands = role in self.facts.stood
        for step, outcome in self.facts.tried:
            match step:
                case Post(posted) | Find(posted) if posted is role and outcome.refusal is None:
                    stands = True
                case Edit() if outcome.refusal is not None and outcome.refusal.code in _NOT_THERE:
                    stands = stands and role is not Role.STATUS
                case Edit(Words.CLIP) if outcome.refusal is None:
                    stands = role is Role.CLIP or (stands and role is not Role.STATUS)
        return stands

    def may_edit(self, words: Words) -> bool:
        """The status message is there, and has not been changed to these words yet."""
        return self.stands(Role.STATUS) and not self.tried(Edit(words))

    def outcome(self, step: Try) -> Outcome | None:
        """Return what came of a step, the latest time; None if it was not tried in this claim.

        Edits of a message that has gone meanwhile count no more once another stands in its place.
        """
        for tried, outcome in reversed(self.facts.tried):
            if tried == step:
                return outcome
            if isinstance(step, Edit) and isinstance(tried, Post | Find) and tried.role is Role.STATUS:
                return None
        return None

    def tried(self, step: Try) -> bool:
        """It was tried in this claim."""
        return self.outcome(step) is not None

    def done(self, step: Try) -> bool:
        """It was tried, and was taken."""
        outcome = self.outcome(step)
        return outcome is not None and outcome.refusal is None

    def refusal(self, *steps: Try) -> ChatError | None:
        """Return the chat's refusal of the first of these steps that it refused."""
        outcomes = (self.outcome(step) for step in steps)
        return next((outcome.refusal for outcome in outcomes if outcome is not None and outcome.refusal), None)

    def is_refused(self, *steps: Try, but: frozenset[ChatCode] = frozenset()) -> bool:
        """One of these steps was refused, for other reasons than these."""
        error = self.refusal(*steps)
        return error is not None and error.code not in but

    def passes(self, step: Try) -> bool:
        """It was refused for a reason that passes."""
        error = self.refusal(step)
        return error is not None and error.code in _PASSES

    @property
    def in_doubt(self) -> bool:
        """A message may be in the chat already, and the chat could not tell if it came twice."""
        since_s = self.delivery.in_doubt_since_s
        return since_s is not None and self.now_s - since_s >= self.facts.nonce_lasts_s

    @property
    def fits_not(self) -> bool:
        """The clip is too large, even encoded once more."""
        error = self.refusal(_INTO_SMALLER, *self.shrinkings)
        return error is not None and error.code is ChatCode.TOO_LARGE

    @property
    def is_refused_for_good(self) -> bool:
        """The chat does not take the clip, for a reason of its own."""
        error = self.refusal(_INTO_SMALLER, _INTO_CLIP)
        return error is not None and error.code is ChatCode.REFUSED

    @property
    def is_awaited(self) -> bool:
        """Somebody has waited for long, and has not been told yet, as far as anybody can know."""
        asked_at_s = self.facts.asked_at_s
        if asked_at_s is None or self.stands(Role.NOTICE) or self.delivery.in_doubt is Role.NOTICE:
            return False
        return self.now_s - asked_at_s >= A_LONG_WAIT_S

    @property
    def shrinkings(self) -> Sequence[Shrink]:
        """The encodings that were tried."""
        return [step for step, _ in self.facts.tried if isinstance(step, Shrink)]

    @property
    def goes_as_it_is(self) -> bool:
        """The clip needs no upload, or is small enough as far as the chat says."""
        limit_bytes = self.facts.limit_bytes
        return self.facts.remembered or (limit_bytes is not None and self.facts.size_bytes <= limit_bytes)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table.

    Attributes
    ----------
    name : str
        What is the case, in words.
    applies, then : callable
        Whether it is the case, and what follows.
    """

    name: str
    applies: Callable[[Case], bool]
    then: Callable[[Case], Step]


def _otherwise(_case: Case) -> bool:
    return True


def _always(step: Step) -> Callable[[Case], Step]:
    return lambda _case: step


def _refused(*steps: Try) -> Callable[[Case], Step]:
    """Put it off for what the chat said to the first of these that it refused."""

    def then(case: Case) -> Step:
        error = case.refusal(*steps)
        assert error is not None
        return put_off(case.delivery, error.code, error)

    return then


def _dropped(reason: str) -> Callable[[Case], Step]:
    return _always(End(Ending.DROPPED, reason))


def _too_large(case: Case) -> Step:
    return _give_up(case.delivery, "too_large", refund=True)


def _lost(role: Role, words: Words) -> tuple[Row, ...]:
    """Look for a message that may have arrived."""
    find = Find(role, words)
    return (
        Row(
            f"the {role} may be there",
            lambda case: case.in_doubt and case.delivery.in_doubt is role and not case.tried(find),
            _always(find),
        ),
        Row(f"the {role} cannot be looked for now", lambda case: case.passes(find), _refused(find)),
    )


def _message(role: Role, words: Words) -> tuple[Row, ...]:
    """Post a message that is not there."""
    post = Post(role, words)
    return (
        Row("the chat refuses it", lambda case: case.is_refused(post), _refused(post)),
        Row("nothing is there", _otherwise, _always(post)),
    )


def _where(name: str, applies: Callable[[Case], bool], *rows: Row) -> tuple[Row, ...]:
    """Let rows apply only where something else is the case, too."""

    def both(row: Row) -> Row:
        return Row(f"{name}; {row.name}", lambda case: applies(case) and row.applies(case), row.then)

    return tuple(both(row) for row in rows)


_STATUS_ROWS = (
    Row("the status is there", lambda case: case.stands(Role.STATUS), _always(_SENT)),
    *_lost(Role.STATUS, Words.WAITING),
    # Whatever ends it posts a message of its own, if this one has not arrived.
    Row("the request is over", lambda case: case.facts.request_state not in OPEN, _dropped("over")),
    *_message(Role.STATUS, Words.WAITING),
)

_NOTICE_ROWS = (
    *_lost(Role.STATUS, Words.WAITING),
    Row("the status says it", lambda case: case.done(Edit(Words.ENDED)), _always(_SENT)),
    Row("the status can say it", lambda case: case.may_edit(Words.ENDED), _always(Edit(Words.ENDED))),
    Row(
        "the status cannot be changed now",
        lambda case: case.is_refused(Edit(Words.ENDED), but=OUT_OF_REACH),
        _refused(Edit(Words.ENDED)),
    ),
    Row("the notice is there", lambda case: case.stands(Role.NOTICE), _always(_SENT)),
    # Whoever cancelled it has been told.
    Row("somebody cancelled it", lambda case: case.facts.request_state is RequestState.CANCELLED, _dropped("over")),
    *_lost(Role.NOTICE, Words.ENDED),
    *_message(Role.NOTICE, Words.ENDED),
)

_CLIP_THERE = _where(
    "the clip is there",
    lambda case: case.stands(Role.CLIP),
    Row("somebody has waited for it", lambda case: case.is_awaited and not case.tried(Announce()), _always(Announce())),
    Row("all is said", _otherwise, _always(_SENT)),
)

_CLIP_FITS_NOT = _where(
    "it fits not",
    lambda case: case.fits_not,
    Row("the status can say so", lambda case: case.may_edit(Words.TOO_LARGE), _always(Edit(Words.TOO_LARGE))),
    Row(
        "the status cannot be changed now",
        lambda case: case.passes(Edit(Words.TOO_LARGE)),
        _refused(Edit(Words.TOO_LARGE)),
    ),
    Row("that is said, as far as it can be", _otherwise, _too_large),
)

_CLIP_REFUSED = (
    Row(
        "the chat will never take the clip, and the status can say so",
        lambda case: case.is_refused_for_good and case.may_edit(Words.UNSENT),
        _always(Edit(Words.UNSENT)),
    ),
    Row(
        "the clip cannot be shown now, or ever",
        lambda case: case.is_refused(_INTO_SMALLER, but=_NOT_THERE),
        _refused(_INTO_SMALLER),
    ),
    Row(
        "the clip cannot be shown now, or ever, as it is",
        lambda case: case.is_refused(_INTO_CLIP, but=_NOT_THERE | {ChatCode.TOO_LARGE}),
        _refused(_INTO_CLIP),
    ),
    Row("the limit cannot be asked now", lambda case: case.is_refused(AskLimit()), _refused(AskLimit())),
)

_CLIP_GOES = (
    Row("the limit is not known", lambda case: not case.tried(AskLimit()), _always(AskLimit())),
    Row(
        "it goes as it is",
        lambda case: case.goes_as_it_is and not case.shrinkings and case.may_edit(Words.CLIP),
        _always(_INTO_CLIP),
    ),
    Row(
        "it is too large",
        lambda case: not case.shrinkings,
        lambda case: Shrink(bytes_to_fit(case.facts.size_bytes, case.facts.limit_bytes)),
    ),
    Row("it is smaller now", _otherwise, _always(_INTO_SMALLER)),
)

_CLIP_ROWS = (
    *_CLIP_THERE,
    *_CLIP_FITS_NOT,
    *_CLIP_REFUSED,
    *_where(
        "there is no status to become the clip",
        lambda case: not case.stands(Role.STATUS),
        Row(
            "it was posted, and has gone again",
            lambda case: case.done(Post(Role.STATUS, Words.WAITING)),
            lambda case: _give_up(case.delivery, ChatCode.GONE),
        ),
        *_lost(Role.STATUS, Words.WAITING),
        *_message(Role.STATUS, Words.WAITING),
    ),
    *_CLIP_GOES,
)

TABLES: Final[Mapping[DeliveryKind, Sequence[Row]]] = {
    "status": _STATUS_ROWS,
    "notice": _NOTICE_ROWS,
    "clip": _CLIP_ROWS,
    "show": _CLIP_ROWS,
}
