"""Everything around the making of clips: help, themes, queue, quota, language, what is stored and how it goes away."""

from __future__ import annotations

from bot.chat.actions import Action
from bot.chat.answers import Accepted, Answer, EditMessage, Say, Toast
from bot.chat.errors import BotCode, BotError
from bot.chat.events import ButtonPress, Command
from bot.chat.port import Posted, Screen
from bot.handlers.context import Context, number_in
from bot.screens import pages
from bot.screens.messages import LANGUAGES, say
from bot.usecases.access import require_cancelling, require_owner
from pipeline.fetch.health import WINDOW_S, healths
from pipeline.themes.themes import curated_themes, resolve_theme, search_themes
from storage.clips import clips
from storage.errors import RefusalCode, StorageError
from storage.people import people
from storage.requests import fetches, quotas, release, requests
from storage.requests.quotas import Spending
from storage.requests.requests import Request
from storage.upkeep import forget, stats

_THEMES_SHOWN = 12
_CLIPS_SHOWN = 10
AUTO = "auto"


def help_(context: Context, command: Command) -> Answer:
    """Say what the bot does."""
    actor = context.actor
    page = pages.help_page(context.voice, may_configure=actor.runs_the_chat, is_owner=actor.is_owner)
    return Say(page)


def themes(context: Context, command: Command) -> Answer:
    """List the themes picked by hand, or search all there are."""
    query = _only_option(command, "query")
    if not query:
        return Say(pages.themes_page(curated_themes(), "", context.voice))
    found = search_themes(query, _THEMES_SHOWN, context.language)
    if not found:
        resolve_theme(query, context.language)  # says what may have been meant, by refusing this one
    return Say(pages.themes_page(found, query, context.voice))


def queue(context: Context, command: Command) -> Answer:
    """Say what this chat is waiting for."""
    with context.services.database.read() as tx:
        here = () if context.chat is None else requests.open_in(tx, context.chat.id)
        positions = release.queue_positions(tx)
    return Say(pages.queue_page(here, positions, context.language))


def quota(context: Context, command: Command) -> Answer:
    """Say what was spent today."""
    nothing = Spending(0, 0.0)
    with context.services.database.read() as tx:
        mine = nothing if context.person is None else quotas.spent_by_user(tx, context.person.id)
        ours = nothing if context.chat is None else quotas.spent_by_chat(tx, context.chat.id)
        waiting = 0 if context.person is None else len(requests.open_of(tx, context.person.id))
    limits = context.services.policy.quotas.within(context.settings)
    return Say(pages.quota_page(mine, ours, limits, waiting, context.incoming.origin.private, context.language))


def mine(context: Context, command: Command) -> Answer:
    """List the asker's latest clips."""
    with context.services.database.read() as tx:
        made = () if context.person is None else clips.made_by(tx, context.person.id, _CLIPS_SHOWN)
    return Say(pages.mine_page(made, context.language))


def cancel(context: Context, command: Command) -> Answer:
    """Cancel a request: the one that is named, or the asker's only one."""
    typed = _only_option(command, "request")
    if typed:
        return Say(Screen(_cancel(context, number_in(typed))))
    with context.services.database.read() as tx:
        open_ones = () if context.person is None else requests.open_of(tx, context.person.id)
    if not open_ones:
        raise BotError(BotCode.NOTHING_TO_CANCEL)
    if len(open_ones) > 1:
        return Say(pages.cancel_page(open_ones, context.language))
    return Say(Screen(_cancel(context, open_ones[0].id)))


def cancel_pressed(context: Context, press: ButtonPress, action: Action) -> Answer:
    """Cancel the request that the button belongs to."""
    return Toast(_cancel(context, action.subject))


def language(context: Context, command: Command) -> Answer:
    """Choose the language that the bot speaks with the asker."""
    wanted = _only_option(command, "language").lower()
    if not wanted:
        return Say(Screen(say("settings.language_which", context.voice, known=(*LANGUAGES, AUTO))))
    if wanted not in (*LANGUAGES, AUTO):
        raise BotError(BotCode.NO_SUCH_LANGUAGE, value=wanted[:20], known=(*LANGUAGES, AUTO))
    chosen = None if wanted == AUTO else wanted
    sender = context.incoming.sender
    with context.services.database.write() as tx:
        person = people.get_or_create(tx, context.incoming.platform, sender.id, sender.name)
        people.choose_language(tx, person.id, chosen)
    if chosen is None:
        return Say(Screen(say("settings.language_auto", context.language)))
    return Say(Screen(say("settings.language_person", chosen)))


def privacy(context: Context, command: Command) -> Answer:
    """Say what is stored."""
    return Say(pages.privacy_page(context.services.policy.media_days, context.language))


def forget_(context: Context, command: Command) -> Answer:
    """Ask whether everything that is stored of the asker is to be deleted."""
    if context.person is None:
        return Say(pages.forgotten_page(0, context.language))
    return Say(pages.forget_question(context.person.id, context.language))


def forget_pressed(context: Context, press: ButtonPress, action: Action) -> Answer:
    """Delete everything that is stored of the asker, if it was they who were asked."""
    if context.person is None or context.person.id != action.subject:
        raise BotError(BotCode.NOT_FOR_YOU)
    with context.services.database.write() as tx:
        in_a_menu = context.pressed_a_menu(tx)
        unmade = requests.open_of(tx, context.person.id)
        forgotten = forget.forget(tx, context.person.id)
    for request in unmade:
        context.services.cancel_hint(request.id, request.ticket)
    for folder in forgotten.folders:
        context.services.media.remove(folder)
    context.services.database.shed_log()
    page = pages.forgotten_page(forgotten.clips, context.language)
    waiting = tuple(Posted(message.chat, message.message, message.channel) for message in forgotten.waiting)
    return EditMessage(page, remove=waiting) if in_a_menu else Say(page)


def stats_(context: Context, command: Command) -> Answer:
    """Say how the bot is doing, to its owner."""
    require_owner(context.actor)
    with context.services.database.read() as tx:
        collected = stats.collect(tx)
        sites = healths(fetches.latest(tx, within_s=WINDOW_S), tx.now_s)
    return Say(pages.stats_page(collected, sites, context.language))


def close(context: Context, press: ButtonPress, action: Action) -> Answer:
    """Take a menu away."""
    with context.services.database.read() as tx:
        in_a_menu = context.pressed_a_menu(tx)
    return Accepted(say("note.closed", context.language), status=False, close=in_a_menu)


def _cancel(context: Context, request_id: int) -> str:
    """Cancel a request, and say so."""
    with context.services.database.write() as tx:
        request = _request_here(context, requests.get(tx, request_id))
        require_cancelling(context.actor, asker_id=request.person_id, chat_id=request.chat_id)
        if not requests.cancel(tx, request.id):
            raise BotError(BotCode.TOO_LATE)
    context.services.cancel_hint(request.id, request.ticket)
    return say("note.cancelled", context.language)


def _request_here(context: Context, request: Request) -> Request:
    """Return a request of this chat or of the asker's; others do not exist for them."""
    known = request.person_id == context.actor.person_id or request.chat_id == context.actor.chat_id
    if not (known or context.actor.is_owner):
        raise StorageError(RefusalCode.NOT_FOUND, id=request.id)
    return request


def _only_option(command: Command, name: str) -> str:
    """Return the one thing that a command takes, typed as an option or as its words."""
    if command.options is not None:
        return command.options.get(name, "").strip()
    words = command.words.strip()
    return words.removeprefix(f"{name}:").strip()
