"""The little world behind the Discord double: people, guilds, channels, messages, and what the bot gets to hear of it.

It is driven in people's words:

    guild = world.guild("Band", members=["Ada", "Bo"])
    bo = guild.member("Bo")
    wish = bo.slash("ganterpret", link="https://…", theme="primates")
    clip = await guild.general.wait_for(lambda m: m.video)
    bo.presses(clip, "🎲")
"""

from __future__ import annotations

import itertools
import mimetypes
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.doubles.changes import Changes
from tests.doubles.clock import Clock
from tests.doubles.discord import payloads
from tests.doubles.discord.permissions import ALL, EVERYONE, bits
from tests.doubles.discord.rules import COMPONENTS_V2, LOADING, SELECTS, TEXT_DISPLAY, VOICE_MESSAGE, walk
from tests.doubles.screen import Bubble, clock_time, draw_screen, one_line

if TYPE_CHECKING:
    from tests.doubles.discord.interactions import Interaction, Participant

Json = dict[str, Any]
MIB = 1 << 20
EPOCH_MS = 1_420_070_400_000  # of snowflakes: 2015
TEXT, DIRECT, GROUP_DIRECT, PUBLIC_THREAD = 0, 1, 3, 11

# Gateway intents, and the two of them that a bot must be granted.
GUILDS, GUILD_MEMBERS, GUILD_MESSAGES, DIRECT_MESSAGES = 1 << 0, 1 << 1, 1 << 9, 1 << 12
GUILD_PRESENCES, GUILD_REACTIONS, MESSAGE_CONTENT = 1 << 8, 1 << 10, 1 << 15


@dataclass(frozen=True)
class Limits:
    """Times and sizes that a test may want to be others."""

    upload_bytes: int = 10 * MIB  # where no guild's boosts raise it
    answer_within_s: float = 3
    token_lifetime_s: float = 15 * 60
    nonce_memory_s: float = 5 * 60
    link_lifetime_s: float = 24 * 3600


@dataclass(frozen=True)
class Event:
    """Something that the gateway tells every session with the right intents."""

    name: str
    payload: Json
    needs: int = 0
    without_content: Json | None = None  # for sessions that may not read what people write


@dataclass(eq=False)
class User:
    """A person, or the bot."""

    world: World = field(repr=False)
    id: int
    name: str
    is_bot: bool = False
    locale: str = "en-US"
    takes_direct_messages: bool = True

    @property
    def direct(self) -> Participant:
        """This person in the direct messages with the bot."""
        return self.at(self.world.direct_channel(self))

    def at(self, channel: Channel) -> Participant:
        """This person, looking at a channel."""
        from tests.doubles.discord.interactions import Participant

        return Participant(self, channel)


@dataclass(eq=False)
class Attachment:
    """A file in a message."""

    id: int
    filename: str
    content: bytes = field(repr=False)
    content_type: str
    description: str | None = None
    duration_s: float | None = None
    waveform: str | None = None

    def label(self) -> str:
        kind = self.content_type.partition("/")[0]
        length = f", {clock_time(self.duration_s)}" if self.duration_s else ""
        return f"{kind if kind in ('video', 'audio', 'image') else 'file'} {self.filename}{length}"


@dataclass(eq=False)
class Message:
    """A message as it is now, and the texts that it had before (`versions`, oldest first)."""

    channel: Channel = field(repr=False)
    id: int
    author: User
    created_at: datetime
    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    flags: int = 0
    kind: int = 0
    reply_to: Message | None = None
    pings: list[User] = field(default_factory=list)  # who was really notified
    pings_everyone: bool = False
    nonce: str | int | None = None
    interaction: Interaction | None = field(default=None, repr=False)  # that it answers
    only_for: User | None = None  # an ephemeral answer
    edited_at: datetime | None = None
    deleted: bool = False
    versions: list[str] = field(default_factory=list, repr=False)
    reactions: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All that can be read in it: content, embeds, text components."""
        parts: list[str | None] = [self.content]
        for embed in self.embeds:
            parts += [embed.get("title"), embed.get("description")]
            parts += [f"{item['name']}: {item['value']}" for item in embed.get("fields") or []]
            parts += [(embed.get("footer") or {}).get("text")]
        parts += [component["content"] for _, component in walk(self.components) if component["type"] == TEXT_DISPLAY]
        return "\n".join(part for part in parts if part)

    @property
    def is_loading(self) -> bool:
        """Shown as "… is thinking"."""
        return bool(self.flags & LOADING)

    @property
    def buttons(self) -> list[str]:
        """The labels of its buttons and the placeholders of its menus, row after row."""
        return [label for row in self.rows() for label in row]

    def rows(self) -> list[tuple[str, ...]]:
        return [
            tuple(_label(child) for child in component["components"])
            for _, component in walk(self.components)
            if component["type"] == 1
        ]

    def component(self, label: str) -> Json:
        """Return the button or menu whose label, emoji or placeholder holds `label`."""
        for _, component in walk(self.components):
            if component["type"] in (2, *SELECTS) and label in _label(component):
                return component
        raise AssertionError(f"no button or menu {label!r} under this message; there are {self.buttons}")

    def attachment(self, kind: str) -> Attachment | None:
        """Return the first file of a kind ("video")."""
        return next((file for file in self.attachments if file.content_type.startswith(f"{kind}/")), None)

    @property
    def video(self) -> Attachment | None:
        return self.attachment("video")

    @property
    def image(self) -> Attachment | None:
        return self.attachment("image")

    def seen_by(self, user: User | None) -> bool:
        return not self.deleted and (self.only_for is None or self.only_for is user)

    def bubble(self) -> Bubble:
        quoted = None
        if self.interaction and self.kind in (20, 23):
            command = self.interaction.data["name"]
            quoted = f"{self.interaction.user.name} used {'/' if self.kind == 20 else ''}{command}"
        elif self.reply_to:
            said = self.reply_to.text or ", ".join(file.label() for file in self.reply_to.attachments)
            quoted = f"{self.reply_to.author.name}: " + ("(deleted)" if self.reply_to.deleted else one_line(said))
        return Bubble(
            author=self.author.name + (" [APP]" if self.author.is_bot else ""),
            text=f"{self.author.name} is thinking…" if self.is_loading else self.text,
            quoted=quoted,
            attachments=tuple(file.label() for file in self.attachments),
            rows=tuple(self.rows()),
            note=f"only {self.only_for.name} can see this" if self.only_for else None,
            text_first=True,
        )


def _label(component: Json) -> str:
    if component["type"] in SELECTS:
        return f"{component.get('placeholder') or 'Make a selection'} ▾"
    emoji = (component.get("emoji") or {}).get("name")
    return " ".join(part for part in (emoji, component.get("label")) if part)


@dataclass(eq=False)
class Channel:
    """A text channel of a guild, a thread in it, or direct messages: with the bot, or of people among themselves."""

    world: World = field(repr=False)
    id: int
    kind: int
    name: str
    guild: Guild | None = None
    recipients: tuple[User, ...] = ()  # of direct messages, without the bot
    parent: Channel | None = None
    owner: User | None = None
    denied_to_bot: set[str] = field(default_factory=set)  # permission names, as "attach_files"
    history: list[Message] = field(default_factory=list, repr=False)
    typing: int = 0  # how often the bot was seen typing
    deleted: bool = False

    @property
    def is_thread(self) -> bool:
        return self.kind == PUBLIC_THREAD

    @property
    def has_bot(self) -> bool:
        """Whether the bot is here itself; if not, people can still use it where they installed it for themselves."""
        return self.guild.has_bot if self.guild else self.kind == DIRECT

    @property
    def bot_permissions(self) -> int:
        """What the bot may do here; where it is not: answer interactions, and nothing else."""
        if not self.has_bot:
            return bits("embed_links", "attach_files", "use_application_commands")
        if self.guild is None:
            return ALL
        above = self.parent.denied_to_bot if self.parent else set()
        return EVERYONE & ~bits(*(self.denied_to_bot | above))

    @property
    def upload_limit_bytes(self) -> int:
        return self.guild.upload_limit_bytes if self.guild else self.world.limits.upload_bytes

    def messages_for(self, user: User | None) -> list[Message]:
        """What someone sees here now, oldest first; None is anybody."""
        with self.world.changes.lock:
            return [message for message in self.history if message.seen_by(user)]

    @property
    def messages(self) -> list[Message]:
        return self.messages_for(None)

    @property
    def bot_messages(self) -> list[Message]:
        return [message for message in self.messages if message.author is self.world.bot]

    async def wait_for(
        self, wanted: Callable[[Message], object], timeout_s: float = 30, *, seen_by: User | None = None
    ) -> Message:
        """Return the newest message of the bot here for which `wanted` is true, as soon as there is one."""

        def look() -> Message | None:
            seen = [message for message in self.messages_for(seen_by) if message.author is self.world.bot]
            return next((message for message in reversed(seen) if wanted(message)), None)

        try:
            return await self.world.changes.wait_until(look, timeout_s)
        except TimeoutError:
            raise AssertionError(f"no such message within {timeout_s} s; there is\n{self.screen(seen_by)}") from None

    def screen(self, user: User | None = None) -> str:
        """Draw what someone sees."""
        place = f"@ {self.name}" if self.guild is None else f"{self.guild.name} › #{self.name}"
        return draw_screen(place, [message.bubble() for message in self.messages_for(user)])

    def denies_bot(self, *permissions: str) -> None:
        """Take permissions from the bot here, and let it know."""
        with self.world.changes.lock:
            self.denied_to_bot |= set(permissions)
            if self.guild and self.guild.has_bot:
                self.world.tell_bot("CHANNEL_UPDATE", payloads.channel(self), needs=GUILDS)

    def thread(self, name: str, owner: User | None = None) -> Channel:
        """Open a thread."""
        with self.world.changes.lock:
            thread = Channel(
                self.world, self.world.snowflake(), PUBLIC_THREAD, name, self.guild, parent=self, owner=owner
            )
            thread.owner = owner or (self.guild.owner if self.guild else None)
            self.world.channels[thread.id] = thread
            if self.guild and self.guild.has_bot:
                created = payloads.channel(thread) | {"newly_created": True}
                self.world.tell_bot("THREAD_CREATE", created, needs=GUILDS)
            return thread

    def find(self, message_id: int) -> Message | None:
        return next((message for message in self.history if message.id == message_id and not message.deleted), None)

    def post(self, author: User, content: str = "", **fields: Any) -> Message:
        """Put a message here, and before the bot where it may hear it."""
        with self.world.changes.lock:
            now = self.world.clock.now()
            message = Message(self, self.world.snowflake(), author, now, content, **fields)
            self.history.append(message)
            self._tell_bot("MESSAGE_CREATE", message)
            self.world.changes.ring()
            return message

    def edited(self, message: Message) -> None:
        """Note that a message was changed."""
        message.edited_at = self.world.clock.now()
        self._tell_bot("MESSAGE_UPDATE", message)
        self.world.changes.ring()

    def delete(self, message: Message) -> None:
        with self.world.changes.lock:
            message.deleted = True
            gone: Json = {"id": str(message.id), "channel_id": str(self.id)}
            if self.guild:
                gone["guild_id"] = str(self.guild.id)
            if self._bot_is_here and message.only_for is None:
                self.world.tell_bot("MESSAGE_DELETE", gone, needs=self._message_intent)
            self.world.changes.ring()

    @property
    def _message_intent(self) -> int:
        return GUILD_MESSAGES if self.guild else DIRECT_MESSAGES

    @property
    def _bot_is_here(self) -> bool:
        return self.has_bot and bool(self.bot_permissions & bits("view_channel"))

    def _tell_bot(self, name: str, message: Message) -> None:
        if message.only_for is None and self._bot_is_here:
            full = payloads.gateway_message(message)
            without = payloads.without_content(full) if payloads.hides_content(message) else None
            self.world.tell_bot(name, full, needs=self._message_intent, without_content=without)


@dataclass(eq=False)
class Guild:
    """A server. The first member is its owner."""

    world: World = field(repr=False)
    id: int
    name: str
    has_bot: bool
    premium_tier: int = 0
    members: dict[int, User] = field(default_factory=dict)
    admins: set[int] = field(default_factory=set)
    channels: list[Channel] = field(default_factory=list)
    preferred_locale: str = "en-US"
    refuses_over_bytes: int | None = None  # a limit that the guild does not tell

    @property
    def owner(self) -> User:
        return next(iter(self.members.values()))

    @property
    def general(self) -> Channel:
        return self.channels[0]

    @property
    def upload_limit_bytes(self) -> int:
        told = {2: 50 * MIB, 3: 100 * MIB}.get(self.premium_tier, self.world.limits.upload_bytes)
        return told if self.refuses_over_bytes is None else self.refuses_over_bytes

    def channel(self, name: str) -> Channel:
        """Return the channel of this name, opened if there is none."""
        with self.world.changes.lock:
            found = next((channel for channel in self.channels if channel.name == name), None)
            if found is None:
                found = Channel(self.world, self.world.snowflake(), TEXT, name, self)
                self.channels.append(found)
                self.world.channels[found.id] = found
                if self.has_bot:
                    self.world.tell_bot("CHANNEL_CREATE", payloads.channel(found), needs=GUILDS)
            return found

    def member(self, who: str | User) -> Participant:
        """Return someone in the first channel; who is not a member yet joins."""
        with self.world.changes.lock:
            user = who if isinstance(who, User) else self._named(who)
            self.members[user.id] = user
            return user.at(self.general)

    def _named(self, name: str) -> User:
        known = next((user for user in self.members.values() if user.name == name), None)
        return known or self.world.user(name)

    def promotes(self, who: str | User) -> None:
        """Make someone an administrator."""
        self.admins.add(self.member(who).user.id)

    def permissions_of(self, user: User) -> int:
        return ALL if user is self.owner or user.id in self.admins else EVERYONE

    def removes_bot(self) -> None:
        with self.world.changes.lock:
            self.has_bot = False
            self.world.tell_bot("GUILD_DELETE", {"id": str(self.id)}, needs=GUILDS)

    def invites_bot(self) -> None:
        with self.world.changes.lock:
            self.has_bot = True
            self.world.tell_bot("GUILD_CREATE", payloads.guild_create(self, with_members=False), needs=GUILDS)


class World:
    """Everything that the server knows.

    Attributes
    ----------
    bot : User
        The bot; its id is the application's too.
    granted_intents : int
        Privileged intents that the bot may ask for: MESSAGE_CONTENT, GUILD_MEMBERS, GUILD_PRESENCES. None by default.
    commands : dict
        The global application commands that the bot has registered, by (type, name).
    origin : str
        Where the server listens; links to files begin with it.
    """

    def __init__(self, bot_name: str = "GANterpreter") -> None:
        self.changes = Changes()
        self.clock = Clock()
        self.limits = Limits()
        self.granted_intents = 0
        self.origin = "http://127.0.0.1"
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.attachments: dict[int, Attachment] = {}
        self.interactions: dict[int, Interaction] = {}
        self.commands: dict[tuple[int, str], Json] = {}
        self.listeners: list[Callable[[Event], None]] = []
        self._count = itertools.count(1)
        self.bot = self.user(bot_name, is_bot=True)

    def snowflake(self) -> int:
        """Return an id that tells its time, as Discord's do."""
        return (int(self.clock.now().timestamp() * 1000) - EPOCH_MS) << 22 | next(self._count) & 0x3FFFFF

    def user(self, name: str, *, is_bot: bool = False, locale: str = "en-US") -> User:
        """Bring a person into the world."""
        with self.changes.lock:
            user = User(self, self.snowflake(), name, is_bot, locale)
            self.users[user.id] = user
            return user

    def guild(
        self, name: str, members: Iterable[str | User] = ("Founder",), *, has_bot: bool = True, premium_tier: int = 0
    ) -> Guild:
        """Found a guild with the channel #general; with `has_bot` False, one where only its users have the app."""
        with self.changes.lock:
            guild = Guild(self, self.snowflake(), name, False, premium_tier)
            guild.channel("general")
            for member in members:
                guild.member(member)
            self.guilds[guild.id] = guild
            if has_bot:
                guild.invites_bot()
            return guild

    def direct_channel(self, user: User) -> Channel:
        with self.changes.lock:
            mine = (
                channel for channel in self.channels.values() if channel.kind == DIRECT and user in channel.recipients
            )
            return next(mine, None) or self._direct(DIRECT, user.name, user)

    def people_among_themselves(self, name: str, *people: User) -> Channel:
        """Open a group of direct messages that the bot is not in."""
        return self._direct(GROUP_DIRECT, name, *people)

    def _direct(self, kind: int, name: str, *people: User) -> Channel:
        with self.changes.lock:
            channel = Channel(self, self.snowflake(), kind, name, recipients=people)
            self.channels[channel.id] = channel
            return channel

    def attach(self, filename: str, content: bytes, content_type: str | None = None, **fields: Any) -> Attachment:
        """Keep a file."""
        with self.changes.lock:
            guessed = content_type or mimetypes.guess_type(filename)[0] or "application/octet-stream"
            safe = re.sub(r"[^\w.\-]+", "_", filename)
            file = Attachment(self.snowflake(), safe, content, guessed, **fields)
            self.attachments[file.id] = file
            return file

    def link_to(self, channel: Channel, file: Attachment) -> str:
        """Return a signed link, which works for a day."""
        now = self.clock.now()
        until = now + timedelta(seconds=self.limits.link_lifetime_s)
        signature = f"ex={int(until.timestamp()):x}&is={int(now.timestamp()):x}&hm={file.id:064x}&"
        return f"{self.origin}/attachments/{channel.id}/{file.id}/{file.filename}?{signature}"

    def tell_bot(self, name: str, payload: Json, *, needs: int = 0, without_content: Json | None = None) -> None:
        """Send an event to the gateway's sessions; if the bot is away, nobody hears it."""
        with self.changes.lock:
            for listener in self.listeners:
                listener(Event(name, payload, needs, without_content))
            self.changes.ring()

    def notified(self, channel: Channel, content: str, allowed: Mapping[str, Any] | None) -> tuple[list[User], bool]:
        """Work out whom a text of the bot notifies: its mentions, as far as `allowed_mentions` lets them."""
        parsed = ("users", "everyone", "roles") if allowed is None else allowed.get("parse") or ()
        listed = {int(user_id) for user_id in (allowed or {}).get("users") or ()}
        mentioned = [self.users[int(mark)] for mark in re.findall(r"<@!?(\d+)>", content) if int(mark) in self.users]
        pinged = [user for user in dict.fromkeys(mentioned) if "users" in parsed or user.id in listed]
        may = bool(channel.bot_permissions & bits("mention_everyone"))
        everyone = "everyone" in parsed and may and re.search(r"@(everyone|here)\b", content) is not None
        return pinged, everyone


__all__ = [
    "COMPONENTS_V2",
    "DIRECT_MESSAGES",
    "GUILDS",
    "GUILD_MEMBERS",
    "GUILD_MESSAGES",
    "GUILD_PRESENCES",
    "MESSAGE_CONTENT",
    "VOICE_MESSAGE",
    "Attachment",
    "Channel",
    "Event",
    "Guild",
    "Limits",
    "Message",
    "User",
    "World",
]
