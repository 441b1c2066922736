"""What can be asked about a clip that exists: see it again, its poster, its recipe, its family, its end."""

from __future__ import annotations

from bot.chat.actions import Action
from bot.chat.answers import About, Accepted, Answer, Change, Say, Toast
from bot.chat.errors import DeskCode, DeskError
from bot.chat.events import Command, Press
from bot.chat.port import Posted, Screen
from bot.handlers.context import Visit, number_in
from bot.screens.clip import delete_question, family_screen, poster_screen, recipe_screen
from bot.screens.messages import say
from bot.usecases.access import require_cancelling, require_deleting
from storage.clips import clips
from storage.clips.clips import Clip
from storage.database.transactions import Snapshot, Transaction
from storage.errors import RefusalCode, StorageError
from storage.outbox import deliveries, posted_messages
from storage.outbox.posted_messages import Role
from storage.people import chats
from storage.people.people import Platform
from storage.requests import requests


def show(visit: Visit, command: Command) -> Answer:
    """Post a clip again, without rendering it."""
    with visit.tools.database.read() as tx:
        clip = _meant(visit, tx, command)
    return _show(visit, clip, reply_to=command.message)


def show_pressed(visit: Visit, press: Press, action: Action) -> Answer:
    """Post a clip from a list again."""
    with visit.tools.database.read() as tx:
        clip = visit.clip(tx, action.subject)
    return _show(visit, clip, reply_to=None)


def poster(visit: Visit, press: Press, action: Action) -> Answer:
    """Post a clip's poster."""
    with visit.tools.database.read() as tx:
        clip = visit.clip(tx, action.subject)
    if clip.poster is None or clip.media_removed or not (path := visit.tools.media.path(clip.poster)).exists():
        raise DeskError(DeskCode.FILES_GONE, id=clip.id)
    return Say(poster_screen(clip, path, visit.language), private=False, about=About("poster", clip.id))


def poster_posted(tx: Transaction, platform: Platform, clip_id: int, message: Posted) -> None:
    """Remember the message of a poster: a reply to it means its clip, and it goes when the clip goes."""
    posted_messages.add(
        tx,
        chat_id=chats.meet(tx, platform, message.chat).id,
        channel=message.channel,
        message=message.message,
        role=Role.POSTER,
        clip_id=clips.get(tx, clip_id).id,
    )


def recipe(visit: Visit, press: Press, action: Action) -> Answer:
    """Show a clip's recipe."""
    with visit.tools.database.read() as tx:
        clip = visit.clip(tx, action.subject)
    return Say(recipe_screen(clip, visit.language))


def family(visit: Visit, command: Command) -> Answer:
    """Draw a clip's family tree."""
    with visit.tools.database.read() as tx:
        clip = _meant(visit, tx, command)
        members = clips.family(tx, clip.id)
        visible = frozenset(member.clip.id for member in members if _is_visible(visit, tx, member.clip))
    return Say(family_screen(members, clip.id, visible, visit.language), private=False)


def delete(visit: Visit, press: Press, action: Action) -> Answer:
    """Ask whether a clip is to be deleted, if whoever asks may."""
    with visit.tools.database.read() as tx:
        clip = visit.clip(tx, action.subject)
    require_deleting(visit.visitor, clip)
    return Say(delete_question(clip, visit.language))


def delete_pressed(visit: Visit, press: Press, action: Action) -> Answer:
    """Delete a clip and take its messages away."""
    with visit.tools.database.write() as tx:
        clip = visit.clip(tx, action.subject)
        require_deleting(visit.visitor, clip)
        in_a_menu = visit.pressed_a_menu(tx)
        messages = posted_messages.of_clip(tx, clip.id)
        clips.delete(tx, clip.id)
    screen = Screen(say("clip.deleted", visit.language, id=clip.id))
    gone = tuple(Posted(message.chat, message.message, message.channel) for message in messages)
    # Pressed elsewhere than in the menu, the message is one of those that go.
    return Change(screen, remove=gone) if in_a_menu else Change(screen)


def resend(visit: Visit, press: Press, action: Action) -> Answer:
    """Send a clip that may have arrived or not (again); for who asked, and admins."""
    with visit.tools.database.write() as tx:
        delivery = deliveries.get(tx, action.subject)
        if delivery.request_id is None:
            raise StorageError(RefusalCode.NOT_FOUND, id=delivery.id)
        request = requests.get(tx, delivery.request_id)
        require_cancelling(visit.visitor, asker_id=request.person_id, chat_id=request.chat_id)
        if not deliveries.resend(tx, delivery.id):
            raise DeskError(DeskCode.OLD_BUTTON)
    return Toast(say("note.resending", visit.language))


def _show(visit: Visit, clip: Clip, *, reply_to: str | None) -> Answer:
    incoming = visit.incoming
    with visit.tools.database.write() as tx:
        remembered = posted_messages.file_id(tx, clip.id, incoming.platform)
        if remembered is None and (clip.media_removed or not visit.tools.media.path(clip.video).exists()):
            raise DeskError(DeskCode.FILES_GONE, id=clip.id)
        chat = chats.meet(tx, incoming.platform, incoming.where.chat, incoming.where.title)
        deliveries.show(
            tx,
            clip.id,
            platform=incoming.platform,
            event_id=incoming.event_id,
            chat_id=chat.id,
            channel=incoming.where.channel,
            reply_to=reply_to,
            language=visit.language,
        )
    return Accepted(say("note.coming", visit.language), status=False)


def _meant(visit: Visit, tx: Snapshot, command: Command) -> Clip:
    """Return the clip that is named, or replied to."""
    number = command.words.strip() if command.options is None else command.options.get("clip", "").strip()
    if number:
        return visit.clip(tx, number_in(number))
    clip = visit.clip_in(tx, command.reply_to.id) if command.reply_to is not None else None
    if clip is None:
        raise DeskError(DeskCode.NO_CLIP_MEANT)
    return clip


def _is_visible(visit: Visit, tx: Snapshot, clip: Clip) -> bool:
    if clip.deleted:
        return False
    try:
        visit.clip(tx, clip.id)
    except StorageError:
        return False
    return True
