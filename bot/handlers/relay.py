"""``/relay`` and the buttons of a relay."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.chat.actions import Action
from bot.chat.answers import About, Answer, Download, EditMessage, Nothing, Say
from bot.chat.errors import BotCode, BotError
from bot.chat.events import ButtonPress, Command
from bot.chat.port import Posted, Screen
from bot.chat.wishes import PEOPLE, options_of
from bot.handlers.context import Context, number_in
from bot.screens.questions import ask
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

_OFFERED = 6


def relay(context: Context, command: Command) -> Answer:
    """Call for a relay on the sound that is sent along or replied to."""
    context.require_asking()
    scenes, command = _people(command)
    options = options_of(command)
    sound = context.sound_of(command, options)
    start_s = sound.start_s if isinstance(sound, Link) else None
    usual = context.usual_theme(options, sound)
    recipe = new_recipe(
        options, context.settings, context.services.policy, context.services.rng, start_s=start_s, usual_theme=usual
    )
    prepared = context.orders.prepare(sound, recipe, reply_to=command.message, free=True)
    if isinstance(prepared, Download):
        return prepared
    try:
        with context.services.database.write() as tx:
            called = relaying.call(
                tx, context.incoming, prepared.order, scenes, context.services.policy, context.language
            )
    except BaseException:
        context.orders.discard(prepared)
        raise
    if called.source.reference != prepared.order.source.reference:
        context.orders.discard(prepared)
    if called.message is not None:
        return Nothing()  # the same event once more
    return Say(screen_of(context, called), private=False, about=About("relay", called.id))


def posted(tx: Transaction, platform: Platform, relay_id: int, message: Posted) -> None:
    """Remember the message of a relay: a reply to it is a pick."""
    relays.show_in(tx, relay_id, message.message)


def pick(context: Context, press: ButtonPress, action: Action) -> Answer:
    """Pick a suggested category."""
    if not action.arguments:
        raise BotError(BotCode.OLD_BUTTON)
    return pick_word(context, action.subject, action.arguments[0], message=press.message)


def word(context: Context, press: ButtonPress, action: Action) -> Answer:
    """Ask for a category in a word, or pick it."""
    if press.text is None:
        return ask("ask.relay", context.language, action)
    return pick_word(context, action.subject, press.text, message=press.message)


def pick_word(context: Context, relay_id: int, text: str, *, message: str | None) -> Answer:
    """Pick a category or any of a theme, and show who is next.

    Parameters
    ----------
    message : str or None
        The relay's message, if it was pressed there; words are a message of their own, and get an answer of their own.
    """
    with context.services.database.write() as tx:
        picked = relaying.pick(tx, relay_id, context.incoming, text)
        there = _learn_message(tx, picked, message)
    screen = screen_of(context, picked)
    return EditMessage(screen) if there else Say(screen, private=False, about=About("relay", picked.id))


def now(context: Context, press: ButtonPress, action: Action) -> Answer:
    """Render with what has been picked so far."""
    limit = context.incoming.origin.upload_limit_bytes
    return _end(
        context,
        press,
        action,
        lambda tx, called: relaying.hurry(tx, called, context.actor, context.services.policy, limit),
    )


def stop(context: Context, press: ButtonPress, action: Action) -> Answer:
    """End the relay without a clip."""
    return _end(context, press, action, lambda tx, called: relaying.stop(tx, called, context.actor))


def screen_of(context: Context, called: Relay) -> Screen:
    """Show a relay with suggestions for whoever is next."""
    return relay_screen(called, suggestions(called), context.language, context.services.policy.relay_s)


def suggestions(called: Relay) -> Sequence[Category]:
    """Return what the next one may pick: the same until somebody has picked."""
    rng = random.Random(f"{called.id}:{len(called.picks)}")
    near = [pick.category for pick in called.picks[-2:]]
    if not near:
        near = rng.sample(resolve_theme(called.recipe.theme).categories, 1)
    return categories_to_offer(near, rng, _OFFERED)


def _end(context: Context, press: ButtonPress, action: Action, how: Callable[[Transaction, Relay], Relay]) -> Answer:
    with context.services.database.write() as tx:
        called = relays.get(tx, action.subject)
        relaying.require_played_here(called, context.incoming)
        there = _learn_message(tx, called, press.message)
        called = how(tx, relays.get(tx, called.id))
    screen = over_screen(called, context.language)
    return EditMessage(screen) if there else Say(screen, private=False)


def _learn_message(tx: Transaction, called: Relay, message: str | None) -> bool:
    """Tell whether a button was pressed under the relay's own message, and remember which message that is.

    The adapter says so once it is posted (`Dispatcher.posted`); where it could not, the first press does.
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
    if (match := PEOPLE.match(command.words)) is None:
        return relaying.USUAL, command
    return int(match[1]), replace(command, words=command.words[match.end() :])
