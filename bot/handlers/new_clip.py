"""``/ganterpret``: a new clip of a sound."""

from __future__ import annotations

from dataclasses import replace

from bot.chat.answers import Answer, Download
from bot.chat.events import Command
from bot.chat.markup import escape
from bot.chat.wishes import options_of
from bot.handlers.context import Context
from bot.screens.messages import say
from bot.usecases.recipes import new_recipe
from bot.usecases.sound_choice import pieces_meant
from pipeline.fetch.link import Link
from storage.clips.clips import Clip


def ganterpret(context: Context, command: Command) -> Answer:
    """Make a clip of the sound that is sent along or replied to."""
    if (taken := context.orders.already_taken()) is not None:
        return taken
    context.require_asking()
    options = options_of(command)
    sound = context.sound_of(command, options)
    start_s = sound.start_s if isinstance(sound, Link) else None
    usual = context.usual_theme(options, sound)
    recipe = new_recipe(
        options, context.settings, context.services.policy, context.services.rng, start_s=start_s, usual_theme=usual
    )
    parent = sound.id if isinstance(sound, Clip) else None
    prepared = context.orders.prepare(sound, recipe, parent_clip_id=parent, reply_to=command.message)
    if isinstance(prepared, Download):
        return prepared
    taken = context.orders.take(prepared)
    pieces = (
        pieces_meant(command, options.links, context.services.policy.allow_hosts) if isinstance(sound, Link) else ()
    )
    if len(pieces) < 2:
        return taken
    note = say("note.first_of_several", context.language, count=len(pieces), link=escape(pieces[0].url))
    return replace(taken, note=note, status=False)
