"""From a message to a clip: taking a request, and every change that it goes through.

A change is one ``UPDATE`` conditional on the state that it starts from and, for what an attempt writes, on the
attempt's fence. It either happens whole, with its refund and its outbox row, or it finds nothing to change: a worker
that was frozen and wakes up late changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from pipeline.errors import CodedError, ErrorCode, Fact, PipelineError
from pipeline.recipe import Recipe
from storage.clips.clips import Clip, NewClip
from storage.clips.clips import add as add_clip
from storage.database.tables import chats as chat_rows
from storage.database.tables import clips as clip_rows
from storage.database.tables import requests, users
from storage.database.transactions import Snapshot, Transaction
from storage.errors import RefusalCode, StorageError
from storage.outbox import deliveries
from storage.people import chats, people
from storage.people.people import Platform
from storage.requests import quotas, sources
from storage.requests.prices import PriceTable
from storage.requests.quotas import QuotaLimits
from storage.requests.sources import NewSource, Source
from storage.states import OPEN, RequestState
from storage.transitions import change_request

OUR_FAULTS = frozenset(
    {
        ErrorCode.DISK_FULL,
        ErrorCode.OUTPUT_NOT_WRITABLE,
        ErrorCode.ENCODER_FAILED,
        ErrorCode.DECODER_FAILED,
        ErrorCode.OUT_OF_MEMORY,
        ErrorCode.RENDER_TIMEOUT,
        ErrorCode.TOO_MANY_FILES,
        ErrorCode.READ_FAILED,
        ErrorCode.FILE_MISSING,
        ErrorCode.FILE_FORBIDDEN,
        ErrorCode.WEIGHTS_MISSING,
        ErrorCode.WEIGHTS_DOWNLOAD_FAILED,
        ErrorCode.WEIGHTS_CORRUPT,
    }
)
"""What fails for reasons of the machine costs nothing at all."""
MAX_STARTS = 3
"""An attempt may die with its worker; one that dies every time takes workers along and is given up."""


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A request as a chat hands it in.

    Attributes
    ----------
    platform, event_id : str
        The chat's event that asked; handed in twice, it is one request.
    person_id, chat_id : int
        Ours: see `people.get_or_create` and `chats.get_or_create`.
    channel, message : str or None
        Where the answer belongs and what it answers, as the platform calls them.
    source : NewSource
    recipe : Recipe
    estimated_s : float
        Seconds of clip, until its length is known (`settle`).
    prices : PriceTable or None
        What it costs is reckoned by this table, now and when it is settled; None counts seconds of clip.
    language : str
        To answer in.
    parent_clip_id : int or None
        The clip that this one is a remix of.
    priority : int
        Higher goes first.
    max_bytes, max_duration_s : int or None, float or None
        The largest file that its chat takes, and the longest clip that may be asked for there.
    """

    platform: Platform
    event_id: str
    person_id: int
    chat_id: int
    source: NewSource
    recipe: Recipe
    estimated_s: float
    language: str
    channel: str | None = None
    message: str | None = None
    parent_clip_id: int | None = None
    priority: int = 0
    max_bytes: int | None = None
    max_duration_s: float | None = None
    prices: PriceTable | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it stands.

    Attributes
    ----------
    chat, channel, message : str, str or None, str or None
        The platform's ids: where to answer, and to what.
    asker_id, asker_name : str, str or None
        The platform's id of who asked, and their name.
    ticket, fence, starts : int
        How often it was released, begun, and begun without being handed back.
    stage, done, total : str or None, int, int
        Progress of the running attempt.
    storyboard : str or None
        Path in the media store of a picture of its scenes, as soon as they are chosen.
    chosen : Recipe or None
        The wish with its scenes chosen, as soon as they are.
    error : CodedError or None
        Why there is no clip.
    work_s : float or None
        What it costs, as far as is known now; None where that was never reckoned.
    clip_id : int or None
        The clip, once there is one.
    created_at_s, begun_at_s, ended_at_s : float
        Seconds since the epoch.
    """

    id: int
    platform: Platform
    event_id: str
    person_id: int
    asker_id: str
    asker_name: str | None
    chat_id: int
    chat: str
    channel: str | None
    message: str | None
    language: str
    source: Source
    recipe: Recipe
    parent_clip_id: int | None
    estimated_s: float
    work_s: float | None
    max_bytes: int | None
    max_duration_s: float | None
    priority: int
    state: RequestState
    ticket: int
    fence: int
    starts: int
    not_before_at_s: float
    stage: str | None
    done: int
    total: int
    storyboard: str | None
    chosen: Recipe | None
    error: CodedError | None
    clip_id: int | None
    created_at_s: float
    begun_at_s: float | None
    ended_at_s: float | None


@dataclass(frozen=True, slots=True)
class Submission:
    """What became of an intake; `fresh` is False if the same event had been taken before."""

    request: Request
    fresh: bool


def submit(tx: Transaction, intake: NewRequest, limits: QuotaLimits) -> Submission:
    """Take a request and charge for it, once, however often the chat hands it in.

    Raises
    ------
    StorageError
        Banned, or a quota is spent; then nothing is written.
    """
    source_id = sources.add(tx, intake.source)
    work_s = _work_s(intake.prices, intake.recipe, intake.estimated_s, intake.source.kind, intake.source.bytes)
    request_id = tx.connection.execute(
        insert(requests)
        .values(
            platform=intake.platform,
            event_id=intake.event_id,
            user_id=intake.person_id,
            chat_id=intake.chat_id,
            channel=intake.channel,
            message=intake.message,
            language=intake.language,
            source_id=source_id,
            recipe=intake.recipe.to_json(),
            parent_clip_id=intake.parent_clip_id,
            estimated_s=intake.estimated_s,
            work_s=work_s,
            prices=None if intake.prices is None else intake.prices.to_json(),
            max_bytes=intake.max_bytes,
            max_duration_s=intake.max_duration_s,
            priority=intake.priority,
            state=RequestState.QUEUED,
            not_before_at_s=tx.now_s,
            created_at_s=tx.now_s,
        )
        .on_conflict_do_nothing(index_elements=[requests.c.platform, requests.c.event_id])
        .returning(requests.c.id)
    ).scalar()
    if request_id is None:
        sources.discard(tx, source_id)
        [known] = _select(tx, requests.c.platform == intake.platform, requests.c.event_id == intake.event_id)
        return Submission(known, fresh=False)
    if people.is_banned(tx, intake.person_id, intake.chat_id):
        raise StorageError(RefusalCode.BANNED)
    quotas.debit(
        tx,
        request_id,
        user_id=intake.person_id,
        chat_id=intake.chat_id,
        seconds=intake.estimated_s if work_s is None else work_s,
        limits=limits.within(chats.get(tx, intake.chat_id).settings),
    )
    return Submission(get(tx, request_id), fresh=True)


def get(tx: Snapshot, request_id: int) -> Request:
    """Return a request.

    Raises
    ------
    StorageError
        ``NOT_FOUND``
    """
    for request in _select(tx, requests.c.id == request_id):
        return request
    raise StorageError(RefusalCode.NOT_FOUND, id=request_id)


def find(tx: Snapshot, platform: Platform, event_id: str) -> Request | None:
    """Return the request that an event has made, if it made one."""
    found = _select(tx, requests.c.platform == platform, requests.c.event_id == event_id)
    return found[0] if found else None


def latest_of(tx: Snapshot, platform: Platform, event_id: str, mark: str) -> Request | None:
    """Return the latest request that a message has made, as it was sent or edited since.

    Parameters
    ----------
    event_id : str
        That of the message as it was first sent.
    mark : str
        What the ids of its edits continue with.
    """
    edits = requests.c.event_id.between(event_id + mark, f"{event_id}{mark}~")
    found = _select(tx, requests.c.platform == platform, or_(requests.c.event_id == event_id, edits))
    return max(found, key=lambda request: request.id, default=None)


def open_on(tx: Snapshot, platform: Platform) -> tuple[Request, ...]:
    """Return all that people of a platform are waiting for, oldest first."""
    return _select(tx, requests.c.platform == platform, requests.c.state.in_(sorted(OPEN)))


def open_in(tx: Snapshot, chat_id: int) -> tuple[Request, ...]:
    """Return all that people of a chat are waiting for, oldest first."""
    return _select(tx, requests.c.chat_id == chat_id, requests.c.state.in_(sorted(OPEN)))


def open_of(tx: Snapshot, person_id: int) -> tuple[Request, ...]:
    """Return all that a person is waiting for, oldest first."""
    return _select(tx, requests.c.user_id == person_id, requests.c.state.in_(sorted(OPEN)))


# What a worker's attempt does. Each says whether it was still the attempt's to do; if not, nothing has changed.


def begin(tx: Transaction, job_id: int, ticket: int) -> Request | None:
    """Begin an attempt: its fence shuts out all attempts before it.

    Returns
    -------
    Request or None
        With the new fence; None if there is nothing to do: the ticket is an old one, the request is cancelled or
        made, or its workers died so often that it was given up (and the asker gets their quota back).
    """
    current = (requests.c.id == job_id, requests.c.ticket == ticket)
    worn_out = tx.connection.execute(select(requests.c.id).where(*current, requests.c.starts >= MAX_STARTS)).first()
    if worn_out is not None:
        _give_up(tx, *current)
        return None
    begun = change_request(
        tx,
        RequestState.FETCHING,
        *current,
        fence=requests.c.fence + 1,
        starts=requests.c.starts + 1,
        begun_at_s=tx.now_s,
        stage=None,
        done=0,
        total=0,
    )
    return None if begun is None else get(tx, job_id)


def is_current(tx: Snapshot, job_id: int, fence: int) -> bool:
    """Say whether an attempt is still wanted: not cancelled, not overtaken by another."""
    working = requests.c.state.in_((RequestState.FETCHING, RequestState.RENDERING))
    return tx.connection.execute(select(requests.c.id).where(*_attempt(job_id, fence), working)).first() is not None


def start_rendering(tx: Transaction, job_id: int, fence: int) -> bool:
    """Say that the sound is there."""
    return change_request(tx, RequestState.RENDERING, *_attempt(job_id, fence)) is not None


def settle(
    tx: Transaction, job_id: int, fence: int, seconds: float, limits: QuotaLimits, bytes_in: int | None = None
) -> bool:
    """Charge what the clip costs at its real length, at the prices at which it was taken.

    Parameters
    ----------
    seconds : float
        Its real length.
    bytes_in : int or None
        Size of its sound.

    Raises
    ------
    StorageError
        It costs more than what is left of a quota.
    """
    if not is_current(tx, job_id, fence):
        return False
    request = get(tx, job_id)
    text = tx.connection.execute(select(requests.c.prices).where(requests.c.id == job_id)).scalar()
    prices = None if text is None else PriceTable.from_json(text)
    work_s = _work_s(prices, request.recipe, seconds, request.source.kind, bytes_in)
    chat = chats.get(tx, request.chat_id)
    for_its_sound_s = 0.0
    if prices is not None and bytes_in is not None:
        for_its_sound_s = prices.sound_s(is_link=request.source.kind == "link", bytes_in=bytes_in)
    cost_s = seconds if work_s is None else work_s
    quotas.settle(tx, job_id, cost_s, limits.within(chat.settings), for_its_sound_s=for_its_sound_s)
    tx.connection.execute(update(requests).where(requests.c.id == job_id).values(work_s=work_s))
    return True


def progress(tx: Transaction, job_id: int, fence: int, stage: str, done: int, total: int) -> bool:
    """Write down how far the attempt is."""
    working = requests.c.state.in_((RequestState.FETCHING, RequestState.RENDERING))
    statement = update(requests).where(*_attempt(job_id, fence), working).values(stage=stage, done=done, total=total)
    return tx.connection.execute(statement.returning(requests.c.id)).first() is not None


def show_storyboard(tx: Transaction, job_id: int, fence: int, path: str, recipe: Recipe) -> bool:
    """Write down which scenes were chosen and where the picture of them lies, long before there is a clip."""
    working = requests.c.state.in_((RequestState.FETCHING, RequestState.RENDERING))
    statement = update(requests).where(*_attempt(job_id, fence), working)
    shown = statement.values(storyboard=path, chosen=recipe.to_json()).returning(requests.c.id)
    return tx.connection.execute(shown).first() is not None


def finish_render(tx: Transaction, job_id: int, fence: int, clip: NewClip) -> Clip | None:
    """Hand in the clip; its row and its delivery are written together. None if another attempt was faster."""
    if change_request(tx, RequestState.RENDERED, *_attempt(job_id, fence)) is None:
        return None
    request = get(tx, job_id)
    made = add_clip(
        tx,
        clip,
        request_id=job_id,
        parent_clip_id=request.parent_clip_id,
        user_id=request.person_id,
        chat_id=request.chat_id,
        source_id=request.source.id,
        title=request.source.title,
    )
    deliveries.add_for_request(tx, job_id, "clip", clip_id=made.id)
    return made


def fail(tx: Transaction, job_id: int, fence: int, error: CodedError) -> bool:
    """End it without a clip: refund, and tell the asker why."""
    return _end_without_clip(tx, RequestState.FAILED, error, *_attempt(job_id, fence))


def retry(tx: Transaction, job_id: int, fence: int, *, after_s: float) -> bool:
    """Try once more later, as often as `MAX_STARTS` allows."""
    attempt = _attempt(job_id, fence)
    if not is_current(tx, job_id, fence):
        return False
    if get(tx, job_id).starts >= MAX_STARTS:
        return _give_up(tx, *attempt)
    later = {"not_before_at_s": tx.now_s + after_s, "stage": None, "done": 0, "total": 0}
    return change_request(tx, RequestState.QUEUED, *attempt, **later) is not None


def hand_back(tx: Transaction, job_id: int, fence: int) -> bool:
    """Put it back into the queue uncharged: the worker drains, the request is not to blame."""
    uncharged = {"starts": requests.c.starts - 1, "stage": None, "done": 0, "total": 0}
    return change_request(tx, RequestState.QUEUED, *_attempt(job_id, fence), **uncharged) is not None


def cancel(tx: Transaction, job_id: int) -> bool:
    """Cancel on the asker's wish; False if it was too late, the clip being made, or ended otherwise.

    It is cancelled at once, also while a worker is at it: the attempt's writes fail from here on, and it stops when
    it sees that (`is_current`).
    """
    return _end_without_clip(tx, RequestState.CANCELLED, PipelineError(ErrorCode.CANCELLED), requests.c.id == job_id)


def _work_s(
    prices: PriceTable | None, recipe: Recipe, length_s: float, kind: str, bytes_in: int | None
) -> float | None:
    """Return what a request costs in seconds of work; None where it was taken without prices."""
    return None if prices is None else prices.clip_s(recipe, length_s, is_link=kind == "link", bytes_in=bytes_in)


def _attempt(job_id: int, fence: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return requests.c.id == job_id, requests.c.fence == fence


def _give_up(tx: Transaction, *where: ColumnElement[bool]) -> bool:
    return _end_without_clip(tx, RequestState.DEAD, StorageError(RefusalCode.GAVE_UP, starts=MAX_STARTS), *where)


def _end_without_clip(tx: Transaction, new: RequestState, error: CodedError, *where: ColumnElement[bool]) -> bool:
    """End a request, give the asker their quota back and a word about why.

    What was spent for their sound is not given back where the fault lies with it, or where they have cancelled.
    """
    ended_id = change_request(tx, new, *where, error_code=error.code, error_facts=error.facts, ended_at_s=tx.now_s)
    if ended_id is None:
        return False
    quotas.refund(tx, ended_id, all_of_it=isinstance(error, StorageError) or error.code in OUR_FAULTS)
    deliveries.add_for_request(tx, ended_id, "notice")
    return True


_FIELDS = tuple(
    column
    for column in requests.c
    if column.name in Request.__dataclass_fields__ and column.name not in ("source", "recipe", "chosen", "state")
)


def _select(tx: Snapshot, *where: ColumnElement[bool]) -> tuple[Request, ...]:
    query: Select[Any] = (
        select(
            *_FIELDS,
            requests.c.user_id.label("person_id"),
            users.c.external_id.label("asker_id"),
            users.c.name.label("asker_name"),
            chat_rows.c.external_id.label("chat"),
            clip_rows.c.id.label("clip_id"),
            requests.c.source_id,
            requests.c.recipe,
            requests.c.chosen,
            requests.c.state,
            requests.c.error_code,
            requests.c.error_facts,
        )
        .join(users, users.c.id == requests.c.user_id)
        .join(chat_rows, chat_rows.c.id == requests.c.chat_id)
        .outerjoin(clip_rows, clip_rows.c.id == requests.c.id)
        .where(*where)
        .order_by(requests.c.id)
    )
    return tuple(_request(tx, row) for row in tx.connection.execute(query).all())


def _request(tx: Snapshot, row: Row[Any]) -> Request:
    values = dict(row._mapping)
    error = _error(values.pop("error_code"), values.pop("error_facts"))
    source = sources.get(tx, values.pop("source_id"))
    recipe = Recipe.from_json(values.pop("recipe"))
    chosen = values.pop("chosen")
    return Request(
        **values
        | {
            "error": error,
            "source": source,
            "recipe": recipe,
            "chosen": None if chosen is None else Recipe.from_json(chosen),
            "state": RequestState(row.state),
        }
    )


def _error(code: str | None, facts: Mapping[str, Any] | None) -> CodedError | None:
    if code is None:
        return None
    # A tuple of words comes back from JSON as a list.
    known: dict[str, Fact] = {
        name: tuple(fact) if isinstance(fact, list) else fact for name, fact in (facts or {}).items()
    }
    if code in set(ErrorCode):
        return PipelineError(ErrorCode(code), **known)
    return StorageError(RefusalCode(code), **known)
