"""What can be asked about a clip that exists: see it again, its poster, its recipe, its family, its end."""

from __future__ import annotations

from bot.chat.actions import Action
from bot.chat.answers import About, Accepted, Answer, EditMessage, Say
from bot.chat.errors import BotCode, BotError
from bot.chat.events import ButtonPress, Command
from bot.chat.port import Posted, Screen
from bot.handlers.context import Context, number_in
from bot.screens.clip import delete_question, family_screen, poster_screen, recipe_screen
from bot.screens.messages import say
from bot.usecases.access import require_deleting
from storage.clips import clips
from storage.clips.clips import Clip
from storage.database.transactions import Snapshot, Transaction
from storage.errors import StorageError
from storage.outbox import deliveries, posted_messages
from storage.outbox.posted_messages import Role
from storage.people import chats, people
from storage.people.people import Platform
from storage.requests import quotas


def show(context: Context, command: Command) -> Answer:
    """Post a clip again, without rendering it."""
    with context.services.database.read() as tx:
        clip = _meant(context, tx, command)
    return _show(context, clip, reply_to=command.message)


def show_pressed(context: Context, press: ButtonPress, action: Action) -> Answer:
    """Post a clip from a list again."""
    with context.services.database.read() as tx:
        clip = context.clip(tx, action.subject)
    return _show(context, clip, reply_to=None)


def poster(context: Context, press: ButtonPress, action: Action) -> Answer:
    """Post a clip's poster."""
    with context.services.database.read() as tx:
        clip = context.clip(tx, action.subject)
    if clip.poster is None or clip.media_removed or not (path := context.services.media.path(clip.poster)).exists():
        raise BotError(BotCode.FILES_GONE, id=clip.id)
    return Say(poster_screen(clip, path, context.language), private=False, about=About("poster", clip.id))


def poster_posted(tx: Transaction, platform: Platform, clip_id: int, message: Posted) -> None:
    """Remember the message of a poster: a reply to it means its clip, and it goes when the clip goes."""
    posted_messages.add(
        tx,
        chat_id=chats.get_or_create(tx, platform, message.chat).id,
        channel=message.channel,
        message=message.message,
        role=Role.POSTER,
        clip_id=clips.get(tx, clip_id).id,
    )


def recipe(context: Context, press: ButtonPress, action: Action) -> Answer:
    """Show a clip's recipe."""
    with context.services.database.read() as tx:
        clip = context.clip(tx, action.subject)
    return Say(recipe_screen(clip, context.voice))


def family(context: Context, command: Command) -> Answer:
    """Draw a clip's family tree."""
    with context.services.database.read() as tx:
        clip = _meant(context, tx, command)
        members = clips.family(tx, clip.id)
        visible = frozenset(member.clip.id for member in members if _is_visible(context, tx, member.clip))
    return Say(family_screen(members, clip.id, visible, context.language), private=False)


def delete(context: Context, press: ButtonPress, action: Action) -> Answer:
    """Ask whether a clip is to be deleted, if whoever asks may."""
    with context.services.database.read() as tx:
        clip = context.clip(tx, action.subject)
    require_deleting(context.actor, clip)
    return Say(delete_question(clip, context.language))


def delete_pressed(context: Context, press: ButtonPress, action: Action) -> Answer:
    """Delete a clip and take its messages away."""
    with context.services.database.write() as tx:
        clip = context.clip(tx, action.subject)
        require_deleting(context.actor, clip)
        in_a_menu = context.pressed_a_menu(tx)
        messages = posted_messages.of_clip(tx, clip.id)
        clips.delete(tx, clip.id)
    screen = Screen(say("clip.deleted", context.language, id=clip.id))
    gone = tuple(Posted(message.chat, message.message, message.channel) for message in messages)
    # Pressed elsewhere than in the menu, the message is one of those that go.
    return EditMessage(screen, remove=gone) if in_a_menu else EditMessage(screen)


def _show(context: Context, clip: Clip, *, reply_to: str | None) -> Answer:
    incoming = context.incoming
    with context.services.database.write() as tx:
        remembered = posted_messages.file_id(tx, clip.id, incoming.platform)
        if remembered is None and (clip.media_removed or not context.services.media.path(clip.video).exists()):
            raise BotError(BotCode.FILES_GONE, id=clip.id)
        chat = chats.get_or_create(tx, incoming.platform, incoming.origin.chat, incoming.origin.title)
        fresh = deliveries.show(
            tx,
            clip.id,
            platform=incoming.platform,
            event_id=incoming.event_id,
            chat_id=chat.id,
            channel=incoming.origin.channel,
            reply_to=reply_to,
            language=context.language,
        )
        prices = context.services.policy.prices_today(tx)
        if fresh and prices is not None:
            person = people.get_or_create(tx, incoming.platform, incoming.sender.id, incoming.sender.name)
            cost_s = prices.show_s(0 if remembered else clip.bytes)
            limits = context.services.policy.quotas.within(context.settings)
            quotas.charge(tx, "show", user_id=person.id, chat_id=chat.id, seconds=cost_s, limits=limits)
    return Accepted(say("note.coming", context.language), status=False)


def _meant(context: Context, tx: Snapshot, command: Command) -> Clip:
    """Return the clip that is named, or replied to."""
    number = command.words.strip() if command.options is None else command.options.get("clip", "").strip()
    if number:
        return context.clip(tx, number_in(number))
    clip = context.clip_in(tx, command.reply_to.id) if command.reply_to is not None else None
    if clip is None:
        raise BotError(BotCode.NO_CLIP_MEANT)
    return clip


def _is_visible(context: Context, tx: Snapshot, clip: Clip) -> bool:
    if clip.deleted:
        return False
    try:
        context.clip(tx, clip.id)
    except StorageError:
        return False
    return True
