"""``/relay`` and the buttons of a relay."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.chat.actions import Action
from bot.chat.answers import About, Answer, Change, Download, Nothing, Say
from bot.chat.errors import DeskCode, DeskError
from bot.chat.events import Command, Press
from bot.chat.port import Posted, Screen
from bot.handlers.context import Visit, number_in
from bot.handlers.new_clip import discard, prepare, sound_of, wish_of
from bot.handlers.remix import ask
from bot.screens.relay import over_screen, relay_screen
from bot.usecases import relay as relaying
from bot.usecases.recipes import new_recipe
from bot.usecases.suggestions import categories_to_offer
from pipeline.fetch.link import Link
from pipeline.themes.categories import Category
from pipeline.themes.themes import resolve_theme
from storage.database.transactions import Transaction
from storage.outbox import posted_messages
from storage.people.people import Platform
from storage.requests import relays
from storage.requests.relays import Relay

_PEOPLE = re.compile(r"\s*(\d{1,3})(?=\s|$)")
_OFFERED = 6


def relay(visit: Visit, command: Command) -> Answer:
    """Call for a relay on the sound that is sent along or replied to."""
    visit.require_asking()
    scenes, command = _people(command)
    wish = wish_of(command)
    sound = sound_of(visit, command, wish)
    start_s = sound.start_s if isinstance(sound, Link) else None
    recipe = new_recipe(wish, visit.settings, visit.tools.house, visit.tools.rng, start_s=start_s)
    prepared = prepare(visit, sound, recipe, reply_to=command.message, free=True)
    if isinstance(prepared, Download):
        return prepared
    try:
        with visit.tools.database.write() as tx:
            called = relaying.call(tx, visit.incoming, prepared.order, scenes, visit.tools.house, visit.language)
    except BaseException:
        discard(visit, prepared)
        raise
    if called.source.reference != prepared.order.source.reference:
        discard(visit, prepared)
    if called.message is not None:
        return Nothing()  # the same event once more
    return Say(screen_of(visit, called), private=False, about=About("relay", called.id))


def posted(tx: Transaction, platform: Platform, relay_id: int, message: Posted) -> None:
    """Remember the message of a relay: a reply to it is a pick."""
    relays.show_in(tx, relay_id, message.message)


def pick(visit: Visit, press: Press, action: Action) -> Answer:
    """Pick a suggested category."""
    if not action.arguments:
        raise DeskError(DeskCode.OLD_BUTTON)
    return pick_word(visit, action.subject, action.arguments[0], message=press.message)


def word(visit: Visit, press: Press, action: Action) -> Answer:
    """Ask for a category in a word, or pick it."""
    if press.text is None:
        return ask(visit, "ask.relay", action)
    return pick_word(visit, action.subject, press.text, message=press.message)


def pick_word(visit: Visit, relay_id: int, text: str, *, message: str | None) -> Answer:
    """Pick a category or any of a theme, and show who is next.

    Parameters
    ----------
    message : str or None
        Of the relay, if it was pressed there; words are a message of their own, and get an answer of their own.
    """
    with visit.tools.database.write() as tx:
        picked = relaying.pick(tx, relay_id, visit.incoming, text)
        there = _learn_message(tx, picked, message)
    screen = screen_of(visit, picked)
    return Change(screen) if there else Say(screen, private=False, about=About("relay", picked.id))


def now(visit: Visit, press: Press, action: Action) -> Answer:
    """Render with what has been picked so far."""
    limit = visit.incoming.where.upload_limit_bytes
    return _end(
        visit, press, action, lambda tx, called: relaying.hurry(tx, called, visit.visitor, visit.tools.house, limit)
    )


def stop(visit: Visit, press: Press, action: Action) -> Answer:
    """End the relay without a clip."""
    return _end(visit, press, action, lambda tx, called: relaying.stop(tx, called, visit.visitor))


def screen_of(visit: Visit, called: Relay) -> Screen:
    """Show a relay with suggestions for whoever is next."""
    return relay_screen(called, suggestions(called), visit.language, visit.tools.house.relay_s)


def suggestions(called: Relay) -> Sequence[Category]:
    """Return what the next one may pick: the same until somebody has picked."""
    rng = random.Random(f"{called.id}:{len(called.picks)}")
    near = [pick.category for pick in called.picks[-2:]]
    if not near:
        near = rng.sample(resolve_theme(called.wish.theme).categories, 1)
    return categories_to_offer(near, rng, _OFFERED)


def _end(visit: Visit, press: Press, action: Action, how: Callable[[Transaction, Relay], Relay]) -> Answer:
    with visit.tools.database.write() as tx:
        called = relays.get(tx, action.subject)
        relaying.require_played_here(called, visit.incoming)
        there = _learn_message(tx, called, press.message)
        called = how(tx, relays.get(tx, called.id))
    screen = over_screen(called, visit.language)
    return Change(screen) if there else Say(screen, private=False)


def _learn_message(tx: Transaction, called: Relay, message: str | None) -> bool:
    """Tell whether a button was pressed under the relay's own message, and remember which message that is.

    The adapter says so once it is posted (`Desk.posted`); where it could not, whoever presses a button first does.
    """
    if message is None or posted_messages.find(tx, called.platform, called.chat, message) is not None:
        return False
    if called.message is None:
        relays.show_in(tx, called.id, message)
    return called.message in (None, message)


def _people(command: Command) -> tuple[int, Command]:
    """Return how many are to pick, and the command without that number."""
    if command.options is not None:
        return number_in(command.options.get("people", str(relaying.USUAL))), command
    if (match := _PEOPLE.match(command.words)) is None:
        return relaying.USUAL, command
    return int(match[1]), replace(command, words=command.words[match.end() :])
