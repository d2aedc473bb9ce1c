"""the deals that close next, whosever they are, from an index

Revision ID: 0010
Revises: 0009
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One index: a team's or the whole company's next deals need no sorting of all."""
    op.create_index("ix_deals_status_close_date", "deals", ["status", "close_date", "id"])


def downgrade() -> None:
    """Without it."""
    op.drop_index("ix_deals_status_close_date", table_name="deals")
