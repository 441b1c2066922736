"""The one message that shows how a request is getting on, from the queue to its end."""

from __future__ import annotations

from pathlib import Path

from bot.chat.actions import Action
from bot.chat.port import Button, Screen
from bot.screens.messages import say
from bot.screens.pieces import bar, name_of, percent, reason, theme_of
from pipeline.errors import CodedError, ErrorCode
from pipeline.themes.theme_of_the_day import theme_of_the_day
from storage.clips.clips import Clip
from storage.requests.requests import Request
from storage.states import RequestState

_STAGES = {"fetching", "analyzing", "loading", "storyboard", "encoding"}
_ETA_STEPS_S = (5, 10, 30, 60)


def waiting(
    request: Request,
    language: str,
    *,
    position: int | None = None,
    eta_s: float | None = None,
    picture: Path | None = None,
) -> Screen:
    """Show a request that is under way.

    Parameters
    ----------
    position : int or None
        How many are before it in the queue.
    eta_s : float or None
        Seconds until it is drawn, as far as its pace tells.
    picture : Path or None
        Its storyboard, once there is one.
    """
    lines = [_heading(request, language), _line(request, language, position, eta_s)]
    if request.state in (RequestState.QUEUED, RequestState.RELEASED) and (work_s := known_work_s(request)) is not None:
        lines.append(say("waiting.costs", language, work_s=rounded_work_s(work_s)))
    if request.recipe.theme == theme_of_the_day(request.created_at_s):
        lines.append(say("waiting.of_the_day", language))
    cancel = Button(say("button.cancel", language), str(Action("cancel", request.id)))
    return Screen("\n".join(lines), ((cancel,),), picture=picture)


def price_note(note: str, work_s: float | None, left_s: float | None, language: str) -> str:
    """Say behind a note what a request costs, and what is left for today."""
    if work_s is None:
        return note
    if left_s is None:
        return f"{note} {say('note.costs', language, work_s=rounded_work_s(work_s))}"
    return f"{note} {say('note.costs_of', language, work_s=rounded_work_s(work_s), left_s=left_s)}"


def known_work_s(request: Request) -> float | None:
    """Return what a request costs; None as long as nobody knows how long its clip will be."""
    lengths_s = (request.recipe.duration_s, request.source.duration_s)
    return request.work_s if any(length_s is not None for length_s in lengths_s) else None


def rounded_work_s(work_s: float) -> float:
    """Round what is an estimate: whole seconds, and from two minutes on whole minutes."""
    return max(1.0, round(work_s)) if work_s < 120 else 60.0 * round(work_s / 60)


def ended(request: Request, language: str, picture: Path | None = None) -> Screen:
    """Show a request that ended without a clip, and why."""
    assert request.error is not None
    return Screen(f"{_heading(request, language)}\n{_why(request.error, language)}", picture=picture)


def too_large(clip: Clip, language: str, limit_bytes: int, picture: Path | None = None) -> Screen:
    """Offer a lower size of a clip that the chat does not take, not even encoded once more."""
    text = say("waiting.too_large", language, limit_bytes=limit_bytes)
    smaller = Button(say("button.smaller", language), str(Action("smaller", clip.id)), "good")
    return Screen(f"{_heading_of(clip, language)}\n{text}", ((smaller,),), picture=picture)


def unsent(clip: Clip, language: str, picture: Path | None = None) -> Screen:
    """Say that the chat does not take the clip, and how it can be had all the same."""
    return Screen(f"{_heading_of(clip, language)}\n{say('waiting.unsent', language, id=clip.id)}", picture=picture)


def rounded_eta_s(eta_s: float) -> float:
    """Round up to a step that is no finer than anybody needs, so that the message seldom changes."""
    step_s = next((step for step in _ETA_STEPS_S if eta_s <= 12 * step), _ETA_STEPS_S[-1])
    return max(1, -(-eta_s // step_s)) * step_s


def _heading(request: Request, language: str) -> str:
    name = name_of(request.asker_name, language)
    return say("waiting.heading", language, theme=theme_of(request.recipe.theme), name=name)


def _heading_of(clip: Clip, language: str) -> str:
    name = name_of(clip.maker_name, language)
    return say("waiting.heading", language, theme=theme_of(clip.recipe.theme), name=name)


def _line(request: Request, language: str, position: int | None, eta_s: float | None) -> str:
    match request.state:
        case RequestState.QUEUED if position:
            return say("waiting.queued", language, position=position)
        case RequestState.QUEUED:
            return say("waiting.next", language)
        case RequestState.RELEASED:
            return say("waiting.released", language)
        case _ if request.stage == "rendering":
            facts = {"bar": bar(request.done, request.total), "percent": percent(request.done, request.total)}
            if eta_s is None:
                return say("waiting.rendering", language, **facts)
            return say("waiting.rendering_eta", language, eta_s=rounded_eta_s(eta_s), **facts)
        case _ if request.stage in _STAGES:
            return say(f"waiting.{request.stage}", language)
        case _:
            return say("waiting.released", language)


def _why(error: CodedError, language: str) -> str:
    return ("🚫 " if error.code is ErrorCode.CANCELLED else "⚠️ ") + reason(error, language)
