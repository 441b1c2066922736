"""The dispatcher: the one place that takes what comes in from a chat and says what is to be answered.

How an adapter uses it::

    answer = await asyncio.to_thread(dispatcher.answer, incoming)
    if isinstance(answer, Download):
        # acknowledge first (Discord: defer), then fetch the bytes into a temporary file
        try:
            path = ...  # of the bytes of answer.attachment
        except SomeFailure:
            answer = await asyncio.to_thread(dispatcher.download_failed, incoming)
        else:
            answer = await asyncio.to_thread(dispatcher.answer, incoming, path)  # the file may be deleted after this
    match answer: ...  # one of `bot.chat.answers`

It is quick (some reads, one short write transaction), never raises for anything that a person did, and may be called
again with the same event: asking twice is asking once. Whatever takes time, status messages and clips, is posted by
the outbox (`bot.delivery.outbox`), which is woken through ``wake``.

What an adapter hands in: every ``/command`` (a caption on a file counts as one), every press of a button, every text
box that was sent; as `TextMessage` every reply to a message of ours, everything in which the bot is called by its
name, and everything that is said to it in private, files with or without words included. What that means is read here
(`bot.chat.reader`), for all chats alike. As `Added`, that the bot has come into a chat.

While somebody types an option that has ``suggests``, ``dispatcher.suggest`` completes it.
The message that came of ``Say(…, about=…)`` is reported with ``dispatcher.posted``, a group that moved with
``dispatcher.moved``.
``bot.chat.menu`` lists the commands and options that exist.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.chat.actions import Action, parse_action
from bot.chat.answers import About, Accepted, Answer, AskText, Download, EditMessage, Nothing, Say, Toast
from bot.chat.errors import BotCode, BotError
from bot.chat.events import EDITED, Added, ButtonPress, Command, Incoming, TextMessage
from bot.chat.menu import ALIASES
from bot.chat.port import Posted, Screen
from bot.chat.wishes import wished
from bot.handlers import admin, clip_actions, info, new_clip, remix, talk
from bot.handlers import relay as relaying
from bot.handlers.context import Context, Services, open_context, spoken_language
from bot.screens.messages import say
from bot.screens.pages import refusal
from bot.screens.pieces import reason
from bot.usecases.policy import Policy
from bot.usecases.suggestions import complete
from pipeline.errors import CodedError
from pipeline.media.media_type import media_type
from pipeline.media.tags import read_recipe
from pipeline.recipe import Recipe
from storage.clips import clips
from storage.clips.media import MediaStore
from storage.database.transactions import Database, Transaction
from storage.errors import RefusalCode, StorageError
from storage.outbox import posted_messages
from storage.people import chats, conversations, people
from storage.people.people import Platform
from storage.requests import relays, requests
from storage.states import RequestState

log = logging.getLogger(__name__)

MOST_SUGGESTIONS = 25
LONGEST_SUGGESTION = 100
_QUESTION_LASTS_S = 600.0
_QUESTION = "word"
_NOT_BEGUN = frozenset({RequestState.QUEUED, RequestState.RELEASED})

COMMANDS: Mapping[str, Callable[[Context, Command], Answer]] = {
    "ganterpret": new_clip.ganterpret,
    "remix": remix.remix,
    "relay": relaying.relay,
    "help": info.help_,
    "themes": info.themes,
    "show": clip_actions.show,
    "family": clip_actions.family,
    "mine": info.mine,
    "queue": info.queue,
    "cancel": info.cancel,
    "quota": info.quota,
    "language": info.language,
    "privacy": info.privacy,
    "forget": info.forget_,
    "settings": admin.settings,
    "ban": admin.ban,
    "unban": admin.unban,
    "stats": info.stats_,
}

PRESSES: Mapping[str, Callable[[Context, ButtonPress, Action], Answer]] = {
    "cancel": info.cancel_pressed,
    "smaller": remix.smaller,
    "reroll": remix.reroll,
    "theme": remix.theme,
    "theme_is": remix.theme_is,
    "theme_word": remix.theme_word,
    "scene": remix.scene,
    "scene_page": remix.scene_page,
    "scene_is": remix.scene_is,
    "scene_word": remix.scene_word,
    "poster": clip_actions.poster,
    "recipe": clip_actions.recipe,
    "delete": clip_actions.delete,
    "delete_yes": clip_actions.delete_pressed,
    "show": clip_actions.show_pressed,
    "relay": relaying.pick,
    "relay_word": relaying.word,
    "relay_now": relaying.now,
    "relay_stop": relaying.stop,
    "forget_yes": info.forget_pressed,
    "offer": lambda context, press, action: _offered(context, press, action),
    "close": info.close,
}

POSTED: Mapping[str, Callable[[Transaction, Platform, int, Posted], None]] = {
    "poster": clip_actions.poster_posted,
    "relay": relaying.posted,
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A completion: what is shown, and the value that is sent; at most 100 characters each."""

    label: str
    value: str


class Dispatcher:
    """Answers events; see the module's text.

    Parameters
    ----------
    database, media
        Where requests are written down, and where files that were sent along are kept.
    policy : Policy
    wake : callable
        Tells the outbox, from any thread, that there is something to say.
    cancel_hint : callable
        Tells the engine which job and ticket is not wanted any more.
    rng : random.Random
        Where new seeds and suggestions come from.
    recognize, read_recipe : callable
        What looks into files: see `Services`.
    """

    def __init__(
        self,
        database: Database,
        media: MediaStore,
        policy: Policy,
        *,
        wake: Callable[[], None] = lambda: None,
        cancel_hint: Callable[[int, int], None] = lambda _job_id, _ticket: None,
        rng: random.Random | None = None,
        recognize: Callable[[Path], object] = media_type,
        read_recipe: Callable[[Path], Recipe] = read_recipe,
    ) -> None:
        self._wake = wake
        self._services = Services(
            database=database,
            media=media,
            policy=policy,
            rng=rng or random.SystemRandom(),
            recognize=recognize,
            read_recipe=read_recipe,
            cancel_hint=cancel_hint,
        )

    def answer(self, incoming: Incoming, file: Path | None = None) -> Answer:
        """Return what is to be answered.

        Parameters
        ----------
        incoming : Incoming
        file : Path, optional
            The bytes of the attachment that an earlier answer of `Download` asked for.
        """
        context = open_context(self._services, incoming, file)
        try:
            answer = self._answer(context) if incoming.edits is None else self._edited(context, incoming.edits)
        except CodedError as error:
            return _refused(context, error)
        except Exception:
            log.exception("answering %s of %s broke", type(incoming.said).__name__, incoming.platform)
            return _refused(context, StorageError(RefusalCode.BROKE))
        if isinstance(answer, AskText):
            self._remember_question(context, answer)
        if isinstance(answer, Accepted | EditMessage | Toast):
            self._wake()
        return answer

    def download_failed(self, incoming: Incoming) -> Answer:
        """Return what is to be said where the chat did not hand out a file."""
        return _refused(open_context(self._services, incoming, None), BotError(BotCode.DOWNLOAD_FAILED))

    def language_of(self, incoming: Incoming) -> str:
        """Return the language to answer in: the person's own, else the chat's, else that of their chat program."""
        return open_context(self._services, incoming, None).language

    def suggest(self, option: str, typed: str, incoming: Incoming | None = None) -> Sequence[Suggestion]:
        """Complete what somebody is typing into an option; at most 25, none for options without ``suggests``.

        Parameters
        ----------
        incoming : Incoming or None
            Who is typing, and where: their clips are offered, and words of their chat program's language go first.
        """
        typed = typed[:LONGEST_SUGGESTION]
        if option == "clip":
            return [] if incoming is None else self._clips_of(incoming, typed)
        language = None if incoming is None else spoken_language(incoming.sender.language)
        found = complete(option, typed, MOST_SUGGESTIONS, language)
        return [Suggestion(name, name) for name in found if len(name) <= LONGEST_SUGGESTION]

    def _clips_of(self, incoming: Incoming, typed: str) -> Sequence[Suggestion]:
        """Return somebody's own latest clips, by number and theme."""
        with self._services.database.read() as tx:
            person = people.find(tx, incoming.platform, incoming.sender.id)
            made = () if person is None else clips.made_by(tx, person.id, 4 * MOST_SUGGESTIONS)
        labels = [(f"#{clip.id}", f"#{clip.id} {clip.recipe.theme}"[:LONGEST_SUGGESTION]) for clip in made]
        wanted = typed.strip().casefold()
        return [Suggestion(label, number) for number, label in labels if wanted in label.casefold()][:MOST_SUGGESTIONS]

    def posted(self, platform: Platform, about: About, message: Posted) -> None:
        """Write down which message shows what `Say.about` said."""
        try:
            with self._services.database.write() as tx:
                POSTED[about.what](tx, platform, about.id, message)
        except StorageError as error:
            log.info("%s %d is gone already: %s", about.what, about.id, error.code)

    def moved(self, platform: Platform, old_chat: str, new_chat: str) -> None:
        """Follow a chat that has got another id."""
        with self._services.database.write() as tx:
            chats.move(tx, platform, old_chat, new_chat)

    def _answer(self, context: Context) -> Answer:
        match context.incoming.said:
            case Command() as command:
                name = ALIASES.get(command.name, command.name)
                if name not in COMMANDS:
                    raise BotError(BotCode.UNKNOWN_COMMAND, name=command.name[:40])
                return COMMANDS[name](context, wished(command, context.language))
            case ButtonPress() as press:
                if press.text is not None:
                    self._question(context)  # a text box was the answer; no message will be
                return self._press(context, press)
            case TextMessage() as words:
                return self._words(context, words)
            case Added():
                return Say(Screen(say("talk.added", context.voice)), private=False)

    def _edited(self, context: Context, original: str) -> Answer:
        """Take the new words of a message in the place of the old, as long as nobody has begun with those.

        Only a wish or a command is worth an answer: whoever corrects their spelling elsewhere is not talked to again.
        """
        incoming = context.incoming
        with self._services.database.read() as tx:
            before = requests.latest_of(tx, incoming.platform, original, EDITED)
        if before is not None and before.event_id != incoming.event_id:
            if before.state not in _NOT_BEGUN or (context.person and before.person_id != context.person.id):
                return Nothing()
            if isinstance(incoming.said, TextMessage) and not talk.is_wish(context, incoming.said):
                return Nothing()
            with self._services.database.write() as tx:
                if not requests.cancel(tx, before.id):
                    return Nothing()
            self._services.cancel_hint(before.id, before.ticket)
            self._wake()
        answer = self._answer(context)
        said_again = isinstance(incoming.said, TextMessage) and not isinstance(answer, Accepted | Download)
        return Nothing() if said_again else answer

    def _press(self, context: Context, press: ButtonPress) -> Answer:
        action = parse_action(press.action)
        if action is None:
            raise BotError(BotCode.OLD_BUTTON)
        return PRESSES[action.verb](context, press, action)

    def _words(self, context: Context, words: TextMessage) -> Answer:
        """Take words for the answer to a question, for a pick in a relay, or for whatever they say."""
        may_answer = words.text.strip() and not words.attachments and context.file is None
        if may_answer and (context.incoming.origin.private or words.reply_to):
            if (action := self._question(context)) is not None:
                return self._press(context, ButtonPress(action, text=words.text))
            if words.reply_to and (relay_id := self._relay(context, words.reply_to)) is not None:
                return relaying.pick_word(context, relay_id, words.text, message=None)
        if (taken := context.orders.already_taken()) is not None:
            return taken
        understood = talk.understand(context, words)
        return COMMANDS[understood.name](context, understood) if isinstance(understood, Command) else understood

    def _remember_question(self, context: Context, question: AskText) -> None:
        """Remember what somebody is being asked, where the answer will be a message like any other."""
        sender, where = context.incoming.sender, context.incoming.origin
        with self._services.database.write() as tx:
            person = people.get_or_create(tx, context.incoming.platform, sender.id, sender.name)
            chat = chats.get_or_create(tx, context.incoming.platform, where.chat, where.title)
            conversations.ask(
                tx,
                person_id=person.id,
                chat_id=chat.id,
                kind=_QUESTION,
                notes={"action": question.action},
                lasts_s=_QUESTION_LASTS_S,
            )

    def _question(self, context: Context) -> str | None:
        """Return the action that somebody was asked for a word about, once."""
        if context.person is None or context.chat is None:
            return None
        with self._services.database.write() as tx:
            asked = conversations.find(tx, context.person.id, context.chat.id)
            if asked is None or asked.kind != _QUESTION or not conversations.answered(tx, asked.id):
                return None
        return str(asked.notes["action"])

    def _relay(self, context: Context, message: str) -> int | None:
        """Return the relay that a message of ours shows."""
        if context.chat is None:
            return None
        here = context.incoming.origin
        with self._services.database.read() as tx:
            relay = relays.gathering_in(tx, context.chat.id, here.channel)
            if relay is None or relay.message not in (None, message):
                return None
            # Nobody may have pressed a button of the relay yet; but a clip's message is none.
            if posted_messages.find(tx, context.incoming.platform, here.chat, message) is not None:
                return None
        return relay.id


def _offered(context: Context, press: ButtonPress, action: Action) -> Answer:
    """Do what a button offered to somebody who had not been understood; its message has then done its duty."""
    if (taken := context.orders.already_taken()) is not None:
        return taken
    command = talk.offered(context, press, action)
    answer = COMMANDS[command.name](context, command)
    if not isinstance(answer, Accepted):
        return answer
    with context.services.database.read() as tx:
        return replace(answer, close=context.pressed_a_menu(tx))


def _refused(context: Context, error: CodedError) -> Answer:
    """Say why not, as quietly as the chat can."""
    if isinstance(context.incoming.said, ButtonPress):
        return Toast(reason(error, context.voice))
    return Say(refusal(error, context.voice))
