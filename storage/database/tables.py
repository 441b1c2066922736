"""Every table. Times are seconds since the epoch (``…_at_s``), durations seconds (``…_s``), files relative paths."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

# Every constraint has a name, because SQLite's batch migrations and Postgres both drop constraints by name.
metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def _table(name: str, *items: Column[Any] | UniqueConstraint | Index) -> Table:
    # AUTOINCREMENT: an id names files and lies in buttons of old messages, so it is never given out twice.
    identifier: Column[int] = Column("id", Integer, primary_key=True)
    return Table(name, metadata, identifier, *items, sqlite_autoincrement=True)


def _reference(name: str, target: str, *, nullable: bool = False, ondelete: str | None = None) -> Column[int]:
    return Column(name, Integer, ForeignKey(f"{target}.id", ondelete=ondelete), nullable=nullable)


def _count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default=text("0"))


def _now(name: str) -> Column[float]:
    return Column(name, Double, nullable=False)


def _then(name: str) -> Column[float]:
    return Column(name, Double, nullable=True)


users = _table(
    "users",
    Column("platform", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("name", Text),
    Column("language", Text),
    _now("met_at_s"),
    _then("banned_at_s"),
    _then("forgotten_at_s"),
    _then("last_released_at_s"),
    UniqueConstraint("platform", "external_id"),
)

chats = _table(
    "chats",
    Column("platform", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("title", Text),
    Column("language", Text),
    _now("met_at_s"),
    _reference("moved_to_id", "chats", nullable=True, ondelete="SET NULL"),
    Column("default_theme", Text),
    Column("size_px", Integer),
    Column("longest_s", Double),
    Column("clips_per_day", Integer),
    Column("seconds_per_day", Double),
    Column("admins_only", Boolean(create_constraint=False), nullable=False, server_default=false()),
    UniqueConstraint("platform", "external_id"),
)

chat_bans = Table(
    "chat_bans",
    metadata,
    Column("chat_id", Integer, ForeignKey("chats.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", Integer, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    _now("banned_at_s"),
)

sources = _table(
    "sources",
    Column("kind", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("title", Text),
    Column("canonical_url", Text),
    Column("extractor", Text),
    Column("extractor_id", Text),
    Column("bytes", Integer),
    Column("duration_s", Double),
    _now("created_at_s"),
)

requests = _table(
    "requests",
    # who asked for what, where
    Column("platform", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    _reference("user_id", "users"),
    _reference("chat_id", "chats"),
    Column("channel", Text),
    Column("message", Text),
    Column("language", Text, nullable=False),
    _reference("source_id", "sources"),
    Column("recipe", Text, nullable=False),
    _reference("parent_clip_id", "clips", nullable=True, ondelete="SET NULL"),
    Column("estimated_s", Double, nullable=False),
    Column("work_s", Double),
    Column("prices", Text),
    Column("max_bytes", Integer),
    Column("max_duration_s", Double),
    _count("priority"),
    # how far it is
    Column("state", Text, nullable=False),
    _count("ticket"),
    _count("fence"),
    _count("starts"),
    _now("not_before_at_s"),
    Column("stage", Text),
    _count("done"),
    _count("total"),
    Column("storyboard", Text),
    Column("chosen", Text),
    Column("error_code", Text),
    Column("error_facts", JSON),
    # when
    _now("created_at_s"),
    _then("released_at_s"),
    _then("begun_at_s"),
    _then("ended_at_s"),
    UniqueConstraint("platform", "event_id"),
    Index(None, "state", "priority", "created_at_s"),
    Index(None, "user_id", "state"),
    Index(None, "chat_id", "created_at_s"),
)

quota_entries = _table(
    "quota_entries",
    # A forgotten person's requests go, but what they spent today stays until the day is over.
    _reference("request_id", "requests", nullable=True, ondelete="SET NULL"),
    Column("kind", Text, nullable=False),
    _reference("user_id", "users"),
    _reference("chat_id", "chats"),
    Column("clips", Integer, nullable=False),
    Column("seconds", Double, nullable=False),
    _now("counts_at_s"),
    _now("written_at_s"),
    UniqueConstraint("request_id", "kind"),
    Index(None, "user_id", "counts_at_s"),
    Index(None, "chat_id", "counts_at_s"),
)

price_days = Table(
    "price_days",
    metadata,
    Column("day", Text, primary_key=True),
    Column("prices", Text, nullable=False),
)

# A clip has its request's id: one makes the other at most once, and outlives it where the asker is forgotten.
clips = Table(
    "clips",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    _reference("parent_clip_id", "clips", nullable=True, ondelete="SET NULL"),
    _reference("user_id", "users", nullable=True),
    _reference("chat_id", "chats"),
    _reference("source_id", "sources", nullable=True, ondelete="SET NULL"),
    Column("title", Text),
    Column("recipe", Text, nullable=False),
    Column("duration_s", Double, nullable=False),
    Column("size_px", Integer, nullable=False),
    Column("fps", Integer, nullable=False),
    Column("frame_count", Integer, nullable=False),
    Column("drawn_in_s", Double),
    Column("bytes", Integer, nullable=False),
    Column("video", Text, nullable=False),
    Column("sound", Text),
    Column("poster", Text),
    Column("storyboard", Text),
    Column("thumbnail", Text),
    _now("created_at_s"),
    _then("media_removed_at_s"),
    _then("deleted_at_s"),
    Index(None, "parent_clip_id"),
    Index(None, "user_id", "created_at_s"),
)

deliveries = _table(
    "deliveries",
    Column("platform", Text, nullable=False),
    Column("kind", Text, nullable=False),
    _reference("request_id", "requests", nullable=True, ondelete="CASCADE"),
    _reference("clip_id", "clips", nullable=True, ondelete="CASCADE"),
    Column("event_id", Text),
    _reference("chat_id", "chats"),
    Column("channel", Text),
    Column("reply_to", Text),
    Column("language", Text, nullable=False),
    Column("state", Text, nullable=False),
    _count("fence"),
    _count("attempts"),
    Column("step", Text),
    _then("step_at_s"),
    _now("not_before_at_s"),
    Column("owner", Text),
    _then("leased_until_s"),
    Column("error_code", Text),
    _now("created_at_s"),
    _then("ended_at_s"),
    UniqueConstraint("request_id", "kind"),
    UniqueConstraint("platform", "event_id"),
    Index(None, "platform", "state", "not_before_at_s"),
)

posted_messages = _table(
    "posted_messages",
    _reference("chat_id", "chats"),
    Column("channel", Text),
    Column("message", Text, nullable=False),
    Column("role", Text, nullable=False),
    _reference("request_id", "requests", nullable=True, ondelete="CASCADE"),
    _reference("clip_id", "clips", nullable=True, ondelete="CASCADE"),
    _reference("delivery_id", "deliveries", nullable=True, ondelete="SET NULL"),
    Column("file_id", Text),
    _now("posted_at_s"),
    UniqueConstraint("chat_id", "message"),
    Index(None, "request_id", "role"),
    Index(None, "clip_id", "role"),
)

relays = _table(
    "relays",
    _reference("user_id", "users"),
    _reference("chat_id", "chats"),
    Column("channel", Text),
    Column("event_id", Text, nullable=False),
    Column("language", Text, nullable=False),
    _reference("source_id", "sources"),
    Column("recipe", Text, nullable=False),
    Column("estimated_s", Double, nullable=False),
    Column("scenes", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("message", Text),
    _reference("request_id", "requests", nullable=True, ondelete="SET NULL"),
    _now("created_at_s"),
    _now("deadline_at_s"),
    UniqueConstraint("chat_id", "event_id"),
    Index(None, "state", "deadline_at_s"),
)

relay_picks = _table(
    "relay_picks",
    _reference("relay_id", "relays", ondelete="CASCADE"),
    Column("position", Integer, nullable=False),
    _reference("user_id", "users", nullable=True),
    Column("category", Integer, nullable=False),
    _now("picked_at_s"),
    UniqueConstraint("relay_id", "position"),
    UniqueConstraint("relay_id", "user_id"),
)

conversations = _table(
    "conversations",
    _reference("user_id", "users", ondelete="CASCADE"),
    _reference("chat_id", "chats"),
    Column("kind", Text, nullable=False),
    Column("message", Text),
    Column("notes", JSON, nullable=False),
    _now("opened_at_s"),
    _now("expires_at_s"),
    Index(None, "user_id", "chat_id"),
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    _now("until_s"),
)

# The embedded engine's own tables: no foreign key, for the engine may live elsewhere and may be wiped at any time.
engine_workers = Table(
    "engine_workers",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("slots", Integer, nullable=False),
    _now("leased_until_s"),
)

engine_jobs = Table(
    "engine_jobs",
    metadata,
    Column("job_id", Integer, primary_key=True),
    Column("ticket", Integer, primary_key=True),
    _count("priority"),
    _now("submitted_at_s"),
    _now("not_before_at_s"),
    Column("owner", Text),
    _then("leased_until_s"),
    _count("claims"),
    Column("cancelled", Boolean(create_constraint=False), nullable=False, server_default=false()),
    Index(None, "leased_until_s", "priority"),
)
