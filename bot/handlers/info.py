"""Everything around the making of clips: help, themes, queue, quota, language, what is stored and how it goes away."""

from __future__ import annotations

from bot.chat.actions import Action
from bot.chat.answers import Accepted, Answer, Change, Say, Toast
from bot.chat.errors import DeskCode, DeskError
from bot.chat.events import Command, Press
from bot.chat.port import Posted, Screen
from bot.handlers.context import Visit, number_in
from bot.screens import pages
from bot.screens.messages import LANGUAGES, say
from bot.usecases.access import require_cancelling, require_owner
from pipeline.themes.themes import curated_themes, resolve_theme, search_themes
from storage.clips import clips
from storage.errors import RefusalCode, StorageError
from storage.people import people
from storage.requests import quotas, release, requests
from storage.requests.quotas import Spending
from storage.requests.requests import Request
from storage.upkeep import forget, stats

_THEMES_SHOWN = 12
_CLIPS_SHOWN = 10
AUTO = "auto"


def help_(visit: Visit, command: Command) -> Answer:
    """Say what the bot does."""
    visitor = visit.visitor
    page = pages.help_page(visit.language, may_configure=visitor.runs_the_chat, is_owner=visitor.is_owner)
    return Say(page)


def themes(visit: Visit, command: Command) -> Answer:
    """List the themes picked by hand, or search all there are."""
    query = _only_option(command, "query")
    if not query:
        return Say(pages.themes_page(curated_themes(), "", visit.language))
    found = search_themes(query, _THEMES_SHOWN)
    if not found:
        resolve_theme(query)  # says what may have been meant, by refusing this one
    return Say(pages.themes_page(found, query, visit.language))


def queue(visit: Visit, command: Command) -> Answer:
    """Say what this chat is waiting for."""
    with visit.tools.database.read() as tx:
        here = () if visit.chat is None else requests.open_in(tx, visit.chat.id)
        positions = release.queue_positions(tx)
    return Say(pages.queue_page(here, positions, visit.language))


def quota(visit: Visit, command: Command) -> Answer:
    """Say what was spent today."""
    nothing = Spending(0, 0.0)
    with visit.tools.database.read() as tx:
        mine = nothing if visit.person is None else quotas.spent_by_user(tx, visit.person.id)
        ours = nothing if visit.chat is None else quotas.spent_by_chat(tx, visit.chat.id)
        waiting = 0 if visit.person is None else len(requests.open_of(tx, visit.person.id))
    limits = visit.tools.house.quotas.within(visit.settings)
    return Say(pages.quota_page(mine, ours, limits, waiting, visit.incoming.where.private, visit.language))


def mine(visit: Visit, command: Command) -> Answer:
    """List the visitor's latest clips."""
    with visit.tools.database.read() as tx:
        made = () if visit.person is None else clips.made_by(tx, visit.person.id, _CLIPS_SHOWN)
    return Say(pages.mine_page(made, visit.language))


def cancel(visit: Visit, command: Command) -> Answer:
    """Cancel a request: the one that is named, or the visitor's only one."""
    typed = _only_option(command, "request")
    if typed:
        return Say(Screen(_cancel(visit, number_in(typed))))
    with visit.tools.database.read() as tx:
        open_ones = () if visit.person is None else requests.open_of(tx, visit.person.id)
    if not open_ones:
        raise DeskError(DeskCode.NOTHING_TO_CANCEL)
    if len(open_ones) > 1:
        return Say(pages.cancel_page(open_ones, visit.language))
    return Say(Screen(_cancel(visit, open_ones[0].id)))


def cancel_pressed(visit: Visit, press: Press, action: Action) -> Answer:
    """Cancel the request that the button belongs to."""
    return Toast(_cancel(visit, action.subject))


def language(visit: Visit, command: Command) -> Answer:
    """Choose the language that the bot speaks with the visitor."""
    wanted = _only_option(command, "language").lower()
    if not wanted:
        return Say(Screen(say("settings.language_which", visit.language, known=(*LANGUAGES, AUTO))))
    if wanted not in (*LANGUAGES, AUTO):
        raise DeskError(DeskCode.NO_SUCH_LANGUAGE, value=wanted[:20], known=(*LANGUAGES, AUTO))
    chosen = None if wanted == AUTO else wanted
    sender = visit.incoming.sender
    with visit.tools.database.write() as tx:
        person = people.meet(tx, visit.incoming.platform, sender.id, sender.name)
        people.choose_language(tx, person.id, chosen)
    if chosen is None:
        return Say(Screen(say("settings.language_auto", visit.language)))
    return Say(Screen(say("settings.language_person", chosen)))


def privacy(visit: Visit, command: Command) -> Answer:
    """Say what is stored."""
    return Say(pages.privacy_page(visit.tools.house.media_days, visit.language))


def forget_(visit: Visit, command: Command) -> Answer:
    """Ask whether everything that is stored of the visitor is to be deleted."""
    if visit.person is None:
        return Say(pages.forgotten_page(0, visit.language))
    return Say(pages.forget_question(visit.person.id, visit.language))


def forget_pressed(visit: Visit, press: Press, action: Action) -> Answer:
    """Delete everything that is stored of the visitor, if it was they who were asked."""
    if visit.person is None or visit.person.id != action.subject:
        raise DeskError(DeskCode.NOT_FOR_YOU)
    with visit.tools.database.write() as tx:
        in_a_menu = visit.pressed_a_menu(tx)
        unmade = requests.open_of(tx, visit.person.id)
        forgotten = forget.forget(tx, visit.person.id)
    for request in unmade:
        visit.tools.cancel_hint(request.id, request.ticket)
    page = pages.forgotten_page(forgotten.clips, visit.language)
    waiting = tuple(Posted(message.chat, message.message, message.channel) for message in forgotten.waiting)
    return Change(page, remove=waiting) if in_a_menu else Say(page)


def stats_(visit: Visit, command: Command) -> Answer:
    """Say how the bot is doing, to its owner."""
    require_owner(visit.visitor)
    with visit.tools.database.read() as tx:
        collected = stats.collect(tx)
    return Say(pages.stats_page(collected, visit.language))


def close(visit: Visit, press: Press, action: Action) -> Answer:
    """Take a menu away."""
    with visit.tools.database.read() as tx:
        in_a_menu = visit.pressed_a_menu(tx)
    return Accepted(say("note.closed", visit.language), status=False, close=in_a_menu)


def _cancel(visit: Visit, request_id: int) -> str:
    """Cancel a request, and say so."""
    with visit.tools.database.write() as tx:
        request = _request_here(visit, requests.get(tx, request_id))
        require_cancelling(visit.visitor, asker_id=request.person_id, chat_id=request.chat_id)
        if not requests.cancel(tx, request.id):
            raise DeskError(DeskCode.TOO_LATE)
    visit.tools.cancel_hint(request.id, request.ticket)
    return say("note.cancelled", visit.language)


def _request_here(visit: Visit, request: Request) -> Request:
    """Return a request of this chat or of the visitor's; others do not exist for them."""
    known = request.person_id == visit.visitor.person_id or request.chat_id == visit.visitor.chat_id
    if not (known or visit.visitor.is_owner):
        raise StorageError(RefusalCode.NOT_FOUND, id=request.id)
    return request


def _only_option(command: Command, name: str) -> str:
    """Return the one thing that a command takes, typed as an option or as its words."""
    if command.options is not None:
        return command.options.get(name, "").strip()
    words = command.words.strip()
    return words.removeprefix(f"{name}:").strip()
