"""the customers touched last, whosever they are, from an index

Revision ID: 0009
Revises: 0008
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One index: a team's or the whole company's latest customers need no sorting of all."""
    op.create_index("ix_customers_updated_at", "customers", ["updated_at", "id"])


def downgrade() -> None:
    """Without it."""
    op.drop_index("ix_customers_updated_at", table_name="customers")
