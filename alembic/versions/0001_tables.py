"""The tables that everything began with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chats",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text()),
        sa.Column("language", sa.Text()),
        sa.Column("met_at_s", sa.Double(), nullable=False),
        sa.Column("moved_to_id", sa.Integer()),
        sa.Column("default_theme", sa.Text()),
        sa.Column("size_px", sa.Integer()),
        sa.Column("longest_s", sa.Double()),
        sa.Column("clips_per_day", sa.Integer()),
        sa.Column("seconds_per_day", sa.Double()),
        sa.Column("admins_only", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(["moved_to_id"], ["chats.id"], name=op.f("fk_chats_moved_to_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chats")),
        sa.UniqueConstraint("platform", "external_id", name=op.f("uq_chats_platform_external_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "engine_workers",
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("leased_until_s", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("owner", name=op.f("pk_engine_workers")),
    )
    op.create_table(
        "engine_jobs",
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("ticket", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("submitted_at_s", sa.Double(), nullable=False),
        sa.Column("not_before_at_s", sa.Double(), nullable=False),
        sa.Column("owner", sa.Text()),
        sa.Column("leased_until_s", sa.Double()),
        sa.Column("claims", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("cancelled", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "ticket", name=op.f("pk_engine_jobs")),
    )
    op.create_index(op.f("ix_engine_jobs_leased_until_s_priority"), "engine_jobs", ["leased_until_s", "priority"])
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("until_s", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "sources",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("title", sa.Text()),
        sa.Column("canonical_url", sa.Text()),
        sa.Column("extractor", sa.Text()),
        sa.Column("extractor_id", sa.Text()),
        sa.Column("bytes", sa.Integer()),
        sa.Column("duration_s", sa.Double()),
        sa.Column("created_at_s", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("language", sa.Text()),
        sa.Column("met_at_s", sa.Double(), nullable=False),
        sa.Column("banned_at_s", sa.Double()),
        sa.Column("forgotten_at_s", sa.Double()),
        sa.Column("last_released_at_s", sa.Double()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("platform", "external_id", name=op.f("uq_users_platform_external_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "chat_bans",
        sa.Column("chat_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("banned_at_s", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name=op.f("fk_chat_bans_chat_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_chat_bans_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("chat_id", "user_id", name=op.f("pk_chat_bans")),
    )
    op.create_table(
        "clips",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("parent_clip_id", sa.Integer()),
        sa.Column("user_id", sa.Integer()),
        sa.Column("chat_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer()),
        sa.Column("title", sa.Text()),
        sa.Column("recipe", sa.Text(), nullable=False),
        sa.Column("duration_s", sa.Double(), nullable=False),
        sa.Column("size_px", sa.Integer(), nullable=False),
        sa.Column("fps", sa.Integer(), nullable=False),
        sa.Column("frame_count", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("video", sa.Text(), nullable=False),
        sa.Column("sound", sa.Text()),
        sa.Column("poster", sa.Text()),
        sa.Column("storyboard", sa.Text()),
        sa.Column("thumbnail", sa.Text()),
        sa.Column("created_at_s", sa.Double(), nullable=False),
        sa.Column("media_removed_at_s", sa.Double()),
        sa.Column("deleted_at_s", sa.Double()),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name=op.f("fk_clips_chat_id")),
        sa.ForeignKeyConstraint(
            ["parent_clip_id"], ["clips.id"], name=op.f("fk_clips_parent_clip_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_clips_source_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_clips_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clips")),
    )
    op.create_index(op.f("ix_clips_parent_clip_id"), "clips", ["parent_clip_id"])
    op.create_index(op.f("ix_clips_user_id_created_at_s"), "clips", ["user_id", "created_at_s"])
    op.create_table(
        "conversations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("chat_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("message", sa.Text()),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("opened_at_s", sa.Double(), nullable=False),
        sa.Column("expires_at_s", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name=op.f("fk_conversations_chat_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_conversations_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_conversations_user_id_chat_id"), "conversations", ["user_id", "chat_id"])
    op.create_table(
        "requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("chat_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text()),
        sa.Column("message", sa.Text()),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("parent_clip_id", sa.Integer()),
        sa.Column("estimated_s", sa.Double(), nullable=False),
        sa.Column("max_bytes", sa.Integer()),
        sa.Column("max_duration_s", sa.Double()),
        sa.Column("priority", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("fence", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("starts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("not_before_at_s", sa.Double(), nullable=False),
        sa.Column("stage", sa.Text()),
        sa.Column("done", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("total", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("storyboard", sa.Text()),
        sa.Column("chosen", sa.Text()),
        sa.Column("error_code", sa.Text()),
        sa.Column("error_facts", sa.JSON()),
        sa.Column("created_at_s", sa.Double(), nullable=False),
        sa.Column("released_at_s", sa.Double()),
        sa.Column("begun_at_s", sa.Double()),
        sa.Column("ended_at_s", sa.Double()),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name=op.f("fk_requests_chat_id")),
        sa.ForeignKeyConstraint(
            ["parent_clip_id"], ["clips.id"], name=op.f("fk_requests_parent_clip_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_requests_source_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_requests_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
        sa.UniqueConstraint("platform", "event_id", name=op.f("uq_requests_platform_event_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_requests_chat_id_created_at_s"), "requests", ["chat_id", "created_at_s"])
    op.create_index(op.f("ix_requests_state_priority_created_at_s"), "requests", ["state", "priority", "created_at_s"])
    op.create_index(op.f("ix_requests_user_id_state"), "requests", ["user_id", "state"])
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Integer()),
        sa.Column("clip_id", sa.Integer()),
        sa.Column("event_id", sa.Text()),
        sa.Column("chat_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text()),
        sa.Column("reply_to", sa.Text()),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("fence", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("step", sa.Text()),
        sa.Column("step_at_s", sa.Double()),
        sa.Column("not_before_at_s", sa.Double(), nullable=False),
        sa.Column("owner", sa.Text()),
        sa.Column("leased_until_s", sa.Double()),
        sa.Column("error_code", sa.Text()),
        sa.Column("created_at_s", sa.Double(), nullable=False),
        sa.Column("ended_at_s", sa.Double()),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name=op.f("fk_deliveries_chat_id")),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_deliveries_clip_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["request_id"], ["requests.id"], name=op.f("fk_deliveries_request_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("platform", "event_id", name=op.f("uq_deliveries_platform_event_id")),
        sa.UniqueConstraint("request_id", "kind", name=op.f("uq_deliveries_request_id_kind")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_deliveries_platform_state_not_before_at_s"), "deliveries", ["platform", "state", "not_before_at_s"]
    )
    op.create_table(
        "quota_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("chat_id", sa.Integer(), nullable=False),
        sa.Column("clips", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("counts_at_s", sa.Double(), nullable=False),
        sa.Column("written_at_s", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name=op.f("fk_quota_entries_chat_id")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["requests.id"], name=op.f("fk_quota_entries_request_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_quota_entries_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quota_entries")),
        sa.UniqueConstraint("request_id", "kind", name=op.f("uq_quota_entries_request_id_kind")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_quota_entries_chat_id_counts_at_s"), "quota_entries", ["chat_id", "counts_at_s"])
    op.create_index(op.f("ix_quota_entries_user_id_counts_at_s"), "quota_entries", ["user_id", "counts_at_s"])
    op.create_table(
        "relays",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("chat_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text()),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("estimated_s", sa.Double(), nullable=False),
        sa.Column("scenes", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("message", sa.Text()),
        sa.Column("request_id", sa.Integer()),
        sa.Column("created_at_s", sa.Double(), nullable=False),
        sa.Column("deadline_at_s", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name=op.f("fk_relays_chat_id")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["requests.id"], name=op.f("fk_relays_request_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_relays_source_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_relays_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relays")),
        sa.UniqueConstraint("chat_id", "event_id", name=op.f("uq_relays_chat_id_event_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_relays_state_deadline_at_s"), "relays", ["state", "deadline_at_s"])
    op.create_table(
        "posted_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chat_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text()),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Integer()),
        sa.Column("clip_id", sa.Integer()),
        sa.Column("delivery_id", sa.Integer()),
        sa.Column("file_id", sa.Text()),
        sa.Column("posted_at_s", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name=op.f("fk_posted_messages_chat_id")),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_posted_messages_clip_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_posted_messages_delivery_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["requests.id"], name=op.f("fk_posted_messages_request_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posted_messages")),
        sa.UniqueConstraint("chat_id", "message", name=op.f("uq_posted_messages_chat_id_message")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_posted_messages_clip_id_role"), "posted_messages", ["clip_id", "role"])
    op.create_index(op.f("ix_posted_messages_request_id_role"), "posted_messages", ["request_id", "role"])
    op.create_table(
        "relay_picks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("relay_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer()),
        sa.Column("category", sa.Integer(), nullable=False),
        sa.Column("picked_at_s", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["relay_id"], ["relays.id"], name=op.f("fk_relay_picks_relay_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_relay_picks_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relay_picks")),
        sa.UniqueConstraint("relay_id", "position", name=op.f("uq_relay_picks_relay_id_position")),
        sa.UniqueConstraint("relay_id", "user_id", name=op.f("uq_relay_picks_relay_id_user_id")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("relay_picks")
    op.drop_table("posted_messages")
    op.drop_table("relays")
    op.drop_table("quota_entries")
    op.drop_table("deliveries")
    op.drop_table("requests")
    op.drop_table("conversations")
    op.drop_table("clips")
    op.drop_table("chat_bans")
    op.drop_table("users")
    op.drop_table("sources")
    op.drop_table("leases")
    op.drop_table("engine_jobs")
    op.drop_table("engine_workers")
    op.drop_table("chats")
