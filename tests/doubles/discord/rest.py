"""What each route of Discord's REST API does to the world, and when it refuses.

A route is a function of a `Call`; it returns the JSON of the answer (None for 204), or raises `Refusal`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.doubles.discord import payloads
from tests.doubles.discord.interactions import AUTOCOMPLETE, COMPONENT, MODAL, File, Interaction
from tests.doubles.discord.permissions import bits
from tests.doubles.discord.refusal import (
    FormErrors,
    Refusal,
    missing_access,
    missing_permissions,
    too_large,
    unknown,
)
from tests.doubles.discord.rules import (
    COMPONENTS_V2,
    EPHEMERAL,
    LOADING,
    SILENT,
    SUPPRESS_EMBEDS,
    VOICE_MESSAGE,
    check_choices,
    check_commands,
    check_message,
    check_modal,
    check_not_empty,
)
from tests.doubles.discord.world import (
    MESSAGE_CONTENT,
    Attachment,
    Channel,
    Guild,
    Message,
    User,
    World,
)

Json = dict[str, Any]
_SENDABLE_FLAGS = SUPPRESS_EMBEDS | SILENT | VOICE_MESSAGE | COMPONENTS_V2
_ANSWER_FLAGS = _SENDABLE_FLAGS | EPHEMERAL
_REPLY, _CHAT_COMMAND, _MENU_COMMAND = 19, 20, 23


@dataclass(frozen=True)
class Call:
    """A request to one route."""

    world: World
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    uploads: Mapping[int, File]  # the parts "files[n]"

    def names(self) -> dict[int, str]:
        return {number: file.name for number, file in self.uploads.items()}


# --- what a request is about ------------------------------------------------------------------------------------------


def _channel(call: Call, *permissions: str) -> Channel:
    """Find a channel that the bot sees and has these permissions in."""
    channel = call.world.channels.get(_number(call.path["channel_id"]))
    if channel is None or channel.deleted:
        raise unknown("Channel")
    if not (channel.has_bot and channel.bot_permissions & bits("view_channel")):
        raise missing_access()
    _require(channel, *permissions)
    return channel


def _require(channel: Channel, *permissions: str) -> None:
    if bits(*permissions) & ~channel.bot_permissions:
        raise missing_permissions()


def _message(call: Call, *permissions: str) -> Message:
    message = _channel(call, *permissions).find(_number(call.path["message_id"]))
    if message is None or message.only_for is not None:
        raise unknown("Message")
    return message


def _guild(call: Call) -> Guild:
    guild = call.world.guilds.get(_number(call.path["guild_id"]))
    if guild is None:
        raise unknown("Guild")
    if not guild.has_bot:
        raise missing_access()
    return guild


def _number(snowflake: str) -> int:
    if not snowflake.isdigit():
        errors = FormErrors()
        errors.add(("id",), "NUMBER_TYPE_COERCE", f'Value "{snowflake}" is not snowflake.')
        errors.raise_if_any()
    return int(snowflake)


def _shown(message: Message) -> Json:
    """A message as REST shows it to a bot that may or may not read what people write."""
    shown = payloads.message(message)
    if payloads.hides_content(message) and not message.channel.world.granted_intents & MESSAGE_CONTENT:
        return payloads.without_content(shown)
    return shown


# --- making and changing messages -------------------------------------------------------------------------------------


def _check_sizes(call: Call, channel: Channel) -> None:
    if sum(len(file.content) for file in call.uploads.values()) > channel.upload_limit_bytes:
        raise too_large()


def _new_files(call: Call) -> dict[int, Attachment]:
    told = {str(item["id"]): item for item in call.body.get("attachments") or []}
    files = {}
    for number, file in call.uploads.items():
        about = told.get(str(number), {})
        files[number] = call.world.attach(
            about.get("filename") or file.name,
            file.content,
            file.content_type if file.content_type != "application/octet-stream" else None,
            description=about.get("description"),
            duration_s=about.get("duration_secs"),
            waveform=about.get("waveform"),
        )
    return files


def _fields(call: Call, channel: Channel, allowed_flags: int) -> dict[str, Any]:
    """Read a checked body into the fields of a new message."""
    body = call.body
    check_message(body, call.names())
    check_not_empty(body, call.uploads)
    _check_sizes(call, channel)
    pings, everyone = call.world.notified(channel, body.get("content") or "", body.get("allowed_mentions"))
    return {
        "content": body.get("content") or "",
        "embeds": body.get("embeds") or [],
        "components": payloads.components(body.get("components") or []),
        "attachments": list(_new_files(call).values()),
        "flags": (body.get("flags") or 0) & allowed_flags,
        "pings": pings,
        "pings_everyone": everyone,
    }


def _change(call: Call, message: Message) -> None:
    """Change a message by the fields that the body has; `attachments` names the files that stay."""
    body, world = call.body, call.world
    kept_ids = {int(item["id"]) for item in body.get("attachments") or []}
    kept = [file for file in message.attachments if "attachments" not in body or file.id in kept_ids]
    names = call.names() | {file.id: file.filename for file in kept}
    check_message(body, names, flags=message.flags)
    _check_sizes(call, message.channel)
    message.versions.append(message.text)
    if "content" in body:
        message.content = body["content"] or ""
        if not message.is_loading:
            allowed = body.get("allowed_mentions")
            message.pings, message.pings_everyone = world.notified(message.channel, message.content, allowed)
    if "embeds" in body:
        message.embeds = body["embeds"] or []
    if "components" in body:
        message.components = payloads.components(body["components"] or [])
    if "flags" in body:
        message.flags = message.flags & ~_SENDABLE_FLAGS | (body["flags"] or 0) & _SENDABLE_FLAGS
    message.attachments = kept + list(_new_files(call).values())
    message.flags &= ~LOADING
    message.channel.edited(message)


def create_message(call: Call) -> Json:
    channel = _channel(call)
    _require(channel, "send_messages_in_threads" if channel.is_thread else "send_messages")
    if call.uploads:
        _require(channel, "attach_files")
    if not all(user.takes_direct_messages for user in channel.recipients):
        raise Refusal(403, 50007, "Cannot send messages to this user")
    if (repeated := _same_nonce(call, channel)) is not None:
        return _shown(repeated)
    reply_to = _reply_to(call, channel)
    fields = _fields(call, channel, _SENDABLE_FLAGS)
    if reply_to and (call.body.get("allowed_mentions") or {"replied_user": True}).get("replied_user"):
        fields["pings"] = list(dict.fromkeys([*fields["pings"], reply_to.author]))
    kind, nonce = _REPLY if reply_to else 0, call.body.get("nonce")
    return _shown(channel.post(call.world.bot, reply_to=reply_to, kind=kind, nonce=nonce, **fields))


def _same_nonce(call: Call, channel: Channel) -> Message | None:
    """With `enforce_nonce`, a message that was sent before under the same nonce is answered instead of a new one."""
    nonce = call.body.get("nonce")
    if nonce is None or not call.body.get("enforce_nonce"):
        return None
    for message in channel.history:
        age_s = (call.world.clock.now() - message.created_at).total_seconds()
        if message.nonce is not None and str(message.nonce) == str(nonce) and age_s < call.world.limits.nonce_memory_s:
            return message
    return None


def _reply_to(call: Call, channel: Channel) -> Message | None:
    reference = call.body.get("message_reference")
    if not reference:
        return None
    found = channel.find(_number(str(reference["message_id"])))
    if found is None and reference.get("fail_if_not_exists", True):
        errors = FormErrors()
        errors.add(("message_reference",), "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message")
        errors.raise_if_any()
    return found


def get_message(call: Call) -> Json:
    return _shown(_message(call, "read_message_history"))


def list_messages(call: Call) -> list[Json]:
    channel = _channel(call, "read_message_history")
    seen = list(reversed(channel.messages))
    before, after = call.query.get("before"), call.query.get("after")
    if before:
        seen = [message for message in seen if message.id < int(before)]
    if after:
        seen = [message for message in seen if message.id > int(after)]
    return [_shown(message) for message in seen[: int(call.query.get("limit", "50"))]]


def edit_message(call: Call) -> Json:
    message = _message(call)
    if message.author is not call.world.bot:
        raise Refusal(403, 50005, "Cannot edit a message authored by another user")
    _change(call, message)
    return _shown(message)


def delete_message(call: Call) -> None:
    message = _message(call)
    if message.author is not call.world.bot and not message.channel.bot_permissions & bits("manage_messages"):
        raise missing_permissions()
    message.channel.delete(message)


def add_reaction(call: Call) -> None:
    message = _message(call, "add_reactions")
    message.reactions.append(call.path["emoji_name"])
    call.world.changes.ring()


def trigger_typing(call: Call) -> None:
    _channel(call).typing += 1


# --- answering interactions -------------------------------------------------------------------------------------------


def create_interaction_response(call: Call) -> Json | None:
    interaction = _fresh_interaction(call)
    kind, data = call.body["type"], call.body.get("data") or {}
    answer = Call(call.world, call.path, call.query, data, call.uploads)
    may = _ANSWERS.get(kind)
    if may is None or not may(interaction):
        errors = FormErrors()
        errors.add(("type",), "BASE_TYPE_CHOICES", f"Interaction of type {interaction.kind} can't be answered so.")
        errors.raise_if_any()
    if kind == 4:
        _post_answer(answer, interaction, **_fields(answer, interaction.channel, _ANSWER_FLAGS))
    elif kind == 5:
        _post_answer(answer, interaction, flags=(data.get("flags") or 0) & EPHEMERAL | LOADING)
    elif kind == 6:
        interaction.original = interaction.message
    elif kind == 7:
        assert interaction.message is not None
        interaction.original = interaction.message
        _change(answer, interaction.message)
    elif kind == 8:
        check_choices(data.get("choices") or [])
        interaction.choices = data.get("choices") or []
    else:
        check_modal(data)
        interaction.modal = data
    interaction.acknowledged = True
    call.world.changes.ring()
    return _callback_answer(interaction, kind) if call.query.get("with_response") in ("true", "1", "True") else None


# Which answers fit which interactions: a message, "thinking", nothing for now, a change of the message with the button,
# suggestions, a form.
_ANSWERS: Mapping[int, Callable[[Interaction], bool]] = {
    4: lambda interaction: interaction.kind != AUTOCOMPLETE,
    5: lambda interaction: interaction.kind != AUTOCOMPLETE,
    6: lambda interaction: interaction.kind in (COMPONENT, MODAL) and interaction.message is not None,
    7: lambda interaction: interaction.kind in (COMPONENT, MODAL) and interaction.message is not None,
    8: lambda interaction: interaction.kind == AUTOCOMPLETE,
    9: lambda interaction: interaction.kind not in (AUTOCOMPLETE, MODAL),
}


def _fresh_interaction(call: Call) -> Interaction:
    """Find an interaction that waits for its first answer: for 3 seconds, then it is unknown."""
    interaction = call.world.interactions.get(_number(call.path["interaction_id"]))
    if interaction is None or interaction.token != call.path["interaction_token"]:
        raise unknown("interaction")
    if interaction.acknowledged:
        raise Refusal(400, 40060, "Interaction has already been acknowledged.")
    age_s = (call.world.clock.now() - interaction.at).total_seconds()
    if age_s > call.world.limits.answer_within_s:
        raise unknown("interaction")
    return interaction


def _post_answer(call: Call, interaction: Interaction, **fields: Any) -> None:
    kind = {COMPONENT: _REPLY, MODAL: 0}.get(interaction.kind, _CHAT_COMMAND)
    if interaction.data.get("type") == 3:
        kind = _MENU_COMMAND
    if interaction.kind == COMPONENT:
        fields["reply_to"] = interaction.message
    only_for = interaction.user if fields["flags"] & EPHEMERAL else None
    interaction.original = interaction.channel.post(
        call.world.bot, kind=kind, interaction=interaction, only_for=only_for, **fields
    )


def _callback_answer(interaction: Interaction, kind: int) -> Json:
    about: Json = {"id": str(interaction.id), "type": interaction.kind, "channel_id": str(interaction.channel.id)}
    if interaction.channel.guild:
        about["guild_id"] = str(interaction.channel.guild.id)
    shown: Json = {"interaction": about}
    message = interaction.original
    if message is not None:
        about["response_message_id"] = str(message.id)
        about["response_message_loading"] = message.is_loading
        about["response_message_ephemeral"] = message.only_for is not None
        if kind in (4, 5, 7):
            shown["resource"] = {"type": 4 if kind == 5 else kind, "message": payloads.message(message)}
    return shown


def _answered_interaction(call: Call) -> Interaction:
    """Find an interaction by the token of its webhook, which lives for 15 minutes after the interaction."""
    token = call.path["webhook_token"]
    found = next((known for known in call.world.interactions.values() if known.token == token), None)
    if call.path["webhook_id"] != str(call.world.bot.id) or found is None or not found.acknowledged:
        raise unknown("Webhook")
    if (call.world.clock.now() - found.at).total_seconds() > call.world.limits.token_lifetime_s:
        raise Refusal(401, 50027, "Invalid Webhook Token")
    return found


def _original(call: Call) -> Message:
    message = _answered_interaction(call).original
    if message is None or message.deleted:
        raise unknown("Message")
    return message


def _followup(call: Call) -> Message:
    interaction = _answered_interaction(call)
    mine = [*interaction.followups, *([interaction.original] if interaction.original else [])]
    number = _number(call.path["message_id"])
    found = next((message for message in mine if message.id == number and not message.deleted), None)
    if found is None:
        raise unknown("Message")
    return found


def create_followup(call: Call) -> Json:
    """Send one more answer; the first one after "thinking" takes its place."""
    interaction = _answered_interaction(call)
    original = interaction.original
    if original is not None and original.is_loading and not original.deleted:
        check_not_empty(call.body, call.uploads)
        _change(call, original)
        return payloads.message(original)
    fields = _fields(call, interaction.channel, _ANSWER_FLAGS)
    only_for = interaction.user if fields["flags"] & EPHEMERAL else None
    message = interaction.channel.post(call.world.bot, interaction=interaction, only_for=only_for, **fields)
    interaction.followups.append(message)
    call.world.changes.ring()
    return payloads.message(message)


def get_original(call: Call) -> Json:
    return payloads.message(_original(call))


def edit_original(call: Call) -> Json:
    message = _original(call)
    _change(call, message)
    return payloads.message(message)


def delete_original(call: Call) -> None:
    message = _original(call)
    message.channel.delete(message)


def get_followup(call: Call) -> Json:
    return payloads.message(_followup(call))


def edit_followup(call: Call) -> Json:
    message = _followup(call)
    _change(call, message)
    return payloads.message(message)


def delete_followup(call: Call) -> None:
    message = _followup(call)
    message.channel.delete(message)


# --- the bot, people and places ---------------------------------------------------------------------------------------


def get_my_user(call: Call) -> Json:
    return payloads.own_user(call.world)


def get_my_application(call: Call) -> Json:
    return payloads.application(call.world)


def get_user(call: Call) -> Json:
    user = call.world.users.get(_number(call.path["user_id"]))
    if user is None:
        raise unknown("User")
    return payloads.user(user)


def create_dm(call: Call) -> Json:
    user = call.world.users.get(_number(str(call.body["recipient_id"])))
    if user is None or user.is_bot:
        raise Refusal(400, 50033, "Invalid Recipient(s)")
    return payloads.channel(call.world.direct_channel(user))


def get_channel(call: Call) -> Json:
    return payloads.channel(_channel(call))


def get_guild(call: Call) -> Json:
    return payloads.guild(_guild(call)) | {"approximate_member_count": None, "approximate_presence_count": None}


def list_channels(call: Call) -> list[Json]:
    return [payloads.channel(channel) for channel in _guild(call).channels]


def get_member(call: Call) -> Json:
    guild = _guild(call)
    return payloads.full_member(guild, _member(call, guild))


def _member(call: Call, guild: Guild) -> User:
    number = _number(call.path["user_id"])
    if number == call.world.bot.id:
        return call.world.bot
    if number not in call.world.users:
        raise unknown("User")
    if number not in guild.members:
        raise unknown("Member")
    return guild.members[number]


def create_thread_from_message(call: Call) -> Json:
    message = _message(call, "create_public_threads")
    return payloads.channel(message.channel.thread(_thread_name(call), owner=call.world.bot))


def create_thread(call: Call) -> Json:
    return payloads.channel(_channel(call, "create_public_threads").thread(_thread_name(call), owner=call.world.bot))


def _thread_name(call: Call) -> str:
    errors = FormErrors()
    errors.required(("name",), call.body.get("name"))
    errors.longest(("name",), call.body.get("name"), 100, 1)
    errors.raise_if_any()
    return str(call.body["name"])


def join_thread(call: Call) -> None:
    _channel(call)


# --- commands ---------------------------------------------------------------------------------------------------------


def _own_application(call: Call) -> None:
    if call.path["application_id"] != str(call.world.bot.id):
        raise Refusal(403, 20012, "You are not authorized to perform this action on this application")


def list_commands(call: Call) -> list[Json]:
    _own_application(call)
    return list(call.world.commands.values())


def set_commands(call: Call) -> list[Json]:
    """Replace all global commands; one that keeps its name keeps its id."""
    _own_application(call)
    check_commands(call.body)
    world, before = call.world, dict(call.world.commands)
    world.commands.clear()
    for given in call.body:
        key = (given.get("type") or 1, given["name"])
        known = int(before[key]["id"]) if key in before else world.snowflake()
        world.commands[key] = payloads.command(world, given, known, world.snowflake())
    world.changes.ring()
    return list(world.commands.values())


ROUTES: tuple[tuple[str, str, Callable[[Call], Any]], ...] = (
    ("GET", "/users/@me", get_my_user),
    ("GET", "/oauth2/applications/@me", get_my_application),
    ("GET", "/applications/@me", get_my_application),
    ("POST", "/users/@me/channels", create_dm),
    ("GET", "/users/{user_id}", get_user),
    ("GET", "/applications/{application_id}/commands", list_commands),
    ("PUT", "/applications/{application_id}/commands", set_commands),
    ("GET", "/guilds/{guild_id}", get_guild),
    ("GET", "/guilds/{guild_id}/channels", list_channels),
    ("GET", "/guilds/{guild_id}/members/{user_id}", get_member),
    ("GET", "/channels/{channel_id}", get_channel),
    ("POST", "/channels/{channel_id}/typing", trigger_typing),
    ("POST", "/channels/{channel_id}/threads", create_thread),
    ("PUT", "/channels/{channel_id}/thread-members/@me", join_thread),
    ("GET", "/channels/{channel_id}/messages", list_messages),
    ("POST", "/channels/{channel_id}/messages", create_message),
    ("GET", "/channels/{channel_id}/messages/{message_id}", get_message),
    ("PATCH", "/channels/{channel_id}/messages/{message_id}", edit_message),
    ("DELETE", "/channels/{channel_id}/messages/{message_id}", delete_message),
    ("POST", "/channels/{channel_id}/messages/{message_id}/threads", create_thread_from_message),
    ("PUT", "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me", add_reaction),
    ("POST", "/interactions/{interaction_id}/{interaction_token}/callback", create_interaction_response),
    ("POST", "/webhooks/{webhook_id}/{webhook_token}", create_followup),
    ("GET", "/webhooks/{webhook_id}/{webhook_token}/messages/@original", get_original),
    ("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/@original", edit_original),
    ("DELETE", "/webhooks/{webhook_id}/{webhook_token}/messages/@original", delete_original),
    ("GET", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", get_followup),
    ("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", edit_followup),
    ("DELETE", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", delete_followup),
)
