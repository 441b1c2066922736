"""Discord's permission bits, by the names that discord.py gives them; only those that this double knows."""

from __future__ import annotations

_BIT = {
    "administrator": 3,
    "manage_channels": 4,
    "manage_guild": 5,
    "add_reactions": 6,
    "view_channel": 10,
    "send_messages": 11,
    "manage_messages": 13,
    "embed_links": 14,
    "attach_files": 15,
    "read_message_history": 16,
    "mention_everyone": 17,
    "use_application_commands": 31,
    "create_public_threads": 35,
    "send_messages_in_threads": 38,
    "send_voice_messages": 46,
    "use_external_apps": 50,
}


def bits(*names: str) -> int:
    """Join permissions into one number."""
    return sum(1 << _BIT[name] for name in set(names))


ALL = bits(*_BIT)
EVERYONE = bits(
    "add_reactions",
    "view_channel",
    "send_messages",
    "embed_links",
    "attach_files",
    "read_message_history",
    "mention_everyone",  # generous, so that a test sees a mention that should not have been sent
    "use_application_commands",
    "create_public_threads",
    "send_messages_in_threads",
    "send_voice_messages",
    "use_external_apps",
)
