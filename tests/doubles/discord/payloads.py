"""What Discord's JSON says of the things in the world; required fields as in Discord's own descriptions."""

from __future__ import annotations

import io
from datetime import datetime
from typing import TYPE_CHECKING, Any

from PIL import Image, UnidentifiedImageError

from tests.doubles.discord.permissions import EVERYONE, bits
from tests.doubles.discord.rules import FILE, walk

if TYPE_CHECKING:
    from tests.doubles.discord.interactions import Interaction
    from tests.doubles.discord.world import Attachment, Channel, Guild, Message, User, World

Json = dict[str, Any]


def moment(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def user(who: User) -> Json:
    return {
        "id": str(who.id),
        "username": who.name.lower(),
        "global_name": None if who.is_bot else who.name,
        "discriminator": "0000" if who.is_bot else "0",
        "avatar": None,
        "public_flags": 0,
        "flags": 0,
        "bot": who.is_bot,
        "primary_guild": None,
    }


def own_user(world: World) -> Json:
    """The bot, as it sees itself."""
    return user(world.bot) | {"mfa_enabled": False, "locale": "en-US", "verified": True, "email": None}


def application(world: World) -> Json:
    return {
        "id": str(world.bot.id),
        "name": world.bot.name,
        "icon": None,
        "description": "",
        "type": None,
        "bot": user(world.bot),
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": 0,
        "flags_new": "0",
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": user(next((who for who in world.users.values() if not who.is_bot), world.bot)),
        "approximate_guild_count": len(world.guilds),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": [],
    }


def member(guild: Guild, who: User) -> Json:
    """A member without its user, as it comes beside a message."""
    return {
        "avatar": None,
        "banner": None,
        "communication_disabled_until": None,
        "flags": 0,
        "joined_at": "2026-01-01T00:00:00+00:00",
        "nick": None,
        "pending": False,
        "premium_since": None,
        "roles": [],
        "mute": False,
        "deaf": False,
    }


def full_member(guild: Guild, who: User) -> Json:
    return member(guild, who) | {"user": user(who)}


def role_everyone(guild: Guild) -> Json:
    return {
        "id": str(guild.id),
        "name": "@everyone",
        "permissions": str(EVERYONE),
        "position": 0,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def guild(of: Guild) -> Json:
    return {
        "id": str(of.id),
        "name": of.name,
        "icon": None,
        "description": None,
        "home_header": None,
        "splash": None,
        "discovery_splash": None,
        "features": [],
        "banner": None,
        "owner_id": str(of.owner.id),
        "application_id": None,
        "region": "europe",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "widget_enabled": False,
        "widget_channel_id": None,
        "verification_level": 0,
        "roles": [role_everyone(of)],
        "default_message_notifications": 0,
        "mfa_level": 0,
        "explicit_content_filter": 0,
        "max_presences": None,
        "max_members": 500_000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "vanity_url_code": None,
        "premium_tier": of.premium_tier,
        "premium_subscription_count": 0,
        "preferred_locale": of.preferred_locale,
        "rules_channel_id": None,
        "safety_alerts_channel_id": None,
        "public_updates_channel_id": None,
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "nsfw_level": 0,
        "hub_type": None,
        "emojis": [],
        "stickers": [],
        "incidents_data": None,
    }


def guild_create(of: Guild, *, with_members: bool) -> Json:
    """A guild as the gateway introduces it."""
    world = of.world
    people = [world.bot, *of.members.values()] if with_members else [world.bot]
    threads = [channel_ for channel_ in world.channels.values() if channel_.guild is of and channel_.is_thread]
    return guild(of) | {
        "joined_at": "2026-01-01T00:00:00+00:00",
        "large": False,
        "unavailable": False,
        "member_count": len(of.members) + 1,
        "voice_states": [],
        "members": [full_member(of, who) for who in people],
        "channels": [channel(channel_) for channel_ in of.channels],
        "threads": [channel(thread) for thread in threads],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def channel(of: Channel) -> Json:
    last = of.history[-1].id if of.history else None
    shown: Json = {"id": str(of.id), "type": of.kind, "flags": 0, "last_message_id": str(last) if last else None}
    if of.guild is None:
        shown["recipients"] = [user(who) for who in of.recipients]
        if of.kind == 3:
            shown |= {"name": of.name, "icon": None, "owner_id": str(of.recipients[0].id)}
        return shown
    shown |= {"guild_id": str(of.guild.id), "name": of.name, "rate_limit_per_user": 0}
    shown["parent_id"] = str(of.parent.id) if of.parent else None
    if of.is_thread:
        return shown | {
            "owner_id": str(of.owner.id if of.owner else of.guild.owner.id),
            "thread_metadata": {
                "archived": False,
                "archive_timestamp": "2026-01-01T00:00:00+00:00",
                "auto_archive_duration": 1440,
                "locked": False,
            },
            "message_count": len(of.history),
            "member_count": 1,
            "total_message_sent": len(of.history),
        }
    denied = {"id": str(of.world.bot.id), "type": 1, "allow": "0", "deny": str(bits(*of.denied_to_bot))}
    return shown | {
        "position": 0,
        "topic": None,
        "nsfw": False,
        "permission_overwrites": [denied] if of.denied_to_bot else [],
    }


def attachment(file: Attachment, of: Channel) -> Json:
    link = of.world.link_to(of, file)
    shown: Json = {
        "id": str(file.id),
        "filename": file.filename,
        "size": len(file.content),
        "url": link,
        "proxy_url": link,
        "content_type": file.content_type,
    }
    if file.content_type.startswith("image/"):
        shown |= _picture_size(file.content)
    told = {"description": file.description, "duration_secs": file.duration_s, "waveform": file.waveform}
    return shown | {name: value for name, value in told.items() if value is not None}


def _picture_size(content: bytes) -> Json:
    try:
        with Image.open(io.BytesIO(content)) as picture:
            return {"width": picture.width, "height": picture.height}
    except UnidentifiedImageError:
        return {}


def components(given: list[Json]) -> list[Json]:
    """Number the components of a message, and fill in what Discord adds to them."""
    made = _copies(given)
    for number, (_, component) in enumerate(walk(made), start=1):
        component.setdefault("id", number)
        if component["type"] == 3:
            component.setdefault("min_values", 1)
            component.setdefault("max_values", 1)
        if component["type"] == 17:
            component.setdefault("accent_color", None)
            component.setdefault("spoiler", False)
    return made


def _copies(given: list[Json]) -> list[Json]:
    copies = []
    for component in given:
        copy = {name: value for name, value in component.items() if value is not None}
        if "emoji" in copy:
            copy["emoji"] = {name: value for name, value in copy["emoji"].items() if value is not None}
        if copy.get("id") == 0:
            del copy["id"]
        if "components" in copy:
            copy["components"] = _copies(copy["components"])
        if "items" in copy:
            copy["items"] = [dict(item) for item in copy["items"]]
        for name in ("accessory", "component"):
            if name in copy:
                copy[name] = _copies([copy[name]])[0]
        copies.append(copy)
    return copies


def embeds(of: Message) -> list[Json]:
    """Fill in what Discord adds to embeds: their type, and links in place of attachment:// names."""
    links = {f"attachment://{file.filename}": of.channel.world.link_to(of.channel, file) for file in of.attachments}

    def shown(embed: Json) -> Json:
        filled = {name: value for name, value in embed.items() if value is not None} | {"type": "rich"}
        for part in ("image", "thumbnail"):
            if part in filled:
                link = links.get(filled[part]["url"], filled[part]["url"])
                filled[part] = {"url": link, "proxy_url": link, "width": 0, "height": 0, "flags": 0}
        filled["fields"] = [{"inline": False, **item} for item in filled.get("fields") or []]
        return filled

    return [shown(embed) for embed in of.embeds]


def shown_components(of: Message) -> list[Json]:
    """Put links in place of attachment:// names in the pictures and files of a message made of components."""
    shown = _copies(of.components)
    files = {f"attachment://{file.filename}": file for file in of.attachments}

    def unfurled(media: Json) -> Json:
        file = files.get(media["url"])
        if file is None:
            return {"id": str(of.id), "url": media["url"], "proxy_url": media["url"]}
        link = of.channel.world.link_to(of.channel, file)
        about: Json = {"id": str(file.id), "url": link, "proxy_url": link, "content_type": file.content_type}
        return about | {"attachment_id": str(file.id), **_picture_size(file.content)}

    for _, component in walk(shown):
        for holder in [component, *(component.get("items") or [])]:
            if "media" in holder:
                holder["media"] = unfurled(holder["media"])
                holder.update({"description": holder.get("description"), "spoiler": holder.get("spoiler", False)})
        if component["type"] == FILE:
            file = files.get(component["file"]["url"])
            about = {"name": file.filename, "size": len(file.content)} if file else {"name": None, "size": None}
            component.update({"file": unfurled(component["file"]), "spoiler": component.get("spoiler", False), **about})
    return shown


def _in_embed(of: Message, file: Attachment) -> bool:
    used = {(embed.get(part) or {}).get("url") for embed in of.embeds for part in ("image", "thumbnail")}
    return f"attachment://{file.filename}" in used


def message(of: Message, *, as_reference: bool = False) -> Json:
    """A message as REST answers show it. A file that is shown in an embed is not listed as attachment."""
    files = [file for file in of.attachments if not _in_embed(of, file)]
    shown: Json = {
        "id": str(of.id),
        "type": of.kind,
        "channel_id": str(of.channel.id),
        "author": user(of.author),
        "content": of.content,
        "timestamp": moment(of.created_at),
        "edited_timestamp": moment(of.edited_at),
        "tts": False,
        "mention_everyone": of.pings_everyone,
        "mentions": [user(who) for who in of.pings],
        "mention_roles": [],
        "attachments": [attachment(file, of.channel) for file in files],
        "embeds": embeds(of),
        "components": shown_components(of),
        "flags": of.flags,
        "pinned": False,
    }
    if of.nonce is not None:
        shown["nonce"] = of.nonce
    if of.reactions:
        shown["reactions"] = [_reaction(emoji) for emoji in of.reactions]
    if of.interaction:
        shown |= {"application_id": str(of.channel.world.bot.id), "webhook_id": str(of.channel.world.bot.id)}
        shown["interaction_metadata"] = interaction_metadata(of.interaction)
    if of.reply_to:
        reference = {"type": 0, "channel_id": str(of.channel.id), "message_id": str(of.reply_to.id)}
        if of.channel.guild:
            reference["guild_id"] = str(of.channel.guild.id)
        shown["message_reference"] = reference
        if not as_reference:
            gone = of.reply_to.deleted
            shown["referenced_message"] = None if gone else message(of.reply_to, as_reference=True)
    return shown


def _reaction(emoji: str) -> Json:
    return {
        "emoji": {"id": None, "name": emoji},
        "count": 1,
        "count_details": {"burst": 0, "normal": 1},
        "burst_colors": [],
        "me_burst": False,
        "burst_me": False,
        "burst_count": 0,
        "me": True,
    }


def gateway_message(of: Message) -> Json:
    """A message as the gateway shows it: with the guild and the author's membership."""
    shown = message(of)
    guild_ = of.channel.guild
    if guild_:
        shown["guild_id"] = str(guild_.id)
        if not of.interaction:
            shown["member"] = member(guild_, of.author)
        shown["mentions"] = [user(who) | {"member": member(guild_, who)} for who in of.pings]
    return shown


def hides_content(of: Message) -> bool:
    """A bot without the message content intent reads its own messages, direct ones, and those that mention it."""
    bot = of.channel.world.bot
    return of.channel.guild is not None and of.author is not bot and bot not in of.pings


def without_content(shown: Json) -> Json:
    return shown | {"content": "", "embeds": [], "attachments": [], "components": []}


def interaction_metadata(of: Interaction) -> Json:
    shown: Json = {
        "id": str(of.id),
        "type": of.kind,
        "user": user(of.user),
        "authorizing_integration_owners": of.owners(),
    }
    if of.kind == 3 and of.message:
        shown["interacted_message_id"] = str(of.message.id)
    if of.kind == 2 and of.data.get("target_id"):
        shown["target_message_id"] = of.data["target_id"]
    if of.kind == 5:
        before = of.before
        shown["triggering_interaction_metadata"] = interaction_metadata(before) if before else {}
    return shown


def interaction(of: Interaction) -> Json:
    """INTERACTION_CREATE."""
    where, world = of.channel, of.channel.world
    shown: Json = {
        "id": str(of.id),
        "application_id": str(world.bot.id),
        "type": of.kind,
        "data": of.data,
        "token": of.token,
        "version": 1,
        "channel_id": str(where.id),
        "channel": channel(where),
        "app_permissions": str(where.bot_permissions),
        "locale": of.user.locale,
        "entitlements": [],
        "authorizing_integration_owners": of.owners(),
        "context": of.context(),
        "attachment_size_limit": where.upload_limit_bytes,
    }
    if where.guild is None:
        shown["user"] = user(of.user)
    else:
        permissions = str(where.guild.permissions_of(of.user))
        shown["channel"]["permissions"] = permissions
        shown |= {
            "guild_id": str(where.guild.id),
            "guild": {"id": str(where.guild.id), "locale": where.guild.preferred_locale, "features": []},
            "guild_locale": where.guild.preferred_locale,
            "member": full_member(where.guild, of.user) | {"permissions": permissions},
        }
    if of.message:
        shown["message"] = message(of.message)
    return shown


def command(world: World, given: Json, command_id: int, version: int) -> Json:
    """A registered application command."""
    shown = {name: value for name, value in given.items() if value is not None}
    if "default_member_permissions" in shown:  # a number is taken, and told as text
        shown["default_member_permissions"] = str(shown["default_member_permissions"])
    return {
        "description": "",
        "default_member_permissions": None,
        "contexts": None,
        "integration_types": [0],
        "nsfw": False,
        "options": [],
        **shown,
        "id": str(command_id),
        "application_id": str(world.bot.id),
        "type": given.get("type") or 1,
        "version": str(version),
    }
