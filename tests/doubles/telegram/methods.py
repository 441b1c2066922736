"""What each method of the Bot API does to the world, and when it refuses.

A method is a function of a `Request`; it returns the `result` of the answer as JSON, or raises `Refusal`. getUpdates,
which waits, is in `telegram_server.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.doubles.telegram.files import Media, check_thumbnail, is_mp4
from tests.doubles.telegram.refusal import Refusal, bad_request, forbidden
from tests.doubles.telegram.text import Entity, read_text, utf16_length
from tests.doubles.telegram.world import GENERAL_TOPIC, Chat, Json, Message, World


@dataclass(frozen=True)
class Upload:
    """A part of a multipart request."""

    content: bytes
    name: str
    mime_type: str


@dataclass(frozen=True)
class Request:
    """A call with its parameters read and checked against the table."""

    world: World
    parameters: Mapping[str, Any]
    uploads: Mapping[str, Upload]

    def get(self, name: str) -> Any:
        return self.parameters.get(name)


# --- whom and what a request is about ---------------------------------------------------------------------------------


def _chat(request: Request, name: str = "chat_id") -> Chat:
    """Find a chat that the bot may act in."""
    world = request.world
    chat = world.chats.get(request.get(name))
    if chat is None:
        raise bad_request("chat not found")
    if chat.migrated_to:
        raise bad_request("group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.migrated_to.id)
    if chat.type == "private":
        if chat.bot_status == "kicked":
            raise forbidden("bot was blocked by the user")
        if not chat.started:
            raise forbidden("bot can't initiate conversation with a user")
    elif chat.bot_status == "kicked":
        raise forbidden(f"bot was kicked from the {chat.type} chat")
    elif chat.bot_status == "left":
        raise forbidden(f"bot is not a member of the {chat.type} chat")
    return chat


def _must_be_allowed(chat: Chat, kind: str) -> None:
    if chat.bot_may.get(kind, True):
        return
    what = "text messages" if kind == "text" else f"{kind}s"
    raise bad_request(f"not enough rights to send {what} to the chat")


def _message(chat: Chat, message_id: int, what: str) -> Message:
    message = chat.find(message_id)
    if message is None or message.deleted:
        raise bad_request(f"message to {what} not found")
    return message


def _own_message(request: Request) -> Message:
    """Find the message to edit; a bot edits its own and nobody else's."""
    if request.get("inline_message_id") is not None:
        raise bad_request("inline messages are not spoken by this double")
    if request.get("chat_id") is None or request.get("message_id") is None:
        raise bad_request("message identifier is not specified")
    message = _message(_chat(request), request.get("message_id"), "edit")
    if not message.from_bot or message.forward_origin or message.service:
        raise bad_request("message can't be edited")
    return message


def _reply_to(request: Request, chat: Chat) -> Message | None:
    reply = request.get("reply_parameters")
    if reply is None:
        return None
    if reply.get("chat_id") not in (None, chat.id):
        raise bad_request("replies to another chat are not spoken by this double")
    message = chat.find(reply["message_id"])
    if message is None or message.deleted:
        if reply.get("allow_sending_without_reply"):
            return None
        raise bad_request("message to be replied not found")
    if reply.get("quote") is not None and reply["quote"] not in message.text:
        raise bad_request("message quote not found")
    return message


def _thread(request: Request, chat: Chat) -> int | None:
    """Only topics of a forum are threads that one may send to; the General topic has no number of its own."""
    thread_id = request.get("message_thread_id")
    if thread_id is not None and (not chat.is_forum or thread_id == GENERAL_TOPIC or thread_id not in chat.topics):
        raise bad_request("message thread not found")
    return thread_id  # type: ignore[no-any-return]


# --- what a message is made of ----------------------------------------------------------------------------------------


def _keyboard(request: Request) -> list[list[Json]]:
    rows: list[list[Json]] = [row for row in (request.get("reply_markup") or {}).get("inline_keyboard", []) if row]
    if len([button for row in rows for button in row]) > 100 or any(len(row) > 8 for row in rows):
        raise bad_request("reply markup is too long")
    for button in (button for row in rows for button in row):
        actions = [name for name in button if name not in ("text", "style", "icon_custom_emoji_id")]
        if not button["text"].strip():
            raise bad_request("can't parse inline keyboard button: button text must be non-empty")
        if len(actions) != 1:
            raise bad_request("can't parse inline keyboard button: text buttons are unallowed in the inline keyboard")
        size = len(button.get("callback_data", "-").encode())
        if not 1 <= size <= request.world.limits.callback_data:
            raise bad_request("BUTTON_DATA_INVALID")
        if not re.match(r"(https?|tg)://[^\s]+$", button.get("url", "tg://none")):
            raise bad_request("BUTTON_URL_INVALID")
        if button.get("style") not in (None, "danger", "success", "primary"):
            raise bad_request("can't parse inline keyboard button: invalid button style specified")
    return rows


def _text(request: Request) -> tuple[str, list[Entity]]:
    most = request.world.limits.text
    text, entities = read_text(
        request.get("text") or "", request.get("parse_mode"), request.get("entities"), most=most, what="message"
    )
    if not text:
        raise bad_request("message text is empty")
    return text, entities


def _caption(world: World, fields: Mapping[str, Any]) -> tuple[str, list[Entity]]:
    return read_text(
        fields.get("caption") or "",
        fields.get("parse_mode"),
        fields.get("caption_entities"),
        most=world.limits.caption,
        what="message caption",
    )


# Of each kind of media: what the sender may tell about it, and the type that is told if the upload names none.
_TOLD = {
    "photo": ((), "image/jpeg"),
    "video": (("width", "height", "duration", "start_timestamp"), "video/mp4"),
    "animation": (("width", "height", "duration"), "video/mp4"),
    "audio": (("duration", "performer", "title"), "audio/mpeg"),
    "voice": (("duration",), "audio/ogg"),
    "document": ((), "application/octet-stream"),
}
_ALWAYS_THERE = {
    "video": ("width", "height", "duration"),
    "animation": ("width", "height", "duration"),
    "audio": ("duration",),
    "voice": ("duration",),
}


def _upload(request: Request, reference: str) -> Upload | None:
    if not reference.startswith("attach://"):
        return None
    upload = request.uploads.get(reference.removeprefix("attach://"))
    if upload is None:
        raise bad_request(f"attached file {reference} not found")
    if not upload.content:
        raise bad_request("file must be non-empty")
    if len(upload.content) > request.world.limits.upload:
        raise Refusal(413, "Request Entity Too Large")
    return upload


def _media(request: Request, kind: str, reference: str, told: Mapping[str, Any]) -> Media:
    """Take a new upload, or a file that is on the server already (by its file_id)."""
    world = request.world
    upload = _upload(request, reference)
    if upload is None:
        if re.match(r"https?://", reference):
            raise bad_request("failed to get HTTP URL content")  # this server reaches nothing
        known = world.media.get(reference)
        if known is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        if known.kind != kind:
            raise bad_request(f"can't use file of type {known.kind.title()} as {kind.title()}")
        return known
    thumbnail = None
    if told.get("thumbnail"):
        small = _upload(request, told["thumbnail"])
        if small is None:
            raise bad_request("wrong thumbnail: thumbnails can't be reused and can be only uploaded as a new file")
        check_thumbnail(small.content, world.limits)
        thumbnail = world.store("thumbnail", small.content, small.name, "image/jpeg")
    if kind == "video" and not is_mp4(upload.content):
        kind = "document"
    names, mime_type = _TOLD[kind]
    shown = {name: told[name] for name in names if told.get(name) is not None}
    shown = dict.fromkeys(_ALWAYS_THERE.get(kind, ()), 0) | shown
    name = "" if kind in ("photo", "voice") else upload.name
    mime_type = mime_type if upload.mime_type == "application/octet-stream" else upload.mime_type
    return world.store_media(kind, upload.content, name, mime_type, shown, thumbnail)


# --- sending ----------------------------------------------------------------------------------------------------------


def _post(request: Request, kind: str, text: str, entities: list[Entity], **fields: Any) -> Message:
    chat = _chat(request)
    _must_be_allowed(chat, kind)
    reply_to, thread_id = _reply_to(request, chat), _thread(request, chat)
    extra = {"has_protected_content": True} if request.get("protect_content") else {}
    return chat.post(
        request.world.bot, text=text, entities=entities, reply_to=reply_to, thread_id=thread_id, extra=extra, **fields
    )


def send_message(request: Request) -> Json:
    _chat(request)
    text, entities = _text(request)
    return _post(request, "text", text, entities, keyboard=_keyboard(request)).to_json()


def _send_media(kind: str) -> Callable[[Request], Json]:
    def send(request: Request) -> Json:
        _chat(request)
        text, entities = _caption(request.world, request.parameters)
        keyboard = _keyboard(request)
        media = _media(request, kind, request.get(kind), request.parameters)
        return _post(request, kind, text, entities, media=media, keyboard=keyboard).to_json()

    return send


def send_media_group(request: Request) -> list[Json]:
    _chat(request)
    items = request.get("media")
    if not 2 <= len(items) <= 10:
        raise bad_request("album must contain from 2 to 10 items")
    kinds = {item["type"] for item in items}
    if len(kinds) > 1 and not kinds <= {"photo", "video"}:
        raise bad_request("documents and audio can't be mixed with other media types")
    made = [
        (_caption(request.world, item), _media(request, item["type"], item["media"], item), item["type"])
        for item in items
    ]
    group_id = str(13_000_000_000 + len(request.world.files))
    return [
        _post(request, kind, *caption, media=media, media_group_id=group_id).to_json() for caption, media, kind in made
    ]


_ACTION = re.compile(
    "typing|choose_sticker|find_location|(record|upload)_(video|voice|video_note)|upload_(photo|document)"
)


def send_chat_action(request: Request) -> bool:
    action = request.get("action")
    if not _ACTION.fullmatch(action):
        raise bad_request("wrong parameter action in request")
    chat = _chat(request)
    _thread(request, chat)
    chat.actions.append(action)
    request.world.changes.ring()
    return True


def copy_message(request: Request) -> Json:
    original = _message(_chat(request, "from_chat_id"), request.get("message_id"), "copy")
    text, entities = original.text, original.entities
    if original.media and "caption" in request.parameters:
        text, entities = _caption(request.world, request.parameters)
    kind = original.media.kind if original.media else "text"
    copy = _post(request, kind, text, entities, media=original.media, keyboard=_keyboard(request))
    return {"message_id": copy.id}


def forward_message(request: Request) -> Json:
    original = _message(_chat(request, "from_chat_id"), request.get("message_id"), "forward")
    origin = original.forward_origin or {
        "type": "user",
        "sender_user": original.sender.to_json(),
        "date": int(original.sent_at.timestamp()),
    }
    kind = original.media.kind if original.media else "text"
    fields = {"media": original.media, "forward_origin": origin}
    return _post(request, kind, original.text, original.entities, **fields).to_json()


# --- editing and deleting ---------------------------------------------------------------------------------------------


def _edit(request: Request, message: Message, **changed: Any) -> Json:
    """Apply the changes; an edit that changes nothing is refused. Without `reply_markup` the buttons go."""
    changed["keyboard"] = _keyboard(request)
    if all(getattr(message, name) == value for name, value in changed.items()):
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly the same as a current "
            "content and reply markup of the message"
        )
    message.versions.append(message.text)
    for name, value in changed.items():
        setattr(message, name, value)
    message.edited_at = request.world.clock.now()
    request.world.changes.ring()
    return message.to_json()


def edit_message_text(request: Request) -> Json:
    message = _own_message(request)
    if request.get("rich_message") is not None:
        raise bad_request("rich messages are not spoken by this double")
    text, entities = _text(request)
    if message.media:
        raise bad_request("there is no text in the message to edit")
    return _edit(request, message, text=text, entities=entities)


def edit_message_caption(request: Request) -> Json:
    message = _own_message(request)
    text, entities = _caption(request.world, request.parameters)
    if not message.media:
        raise bad_request("there is no caption in the message to edit")
    return _edit(request, message, text=text, entities=entities)


def edit_message_media(request: Request) -> Json:
    message = _own_message(request)
    new = request.get("media")
    text, entities = _caption(request.world, new)
    media = _media(request, new["type"], new["media"], new)
    return _edit(request, message, text=text, entities=entities, media=media)


def edit_message_reply_markup(request: Request) -> Json:
    return _edit(request, _own_message(request))


def delete_message(request: Request) -> bool:
    _delete(request, request.get("message_id"))
    return True


def delete_messages(request: Request) -> bool:
    """Delete those that can be found; the others are skipped."""
    chat = _chat(request)
    for message_id in request.get("message_ids"):
        message = chat.find(message_id)
        if message and not message.deleted:
            _delete(request, message_id)
    return True


def _delete(request: Request, message_id: int) -> None:
    chat, world = _chat(request), request.world
    message = _message(chat, message_id, "delete")
    age_s = (world.clock.now() - message.sent_at).total_seconds()
    foreign = not message.from_bot and chat.type != "private" and chat.bot_status != "administrator"
    if foreign or age_s > world.limits.delete_within_s:
        raise bad_request("message can't be deleted")
    message.deleted = True
    world.changes.ring()


def set_message_reaction(request: Request) -> bool:
    message = _message(_chat(request), request.get("message_id"), "react")
    message.reactions[request.world.bot.id] = request.get("reaction") or []
    request.world.changes.ring()
    return True


def answer_callback_query(request: Request) -> bool:
    world = request.world
    press = world.presses.get(request.get("callback_query_id"))
    late = press and (world.clock.now() - press.at).total_seconds() > world.limits.callback_lifetime_s
    if press is None or late:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    if utf16_length(request.get("text") or "") > world.limits.callback_answer:
        raise bad_request("MESSAGE_TOO_LONG")
    if press.answer is None:
        press.answer = {name: value for name, value in request.parameters.items() if name != "callback_query_id"}
    world.changes.ring()
    return True


# --- files, chats and the bot itself ----------------------------------------------------------------------------------


def get_file(request: Request) -> Json:
    stored = request.world.files.get(request.get("file_id"))
    if stored is None:
        raise bad_request("invalid file_id")
    if len(stored.content) > request.world.limits.download:
        raise bad_request("file is too big")
    return stored.ids() | {"file_path": stored.path}


def get_chat(request: Request) -> Json:
    return _chat(request).to_json() | {
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": {
            "unlimited_gifts": False,
            "limited_gifts": False,
            "unique_gifts": False,
            "premium_subscription": False,
            "gifts_from_channels": False,
        },
    }


def get_chat_member(request: Request) -> Json:
    user = request.world.users.get(request.get("user_id"))
    if user is None:
        raise bad_request("PARTICIPANT_ID_INVALID")
    return _chat(request).member_json(user)


def get_chat_administrators(request: Request) -> list[Json]:
    chat = _chat(request)
    if chat.type == "private":
        raise bad_request("there are no administrators in the private chat")
    return [
        chat.member_json(request.world.users[user_id])
        for user_id, status in chat.statuses.items()
        if status in ("creator", "administrator")
    ]


def get_chat_member_count(request: Request) -> int:
    return sum(status not in ("left", "kicked") for status in _chat(request).statuses.values())


def leave_chat(request: Request) -> bool:
    _chat(request).set_bot_status("left", by=request.world.bot)
    return True


def get_me(request: Request) -> Json:
    return request.world.bot.to_json() | {
        "can_join_groups": True,
        "can_read_all_group_messages": not request.world.privacy_mode,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
    }


def get_webhook_info(request: Request) -> Json:
    return {"url": "", "has_custom_certificate": False, "pending_update_count": len(request.world.updates)}


def delete_webhook(request: Request) -> bool:
    if request.get("drop_pending_updates"):
        request.world.updates.clear()
    return True


def _scope(request: Request) -> tuple[str, str]:
    scope = request.get("scope") or {"type": "default"}
    return json.dumps(scope, sort_keys=True), request.get("language_code") or ""


def set_my_commands(request: Request) -> bool:
    commands = request.get("commands")
    if len(commands) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not re.fullmatch(r"/?[a-z0-9_]{1,32}", command["command"]):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(command["description"]) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    request.world.commands[_scope(request)] = commands
    return True


def get_my_commands(request: Request) -> list[Json]:
    return request.world.commands.get(_scope(request), [])


def delete_my_commands(request: Request) -> bool:
    request.world.commands.pop(_scope(request), None)
    return True


def _set_profile(parameter: str, most: int) -> Callable[[Request], bool]:
    def set_profile(request: Request) -> bool:
        text = request.get(parameter) or ""
        if len(text) > most:
            raise bad_request(f"{parameter.upper()}_TOO_LONG")
        request.world.profile[f"{parameter} {request.get('language_code') or ''}".strip()] = text
        return True

    return set_profile


def _nothing_to_do(_request: Request) -> bool:
    return True


DO: Mapping[str, Callable[[Request], Any]] = {
    "getMe": get_me,
    "logOut": _nothing_to_do,
    "close": _nothing_to_do,
    "getWebhookInfo": get_webhook_info,
    "deleteWebhook": delete_webhook,
    "getFile": get_file,
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "getChatAdministrators": get_chat_administrators,
    "getChatMemberCount": get_chat_member_count,
    "leaveChat": leave_chat,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "setMyName": _set_profile("name", 64),
    "setMyDescription": _set_profile("description", 512),
    "setMyShortDescription": _set_profile("short_description", 120),
    "setChatMenuButton": _nothing_to_do,
    "sendMessage": send_message,
    "sendPhoto": _send_media("photo"),
    "sendVideo": _send_media("video"),
    "sendDocument": _send_media("document"),
    "sendAudio": _send_media("audio"),
    "sendVoice": _send_media("voice"),
    "sendAnimation": _send_media("animation"),
    "sendMediaGroup": send_media_group,
    "sendChatAction": send_chat_action,
    "editMessageText": edit_message_text,
    "editMessageCaption": edit_message_caption,
    "editMessageMedia": edit_message_media,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
    "copyMessage": copy_message,
    "forwardMessage": forward_message,
    "setMessageReaction": set_message_reaction,
    "answerCallbackQuery": answer_callback_query,
}
