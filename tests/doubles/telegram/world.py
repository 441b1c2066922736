"""The little world behind the Telegram double: people, chats, messages, files, and what the bot gets to hear of it.

It is driven in people's words:

    ada = world.user("Ada")
    band = world.supergroup("Band room", members=[ada])
    wish = band.says(ada, "/ganterpret https://… theme:primates")
    clip = await band.wait_for(lambda m: m.video)
    press = ada.presses(clip, "🎲")
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.doubles.changes import Changes
from tests.doubles.clock import Clock
from tests.doubles.screen import Bubble, draw_screen, one_line
from tests.doubles.telegram.files import FOLDERS, Limits, Media, StoredFile, check_photo, picture_size
from tests.doubles.telegram.text import Entity, automatic_entities

Json = dict[str, Any]
GENERAL_TOPIC = 1
# What an administrator may do, as ChatMemberAdministrator lists it.
ADMIN_RIGHTS = tuple(
    f"can_{deed}"
    for deed in (
        *("manage_chat", "delete_messages", "manage_video_chats", "restrict_members", "promote_members"),
        *("change_info", "invite_users", "post_stories", "edit_stories", "delete_stories", "pin_messages"),
        "manage_topics",
    )
)


@dataclass(eq=False)
class User:
    """A person, or the bot."""

    world: World = field(repr=False)
    id: int
    first_name: str
    username: str
    language_code: str = "en"
    is_bot: bool = False

    @property
    def private(self) -> Chat:
        """The chat between this person and the bot."""
        return self.world.private_chat(self)

    def says(self, text: str, **options: Any) -> Message:
        """Write to the bot in private."""
        return self.private.says(self, text, **options)

    def sends_voice(self, content: bytes, **options: Any) -> Message:
        """Send the bot a voice note in private."""
        return self.private.sends_voice(self, content, **options)

    def presses(self, message: Message, label: str) -> ButtonPress:
        """Press the button whose label holds `label`."""
        button = message.button(label)
        if "callback_data" not in button:
            raise AssertionError(f"the button {button['text']!r} does not call the bot")
        return self.world.press(self, message, button["callback_data"])

    def blocks_bot(self) -> None:
        self.private.set_bot_status("kicked", by=self)

    def unblocks_bot(self) -> None:
        self.private.set_bot_status("member", by=self)

    def to_json(self) -> Json:
        shown: Json = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name, "username": self.username}
        return shown if self.is_bot else shown | {"language_code": self.language_code}


@dataclass(eq=False)
class Message:
    """A message as a person sees it now, and all that it said before (`versions`, oldest first)."""

    chat: Chat = field(repr=False)
    id: int
    sender: User
    sent_at: datetime
    text: str = ""  # of a message with media: its caption
    entities: list[Entity] = field(default_factory=list)
    media: Media | None = None
    keyboard: list[list[Json]] = field(default_factory=list)
    reply_to: Message | None = None
    thread_id: int | None = None
    service: Json = field(default_factory=dict)
    forward_origin: Json | None = None
    media_group_id: str | None = None
    extra: Json = field(default_factory=dict)
    edited_at: datetime | None = None
    deleted: bool = False
    versions: list[str] = field(default_factory=list, repr=False)
    reactions: dict[int, list[Json]] = field(default_factory=dict, repr=False)

    @property
    def from_bot(self) -> bool:
        return self.sender is self.chat.world.bot

    @property
    def buttons(self) -> list[str]:
        """The labels of its buttons, row after row."""
        return [button["text"] for row in self.keyboard for button in row]

    def button(self, label: str) -> Json:
        """Return the button whose label holds `label`."""
        for row in self.keyboard:
            for button in row:
                if label in button["text"]:
                    return button
        raise AssertionError(f"no button {label!r} under message {self.id}; there are {self.buttons}")

    def file_of(self, kind: str) -> StoredFile | None:
        return self.media.file if self.media and self.media.kind == kind else None

    @property
    def video(self) -> StoredFile | None:
        return self.file_of("video")

    @property
    def photo(self) -> StoredFile | None:
        return self.file_of("photo")

    @property
    def document(self) -> StoredFile | None:
        return self.file_of("document")

    def is_topic_message(self) -> bool:
        return self.chat.is_forum and self.thread_id not in (None, GENERAL_TOPIC)

    def to_json(self, *, as_reply: bool = False) -> Json:
        """Describe it as the Bot API's Message; a message inside another one does not hold a third."""
        shown: Json = {
            "message_id": self.id,
            "from": self.sender.to_json(),
            "date": int(self.sent_at.timestamp()),
            "chat": self.chat.to_json(),
            **self.service,
            **self.extra,
        }
        if self.thread_id not in (None, GENERAL_TOPIC):
            shown["message_thread_id"] = self.thread_id
        if self.is_topic_message():
            shown["is_topic_message"] = True
        if self.media:
            shown[self.media.kind] = self.media.shown
            if self.media.kind == "animation":
                shown["document"] = {
                    k: v for k, v in self.media.shown.items() if k not in ("width", "height", "duration")
                }
        if self.text:
            shown["caption" if self.media else "text"] = self.text
            if self.entities:
                shown["caption_entities" if self.media else "entities"] = self.entities
        if self.edited_at:
            shown["edit_date"] = int(self.edited_at.timestamp())
        if self.forward_origin:
            shown["forward_origin"] = self.forward_origin
        if self.media_group_id:
            shown["media_group_id"] = self.media_group_id
        if self.keyboard:
            shown["reply_markup"] = {"inline_keyboard": self.keyboard}
        if self.reply_to and not as_reply:
            shown["reply_to_message"] = self.reply_to.to_json(as_reply=True)
        return shown

    def bubble(self) -> Bubble:
        quoted = None
        # The hidden reply of every topic message to the topic's first message is not shown to people.
        if self.reply_to and "forum_topic_created" not in self.reply_to.service:
            original = self.reply_to
            said = original.text or (original.media.label() if original.media else "")
            quoted = f"{original.sender.first_name}: " + ("(deleted)" if original.deleted else one_line(said))
        return Bubble(
            author=self.sender.first_name + (" (bot)" if self.sender.is_bot else ""),
            text=self.text or _service_line(self.service),
            quoted=quoted,
            attachments=(self.media.label(),) if self.media else (),
            rows=tuple(tuple(button["text"] for button in row) for row in self.keyboard),
        )


def _service_line(service: Json) -> str:
    return f"({next(iter(service)).replace('_', ' ')})" if service else ""


@dataclass(eq=False)
class ButtonPress:
    """One press of a button; the bot ought to answer it soon."""

    world: World = field(repr=False)
    id: str
    user: User
    message: Message
    data: str
    at: datetime
    answer: Json | None = None  # what answerCallbackQuery said: text, show_alert

    async def answered(self, timeout_s: float = 30) -> Json:
        """Wait for the bot's answer, and return its parameters."""
        return await self.world.changes.wait_until(
            lambda: None if self.answer is None else {"text": "", **self.answer}, timeout_s
        )


class Room:
    """Where people talk: a chat, or one topic of a forum."""

    world: World

    def place(self) -> tuple[Chat, int | None]:
        """The chat, and the topic's thread in it."""
        raise NotImplementedError

    def says(self, user: User, text: str, *, reply_to: Message | None = None) -> Message:
        return self._posts(user, text=text, reply_to=reply_to)

    def sends_voice(
        self, user: User, content: bytes, *, caption: str = "", duration_s: int = 1, reply_to: Message | None = None
    ) -> Message:
        media = self.world.store_media("voice", content, "", "audio/ogg", {"duration": duration_s})
        return self._posts(user, text=caption, media=media, reply_to=reply_to)

    def sends_audio(
        self,
        user: User,
        content: bytes,
        *,
        name: str = "song.mp3",
        mime_type: str = "audio/mpeg",
        title: str | None = None,
        caption: str = "",
        duration_s: int = 1,
        reply_to: Message | None = None,
    ) -> Message:
        shown = {"duration": duration_s} | ({"title": title} if title else {})
        media = self.world.store_media("audio", content, name, mime_type, shown)
        return self._posts(user, text=caption, media=media, reply_to=reply_to)

    def sends_video(
        self,
        user: User,
        content: bytes,
        *,
        name: str = "film.mp4",
        caption: str = "",
        duration_s: int = 1,
        reply_to: Message | None = None,
    ) -> Message:
        shown = {"duration": duration_s, "width": 128, "height": 128}
        media = self.world.store_media("video", content, name, "video/mp4", shown)
        return self._posts(user, text=caption, media=media, reply_to=reply_to)

    def sends_document(
        self,
        user: User,
        content: bytes,
        *,
        name: str,
        mime_type: str = "application/octet-stream",
        caption: str = "",
        reply_to: Message | None = None,
    ) -> Message:
        media = self.world.store_media("document", content, name, mime_type, {})
        return self._posts(user, text=caption, media=media, reply_to=reply_to)

    def forwards(self, user: User, message: Message) -> Message:
        """Forward a message of anywhere into this room."""
        origin = {"type": "user", "sender_user": message.sender.to_json(), "date": int(message.sent_at.timestamp())}
        return self._posts(
            user, text=message.text, entities=message.entities, media=message.media, forward_origin=origin
        )

    def _posts(self, user: User, *, text: str, entities: list[Entity] | None = None, **fields: Any) -> Message:
        chat, thread_id = self.place()
        marks = automatic_entities(text) if entities is None else entities
        return chat.post(user, text=text, entities=marks, thread_id=thread_id, **fields)

    @property
    def messages(self) -> list[Message]:
        """What can be seen here now, oldest first."""
        chat, thread_id = self.place()
        with self.world.changes.lock:
            seen = [message for message in chat.history if not message.deleted]
        return seen if thread_id is None else [message for message in seen if message.thread_id == thread_id]

    @property
    def bot_messages(self) -> list[Message]:
        return [message for message in self.messages if message.from_bot]

    async def wait_for(self, wanted: Callable[[Message], object], timeout_s: float = 30) -> Message:
        """Return the newest message of the bot here for which `wanted` is true, as soon as there is one."""
        try:
            return await self.world.changes.wait_until(
                lambda: next((message for message in reversed(self.bot_messages) if wanted(message)), None), timeout_s
            )
        except TimeoutError:
            raise AssertionError(f"no such message within {timeout_s} s; there is\n{self.screen()}") from None

    def screen(self) -> str:
        """Draw what a person sees."""
        return draw_screen(self.title_line(), [message.bubble() for message in self.messages])

    def title_line(self) -> str:
        raise NotImplementedError


@dataclass(eq=False)
class Topic(Room):
    """A topic of a forum."""

    chat: Chat
    thread_id: int
    name: str

    @property
    def world(self) -> World:  # type: ignore[override]
        return self.chat.world

    def place(self) -> tuple[Chat, int | None]:
        return self.chat, self.thread_id

    def title_line(self) -> str:
        return f"{self.chat.title} › {self.name}"


@dataclass(eq=False)
class Chat(Room):
    """A private chat, a basic group or a supergroup (with topics if `is_forum`)."""

    world: World
    id: int
    type: str
    title: str
    statuses: dict[int, str] = field(default_factory=dict)  # of each user: creator, administrator, member, left, kicked
    is_forum: bool = False
    migrated_to: Chat | None = None
    started: bool = False  # private: the person has written first
    bot_may: dict[str, bool] = field(default_factory=dict)  # "text", "video", "photo" …: False where not allowed
    history: list[Message] = field(default_factory=list, repr=False)
    topics: dict[int, Topic] = field(default_factory=dict, repr=False)
    actions: list[str] = field(default_factory=list)  # sendChatAction: "upload_video", …

    def place(self) -> tuple[Chat, int | None]:
        return self, None

    def title_line(self) -> str:
        return f"{self.title} ({self.type})"

    @property
    def bot_status(self) -> str:
        return self.statuses.get(self.world.bot.id, "left")

    def topic(self, name: str) -> Topic:
        """Open a topic in a forum."""
        with self.world.changes.lock:
            thread_id = self.world.next_message_id(self)
            service = {"forum_topic_created": {"name": name, "icon_color": 7322096}}
            self.post(self.world.owner_of(self), text="", service=service, thread_id=thread_id)
            self.topics[thread_id] = Topic(self, thread_id, name)
            return self.topics[thread_id]

    def joins(self, user: User) -> None:
        self.statuses[user.id] = "member"

    def promotes(self, user: User) -> None:
        """Make someone an administrator; the bot then hears everything."""
        self.statuses[user.id] = "administrator"

    def removes(self, user: User) -> None:
        if user is self.world.bot:
            self.set_bot_status("kicked", by=self.world.owner_of(self))
        else:
            self.statuses[user.id] = "kicked"

    def set_bot_status(self, status: str, *, by: User) -> None:
        """Let the bot in or out, and tell it so."""
        with self.world.changes.lock:
            before = self.member_json(self.world.bot)
            self.statuses[self.world.bot.id] = status
            change = {
                "chat": self.to_json(),
                "from": by.to_json(),
                "date": int(self.world.clock.now().timestamp()),
                "old_chat_member": before,
                "new_chat_member": self.member_json(self.world.bot),
            }
            self.world.tell_bot("my_chat_member", change)

    def migrates(self) -> Chat:
        """Turn a group into a supergroup: a new chat with a new id."""
        with self.world.changes.lock:
            owner = self.world.owner_of(self)
            new = self.world.add_chat("supergroup", self.title)
            new.statuses = dict(self.statuses)
            self.post(owner, text="", service={"migrate_to_chat_id": new.id})
            self.migrated_to = new
            new.post(owner, text="", service={"migrate_from_chat_id": self.id})
            return new

    def post(self, sender: User, *, text: str, **fields: Any) -> Message:
        """Put a message into the chat, and before the bot if it may see it."""
        with self.world.changes.lock:
            message = Message(self, self.world.next_message_id(self), sender, self.world.clock.now(), text, **fields)
            if self.is_forum and message.reply_to and message.thread_id is None:
                message.thread_id = message.reply_to.thread_id
            if message.thread_id in self.topics and message.reply_to is None:
                # Telegram's quirk: in a topic every message replies to the one that opened it.
                message.reply_to = self.find(message.thread_id)
            elif message.reply_to and self.type == "supergroup" and not self.is_forum:
                # The other quirk: a reply in a supergroup carries a thread id that no message may be sent to.
                message.thread_id = message.reply_to.thread_id or message.reply_to.id
            self.history.append(message)
            if sender is not self.world.bot:
                self.started = True
                if self.bot_hears(message):
                    self.world.tell_bot("message", message.to_json())
            self.world.changes.ring()
            return message

    def bot_hears(self, message: Message) -> bool:
        """Telegram's privacy mode: in groups a bot hears commands, replies to itself and what happens to the chat."""
        if self.bot_status in ("left", "kicked"):
            return False
        if self.type == "private" or self.bot_status == "administrator" or not self.world.privacy_mode:
            return True
        if message.service or (message.reply_to and message.reply_to.from_bot):
            return True
        if not message.text.startswith("/"):
            return False
        command = message.text.split(maxsplit=1)[0]
        return "@" not in command or command.lower().endswith(f"@{self.world.bot.username.lower()}")

    def find(self, message_id: int) -> Message | None:
        return next((message for message in self.history if message.id == message_id), None)

    def to_json(self) -> Json:
        shown: Json = {"id": self.id, "type": self.type}
        if self.type == "private":
            user = self.world.users[self.id]
            return shown | {"first_name": user.first_name, "username": user.username}
        return shown | {"title": self.title} | ({"is_forum": True} if self.is_forum else {})

    def member_json(self, user: User) -> Json:
        """Describe someone's place in the chat as a ChatMember."""
        status = self.statuses.get(user.id, "left")
        shown: Json = {"status": status, "user": user.to_json()}
        if status == "creator":
            shown["is_anonymous"] = False
        elif status == "administrator":
            shown |= {"can_be_edited": False, "is_anonymous": False, **dict.fromkeys(ADMIN_RIGHTS, True)}
        elif status == "kicked":
            shown["until_date"] = 0
        return shown


class World:
    """Everything that the server knows.

    Attributes
    ----------
    bot : User
        The bot whose token the server takes.
    privacy_mode : bool
        On, as for every new bot: in groups it hears only what is meant for it.
    limits : Limits
        May be replaced while the server runs.
    """

    def __init__(self, bot_name: str = "GANterpreter", bot_username: str = "ganterpreter_bot") -> None:
        self.changes = Changes()
        self.clock = Clock()
        self.limits = Limits()
        self.privacy_mode = True
        self.users: dict[int, User] = {}
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, StoredFile] = {}
        self.media: dict[str, Media] = {}  # by file_id, to be sent again
        self.presses: dict[str, ButtonPress] = {}
        self.updates: list[Json] = []  # told to the bot and not confirmed by it
        self.commands: dict[tuple[str, str], list[Json]] = {}  # (scope as JSON, language) -> commands
        self.profile: dict[str, str] = {}  # the bot's name and descriptions, by method
        self._user_ids = itertools.count(1_000_001)
        self._chat_ids = itertools.count(4_001)
        self._message_ids = itertools.count(1)
        self._update_ids = itertools.count(870_000_001)
        self._file_ids = itertools.count(1)
        self._press_ids = itertools.count(1)
        self.bot = self.user(bot_name, username=bot_username, is_bot=True)

    def user(
        self, first_name: str, *, username: str | None = None, language_code: str = "en", is_bot: bool = False
    ) -> User:
        """Bring a person into the world."""
        with self.changes.lock:
            user = User(
                self, next(self._user_ids), first_name, username or f"{first_name.lower()}_x", language_code, is_bot
            )
            self.users[user.id] = user
            return user

    def group(self, title: str, members: Iterable[User] = ()) -> Chat:
        """Found a basic group with the bot in it; the first member is its creator."""
        return self._found("group", title, members)

    def supergroup(self, title: str, members: Iterable[User] = (), *, forum: bool = False) -> Chat:
        """Found a supergroup with the bot in it; the first member is its creator."""
        return self._found("supergroup", title, members, is_forum=forum)

    def _found(self, kind: str, title: str, members: Iterable[User], **fields: Any) -> Chat:
        chat = self.add_chat(kind, title, **fields)
        people = list(members) or [self.user("Founder")]
        chat.statuses = {user.id: "member" for user in people} | {people[0].id: "creator", self.bot.id: "member"}
        return chat

    def add_chat(self, kind: str, title: str, **fields: Any) -> Chat:
        with self.changes.lock:
            number = next(self._chat_ids)
            chat_id = -number if kind == "group" else -(10**12 + number)
            self.chats[chat_id] = Chat(self, chat_id, kind, title, **fields)
            return self.chats[chat_id]

    def private_chat(self, user: User) -> Chat:
        with self.changes.lock:
            if user.id not in self.chats:
                statuses = {user.id: "member", self.bot.id: "member"}
                self.chats[user.id] = Chat(self, user.id, "private", user.first_name, statuses)
            return self.chats[user.id]

    def owner_of(self, chat: Chat) -> User:
        return next(self.users[user_id] for user_id, status in chat.statuses.items() if status == "creator")

    def next_message_id(self, chat: Chat) -> int:
        """Supergroups count their own messages, the first being their creation; all other chats share one count."""
        return len(chat.history) + 2 if chat.type == "supergroup" else next(self._message_ids)

    def tell_bot(self, kind: str, what: Json) -> None:
        """Put an update before the bot."""
        with self.changes.lock:
            self.updates.append({"update_id": next(self._update_ids), kind: what})
            self.changes.ring()

    def press(self, user: User, message: Message, data: str) -> ButtonPress:
        """Press a button of which only the data is known (as an old client, or a cheat, would)."""
        with self.changes.lock:
            press = ButtonPress(self, str(next(self._press_ids)), user, message, data, self.clock.now())
            self.presses[press.id] = press
            shown: Json = message.to_json()
            if message.deleted:
                shown = {"chat": message.chat.to_json(), "message_id": message.id, "date": 0}
            query = {
                "id": press.id,
                "from": user.to_json(),
                "message": shown,
                "chat_instance": str(abs(message.chat.id)),
                "data": data,
            }
            self.tell_bot("callback_query", query)
            return press

    def store(self, kind: str, content: bytes, name: str, mime_type: str) -> StoredFile:
        """Keep a file under new ids."""
        with self.changes.lock:
            number = next(self._file_ids)
            suffix = name.rpartition(".")[2] if "." in name else mime_type.rpartition("/")[2] or "bin"
            path = f"{FOLDERS.get(kind, 'documents')}/file_{number}.{suffix}"
            stored = StoredFile(f"{kind}-{number:06d}-AgAD", f"AQAD{number:06d}", path, content, name, mime_type, kind)
            self.files[stored.file_id] = stored
            return stored

    def store_media(
        self, kind: str, content: bytes, name: str, mime_type: str, shown: Json, thumbnail: StoredFile | None = None
    ) -> Media:
        """Keep a file and describe it as the Bot API does."""
        stored = self.store(kind, content, name, mime_type)
        if kind == "photo":
            media = Media(kind, stored, self._photo_sizes(stored))
            self.media.update({size["file_id"]: media for size in media.shown})
            return media
        described = stored.ids() | {"mime_type": mime_type} | ({"file_name": name} if name else {}) | shown
        if thumbnail:
            described["thumbnail"] = thumbnail.size(*picture_size(thumbnail.content)[:2])
        self.media[stored.file_id] = Media(kind, stored, described, thumbnail)
        return self.media[stored.file_id]

    def _photo_sizes(self, stored: StoredFile) -> list[Json]:
        """Telegram keeps a photo in several sizes, the largest last; here all of them hold the bytes that were sent."""
        width, height = check_photo(stored.content, self.limits)
        sizes = []
        for side in (90, 320):
            if side < max(width, height):
                scale = side / max(width, height)
                smaller = self.store("photo", stored.content, stored.name, stored.mime_type)
                sizes.append(smaller.size(max(1, round(width * scale)), max(1, round(height * scale))))
        return [*sizes, stored.size(width, height)]
