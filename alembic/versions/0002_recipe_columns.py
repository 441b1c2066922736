"""A request and a relay hold a recipe, and the word for it is recipe everywhere."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("requests", "relays")


def upgrade() -> None:
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} RENAME COLUMN wish TO recipe")
    op.execute("UPDATE requests SET stage = 'analyzing' WHERE stage = 'analysing'")


def downgrade() -> None:
    op.execute("UPDATE requests SET stage = 'analysing' WHERE stage = 'analyzing'")
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} RENAME COLUMN recipe TO wish")
