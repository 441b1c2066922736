"""Words without a command: what they mean here, and what is offered where that cannot be told."""

from __future__ import annotations

from dataclasses import replace

from bot.chat.actions import Action
from bot.chat.answers import Answer, Nothing, Say
from bot.chat.errors import BotCode, BotError
from bot.chat.events import ButtonPress, Command, Message, TextMessage
from bot.chat.grammar import RecipeOptions
from bot.chat.links import find_links
from bot.chat.port import Screen
from bot.chat.reader.read import read
from bot.chat.reader.readings import LeaveAlone, Make, Order, Reading, Remix, SmallTalk, Unsure
from bot.chat.reader.room import Answered, Room
from bot.handlers.context import Context
from bot.screens.messages import say
from bot.screens.offers import offers_screen
from bot.usecases.offers import command_in, notes_of
from bot.usecases.sound_choice import is_video, may_hold_sound
from pipeline.errors import CodedError
from storage.clips import clips
from storage.clips.clips import Clip
from storage.people import chats, conversations, people

KIND = "offer"
_LASTS_S = 3600.0
_LONGEST_QUERY = 60  # characters; what is longer is known well enough to who said it


def understand(context: Context, words: TextMessage) -> Command | Answer:
    """Return the command that words are, or the answer to them."""
    room = _room(context, words)
    reading = read(words.text, room, context.language)
    match reading:
        case LeaveAlone():
            return Nothing()
        case SmallTalk(greeting):
            return Say(Screen(say("talk.greeting" if greeting else "talk.praise", context.voice)))
        case Order(name):
            return Command(name, message=words.message)
        case Make() | Remix() if (command := _command(context, words, room, reading)) is not None:
            return command
        case Make(options):
            return _without_sound(context, words, options)
        case Remix():
            raise BotError(BotCode.NO_CLIP_MEANT)
        case Unsure(query, offers):
            kind = "clip" if room.answers == "clip" else "sound" if room.answers == "sound" else "alone"
            shown = query and kind != "sound" and len(words.text) <= _LONGEST_QUERY
            said = words.text.strip() if shown else ""
            return _offer(context, words, room, say(f"unsure.{kind}", context.voice), said, offers)


def is_wish(context: Context, words: TextMessage) -> bool:
    """Tell whether words wish for a clip."""
    return isinstance(read(words.text, _room(context, words), context.language), Make | Remix)


def offered(context: Context, press: ButtonPress, action: Action) -> Command:
    """Return the command that a button offered to the person who was unsure.

    Raises
    ------
    BotError
        ``OLD_BUTTON`` or ``NOT_FOR_YOU``
    """
    if len(action.arguments) != 1:
        raise BotError(BotCode.OLD_BUTTON)
    with context.services.database.write() as tx:
        asked = None
        if context.person is not None and context.chat is not None:
            asked = conversations.find(tx, context.person.id, context.chat.id)
        if asked is None or asked.kind != KIND or asked.id != action.subject:
            of_others = conversations.is_open(tx, action.subject)
            raise BotError(BotCode.NOT_FOR_YOU if of_others else BotCode.OLD_BUTTON)
        choices = asked.notes["offers"]
        place = int(action.arguments[0]) if action.arguments[0].isdecimal() else len(choices)
        if place >= len(choices):
            raise BotError(BotCode.OLD_BUTTON)
        command = command_in(choices[place])
        # Where bytes have to be fetched first, the same press comes again with them.
        if context.file is not None or not _brings_a_file(command):
            conversations.answered(tx, asked.id)
    return command


def _brings_a_file(command: Command) -> bool:
    replied = () if command.reply_to is None else command.reply_to.attachments
    return any(map(may_hold_sound, (*command.attachments, *replied)))


def _room(context: Context, words: TextMessage) -> Room:
    sounds = sum(map(may_hold_sound, words.attachments))
    return Room(context.incoming.origin.private, words.mentioned, _answered(context, words), sounds)


def _answered(context: Context, words: TextMessage) -> Answered:
    """Say what the message is that somebody replies to."""
    replied = words.answered
    if words.reply_to is not None:
        with context.services.database.read() as tx:
            known = context.clip_in(tx, words.reply_to) is not None
        shows_clip = replied is not None and any(map(is_video, replied.attachments))
        return "clip" if known or shows_clip else "ours"
    if replied is None:
        return "nothing"
    has_sound = any(map(may_hold_sound, replied.attachments)) or find_links(replied.text).links
    return "sound" if has_sound else "other"


def _command(context: Context, words: TextMessage, room: Room, reading: Make | Remix) -> Command | None:
    """Return the command that a reading is here; None where what it needs is not there."""
    told = Command("ganterpret", attachments=words.attachments, message=words.message, wish=reading.options)
    if isinstance(reading, Make):
        told = replace(told, wish=replace(reading.options, title=reading.title))
        if not (room.sounds or reading.options.links or room.answers == "sound"):
            return None
        told = replace(told, reply_to=words.answered if room.answers == "sound" else None)
        return replace(told, name="remix") if _is_clip_of_ours(context, words) else told
    if room.answers == "clip":
        return replace(told, name="remix", reply_to=words.answered or Message(words.reply_to or ""))
    latest = _latest_clip(context)
    return None if latest is None else replace(told, name="remix", words=f"#{latest.id}")


def _is_clip_of_ours(context: Context, words: TextMessage) -> bool:
    """Tell whether the file that somebody sends, or forwards, is a clip of ours: then it is remixed."""
    if context.file is None or not any(map(is_video, words.attachments)):
        return False
    try:
        context.services.read_recipe(context.file)
    except CodedError:
        return False
    return True


def _latest_clip(context: Context) -> Clip | None:
    """Return what somebody made last, in a conversation with them alone."""
    if context.person is None or not context.incoming.origin.private:
        return None
    with context.services.database.read() as tx:
        return next(iter(clips.made_by(tx, context.person.id, 1)), None)


def _without_sound(context: Context, words: TextMessage, options: RecipeOptions) -> Answer:
    """Say that a sound is missing; where there is a clip that may have been meant, offer it."""
    replied = words.answered
    hidden = replied is not None and not replied.text.strip() and not replied.attachments
    if hidden and context.incoming.platform == "discord":
        return Say(Screen(say("talk.hidden_message", context.voice)))
    if _latest_clip(context) is None or not options.changes:
        raise BotError(BotCode.NO_SOUND)
    room = _room(context, words)
    return _offer(context, words, room, say("unsure.no_sound", context.voice), "", (Remix(options),))


def _offer(
    context: Context,
    words: TextMessage,
    room: Room,
    text: str,
    query: str,
    offers: tuple[Make | Remix | Order, ...],
) -> Answer:
    """Answer with what it may have been, as buttons that remember what was said."""
    possible: list[tuple[Reading, Command]] = []
    for offer in offers:
        command = Command(offer.name) if isinstance(offer, Order) else _command(context, words, room, offer)
        if command is not None:
            possible.append((offer, command))
    if not possible:
        return Say(offers_screen(text, query, (), 0, context.language))
    sender, where = context.incoming.sender, context.incoming.origin
    with context.services.database.write() as tx:
        person = people.get_or_create(tx, context.incoming.platform, sender.id, sender.name)
        chat = chats.get_or_create(tx, context.incoming.platform, where.chat, where.title)
        asked = conversations.ask(
            tx,
            person_id=person.id,
            chat_id=chat.id,
            kind=KIND,
            notes={"offers": [notes_of(command) for _, command in possible]},
            lasts_s=_LASTS_S,
        )
    return Say(offers_screen(text, query, [offer for offer, _ in possible], asked.id, context.language))
