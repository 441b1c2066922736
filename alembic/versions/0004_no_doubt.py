"""No delivery is uncertain any more: one that was waits to be asked for, since nobody knows whether it arrived."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "UPDATE requests SET state = 'rendered' WHERE state = 'delivering' AND id IN"
        " (SELECT request_id FROM deliveries WHERE state = 'uncertain' AND kind = 'clip')"
    )
    op.execute(
        "UPDATE deliveries SET state = 'held', error_code = 'uncertain', step = NULL, step_at_s = NULL"
        " WHERE state = 'uncertain'"
    )


def downgrade() -> None:
    """Held is a state of the older version, too."""
