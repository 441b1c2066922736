"""``/ganterpret``: a new clip of a sound."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bot.chat.answers import Accepted, Answer, Download
from bot.chat.errors import BotCode, BotError
from bot.chat.events import Attachment, Command
from bot.chat.grammar import RecipeOptions, option_named, options_from, parse_options
from bot.handlers.context import Context
from bot.screens.messages import say
from bot.usecases import submit
from bot.usecases.recipes import estimated_s, new_recipe
from bot.usecases.sound_choice import SoundReference, of_clip, replied_to, require_reach, sent_along
from bot.usecases.submit import ClipOrder
from pipeline.errors import ErrorCode, PipelineError
from pipeline.fetch.link import Link
from pipeline.recipe import Recipe
from storage.clips.clips import Clip
from storage.requests import requests
from storage.requests.sources import NewSource

_NOT_OF_THE_RECIPE = frozenset({"link", "file", "clip", "people"})
_SPOKEN = re.compile(r"voice|audio|record", re.IGNORECASE)


def ganterpret(context: Context, command: Command) -> Answer:
    """Make a clip of the sound that is sent along or replied to."""
    if (taken := already_taken(context)) is not None:
        return taken
    context.require_asking()
    options = options_of(command)
    sound = sound_of(context, command, options)
    start_s = sound.start_s if isinstance(sound, Link) else None
    recipe = new_recipe(options, context.settings, context.services.policy, context.services.rng, start_s=start_s)
    parent = sound.id if isinstance(sound, Clip) else None
    prepared = prepare(context, sound, recipe, parent_clip_id=parent, reply_to=command.message)
    return prepared if isinstance(prepared, Download) else take(context, prepared)


def options_of(command: Command, *, but: Mapping[str, str] | None = None) -> RecipeOptions:
    """Read what a command wishes for, typed freely or in options.

    Parameters
    ----------
    but : mapping, optional
        Options to use instead of the command's.
    """
    if command.options is None:
        return parse_options(command.words)
    options = command.options if but is None else but
    wished = {option_named(name): value for name, value in options.items() if name not in _NOT_OF_THE_RECIPE}
    return options_from(wished, link=options.get("link"))


def sound_of(context: Context, command: Command, options: RecipeOptions) -> SoundReference | Clip:
    """Return the sound that a command means: its own, else that of the message it replies to.

    Raises
    ------
    BotError
        ``NO_SOUND`` or ``TWO_SOUNDS``
    """
    hosts = context.services.policy.allow_hosts
    own = sent_along(options.link, command.attachments, hosts)
    if own is not None:
        return own
    if command.reply_to is not None:
        with context.services.database.read() as tx:
            clip = context.clip_in(tx, command.reply_to.id)
        if clip is not None:
            return clip
        if (replied := replied_to(command.reply_to, hosts)) is not None:
            return replied
    raise BotError(BotCode.NO_SOUND)


@dataclass(frozen=True, slots=True)
class Prepared:
    """An order that only has to be taken; `kept` is the file that was put into the media store for it."""

    order: ClipOrder
    kept: str | None = None


def prepare(
    context: Context,
    sound: SoundReference | Clip,
    recipe: Recipe,
    *,
    parent_clip_id: int | None = None,
    reply_to: str | None = None,
    free: bool = False,
) -> Prepared | Download:
    """Make an order of a sound and a recipe; ask for the sound's bytes first where they lie with the chat.

    All that can be refused is refused before anything is downloaded.

    Parameters
    ----------
    free : bool
        Whether it is an order that is charged later (a relay).
    """
    policy = context.services.policy
    kept = None
    if isinstance(sound, Attachment):
        require_reach(sound, policy)
        if context.file is None:
            told = ClipOrder(NewSource("file", ""), recipe, estimated_s(recipe, sound.duration_s, context.longest_s))
            if not free:
                submit.dry_run(context.services.database, context.incoming, told, policy)
            return Download(sound)
        info = context.services.probe(context.file)
        length_s = estimated_s(recipe, info.duration_s, context.longest_s)
        kept = context.services.media.keep_sound(context.file)
        title = sound.title or info.title or _title(sound.name)
        source = NewSource("file", kept, title, context.file.stat().st_size, info.duration_s)
    elif isinstance(sound, Clip):
        with context.services.database.read() as tx:
            source = of_clip(tx, sound)
        same_part = (recipe.start_s, recipe.duration_s) == (sound.recipe.start_s, sound.recipe.duration_s)
        if not same_part:
            length_s = estimated_s(recipe, source.duration_s, context.longest_s)
        elif sound.duration_s > context.longest_s:
            raise PipelineError(ErrorCode.TOO_LONG, limit_s=context.longest_s)
        else:
            length_s = sound.duration_s
    else:
        source = NewSource.link(sound.url)
        length_s = estimated_s(recipe, None, context.longest_s)
    return Prepared(ClipOrder(source, recipe, length_s, parent_clip_id, reply_to), kept)


def take(context: Context, prepared: Prepared, *, note: str = "note.accepted", close: bool = False) -> Accepted:
    """Take an order; where it is refused, the file that was kept for it goes again."""
    services = context.services
    try:
        with services.database.write() as tx:
            request = submit.submit(tx, context.incoming, prepared.order, services.policy, context.language)
    except BaseException:
        discard(context, prepared)
        raise
    if request.source.reference != prepared.order.source.reference:
        discard(context, prepared)
    return Accepted(say(note, context.language), close=close)


def discard(context: Context, prepared: Prepared) -> None:
    """Delete a file that was kept for an order which is not taken."""
    if prepared.kept is not None:
        with suppress(OSError):
            context.services.media.remove(str(PurePosixPath(prepared.kept).parent))


def already_taken(context: Context) -> Accepted | None:
    """Answer an event that the chat repeats like the first time."""
    with context.services.database.read() as tx:
        known = requests.find(tx, context.incoming.platform, context.incoming.event_id)
    return None if known is None else Accepted(say("note.accepted", context.language))


def _title(file_name: str | None) -> str | None:
    """Return a file's name as a title, where it says anything."""
    stem = Path(file_name).stem if file_name else ""
    return stem if stem and not _SPOKEN.match(stem) else None
