"""A request has a price in seconds of work, and the table that it was priced by; a day has its prices."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

COLUMNS = (("requests", "work_s", "DOUBLE"), ("requests", "prices", "TEXT"), ("clips", "drawn_in_s", "DOUBLE"))


def upgrade() -> None:
    for table, column, kind in COLUMNS:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
    op.create_table(
        "price_days",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("prices", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_price_days"),
    )


def downgrade() -> None:
    op.drop_table("price_days")
    for table, column, _ in reversed(COLUMNS):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
