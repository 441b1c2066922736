"""One event at the dispatcher, with everything that answering it may need."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.chat.errors import BotCode, BotError
from bot.chat.events import Attachment, ButtonPress, Command, Incoming, Said, TextMessage
from bot.chat.grammar import RecipeOptions
from bot.chat.words.guess import language_of
from bot.screens.messages import LANGUAGES, voice
from bot.usecases.access import Actor, require_asking, require_seeing
from bot.usecases.orders import Orders
from bot.usecases.policy import Policy
from bot.usecases.sound_choice import SoundReference, sound_of
from pipeline.recipe import Recipe
from pipeline.themes.theme_of_the_day import named_in, theme_of_the_day
from storage.clips import clips
from storage.clips.clips import Clip
from storage.clips.media import MediaStore
from storage.database.transactions import Database, Snapshot
from storage.outbox import posted_messages
from storage.outbox.posted_messages import Role
from storage.people import chats, people
from storage.people.chats import Chat, ChatSettings
from storage.people.people import Person
from storage.requests import relays, requests

_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Services:
    """What handlers work with.

    Attributes
    ----------
    recognize : callable
        Names the kind of a file by its first bytes, or refuses it.
    read_recipe : callable
        Reads the recipe out of a clip of ours, or refuses it.
    cancel_hint : callable
        Told job and ticket of a request that was cancelled.
    """

    database: Database
    media: MediaStore
    policy: Policy
    rng: random.Random
    recognize: Callable[[Path], object]
    read_recipe: Callable[[Path], Recipe]
    cancel_hint: Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Context:
    """Somebody says something somewhere.

    Attributes
    ----------
    file : Path or None
        The bytes that an earlier answer asked for.
    language : str
        To answer in.
    person, chat : Person or None, Chat or None
        As written down; None where nothing was ever asked. Looking at the menu writes nobody down.
    """

    services: Services
    incoming: Incoming
    file: Path | None
    language: str
    person: Person | None
    chat: Chat | None
    actor: Actor

    @property
    def voice(self) -> str:
        """The language as it is spoken in this chat: sentences that teach a gesture teach the chat's own."""
        return voice(self.language, self.incoming.platform)

    @property
    def settings(self) -> ChatSettings:
        """What the chat's admins have set."""
        return ChatSettings() if self.chat is None else self.chat.settings

    @property
    def longest_s(self) -> float:
        """The longest clip that may be asked for here."""
        return self.services.policy.longest_s(self.settings)

    @property
    def orders(self) -> Orders:
        """Where clips are ordered."""
        services = self.services
        return Orders(
            services.database,
            services.media,
            services.policy,
            services.recognize,
            self.incoming,
            self.file,
            self.language,
            self.longest_s,
        )

    def sound_of(self, command: Command, options: RecipeOptions) -> SoundReference | Clip:
        """Return the sound that a command means.

        Raises
        ------
        BotError, PipelineError
            See `bot.usecases.sound_choice.sound_of`.
        """

        def clip_in(message: str) -> Clip | None:
            with self.services.database.read() as tx:
                return self.clip_in(tx, message)

        return sound_of(command, options.links, self.services.policy.allow_hosts, clip_in)

    def usual_theme(self, options: RecipeOptions, sound: SoundReference | Clip) -> str:
        """Return what a sound shows where nobody says what: what its title plainly names, else the theme of the day."""
        titles = (options.title, *((sound.title, sound.name) if isinstance(sound, Attachment) else (None,)))
        named = (named_in(title, self.language) for title in titles if title)
        return next(filter(None, named), None) or theme_of_the_day(self.services.database.clock())

    def require_asking(self) -> None:
        """Let the asker ask for clips here, or refuse."""
        banned = False
        if self.person is not None and self.chat is not None:
            with self.services.database.read() as tx:
                banned = people.is_banned(tx, self.person.id, self.chat.id)
        elif self.person is not None:
            banned = self.person.banned
        require_asking(self.actor, self.settings, banned=banned)

    def clip(self, tx: Snapshot, clip_id: int) -> Clip:
        """Return a clip that the asker may see.

        Raises
        ------
        StorageError
            ``NOT_FOUND``, also where it is not for their eyes.
        """
        clip = clips.get(tx, min(clip_id, _LARGEST_ID))
        shown_here = self.chat is not None and posted_messages.is_shown(tx, clip.id, self.chat.id)
        require_seeing(self.actor, clip, shown_here=shown_here)
        return clip

    def clip_in(self, tx: Snapshot, message: str | None) -> Clip | None:
        """Return the clip that a message of this chat shows, or is about."""
        if message is None:
            return None
        posted = posted_messages.find(tx, self.incoming.platform, self.incoming.origin.chat, message)
        if posted is None:
            return None
        clip_id = posted.clip_id or posted.request_id  # a clip has its request's number
        if clip_id is None:
            return None
        if posted.clip_id is None and requests.get(tx, clip_id).clip_id is None:
            return None
        return clips.get(tx, clip_id)

    def message_of(self, tx: Snapshot, clip: Clip) -> str | None:
        """Return the message of this chat that shows a clip, to reply to."""
        posted = posted_messages.of_request(tx, clip.id, Role.CLIP)
        return posted.message if posted is not None and posted.chat == self.incoming.origin.chat else None

    def pressed_a_menu(self, tx: Snapshot) -> bool:
        """Tell whether the pressed button is under a mere menu, which may be changed and taken away.

        A button's id can be made up by whoever presses: none may turn a clip or a status message into something else.
        """
        said = self.incoming.said
        if not isinstance(said, ButtonPress) or said.message is None or self.chat is None:
            return True
        platform, here = self.incoming.platform, self.incoming.origin
        relay = relays.gathering_in(tx, self.chat.id, here.channel)
        if relay is not None and relay.message == said.message:
            return False
        return posted_messages.find(tx, platform, here.chat, said.message) is None


def open_context(services: Services, incoming: Incoming, file: Path | None) -> Context:
    """Find out who is there, and what is known of them."""
    sender, where = incoming.sender, incoming.origin
    with services.database.read() as tx:
        person = people.find(tx, incoming.platform, sender.id)
        chat = chats.find(tx, incoming.platform, where.chat)
    return Context(
        services=services,
        incoming=incoming,
        file=file,
        language=spoken_language(
            person.language if person else None,
            chat.language if chat else None,
            sender.language,
            _language_of(incoming.said) if sender.language is None else None,
            services.policy.language,
        ),
        person=person,
        chat=chat,
        actor=Actor(
            person_id=person.id if person else None,
            chat_id=chat.id if chat else None,
            is_admin=sender.is_admin,
            is_owner=f"{incoming.platform}:{sender.id}" in services.policy.owners,
            in_private=where.private,
        ),
    )


def _language_of(said: Said) -> str | None:
    """Return the language of what somebody writes; Discord's messages do not tell that of who writes them."""
    match said:
        case TextMessage(text):
            return language_of(text)
        case Command(_, words):
            return language_of(words)
        case _:
            return None


def spoken_language(*wishes: str | None) -> str:
    """Return the first language of these that we speak; tags such as ``de-AT`` count as their language."""
    for wish in wishes:
        language = (wish or "").lower().replace("_", "-").split("-")[0]
        if language in LANGUAGES:
            return language
    return LANGUAGES[0]


def number_in(text: str) -> int:
    """Read ``#12`` or ``12`` as a clip's or a request's number.

    Raises
    ------
    BotError
        ``NOT_A_NUMBER``
    """
    digits = text.strip().removeprefix("#")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 19 and int(digits) <= _LARGEST_ID):
        raise BotError(BotCode.NOT_A_NUMBER, value=text.strip()[:40])
    return int(digits)
